import type { ProgrammeVersion } from '@jieli/api'
import type { Entry, Kind } from './entries'

const ORDER: Kind[] = ['questionnaire', 'education', 'programme']

/** A path is signed after what it asks and teaches. */
export const orderForSigning = (entries: readonly Entry[]): Entry[] => [...entries].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind))

export interface SigningPlan {
  entries: Entry[]
  /** Ids of those that come along with a path. */
  along: Set<string>
  /** Titles of what nobody has reviewed yet, or what cannot be used at all. */
  blocked: string[]
}

/** The chosen ones and, before them, whatever waits for a signature that a chosen path names. */
export function planSigning(chosen: readonly Entry[], details: readonly Pick<ProgrammeVersion, 'missing'>[], library: readonly Entry[]): SigningPlan {
  const entries = new Map(chosen.map((entry) => [entry.id, entry]))
  const along = new Set<string>()
  const blocked = new Set<string>()
  for (const { kind, key, state } of details.flatMap(({ missing }) => missing)) {
    const entry = library.find((one) => one.kind === kind && one.key === key)
    if (state === 'reviewed' && entry?.state === 'waiting') {
      if (!entries.has(entry.id)) along.add(entry.id)
      entries.set(entry.id, entry)
    } else blocked.add(entry?.title ?? key)
  }
  return { entries: orderForSigning([...entries.values()]), along, blocked: [...blocked] }
}

export const isLicenceNo = (text: string): boolean => /^\d{15}$/.test(text)
