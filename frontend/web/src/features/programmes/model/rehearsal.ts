import type { Rehearsal, RehearsalOwner } from '@jieli/api'
import { addDays } from '@jieli/domain'

export interface Load {
  day: string
  /** What this programme would add. */
  fresh: number
  /** What is planned already. */
  planned: number
}


/** Day by day over the whole period, days without work too: of one owner, or of all together. */
export function loadOf(rehearsal: Rehearsal, owner: RehearsalOwner | null): Load[] {
  const sums = new Map<string, Load>()
  const { period_from: first, period_to: last } = rehearsal.period
  for (let day = first; day <= last; day = addDays(day, 1)) sums.set(day, { day, fresh: 0, planned: 0 })
  for (const { days } of owner ? [owner] : rehearsal.owners) {
    for (const { day, count, planned } of days) {
      const sum = sums.get(day)
      if (sum) [sum.fresh, sum.planned] = [sum.fresh + count, sum.planned + planned]
    }
  }
  return [...sums.values()]
}

export interface Week extends Load {
  to: string
  /** The fullest day of the week. */
  peak: number
}

export function weeksOf(load: readonly Load[]): Week[] {
  const weeks: Week[] = []
  for (let at = 0; at < load.length; at += 7) {
    const days = load.slice(at, at + 7)
    weeks.push({
      day: days[0]!.day, to: days.at(-1)!.day, peak: Math.max(...days.map((each) => each.fresh + each.planned)),
      fresh: days.reduce((sum, each) => sum + each.fresh, 0), planned: days.reduce((sum, each) => sum + each.planned, 0),
    })
  }
  return weeks
}
