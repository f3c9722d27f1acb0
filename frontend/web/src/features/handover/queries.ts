import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import type { Generated, Output } from '@jieli/api'
import { patientKeys } from '@/features/patients'
import { useApi } from '@/shared/lib/api'
import { isProblem } from '@/shared/lib/problem'
import { useKeysetList } from '@/shared/lib/useKeysetList'
import { tell } from '@/shared/ui/feedback'
import { translate } from '@/shared/lib/i18n'

export type HandoverCase = Output<'GET /handover/cases/{id}'>
export type HandoverRow = Output<'GET /handover/cases'>['items'][number]
export type HandoverPreview = Output<'POST /handover/preview'>
export type PacketField = HandoverCase['packet'][number]
export type HandoverResult = HandoverCase['results'][number]
export type Direction = HandoverRow['direction']
export type Kind = HandoverRow['kind']
export type CaseState = HandoverRow['state']
export type CaseFilter = CaseState | 'desk' | 'all'
export type DeclineCode = Generated['POST /handover/cases/{id}/decline']['body']['reason_code']
export type OfferInput = Generated['POST /handover/offers']['body']
export type PreviewInput = Generated['POST /handover/preview']['body']
export interface CaseQuery {
  direction: Direction
  state: CaseFilter
  q: string
}

const KEY = 'handover'
/** The other side acts without a word to this page. */
const LOOK_AGAIN = 60_000
/** Another was faster, or a clock ran out: the page shows what is no longer true. */
const MOVED = ['offer_moved', 'offer_lapsed', 'not_your_turn', 'agreement_step', 'version_changed']
const keys = {
  counts: [KEY, 'counts'], cases: [KEY, 'cases'], one: (id: string) => [KEY, 'case', id],
}

export function useCounts() {
  return useQuery({ queryKey: keys.counts, queryFn: ({ signal }) => useApi().call('GET /handover/counts', { signal }), refetchInterval: LOOK_AGAIN })
}

export function useCases(query: MaybeRefOrGetter<CaseQuery>) {
  return useKeysetList(
    computed(() => [...keys.cases, toValue(query)]),
    (cursor, signal) => {
      const { direction, state, q } = toValue(query)
      return useApi().call('GET /handover/cases', { query: { direction, state: state === 'all' ? undefined : state, q: q || undefined, cursor, limit: 30 }, signal })
    },
  )
}

export function useCase(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => keys.one(toValue(id))),
    queryFn: ({ signal }) => useApi().call('GET /handover/cases/{id}', { path: { id: toValue(id) }, signal }),
    refetchInterval: LOOK_AGAIN,
  })
}

/** True when it was such a conflict: it has been told, and whatever shows hand-overs is read again. */
export function useConflict() {
  const queries = useQueryClient()
  return (error: unknown): boolean => {
    if (!isProblem(error, ...MOVED)) return false
    tell.warn(translate(isProblem(error, 'offer_lapsed') ? 'handover.lapsed' : 'handover.moved'))
    void queries.invalidateQueries({ queryKey: [KEY] })
    return true
  }
}

/** Every act answers with the case as it stands after it. */
export function useCaseActs() {
  const queries = useQueryClient()
  const { call } = useApi()
  const onSuccess = (now: HandoverCase) => {
    queries.setQueryData(keys.one(now.id), now)
    void Promise.all([keys.counts, keys.cases, ['tasks'], ['workbench'], ['patients'], ['enrolments']].map((queryKey) => queries.invalidateQueries({ queryKey })))
  }
  return {
    accept: useMutation({ mutationFn: ({ id, programmes }: { id: string; programmes: string[] }) => call('POST /handover/cases/{id}/accept', { path: { id }, body: { programme_keys: programmes } }), onSuccess }),
    decline: useMutation({ mutationFn: ({ id, ...body }: { id: string; reason_code: DeclineCode; reason: string }) => call('POST /handover/cases/{id}/decline', { path: { id }, body }), onSuccess }),
    acknowledge: useMutation({ mutationFn: (id: string) => call('POST /handover/cases/{id}/acknowledge', { path: { id } }), onSuccess }),
    giveBack: useMutation({ mutationFn: ({ id, reason }: { id: string; reason: string }) => call('POST /handover/cases/{id}/return', { path: { id }, body: { reason } }), onSuccess }),
    complete: useMutation({ mutationFn: ({ id, conclusion }: { id: string; conclusion: string }) => call('POST /handover/cases/{id}/complete', { path: { id }, body: { conclusion } }), onSuccess }),
    recall: useMutation({ mutationFn: ({ id, reason }: { id: string; reason: string }) => call('POST /handover/cases/{id}/recall', { path: { id }, body: { reason } }), onSuccess }),
    reoffer: useMutation({ mutationFn: (id: string) => call('POST /handover/cases/{id}/reoffer', { path: { id } }), onSuccess }),
    offer: useMutation({ mutationFn: (body: OfferInput) => call('POST /handover/offers', { body }), onSuccess }),
  }
}

/** Programmes in use here, for a person to whom none fits by rule. */
export function useRunningProgrammes(enabled: MaybeRefOrGetter<boolean>) {
  return useQuery({
    queryKey: ['programmes', 'list'],
    queryFn: ({ signal }) => useApi().call('GET /programmes', { signal }),
    select: (data) => data.items.filter(({ state }) => state === 'active'),
    staleTime: 5 * 60_000,
    enabled: computed(() => toValue(enabled)),
  })
}

export function useFoundPatients(q: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => patientKeys.list(toValue(q))),
    queryFn: ({ signal }) => useApi().call('GET /patients', { query: { q: toValue(q) }, signal }),
    select: (data) => data.items,
    enabled: computed(() => toValue(q).length >= 2),
  })
}

export function usePatientOf(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => patientKeys.one(toValue(id))),
    queryFn: ({ signal }) => useApi().call('GET /patients/{id}', { path: { id: toValue(id) }, signal }),
    enabled: computed(() => toValue(id) !== ''),
  })
}

/** Stays and visits that can be handed over, newest first. */
export function useStays(patient: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => patientKeys.timeline(toValue(patient))),
    queryFn: ({ signal }) => useApi().call('GET /patients/{id}/timeline', { path: { id: toValue(patient) }, signal }),
    select: (data) => data.items.filter((item) => ['inpatient', 'outpatient'].includes(item.kind) && item.ref),
    enabled: computed(() => toValue(patient) !== ''),
  })
}

/** Written to the trail by the server: asked for once per choice, never again by itself. */
export function usePreview() {
  return useMutation({ mutationFn: (body: PreviewInput) => useApi().call('POST /handover/preview', { body }) })
}
