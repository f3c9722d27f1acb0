import type { ProgrammeFault } from '@jieli/api'

/** A fault and where on the screen it is mended. */
export interface PlacedFault extends ProgrammeFault {
  isWarning: boolean
  part: 'criteria' | 'step' | 'basics'
  /** Of the condition, below the criteria. */
  condition: string
  /** Of the step; -1 for the steps as a whole. */
  step: number
  /** The key that is wrong. */
  field: string
}

export function placeFault(fault: ProgrammeFault, isWarning = false): PlacedFault {
  const parts = fault.pointer.split('/').slice(1)
  const placed = { ...fault, isWarning, part: 'basics' as const, condition: '', step: -1, field: parts[0] ?? '' }
  if (parts[0] === 'criteria') return { ...placed, part: 'criteria', condition: conditionOf(parts.slice(1)) }
  if (parts[0] === 'steps') return { ...placed, part: 'step', step: parts[1] === undefined ? -1 : Number(parts[1]), field: parts[2] ?? '' }
  return placed
}

/** The pointer as far as it leads through groups; what follows is inside one condition. */
function conditionOf(parts: readonly string[]): string {
  let pointer = ''
  for (let i = 0; i < parts.length; i += 1) {
    if (parts[i] === 'not') pointer += '/not'
    else if ((parts[i] === 'all' || parts[i] === 'any') && parts[i + 1] !== undefined) pointer += `/${parts[i]}/${parts[(i += 1)]}`
    else break
  }
  return pointer
}
