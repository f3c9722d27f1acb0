import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { type Answers, type Context, evaluate, type QuestionnaireDocument } from '@jieli/questionnaire'
import { measureProgress } from './answers'

/** The engine, run again at every keystroke (a form of 300 items takes about a millisecond). */
export function useEvaluation(
  document: MaybeRefOrGetter<QuestionnaireDocument>,
  answers: MaybeRefOrGetter<Answers>,
  previous: MaybeRefOrGetter<readonly Answers[]> = [],
  context: MaybeRefOrGetter<Context> = {},
) {
  const evaluation = computed(() => evaluate(toValue(document), toValue(answers), toValue(previous), toValue(context)))
  const progress = computed(() => measureProgress(toValue(document), evaluation.value, toValue(answers)))
  return { evaluation, progress }
}
