import type { EnrolmentStep } from '@jieli/api'

const GENERATION = 1000

/** What an occurrence counts: repetitions of the step from 1, and the rounds after a correction. */
export function readOccurrence(occurrence: number): { generation: number; n: number } {
  return { generation: Math.floor(occurrence / GENERATION), n: occurrence % GENERATION }
}

/** By day; whether a step is repeated tells if its number is worth a word. */
export function orderSteps(steps: readonly EnrolmentStep[]): (EnrolmentStep & { repeated: boolean; n: number; generation: number })[] {
  const counts = new Map<string | null, number>()
  for (const { step_name: name } of steps) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...steps]
    .sort((a, b) => a.due_on.localeCompare(b.due_on) || a.occurrence - b.occurrence)
    .map((step) => ({ ...step, ...readOccurrence(step.occurrence), repeated: (counts.get(step.step_name) ?? 0) > 1 }))
}

/** Shares of the bar in percent; what is neither done nor open is closed otherwise. */
export function sharesOf({ done, open, total }: { done: number; open: number; total: number }): { done: number; open: number } {
  return total > 0 ? { done: (done / total) * 100, open: (open / total) * 100 } : { done: 0, open: 0 }
}
