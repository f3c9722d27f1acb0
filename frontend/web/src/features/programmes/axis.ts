import type { ProgrammeStep } from '@jieli/api'

/** Where a day stands on the axis, 0 to 1: by square root, or the first week of a year would be one dot. */
export function placeOf(day: number, lastDay: number): number {
  return lastDay <= 0 ? 0 : Math.sqrt(Math.max(0, day) / lastDay)
}

export const lastDayOf = (steps: readonly ProgrammeStep[]): number => Math.max(1, ...steps.map((step) => step.day + step.window_after))

/** By day; of the same day the discharge first. */
export const byDay = (steps: readonly ProgrammeStep[]): ProgrammeStep[] => [...steps].sort((a, b) => a.day - b.day || a.seq - b.seq)
