import type { GroupFigures } from '@jieli/api'

export type BarPart = 'overdue' | 'due' | 'open' | 'done'
export interface Bar {
  part: BarPart
  count: number
  /** Of the longest bar. */
  percent: number
}
/** Overdue, in its window, open but not yet, done this month: they do not overlap, so that a bar is a sum. */
export function barOf(figures: GroupFigures, longest: number): Bar[] {
  const counts: Record<BarPart, number> = {
    overdue: figures.overdue, due: figures.due, open: Math.max(0, figures.open - figures.due - figures.overdue), done: figures.done_this_month,
  }
  return (Object.entries(counts) as [BarPart, number][])
    .filter(([, count]) => count > 0)
    .map(([part, count]) => ({ part, count, percent: longest > 0 ? (100 * count) / longest : 0 }))
}
export const lengthOf = (figures: GroupFigures): number => Math.max(figures.open, figures.due + figures.overdue) + figures.done_this_month
