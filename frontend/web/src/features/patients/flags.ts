import type { Enrolment, FlagKind } from '@jieli/api'

export const FLAG_KINDS: FlagKind[] = ['refused', 'unreachable', 'invalid_contact', 'deceased', 'moved_out', 'frequent_visits']
/** A shape for every kind: colour is never the only sign. */
export const FLAG_SIGNS: Record<string, string> = { deceased: '■', unreachable: '☏', invalid_contact: '⊘', refused: '✕', frequent_visits: '↻', moved_out: '⇥' }

export interface StopRules {
  stop?: readonly string[]
  exclusions?: Readonly<Record<string, boolean>>
}

/** As followup/screening decides: moving away ends nothing, death ends all; else a stop rule or an exclusion of the version, which hold unless it says no. */
export function stopsPath(kind: FlagKind, { stop = [], exclusions = {} }: StopRules): boolean {
  if (kind === 'moved_out') return false
  if (kind === 'deceased' || stop.includes(kind)) return true
  if (kind === 'invalid_contact' && stop.includes('wrong_number_x3')) return true
  return exclusions[kind] ?? kind !== 'frequent_visits'
}

export interface Impact {
  paths: number
  tasks: number
  names: string[]
}

/** What a flag would end; null while a version is not known. */
export function computeImpact(kind: FlagKind, enrolments: readonly Enrolment[], rules: ReadonlyMap<string, StopRules>): Impact | null {
  const running = enrolments.filter(({ state }) => state === 'active' || state === 'paused')
  if (running.some(({ version_id: id }) => !rules.has(id))) return null
  const ended = running.filter(({ version_id: id }) => stopsPath(kind, rules.get(id)!))
  return { paths: ended.length, tasks: ended.reduce((sum, { tasks }) => sum + tasks.open, 0), names: ended.map(({ programme_name: name }) => name) }
}

export type Fit = 'strong' | 'fair' | 'weak'
export const fitOf = (score: number): Fit => (score >= 80 ? 'strong' : score >= 50 ? 'fair' : 'weak')
