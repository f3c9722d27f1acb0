import type { AttemptOutcome } from '@jieli/api'

/** Results of one call that say something lasting of the patient, and the mark they suggest. */
export type SuggestedFlag = 'refused' | 'invalid_contact' | 'deceased'
const FLAG_OF: Partial<Record<AttemptOutcome, SuggestedFlag>> = {
  refused: 'refused', empty_number: 'invalid_contact', wrong_number: 'invalid_contact', stopped: 'invalid_contact', deceased: 'deceased',
}
export const flagFor = (outcome: AttemptOutcome | undefined): SuggestedFlag | null => (outcome && FLAG_OF[outcome]) ?? null
