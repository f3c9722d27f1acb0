import { computed, type MaybeRefOrGetter, ref, toValue } from 'vue'
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import type { EducationCardVersion, ProgrammeVersion, QuestionnaireRow, QuestionnaireVersion } from '@jieli/api'
import { FUNCTIONS } from '@jieli/domain'
import { useApi } from '@/shared/lib/api'
import { useSession } from '@/shared/stores/session'
import { useCards } from '@/features/education'
import { type Entry, fromCard, fromProgramme, fromQuestionnaire, type Kind } from './entries'

const KEYS: Record<Kind, string> = { programme: 'programmes', questionnaire: 'questionnaires', education: 'education' }

/** The three shelves as far as the user may see them. */
export function useShelves() {
  const session = useSession()
  const [mayPaths, mayForms, mayCards] = [session.can(FUNCTIONS.programmesView), session.can(FUNCTIONS.questionnairesView), session.can(FUNCTIONS.educationView)]
  const programmes = useQuery({
    queryKey: ['programmes', 'list'], queryFn: ({ signal }) => useApi().call('GET /programmes', { signal }), select: (data) => data.items, staleTime: 20_000, enabled: mayPaths,
  })
  const questionnaires = useQuery<QuestionnaireRow[]>({ queryKey: ['questionnaires', 'list'], queryFn: fetchForms, staleTime: 20_000, enabled: mayForms })
  const cards = useCards(mayCards)
  const shelves = {
    programme: computed<Entry[]>(() => (programmes.data.value ?? []).flatMap(fromProgramme)),
    questionnaire: computed<Entry[]>(() => (questionnaires.data.value ?? []).flatMap((row) => fromQuestionnaire(row) ?? [])),
    education: computed<Entry[]>(() => (cards.data.value ?? []).map(fromCard)),
  }
  const sources = { programme: programmes, questionnaire: questionnaires, education: cards }
  const shown = (Object.keys(sources) as Kind[]).filter((kind) => ({ programme: mayPaths, questionnaire: mayForms, education: mayCards })[kind])
  return {
    shelves, sources, shown,
    entries: computed(() => [...shelves.questionnaire.value, ...shelves.education.value, ...shelves.programme.value]),
    pending: computed(() => shown.some((kind) => sources[kind].isPending.value)),
    error: computed(() => shown.map((kind) => sources[kind].error.value).find(Boolean) ?? null),
    retry: () => shown.forEach((kind) => void sources[kind].refetch()),
  }
}

async function fetchForms({ signal }: { signal: AbortSignal }): Promise<QuestionnaireRow[]> {
  const rows: QuestionnaireRow[] = []
  let cursor: string | undefined
  do {
    const page = await useApi().call('GET /questionnaires', { query: { cursor, limit: 100 }, signal })
    rows.push(...page.items)
    cursor = page.next_cursor ?? undefined
  } while (cursor)
  return rows
}

export type AnyVersion = { kind: 'programme'; version: ProgrammeVersion } | { kind: 'questionnaire'; version: QuestionnaireVersion } | { kind: 'education'; version: EducationCardVersion }

export async function fetchContent(kind: Kind, id: string): Promise<AnyVersion> {
  const { call } = useApi()
  if (kind === 'programme') return { kind, version: await call('GET /programme-versions/{id}', { path: { id } }) }
  if (kind === 'questionnaire') return { kind, version: await call('GET /questionnaire-versions/{id}', { path: { id } }) }
  return { kind, version: await call('GET /education-card-versions/{id}', { path: { id } }) }
}

export function useContent(kind: MaybeRefOrGetter<Kind>, id: MaybeRefOrGetter<string | null>) {
  return useQuery({
    queryKey: computed(() => [KEYS[toValue(kind)], 'content', toValue(id)]),
    queryFn: () => fetchContent(toValue(kind), toValue(id) ?? ''),
    enabled: computed(() => toValue(id) !== null),
  })
}

export function useVocabulary(enabled: MaybeRefOrGetter<boolean>) {
  return useQuery({ queryKey: ['programmes', 'vocabulary'], queryFn: ({ signal }) => useApi().call('GET /programmes/vocabulary', { signal }), staleTime: 10 * 60_000, enabled: computed(() => toValue(enabled)) })
}

export function useProgrammeDiff(id: MaybeRefOrGetter<string>, against: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ['programmes', 'diff', toValue(id), toValue(against)]),
    queryFn: ({ signal }) => useApi().call('GET /programme-versions/{id}/diff', { path: { id: toValue(id) }, query: { against: toValue(against) }, signal }),
  })
}

export function useContentActs() {
  const queries = useQueryClient()
  const { call } = useApi()
  const path = (id: string) => ({ path: { id } })
  return {
    renew: () => Promise.all([...Object.values(KEYS), 'screening'].map((key) => queries.invalidateQueries({ queryKey: [key] }))),
    review: (kind: Kind, id: string): Promise<unknown> =>
      kind === 'programme' ? call('POST /programme-versions/{id}/review', { ...path(id), body: { note: '' } })
        : kind === 'questionnaire' ? call('POST /questionnaire-versions/{id}/review', { ...path(id), body: { note: '' } }) : call('POST /education-card-versions/{id}/review', { ...path(id), body: { note: '' } }),
    sendBack: (kind: Kind, id: string, note: string): Promise<unknown> =>
      kind === 'programme' ? call('POST /programme-versions/{id}/return', { ...path(id), body: { note } })
        : kind === 'questionnaire' ? call('POST /questionnaire-versions/{id}/return', { ...path(id), body: { note } }) : call('POST /education-card-versions/{id}/return', { ...path(id), body: { note } }),
    sign: (kind: Kind, id: string, licence: string): Promise<unknown> => {
      const body = { licence_no: licence }
      return kind === 'programme' ? call('POST /programme-versions/{id}/sign', { ...path(id), body })
        : kind === 'questionnaire' ? call('POST /questionnaire-versions/{id}/sign', { ...path(id), body }) : call('POST /education-card-versions/{id}/sign', { ...path(id), body })
    },
    retire: (kind: Kind, id: string, reason: string): Promise<unknown> =>
      kind === 'programme' ? call('POST /programme-versions/{id}/retire', { ...path(id), body: { reason } })
        : kind === 'questionnaire' ? call('POST /questionnaire-versions/{id}/retire', { ...path(id), body: { reason } }) : call('POST /education-card-versions/{id}/retire', { ...path(id), body: { reason } }),
  }
}

export function useLabelActs() {
  const queries = useQueryClient()
  return {
    save: async (body: { code: string; name: string }) => {
      await useApi().call('POST /labels', { body })
      await queries.invalidateQueries({ queryKey: ['labels'] })
    },
  }
}

/** The licence number of whoever is logged in: in memory only, gone with the session. */
const remembered = ref<{ user: string; no: string } | null>(null)
export function useLicenceNo() {
  const session = useSession()
  const user = computed(() => String(session.user?.id ?? ''))
  return {
    read: (): string => (remembered.value?.user === user.value ? remembered.value.no : ''),
    keep: (no: string) => (remembered.value = { user: user.value, no }),
  }
}
