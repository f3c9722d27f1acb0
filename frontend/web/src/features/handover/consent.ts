import { formatStamp } from '@jieli/domain'
import type { OfferInput } from './queries'

export interface ConsentDraft {
  basis: 'signed' | 'verbal' | 'guardian' | 'override'
  given_by: string
  /** Local, as DateField writes it. */
  at: string
  proof: string
}

export const emptyConsent = (): ConsentDraft => ({ basis: 'signed', given_by: '', at: formatStamp().replace(' ', 'T'), proof: '' })

/** As the API takes it; an override has a reason instead of a giver. Times are the hospital's. */
export function sealConsent({ basis, given_by, at, proof }: ConsentDraft): NonNullable<OfferInput['consent']> {
  if (basis === 'override') return { basis, given_by: '', at: null, proof: proof.trim() }
  return { basis, given_by: given_by.trim(), at: at ? `${at}:00+08:00` : null, proof: proof.trim() }
}

/** Name of the text that tells what is missing, or ''. */
export function findConsentFault({ basis, given_by, at, proof }: ConsentDraft): '' | 'why' | 'by' | 'at' {
  if (basis === 'override') return proof.trim().length < 5 ? 'why' : ''
  if (!given_by.trim()) return 'by'
  return at ? '' : 'at'
}
