import { addDays } from '@jieli/domain'
import type { RosterRow } from './queries'

export type AbsenceRow = NonNullable<RosterRow['absence']>
export const AXIS_DAYS = 28

export interface Bar {
  absence: AbsenceRow
  /** Percent of the axis. */
  left: number
  width: number
  /** Goes on behind the right edge. */
  open: boolean
}

const daysBetween = (from: string, to: string): number => Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000)

/** Where the absences of one clinician lie on an axis that begins today. */
export function layBars(row: RosterRow, today: string): Bar[] {
  const end = addDays(today, AXIS_DAYS)
  return [...(row.absence ? [row.absence] : []), ...row.upcoming].flatMap((absence) => {
    const from = Math.max(0, daysBetween(today, absence.from_on))
    const until = absence.to_on === null || absence.to_on >= end ? AXIS_DAYS : daysBetween(today, absence.to_on) + 1
    return from < AXIS_DAYS && until > from ? [{ absence, left: (from / AXIS_DAYS) * 100, width: ((until - from) / AXIS_DAYS) * 100, open: absence.to_on === null || absence.to_on >= end }] : []
  })
}

/** Share of a week's capacity that is planned; null where no capacity is stated. */
export const loadRate = (row: RosterRow): number | null => (row.capacity_per_day ? row.load.planned_7d / (row.capacity_per_day * 7) : null)

/** By institution, in the order in which the server gives them. */
export function groupByInstitution(rows: readonly RosterRow[]): { id: string; name: string; rows: RosterRow[] }[] {
  const groups = new Map<string, { id: string; name: string; rows: RosterRow[] }>()
  for (const row of rows) {
    const group = groups.get(row.institution.id) ?? { ...row.institution, rows: [] }
    group.rows.push(row)
    groups.set(row.institution.id, group)
  }
  return [...groups.values()]
}
