import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import type { Output } from '@jieli/api'
import { useApi } from '@/shared/lib/api'
import { useKeysetList } from '@/shared/lib/useKeysetList'

export type AreaChange = Output<'GET /area-changes/{id}'>
export interface NewMove {
  division_codes: string[]
  to_institution_id: string
  to_ward_id: string | null
  to_staff_id: string | null
}
export interface NewChange {
  kind: AreaChange['kind']
  from_on: string
  moves: NewMove[]
  note: string
}
const KEY = 'area-changes'
const POLL_MS = 1500
export const isRunning = (state: AreaChange['state'] | undefined): boolean => state === 'applying' || state === 'reverting'

export const useChanges = () => useKeysetList([KEY, 'list'], (cursor, signal) => useApi().call('GET /area-changes', { query: { cursor, limit: 20 }, signal }))

/** Asked for again while the server is at work on it. */
export function useChange(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => [KEY, 'one', toValue(id)]),
    queryFn: ({ signal }) => useApi().call('GET /area-changes/{id}', { path: { id: toValue(id) }, signal }),
    enabled: computed(() => toValue(id) !== ''),
    refetchInterval: ({ state }) => (isRunning(state.data?.state) ? POLL_MS : false),
  })
}

export function useChangeActs() {
  const queries = useQueryClient()
  const onSuccess = (change: AreaChange) => void queries.setQueryData([KEY, 'one', change.id], change)
  const onSettled = () => Promise.all([[KEY], ['catchments'], ['routing']].map((queryKey) => queries.invalidateQueries({ queryKey })))
  const { call } = useApi()
  return {
    draft: useMutation({ mutationFn: (body: NewChange) => call('POST /area-changes', { body }), onSuccess, onSettled }),
    apply: useMutation({ mutationFn: ({ id, preview }: AreaChange) => call('POST /area-changes/{id}/apply', { path: { id }, body: { fingerprint: preview.fingerprint } }), onSuccess, onSettled }),
    revert: useMutation({ mutationFn: (id: string) => call('POST /area-changes/{id}/revert', { path: { id } }), onSuccess, onSettled }),
  }
}
