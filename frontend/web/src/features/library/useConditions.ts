import { useI18n } from 'vue-i18n'
import type { Item, QuestionnaireDocument } from '@jieli/questionnaire'
import { useWords } from '@/features/questionnaires'
import { sayFormula } from './formula'

/** A form's conditions in the words of its questions, as a signer reads them. */
export function useConditions() {
  const { t } = useI18n()
  const { describe, listSubjects } = useWords()
  return {
    describe(text: string, form: QuestionnaireDocument, owner: Item | null): string {
      const said = describe(text, form, owner)
      return said === text ? (sayFormula(text, listSubjects(form, owner), (key, values) => t(`library.formula.${key}`, values ?? {})) ?? text) : said
    },
  }
}
