import { type MaybeRefOrGetter, toValue } from 'vue'
import { useMutation, useQueryClient } from '@tanstack/vue-query'
import type { EscalationFilter, EscalationOutcome } from '@jieli/api'
import { useApi } from '@/shared/lib/api'
import { useKeysetList } from '@/shared/lib/useKeysetList'

export const escalationKeys = { list: (state: EscalationFilter) => ['escalations', 'list', state] as const }

export function useEscalations(state: MaybeRefOrGetter<EscalationFilter>) {
  return useKeysetList(
    () => escalationKeys.list(toValue(state)),
    (cursor, signal) => useApi().call('GET /escalations', { query: { state: toValue(state), cursor, limit: 50 }, signal }),
  )
}

/** Taking over and closing; whatever shows escalations is asked for again. */
export function useEscalationActs() {
  const queries = useQueryClient()
  const onSuccess = () =>
    Promise.all([['escalations'], ['workbench'], ['tasks']].map((queryKey) => queries.invalidateQueries({ queryKey })))
  const acknowledge = useMutation({
    mutationFn: (id: string) => useApi().call('POST /escalations/{id}/acknowledge', { path: { id } }),
    onSuccess,
  })
  const close = useMutation({
    mutationFn: ({ id, ...body }: { id: string; outcome: EscalationOutcome; note: string }) =>
      useApi().call('POST /escalations/{id}/close', { path: { id }, body }),
    onSuccess,
  })
  return { acknowledge, close }
}
