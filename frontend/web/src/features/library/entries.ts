import type { EducationCardRow, ProgrammeRow, QuestionnaireRow } from '@jieli/api'

export type Kind = 'programme' | 'questionnaire' | 'education'
export type ShelfState = 'draft' | 'waiting' | 'signed' | 'retired'

/** One line of the library, whatever its kind: the newest version, and the signed one beside it. */
export interface Entry {
  id: string
  kind: Kind
  holderId: string
  versionId: string
  key: string
  title: string
  specialty: string
  version: number
  state: ShelfState
  running: 'active' | 'paused' | null
  signed: { versionId: string; version: number; by: string; at: string | null } | null
  place: string | null
  locked: boolean
  used: number
  updatedAt: string | null
  updatedBy: string
}

const STATES: Record<string, ShelfState> = { draft: 'draft', reviewed: 'waiting', signed: 'signed', active: 'signed', paused: 'signed', retired: 'retired' }
export const shelfState = (state: string): ShelfState => STATES[state] ?? 'draft'
const runs = (state: string) => (state === 'active' || state === 'paused' ? state : null)

export function fromQuestionnaire(row: QuestionnaireRow): Entry | null {
  if (!row.latest) return null
  return {
    ...holder('questionnaire', row), versionId: row.latest.version_id, version: row.latest.version, state: shelfState(row.latest.state), running: null,
    signed: row.signed && { versionId: row.signed.version_id, version: row.signed.version, by: row.signed.signed_by_name, at: row.signed.signed_at },
    locked: row.locked, used: row.used_by, updatedAt: row.latest.updated_at, updatedBy: row.latest.updated_by_name,
  }
}

export function fromCard(row: EducationCardRow): Entry {
  return {
    ...holder('education', row), versionId: row.latest.version_id, version: row.latest.version, state: shelfState(row.latest.state), running: null,
    signed: row.signed && { versionId: row.signed.version_id, version: row.signed.version, by: row.signed.signed_by_name, at: row.signed.signed_at },
    locked: false, used: row.used_by, updatedAt: row.latest.updated_at, updatedBy: row.latest.updated_by_name,
  }
}

const holder = (kind: Kind, row: { id: string; key: string; title: string; specialty: string }) => ({
  id: `${kind}-${row.id}`, kind, holderId: row.id, key: row.key, title: row.title, specialty: row.specialty, place: null,
})

/** One entry per line: its newest version, beside the one that stands for the line. */
export function fromProgramme(row: ProgrammeRow): Entry[] {
  const base = { kind: 'programme' as const, holderId: row.id, key: row.key, title: row.name, specialty: row.specialty, locked: false, used: row.enrolled }
  return row.lines.map((line) => {
    const newest = row.open_versions.find(({ institution_id: place }) => place === line.institution_id) ?? line
    return {
      ...base, id: `programme-${row.id}-${line.institution_id ?? ''}`, versionId: newest.version_id, version: newest.version, state: shelfState(newest.state), running: runs(line.state), place: line.institution_name,
      signed: shelfState(line.state) === 'signed' ? { versionId: line.version_id, version: line.version, by: line.signed_by_name, at: line.signed_at } : null,
      updatedAt: newest.edited_at, updatedBy: newest.edited_by_name,
    }
  })
}

export type ChipValue = 'all' | ShelfState
/** What is signed stays on the shelf of the signed while its next draft is being written. */
export function isOn(entry: Entry, chip: ChipValue): boolean {
  if (chip === 'all') return true
  if (chip === 'signed') return entry.signed !== null
  return entry.state === chip
}
export const countBy = (entries: readonly Entry[], chip: ChipValue): number => entries.filter((entry) => isOn(entry, chip)).length

export function matches({ title, key, specialty }: Entry, text: string): boolean {
  const wanted = text.trim().toLowerCase()
  return !wanted || [title, key, specialty].some((part) => part.toLowerCase().includes(wanted))
}

export const specialtiesOf = (entries: readonly Entry[]): string[] => [...new Set(entries.map(({ specialty }) => specialty).filter(Boolean))].sort((a, b) => a.localeCompare(b, 'zh-CN'))

/** 科室病种库: by specialty, what belongs to none last. */
export function groupBySpecialty(entries: readonly Entry[]): { specialty: string; entries: Entry[] }[] {
  const groups = new Map<string, Entry[]>()
  for (const entry of entries) groups.set(entry.specialty, [...(groups.get(entry.specialty) ?? []), entry])
  return [...groups]
    .map(([specialty, inside]) => ({ specialty, entries: inside }))
    .sort((a, b) => Number(a.specialty === '') - Number(b.specialty === '') || a.specialty.localeCompare(b.specialty, 'zh-CN'))
}
