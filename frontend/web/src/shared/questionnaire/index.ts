/** A questionnaire document on screen; the review desk uses it with `readonly` and with its own form. */
export { default as EvaluationBox } from './EvaluationBox.vue'
export { default as NumberInput } from './NumberInput.vue'
export { default as QuestionnaireForm } from './QuestionnaireForm.vue'
export { describeAnswer } from './describe'
export { useEvaluation } from './useEvaluation'
