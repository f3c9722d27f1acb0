import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { useApi } from '@/shared/lib/api'
import { useKeysetList } from '@/shared/lib/useKeysetList'

const STALE = 5 * 60_000

export function useProgrammes() {
  return useQuery({
    queryKey: ['programmes', 'list'],
    queryFn: ({ signal }) => useApi().call('GET /programmes', { signal }),
    select: (data) => data.items,
    staleTime: STALE,
  })
}

/** The list's day axes and the page share it. */
export function useProgramme(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ['programmes', 'one', toValue(id)]),
    queryFn: ({ signal }) => useApi().call('GET /programmes/{id}', { path: { id: toValue(id) }, signal }),
    staleTime: STALE,
  })
}

export function useScreeningRuns() {
  return useKeysetList(['screening', 'runs'], (cursor, signal) => useApi().call('GET /screening/runs', { query: { cursor, limit: 30 }, signal }))
}

export function useRunScreening() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: () => useApi().call('POST /screening/runs', {}),
    onSuccess: () => Promise.all([['screening'], ['programmes'], ['tasks'], ['workbench']].map((queryKey) => queries.invalidateQueries({ queryKey }))),
  })
}
