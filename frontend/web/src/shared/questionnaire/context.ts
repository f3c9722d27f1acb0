import { inject, type InjectionKey, type Ref } from 'vue'
import type { Answers, Evaluation, Item } from '@jieli/questionnaire'

/** What every question of one form shares. */
export interface FormContext {
  answers: Ref<Answers>
  evaluation: Ref<Evaluation>
  /** Newest first. */
  previous: Ref<readonly Answers[]>
  readonly: Ref<boolean>
  /** Faults are shown everywhere, not only where somebody has left the field. */
  showAll: Ref<boolean>
  currentKey: Ref<string | null>
  numbers: Ref<Map<string, number>>
  visible: Ref<Set<string>>
  set: (key: string, value: unknown) => void
  add: (group: string) => void
  remove: (group: string, index: number) => void
  /** Goes on after a choice by key. */
  next: (key: string) => void
}
export const FORM: InjectionKey<FormContext> = Symbol('questionnaire form')

export function useForm(): FormContext {
  const form = inject(FORM)
  if (!form) throw new Error('a question stands outside QuestionnaireForm')
  return form
}

export interface QuestionProps {
  item: Item
  /** The engine's key: `pain`, `meds[0].name`. */
  itemKey: string
}
