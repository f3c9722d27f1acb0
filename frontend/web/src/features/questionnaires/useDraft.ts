import type { QuestionnaireVersion } from '@jieli/api'
import type { QuestionnaireDocument } from '@jieli/questionnaire'
import { useApi } from '@/shared/lib/api'
import { isProblem } from '@/shared/lib/problem'
import { useDocumentDraft } from '@/shared/lib/useDocumentDraft'
import { isSame } from './model/differing'
import { type PlacedFault, placeFault } from './model/places'
import { documentOf, fetchVersion } from './queries'

/** One open draft of a questionnaire; an unfinished one is stored with its problems. */
export function useDraft(id: string) {
  const { call } = useApi()
  const { content, ...draft } = useDocumentDraft<QuestionnaireVersion, QuestionnaireDocument, PlacedFault>({
    name: `jieli.questionnaire.${id}`,
    keepsFaulty: true,
    fetch: () => fetchVersion(id),
    contentOf: documentOf,
    isContent: (kept) => Array.isArray((kept as QuestionnaireDocument | null)?.items),
    isSame,
    judge: async (document, version) => {
      const found = await call('POST /questionnaires/validate', { body: { document, questionnaire_id: version.questionnaire_id } })
      return [...found.faults.map((fault) => placeFault(document, fault)), ...found.warnings.map((fault) => placeFault(document, fault, true))]
    },
    isHard: (fault) => !fault.warning,
    put: (document, { revision }) => call('PUT /questionnaire-versions/{id}', { path: { id }, body: { document }, ifMatch: revision }),
    readRefusal: (problem, document) =>
      isProblem(problem, 'invalid_questionnaire') ? problem.errors.map(({ pointer, code, message }) => placeFault(document, { pointer: pointer.replace(/^\/document/, ''), code, message, cure: '' })) : null,
  })
  return { ...draft, document: content }
}
