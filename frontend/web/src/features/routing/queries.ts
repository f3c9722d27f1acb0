import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { useApi } from '@/shared/lib/api'
import { useKeysetList } from '@/shared/lib/useKeysetList'

export const routingKeys = {
  queue: ['routing', 'queue'] as const,
  summary: ['routing', 'summary'] as const,
  unrouted: ['routing', 'unrouted'] as const,
  divisions: (parent: string) => ['divisions', parent] as const,
}

export function useRoutingQueue() {
  return useKeysetList(routingKeys.queue, (cursor, signal) => useApi().call('GET /routing/queue', { query: { cursor, limit: 30 }, signal }))
}

export function useRoutingSummary() {
  return useQuery({ queryKey: routingKeys.summary, queryFn: ({ signal }) => useApi().call('GET /routing/summary', { signal }) })
}

/** How long the queue has waited. */
export function useUnrouted() {
  return useQuery({ queryKey: routingKeys.unrouted, queryFn: ({ signal }) => useApi().call('GET /routing/unrouted', { signal }) })
}

/** Divisions change once a year. Empty: not asked for yet. */
export function useDivisions(parent: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => routingKeys.divisions(toValue(parent))),
    queryFn: ({ signal }) => useApi().call('GET /divisions', { query: { parent: toValue(parent) }, signal }),
    select: (data) => data.items,
    enabled: computed(() => toValue(parent) !== ''),
    staleTime: 60 * 60_000,
  })
}

export function useProvinces() {
  return useQuery({ queryKey: ['divisions', 'provinces'], queryFn: ({ signal }) => useApi().call('GET /divisions', { query: {}, signal }), select: (data) => data.items, staleTime: 60 * 60_000 })
}

export interface Resolution {
  id: string
  division_code: string
  /** How patients call this place; empty: nothing to remember. */
  remember_text: string
}

export function useResolve() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ id, ...body }: Resolution) => useApi().call('POST /routing/queue/{id}/resolve', { path: { id }, body }),
    onSettled: () => Promise.all([['routing'], ['workbench'], ['patients']].map((queryKey) => queries.invalidateQueries({ queryKey }))),
  })
}
