import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import type { EducationCardRow } from '@jieli/api'
import { useApi } from '@/shared/lib/api'
import type { CardDocument } from './card'

const KEY = 'education'

/** All cards: a few hundred short rows, so that chips and their counts answer at once. */
export function useCards(enabled: MaybeRefOrGetter<boolean> = true) {
  return useQuery<EducationCardRow[]>({
    queryKey: [KEY, 'list'],
    queryFn: async ({ signal }) => {
      const rows: EducationCardRow[] = []
      let cursor: string | undefined
      do {
        const page = await useApi().call('GET /education-cards', { query: { cursor, limit: 100 }, signal })
        rows.push(...page.items)
        cursor = page.next_cursor ?? undefined
      } while (cursor)
      return rows
    },
    staleTime: 20_000,
    enabled: computed(() => toValue(enabled)),
  })
}

export const fetchCardVersion = (id: string) => useApi().call('GET /education-card-versions/{id}', { path: { id } })
export const saveCard = (id: string, document: CardDocument, revision: number) => useApi().call('PUT /education-card-versions/{id}', { path: { id }, body: { document }, ifMatch: revision })

export function useCardVersion(id: MaybeRefOrGetter<string | null>) {
  return useQuery({
    queryKey: computed(() => [KEY, 'version', toValue(id)]),
    queryFn: () => fetchCardVersion(toValue(id) ?? ''),
    enabled: computed(() => toValue(id) !== null),
  })
}

export function useCardActs() {
  const queries = useQueryClient()
  const { call } = useApi()
  const renew = () => queries.invalidateQueries({ queryKey: [KEY] })
  async function after<T>(done: Promise<T>): Promise<T> {
    const result = await done
    void renew()
    return result
  }
  return {
    renew,
    create: (body: { key: string; title: string; specialty: string; from_version_id: string | null }) => after(call('POST /education-cards', { body })),
    openDraft: (id: string, from: string | null = null) => after(call('POST /education-cards/{id}/drafts', { path: { id }, body: { from_version_id: from } })),
    remove: (id: string) => after(call('DELETE /education-card-versions/{id}', { path: { id } })),
    review: (id: string, note = '') => after(call('POST /education-card-versions/{id}/review', { path: { id }, body: { note } })),
    sendBack: (id: string, note: string) => after(call('POST /education-card-versions/{id}/return', { path: { id }, body: { note } })),
    sign: (id: string, licence: string) => after(call('POST /education-card-versions/{id}/sign', { path: { id }, body: { licence_no: licence } })),
    retire: (id: string, reason: string) => after(call('POST /education-card-versions/{id}/retire', { path: { id }, body: { reason } })),
  }
}
