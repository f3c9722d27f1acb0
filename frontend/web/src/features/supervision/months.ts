import { isoDay } from '@jieli/domain'

/** "2026-11" and the ones before, newest first. */
export function latestMonths(count: number, today: string = isoDay()): string[] {
  const last = Number(today.slice(0, 4)) * 12 + Number(today.slice(5, 7)) - 1
  return Array.from({ length: count }, (_, back) => {
    const month = last - back
    return `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}`
  })
}

export const rateOf = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null)
