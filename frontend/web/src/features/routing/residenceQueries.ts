import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import type { Output } from '@jieli/api'
import { useApi } from '@/shared/lib/api'

export type Residences = Output<'GET /patients/{id}/residences'>
export type ResidenceClaim = Residences['claims'][number]
export type ResidenceKind = 'registered' | 'current' | 'temporary' | 'work'

export interface NewResidence {
  kind: ResidenceKind
  division_code: string
  text: string
  valid_from: string | null
  valid_to: string | null
  verified: string
}
export interface NewOverride {
  institution_id: string
  ward_id: string
  staff_id: string | null
  asked_by: 'patient' | 'clinician'
  reason: string
  expires_on: string
}

const key = (patient: string) => ['routing', 'residences', patient] as const

export function useResidences(patient: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => key(toValue(patient))),
    queryFn: ({ signal }) => useApi().call('GET /patients/{id}/residences', { path: { id: toValue(patient) }, signal }),
  })
}

export function useDecisions(patient: MaybeRefOrGetter<string>, enabled: MaybeRefOrGetter<boolean>) {
  return useQuery({
    queryKey: computed(() => ['routing', 'decisions', toValue(patient)]),
    queryFn: ({ signal }) => useApi().call('GET /routing/patients/{id}', { path: { id: toValue(patient) }, signal }),
    select: (data) => data.items,
    enabled: computed(() => toValue(enabled)),
  })
}

/** Who looks after the patient may change with every word: tasks and the record are read again. */
export function useResidenceActs(patient: MaybeRefOrGetter<string>) {
  const queries = useQueryClient()
  const { call } = useApi()
  const onSuccess = (answer: Residences) => void queries.setQueryData(key(toValue(patient)), answer)
  const onSettled = () => Promise.all([['routing'], ['patients'], ['tasks']].map((queryKey) => queries.invalidateQueries({ queryKey })))
  return {
    add: useMutation({ mutationFn: (body: NewResidence) => call('POST /patients/{id}/residences', { path: { id: toValue(patient) }, body }), onSuccess, onSettled }),
    end: useMutation({ mutationFn: ({ id, ...body }: { id: string; on: string; reason: string }) => call('POST /residences/{id}/end', { path: { id }, body }), onSuccess, onSettled }),
    setOverride: useMutation({ mutationFn: (body: NewOverride) => call('POST /patients/{id}/routing-override', { path: { id: toValue(patient) }, body }), onSuccess, onSettled }),
    endOverride: useMutation({ mutationFn: (reason: string) => call('POST /patients/{id}/routing-override/end', { path: { id: toValue(patient) }, body: { reason } }), onSuccess, onSettled }),
  }
}
