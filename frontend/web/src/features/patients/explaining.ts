import type { ExplainedProgramme, ScreeningExplanation } from '@jieli/api'
import type { StayChoice } from '@/features/enrolments'

/** Stays that can be enrolled, for the dialog. */
export const staysOf = (items: readonly ScreeningExplanation[] | undefined): StayChoice[] =>
  (items ?? []).map(({ encounter: { id, discharged_on, department, diagnosis } }) => ({ id, discharged_on, department, diagnosis }))

/** Those that concern the patient first: enrolled (ever) or fitting; the others are the answer to "why not". */
export function splitProgrammes(programmes: readonly ExplainedProgramme[], find = ''): { hits: ExplainedProgramme[]; misses: ExplainedProgramme[] } {
  const named = programmes.filter(({ name }) => name.includes(find.trim()))
  const isHit = (one: ExplainedProgramme) => one.enrolment !== null || one.matched
  const metOf = (one: ExplainedProgramme) => one.conditions.filter(({ met }) => met).length / Math.max(1, one.conditions.length)
  return { hits: named.filter(isHit), misses: named.filter((one) => !isHit(one)).sort((a, b) => metOf(b) - metOf(a)) }
}
