import { useMutation, useQueryClient } from '@tanstack/vue-query'
import type { Output } from '@jieli/api'
import { useApi } from '@/shared/lib/api'

type Reason = Output<'POST /absences'>['reason']
export interface NewAbsence {
  staff_id: string
  from_on: string
  to_on: string | null
  reason: Reason
  note: string
  deputy_id: string | null
}

export function useRosterActs() {
  const queries = useQueryClient()
  const onSettled = () => Promise.all([['catchments'], ['tasks'], ['workbench']].map((queryKey) => queries.invalidateQueries({ queryKey })))
  const { call } = useApi()
  return {
    report: useMutation({ mutationFn: (body: NewAbsence) => call('POST /absences', { body }), onSettled }),
    change: useMutation({
      mutationFn: ({ id, revision, ...body }: { id: string; revision: number; to_on?: string | null; deputy_id?: string | null }) => call('PATCH /absences/{id}', { path: { id }, ifMatch: revision, body }),
      onSettled,
    }),
    cancel: useMutation({ mutationFn: (id: string) => call('POST /absences/{id}/cancel', { path: { id } }), onSettled }),
    stateCapacity: useMutation({
      mutationFn: ({ id, revision, per_day }: { id: string; revision: number; per_day: number | null }) => call('PUT /rosters/{staff_id}/capacity', { path: { staff_id: id }, ifMatch: revision, body: { per_day } }),
      onSettled,
    }),
  }
}
