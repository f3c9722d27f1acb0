import { ApiProblem } from '@jieli/api'
import { isProblem, problemText } from '@/shared/lib/problem'

export interface Faults {
  /** By JSON pointer, for the fields that the form has. */
  at: Record<string, string>
  /** What belongs to no field; empty when every fault found its field. */
  rest: string
}

/** What a refused write says, sorted to the fields of a form. `moved`: the words for a row that somebody else changed. */
export function readFaults(error: unknown, pointers: readonly string[], moved = ''): Faults {
  const at: Record<string, string> = {}
  for (const pointer of pointers) {
    const message = error instanceof ApiProblem ? error.at(pointer) : undefined
    if (message) at[pointer] = message
  }
  return { at, rest: Object.keys(at).length ? '' : moved && isProblem(error, 412) ? moved : problemText(error) }
}
