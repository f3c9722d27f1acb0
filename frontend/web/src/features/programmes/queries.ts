import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import type { EducationCardRow, ProgrammeVersion, QuestionnaireRow, ScreeningExplanation } from '@jieli/api'
import { useApi } from '@/shared/lib/api'
import { isProblem } from '@/shared/lib/problem'
import { useKeysetList } from '@/shared/lib/useKeysetList'
import type { Criteria, ProgrammeDocument } from './model/document'

const STALE = 5 * 60_000
const KEY = 'programmes'

export function useProgrammes() {
  return useQuery({
    queryKey: [KEY, 'list'],
    queryFn: ({ signal }) => useApi().call('GET /programmes', { signal }),
    select: (data) => data.items,
    staleTime: STALE,
  })
}

export function useProgramme(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => [KEY, 'one', toValue(id)]),
    queryFn: ({ signal }) => useApi().call('GET /programmes/{id}', { path: { id: toValue(id) }, signal }),
    staleTime: STALE,
  })
}

export function useVersion(id: MaybeRefOrGetter<string | null>) {
  return useQuery({
    queryKey: computed(() => [KEY, 'version', toValue(id)]),
    queryFn: ({ signal }) => useApi().call('GET /programme-versions/{id}', { path: { id: toValue(id) ?? '' }, signal }),
    enabled: computed(() => toValue(id) !== null),
  })
}
export const fetchVersion = (id: string): Promise<ProgrammeVersion> => useApi().call('GET /programme-versions/{id}', { path: { id } })

/** Against the version before, or the county's that a local one was taken from, unless another is named. */
export function useDifference(id: MaybeRefOrGetter<string | null>, against: MaybeRefOrGetter<string | null>) {
  return useQuery({
    queryKey: computed(() => [KEY, 'difference', toValue(id), toValue(against)]),
    queryFn: ({ signal }) => useApi().call('GET /programme-versions/{id}/diff', { path: { id: toValue(id) ?? '' }, query: { against: toValue(against) ?? undefined }, signal }),
    enabled: computed(() => toValue(id) !== null),
  })
}

export function useVocabulary() {
  return useQuery({ queryKey: [KEY, 'vocabulary'], queryFn: ({ signal }) => useApi().call('GET /programmes/vocabulary', { signal }), staleTime: STALE })
}

async function fetchAll<Row>(fetchPage: (cursor: string | undefined) => Promise<{ items: Row[]; next_cursor: string | null }>): Promise<Row[]> {
  const rows: Row[] = []
  let cursor: string | undefined
  do {
    const page = await fetchPage(cursor)
    rows.push(...page.items)
    cursor = page.next_cursor ?? undefined
  } while (cursor)
  return rows
}

export function useForms() {
  return useQuery<QuestionnaireRow[]>({
    queryKey: ['questionnaires', 'list'],
    queryFn: ({ signal }) => fetchAll((cursor) => useApi().call('GET /questionnaires', { query: { cursor, limit: 100 }, signal })),
    staleTime: STALE,
  })
}

export function useCards() {
  return useQuery<EducationCardRow[]>({
    queryKey: ['education', 'list'],
    queryFn: ({ signal }) => fetchAll((cursor) => useApi().call('GET /education-cards', { query: { cursor, limit: 100 }, signal })),
    staleTime: STALE,
  })
}

export interface Question {
  criteria: Criteria
  exclusions: Record<string, boolean>
  institution_id: string | null
  programme_id: string | null
  period_from: string
  period_to: string
  conditions: boolean
}

/** Whom the criteria meet; the last answer stays until the next is there. */
export function usePreview(question: MaybeRefOrGetter<Question | null>) {
  return useQuery({
    queryKey: computed(() => ['screening', 'preview', toValue(question)]),
    queryFn: ({ signal }) => useApi().call('POST /screening/preview', { body: { ...toValue(question)!, limit: 50 }, signal }),
    enabled: computed(() => toValue(question) !== null),
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 60_000,
  })
}

