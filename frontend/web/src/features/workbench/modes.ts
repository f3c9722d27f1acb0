import type { SessionUser } from '@jieli/api'

/** The four modes of the workbench (C1): what a person's roles make of the same figures. */
export type Mode = 'centre' | 'department' | 'station' | 'office'
export const MODES: readonly Mode[] = ['office', 'centre', 'station', 'department']
const MODE_OF: Record<string, Mode> = {
  follow_up_centre: 'centre',
  township_clinician: 'department',
  attending_doctor: 'department',
  responsible_nurse: 'station',
  head_nurse: 'station',
  ward_supervisor: 'office',
  operations_centre: 'office',
}
/** Never none: a new role sees the department's. */
export function modesOf(roles: readonly string[] | undefined): Mode[] {
  const found = new Set((roles ?? []).flatMap((role) => MODE_OF[role] ?? []))
  return found.size ? MODES.filter((mode) => found.has(mode)) : ['department']
}

export type ChipKey = 'open' | 'due' | 'overdue' | 'escalations' | 'unrouted' | 'unassigned'
/** Who works sees what is to do; who supervises sees first what went wrong. */
const CHIPS: Record<Mode, readonly ChipKey[]> = {
  centre: ['open', 'due', 'overdue', 'escalations', 'unrouted'],
  department: ['open', 'due', 'overdue', 'escalations'],
  station: ['open', 'due', 'overdue', 'unassigned', 'escalations'],
  office: ['overdue', 'escalations', 'unassigned', 'open', 'unrouted'],
}
export const chipsOf = (mode: Mode): readonly ChipKey[] => CHIPS[mode]

/** Whose place stands in the heading; a township's clinic is known by its own name, not by a department's. */
export function placeOf(mode: Mode, user: Pick<SessionUser, 'department_name' | 'institution_name' | 'roles' | 'ward_names'> | null): string {
  if (!user) return ''
  if (mode === 'station') return user.ward_names[0] ?? user.department_name ?? ''
  return mode === 'department' && !user.roles.includes('township_clinician') ? (user.department_name ?? user.institution_name ?? '') : (user.institution_name ?? '')
}
