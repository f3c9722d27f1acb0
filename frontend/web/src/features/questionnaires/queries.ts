import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import type { QuestionnaireCategory, QuestionnaireRow, QuestionnaireVersion, ScaleLicence } from '@jieli/api'
import type { QuestionnaireDocument } from '@jieli/questionnaire'
import { useApi } from '@/shared/lib/api'

const KEY = 'questionnaires'
export const documentOf = (version: QuestionnaireVersion): QuestionnaireDocument => version.document as QuestionnaireDocument

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

/** The whole library at once: a few dozen forms, so that search, chips and their counts answer without waiting. */
export function useLibrary() {
  return useQuery<QuestionnaireRow[]>({
    queryKey: [KEY, 'list'],
    queryFn: ({ signal }) => fetchAll((cursor) => useApi().call('GET /questionnaires', { query: { cursor, limit: 100 }, signal })),
    staleTime: 20_000,
  })
}

export function useQuestionnaire(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => [KEY, 'one', toValue(id)]),
    queryFn: ({ signal }) => useApi().call('GET /questionnaires/{id}', { path: { id: toValue(id) }, signal }),
  })
}

export function useVersion(id: MaybeRefOrGetter<string | null>) {
  return useQuery({
    queryKey: computed(() => [KEY, 'version', toValue(id)]),
    queryFn: ({ signal }) => useApi().call('GET /questionnaire-versions/{id}', { path: { id: toValue(id) ?? '' }, signal }),
    enabled: computed(() => toValue(id) !== null),
  })
}

export function useLicences(enabled: MaybeRefOrGetter<boolean>) {
  return useQuery<ScaleLicence[]>({
    queryKey: [KEY, 'licences'],
    queryFn: ({ signal }) => fetchAll((cursor) => useApi().call('GET /scale-licences', { query: { cursor, limit: 100 }, signal })),
    enabled: computed(() => toValue(enabled)),
  })
}

export const fetchVersion = (id: string): Promise<QuestionnaireVersion> => useApi().call('GET /questionnaire-versions/{id}', { path: { id } })
export const exportFhir = (id: string) => useApi().call('GET /questionnaire-versions/{id}/fhir', { path: { id }, query: { report: '1' } })

export interface NewQuestionnaire {
  key: string
  title: string
  category: QuestionnaireCategory
  from_version_id?: string
}
export interface Import {
  resource?: unknown
  document?: unknown
  category: QuestionnaireCategory
  key?: string
}

/** What changes the library; every list and page is read again after. */
export function useActs() {
  const queries = useQueryClient()
  const { call } = useApi()
  const renew = () => Promise.all([queries.invalidateQueries({ queryKey: [KEY] }), queries.invalidateQueries({ queryKey: ['programmes'] })])
  async function after<T>(done: Promise<T>): Promise<T> {
    const result = await done
    void renew()
    return result
  }
  return {
    renew,
    create: (body: NewQuestionnaire) => after(call('POST /questionnaires', { body })),
    openDraft: (id: string, from?: string) => after(call('POST /questionnaires/{id}/drafts', { path: { id }, body: from ? { from_version_id: from } : {} })),
    importFile: (body: Import) => after(call('POST /questionnaires/import', { body })),
    remove: (id: string) => after(call('DELETE /questionnaire-versions/{id}', { path: { id } })),
    review: (id: string, note: string) => after(call('POST /questionnaire-versions/{id}/review', { path: { id }, body: { note } })),
    sendBack: (id: string, note: string) => after(call('POST /questionnaire-versions/{id}/return', { path: { id }, body: { note } })),
    sign: (id: string, licence: string) => after(call('POST /questionnaire-versions/{id}/sign', { path: { id }, body: { licence_no: licence } })),
    retire: (id: string, reason: string) => after(call('POST /questionnaire-versions/{id}/retire', { path: { id }, body: { reason } })),
    stateLicence: (body: { scale: string; holder: string; licence_no: string; valid_until?: string }) => after(call('POST /scale-licences', { body })),
    revokeLicence: (id: string) => after(call('POST /scale-licences/{id}/revoke', { path: { id } })),
  }
}
