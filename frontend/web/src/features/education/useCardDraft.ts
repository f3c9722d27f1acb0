import type { EducationCardVersion } from '@jieli/api'
import { useDocumentDraft } from '@/shared/lib/useDocumentDraft'
import { type CardDocument, type CardFault, documentOf, findFaults, isSameCard } from './card'
import { fetchCardVersion, saveCard, useCardActs } from './queries'

/** One open draft of a card; an unfinished one is stored with its problems. */
export function useCardDraft(id: string) {
  const { renew } = useCardActs()
  const { content, apply, ...draft } = useDocumentDraft<EducationCardVersion, CardDocument, CardFault>({
    name: `jieli.education.${id}`,
    keepsFaulty: true,
    fetch: () => fetchCardVersion(id),
    contentOf: documentOf,
    isContent: (kept) => Array.isArray((kept as CardDocument | null)?.body),
    isSame: isSameCard,
    judge: findFaults,
    isHard: () => true,
    put: (document, { revision }) => saveCard(id, document, revision),
    saved: () => void renew(),
  })
  const change = (patch: Partial<CardDocument>): void => {
    if (content.value) apply({ ...content.value, ...patch }, Object.keys(patch).join())
  }
  return { ...draft, document: content, change }
}
