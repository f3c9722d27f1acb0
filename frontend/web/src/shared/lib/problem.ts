import { ApiProblem } from '@jieli/api'
import { translate } from './i18n'

/** What to tell the user about anything that was thrown. */
export function problemText(error: unknown): string {
  if (!(error instanceof ApiProblem)) return translate('shared.problem.page')
  const text = error.detail || error.title
  return error.status >= 500 && error.requestId ? translate('shared.problem.withId', { text, id: error.requestId }) : text
}

export const isProblem = (error: unknown, ...codesOrStatus: (string | number)[]): error is ApiProblem =>
  error instanceof ApiProblem && (codesOrStatus.includes(error.code) || codesOrStatus.includes(error.status))
