import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import type { MessageState, QuarantineDetail, QuarantineState } from '@jieli/api'
import { useApi } from '@/shared/lib/api'
import { useKeysetList } from '@/shared/lib/useKeysetList'

export type OrAll<State extends string> = State | 'all'
const stateOf = <State extends string>(value: OrAll<State>): State | undefined => (value === 'all' ? undefined : value)

export function useMessages(state: MaybeRefOrGetter<OrAll<MessageState>>) {
  return useKeysetList(
    () => ['intake', 'messages', toValue(state)],
    (cursor, signal) => useApi().call('GET /intake/messages', { query: { state: stateOf(toValue(state)), cursor, limit: 50 }, signal }),
  )
}

export function useQuarantine(state: MaybeRefOrGetter<OrAll<QuarantineState>>) {
  return useKeysetList(
    () => ['intake', 'quarantine', toValue(state)],
    (cursor, signal) => useApi().call('GET /intake/quarantine', { query: { state: stateOf(toValue(state)), cursor, limit: 50 }, signal }),
  )
}

const rowKey = (id: string) => ['intake', 'row', id] as const
export function useQuarantinedRow(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => rowKey(toValue(id))),
    queryFn: ({ signal }) => useApi().call('GET /intake/quarantine/{id}', { path: { id: toValue(id) }, signal }),
    refetchOnWindowFocus: false,
  })
}

export function useQuarantineActs(id: MaybeRefOrGetter<string>) {
  const queries = useQueryClient()
  const path = () => ({ id: toValue(id) })
  const onSuccess = (row: QuarantineDetail) => {
    queries.setQueryData(rowKey(toValue(id)), row)
    for (const list of ['messages', 'quarantine']) void queries.invalidateQueries({ queryKey: ['intake', list] })
  }
  const replay = useMutation({
    mutationFn: (corrections: Record<string, string>) => useApi().call('POST /intake/quarantine/{id}/replay', { path: path(), body: { corrections } }),
    onSuccess,
  })
  const discard = useMutation({
    mutationFn: (reason: string) => useApi().call('POST /intake/quarantine/{id}/discard', { path: path(), body: { reason } }),
    onSuccess,
  })
  return { replay, discard }
}
