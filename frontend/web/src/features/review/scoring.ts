import type { Answers, InstantFail, ReviewCriterion, ReviewScores } from '@jieli/api'

/** Shares of the total, in percent. The server computes it again; here it is shown while the scores are given. */
export const WEIGHTS: Record<ReviewCriterion, number> = { authentic: 40, content: 30, attitude: 15, completeness: 15 }
export const CRITERIA = Object.keys(WEIGHTS) as ReviewCriterion[]
/** Any one of these fails the follow-up whatever its score. */
export const INSTANT_FAILS: readonly InstantFail[] = ['not_called', 'content_false', 'abnormal_ignored', 'privacy', 'selling']
const PASSED = 80
const EXCELLENT = 90

export const isScore = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 100

/** Null while a score is missing. */
export function computeTotal(scores: Partial<ReviewScores>, instantFails: readonly string[]): number | null {
  if (instantFails.length) return 0
  if (!CRITERIA.every((criterion) => isScore(scores[criterion]))) return null
  return Math.round(CRITERIA.reduce((sum, criterion) => sum + scores[criterion]! * WEIGHTS[criterion], 0)) / 100
}

export type Grade = 'excellent' | 'passed' | 'failed' | 'instant'
export function gradeOf(total: number | null, instantFails: readonly string[]): Grade | null {
  if (instantFails.length) return 'instant'
  if (total === null) return null
  return total >= EXCELLENT ? 'excellent' : total >= PASSED ? 'passed' : 'failed'
}

const TIERS: Record<string, number> = { ward_supervisor: 2, operations_centre: 3 }
export const tiersOf = (roles: readonly string[]): number[] => [...new Set(roles.flatMap((role) => TIERS[role] ?? []))].sort()

/** What the reviewer's own answers say already (review_tier2, review_tier3): ticked for them, theirs to change. */
export function suggestFails({ really_called: called, content_true: content, misconduct }: Answers): InstantFail[] {
  const wrongs = Array.isArray(misconduct) ? (misconduct as unknown[]) : []
  return INSTANT_FAILS.filter((code) => (code === 'not_called' && called === 'no') || (code === 'content_false' && content === 'major') || wrongs.includes(code))
}
