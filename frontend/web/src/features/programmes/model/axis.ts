import type { Step } from './document'

/** What an axis needs of a step. */
export type Dated = Pick<Step, 'day' | 'window' | 'repeat'>

/** Where a day stands on the axis, 0 to 1: by square root, or the first week of a year would be one dot. */
export const placeOf = (day: number, lastDay: number): number => (lastDay <= 0 ? 0 : Math.sqrt(Math.max(0, day) / lastDay))

/** The day under a place of the axis. */
export const dayAt = (place: number, lastDay: number): number => Math.round(Math.min(1, Math.max(0, place)) ** 2 * lastDay)

const GHOSTS = 3
/** A repetition goes on for years: its next few times are drawn, the rest is said in words. */
export function ghostsOf({ day, repeat }: Dated): number[] {
  if (!repeat || repeat.every < 1) return []
  const times = repeat.times ?? (repeat.until !== undefined ? Math.floor((repeat.until - day) / repeat.every) + 1 : GHOSTS + 1)
  return Array.from({ length: Math.max(0, Math.min(GHOSTS, times - 1)) }, (_, i) => day + repeat.every * (i + 1))
}

export const lastDayOf = (steps: readonly Dated[]): number => Math.max(14, ...steps.map((step) => Math.max(step.day + step.window[1], ...ghostsOf(step))))

const TICKS = [0, 1, 3, 7, 14, 30, 60, 90, 180, 365, 730, 1095, 1825, 2920, 3650]
/** Days worth a mark, thinned out so that their numbers do not touch. */
export function ticksOf(lastDay: number, width: number, gap = 30): number[] {
  const kept: number[] = []
  for (const day of TICKS.filter((each) => each <= lastDay)) {
    const before = kept.at(-1)
    if (before === undefined || (placeOf(day, lastDay) - placeOf(before, lastDay)) * width >= gap) kept.push(day)
  }
  return kept
}

export interface Placed {
  index: number
  left: number
  row: number
}

/** Cards of one lane side by side, and below each other where they would cover each other. */
export function packCards(steps: readonly (Dated & { index: number })[], lastDay: number, width: number, card: number): Placed[] {
  const ends: number[] = []
  return [...steps].sort((a, b) => a.day - b.day || a.index - b.index).map(({ index, day }) => {
    const left = Math.max(0, Math.min(placeOf(day, lastDay) * width, width - card))
    let row = ends.findIndex((end) => end <= left)
    if (row < 0) row = ends.length
    ends[row] = left + card + 4
    return { index, left, row }
  })
}
