import type { ProgrammeRow, ProgrammeState } from '@jieli/api'

/** What a row of the library is searched and counted by. */
export interface Filter {
  state: 'all' | 'waiting' | ProgrammeState
  kind: string
  /** '' is all; the department's library of diseases (科室病种库). */
  specialty: string
  text: string
}

export interface InWork {
  versionId: string
  version: number
  state: ProgrammeState
  /** Of a member institution's own line. */
  place: string | null
}

/** Versions in work besides the one that the row shows. */
export const inWork = (row: ProgrammeRow): InWork[] =>
  row.open_versions
    .filter((version) => version.version_id !== row.version_id)
    .map(({ version_id: versionId, version, state, institution_id: id }) => ({ versionId, version, state, place: row.lines.find((line) => line.institution_id === id)?.institution_name ?? null }))

export function matches(row: ProgrammeRow, filter: Filter): boolean {
  const text = filter.text.trim().toLowerCase()
  const states = [row.state, ...row.open_versions.map((version) => version.state)]
  return (
    (filter.state === 'all' || (filter.state === 'waiting' ? states.includes('reviewed') : states.includes(filter.state))) &&
    (!filter.kind || row.kind === filter.kind) &&
    (!filter.specialty || row.specialty === filter.specialty) &&
    (!text || [row.name, row.key, row.specialty, ...row.criteria_text].some((part) => part.toLowerCase().includes(text)))
  )
}

export interface Shelf {
  specialty: string
  count: number
}

/** The departments' libraries by name; what belongs to none comes last. */
export function shelvesOf(rows: readonly ProgrammeRow[]): Shelf[] {
  const counts = new Map<string, number>()
  for (const { specialty } of rows) counts.set(specialty, (counts.get(specialty) ?? 0) + 1)
  return [...counts].map(([specialty, count]) => ({ specialty, count })).sort((a, b) => Number(!a.specialty) - Number(!b.specialty) || a.specialty.localeCompare(b.specialty, 'zh-CN'))
}