export function useRehearsal(document: MaybeRefOrGetter<ProgrammeDocument | null>, institution: MaybeRefOrGetter<string | null>) {
  return useQuery({
    queryKey: computed(() => ['screening', 'rehearsal', toValue(document), toValue(institution)]),
    queryFn: ({ signal }) => useApi().call('POST /screening/rehearsal', { body: { document: toValue(document), institution_id: toValue(institution), weeks: 13 }, signal }),
    enabled: computed(() => toValue(document) !== null),
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 60_000,
  })
}

/** Nobody of that number in sight is an empty answer, not an error. */
async function explain(query: { inpatient_no: string } | { patient: string }, signal: AbortSignal): Promise<ScreeningExplanation[]> {
  try {
    return (await useApi().call('GET /screening/explain', { query, signal })).items
  } catch (problem) {
    if (isProblem(problem, 404)) return []
    throw problem
  }
}

/** By inpatient number; one of digits only may be a patient's number as well. */
export function useExplanation(asked: MaybeRefOrGetter<string>) {
  return useQuery<ScreeningExplanation[]>({
    queryKey: computed(() => ['screening', 'explain', toValue(asked)]),
    queryFn: async ({ signal }) => {
      const text = toValue(asked)
      const found = await explain({ inpatient_no: text }, signal)
      return found.length || !/^\d{1,15}$/.test(text) ? found : explain({ patient: text }, signal)
    },
    enabled: computed(() => toValue(asked) !== ''),
    retry: false,
  })
}

export function useScreeningRuns(enabled: boolean) {
  return useKeysetList(['screening', 'runs'], (cursor, signal) => useApi().call('GET /screening/runs', { query: { cursor, limit: 30 }, signal }), () => enabled)
}

// A run is the workers' business: it is watched for three minutes, then only listed.
const RUN_ASKED_EVERY = 2_000
const RUN_ASKED_MOST = 90

export function useRunScreening() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async () => {
      const { call } = useApi()
      let run = await call('POST /screening/runs', {})
      for (let asked = 0; !run.finished_at && asked < RUN_ASKED_MOST; asked++) {
        await new Promise((resolve) => setTimeout(resolve, RUN_ASKED_EVERY))
        run = await call('GET /screening/runs/{id}', { path: { id: run.id } })
      }
      return run
    },
    onSuccess: () => Promise.all([['screening'], [KEY], ['tasks'], ['workbench']].map((queryKey) => queries.invalidateQueries({ queryKey }))),
  })
}

/** What changes programmes; every list and page is read again after. */
export function useActs() {
  const queries = useQueryClient()
  const { call } = useApi()
  async function after<T>(done: Promise<T>): Promise<T> {
    const result = await done
    void queries.invalidateQueries({ queryKey: [KEY] })
    return result
  }
  const path = (id: string) => ({ path: { id } })
  return {
    renew: () => queries.invalidateQueries({ queryKey: [KEY] }),
    create: (document: ProgrammeDocument) => after(call('POST /programmes', { body: { document, name: '' } })),
    copy: (from: string, key: string, name: string) => after(call('POST /programmes', { body: { from_version_id: from, key, name } })),
    openDraft: (id: string, from: string | null) => after(call('POST /programmes/{id}/drafts', { ...path(id), body: { from_version_id: from, local_reason: '' } })),
    openLocalDraft: (id: string, institution: string, reason: string, from: string | null = null) =>
      after(call('POST /programmes/{id}/drafts', { ...path(id), body: { from_version_id: from, institution_id: institution, local_reason: reason } })),
    remove: (id: string) => after(call('DELETE /programme-versions/{id}', path(id))),
    review: (id: string, note: string) => after(call('POST /programme-versions/{id}/review', { ...path(id), body: { note } })),
    sendBack: (id: string, note: string) => after(call('POST /programme-versions/{id}/return', { ...path(id), body: { note } })),
    sign: (id: string, licence: string) => after(call('POST /programme-versions/{id}/sign', { ...path(id), body: { licence_no: licence } })),
    activate: (id: string, startsOn: string) => after(call('POST /programme-versions/{id}/activate', { ...path(id), body: { starts_on: startsOn } })),
    pause: (id: string, reason: string) => after(call('POST /programme-versions/{id}/pause', { ...path(id), body: { reason } })),
    retire: (id: string, reason: string) => after(call('POST /programme-versions/{id}/retire', { ...path(id), body: { reason } })),
  }
}
