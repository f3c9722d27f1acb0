import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import type { Enrolment, EnrolmentDetail, EnrolmentOrigin, EnrolmentState } from '@jieli/api'
import { useApi } from '@/shared/lib/api'
import { useKeysetList } from '@/shared/lib/useKeysetList'

const KEY = 'enrolments'
const MOST_PAGES = 10

export interface EnrolmentFilter {
  q?: string
  programme?: string
  state?: EnrolmentState
  origin?: EnrolmentOrigin
  department?: string
  from?: string
  to?: string
}
export interface NamedPatient {
  id: string
  name: string | null
}
export type StopChoice = 'manual' | 'moved_out' | 'other'

export function useEnrolments(filter: MaybeRefOrGetter<EnrolmentFilter>) {
  return useKeysetList(
    computed(() => [KEY, 'list', toValue(filter)]),
    (cursor, signal) => useApi().call('GET /enrolments', { query: { ...toValue(filter), cursor, limit: 30 }, signal }),
  )
}

export function useEnrolmentsOf(patient: MaybeRefOrGetter<NamedPatient | undefined>, enabled: MaybeRefOrGetter<boolean> = true) {
  return useQuery({
    queryKey: computed(() => [KEY, 'of', toValue(patient)?.id]),
    queryFn: ({ signal }) => fetchOf(toValue(patient)!.id, signal),
    enabled: computed(() => toValue(enabled) && !!toValue(patient)),
  })
}

async function fetchOf(id: string, signal: AbortSignal): Promise<Enrolment[]> {
  const found: Enrolment[] = []
  let cursor: string | undefined
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { items, next_cursor: next } = await useApi().call('GET /enrolments', { query: { patient: id, cursor, limit: 100 }, signal })
    found.push(...items)
    if (!next) break
    cursor = next
  }
  return found
}

export function useEnrolment(id: MaybeRefOrGetter<string | null>) {
  return useQuery({
    queryKey: computed(() => [KEY, 'one', toValue(id)]),
    queryFn: ({ signal }) => useApi().call('GET /enrolments/{id}', { path: { id: toValue(id) ?? '' }, signal }),
    enabled: computed(() => toValue(id) !== null),
  })
}

export function useProgrammeChoices(enabled: MaybeRefOrGetter<boolean> = true) {
  return useQuery({
    queryKey: ['programmes', 'list'],
    queryFn: ({ signal }) => useApi().call('GET /programmes', { signal }),
    select: (data) => data.items,
    staleTime: 5 * 60_000,
    enabled: computed(() => toValue(enabled)),
  })
}

/** Whatever shows follow-ups is read again after follow-ups were made or ended. */
export function useRenewFollowUps() {
  const queries = useQueryClient()
  return () => Promise.all([[KEY], ['patients'], ['tasks'], ['workbench'], ['screening']].map((queryKey) => queries.invalidateQueries({ queryKey })))
}

export function useEnrolmentActs() {
  const queries = useQueryClient()
  const renew = useRenewFollowUps()
  const onSuccess = (detail: EnrolmentDetail) => {
    queries.setQueryData([KEY, 'one', detail.id], detail)
    void renew()
  }
  const { call } = useApi()
  return {
    stop: useMutation({ mutationFn: ({ id, reason, code }: { id: string; reason: string; code: StopChoice }) => call('POST /enrolments/{id}/stop', { path: { id }, body: { reason, code } }), onSuccess }),
    pause: useMutation({ mutationFn: ({ id, reason }: { id: string; reason: string }) => call('POST /enrolments/{id}/pause', { path: { id }, body: { reason } }), onSuccess }),
    resume: useMutation({ mutationFn: (id: string) => call('POST /enrolments/{id}/resume', { path: { id }  }), onSuccess }),
    enrol: useMutation({ mutationFn: (body: { programme_id: string; encounter_id: string; reason: string }) => call('POST /enrolments', { body }), onSuccess }),
  }
}
