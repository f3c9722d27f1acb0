import type { Content } from './differing'

/** Unsaved work, kept on this computer until the server has it: a programme holds nothing of any patient. */
export interface Copy {
  /** Of the draft that it was written upon. */
  revision: number
  content: Content
  /** That draft: tells later what was changed here. */
  base: Content
}

const nameOf = (id: string): string => `jieli.programme.${id}`

export function keepCopy(id: string, copy: Copy): void {
  try {
    localStorage.setItem(nameOf(id), JSON.stringify(copy))
  } catch {
    // A full or forbidden store: leaving the page still warns.
  }
}

export function readCopy(id: string): Copy | null {
  try {
    const copy = JSON.parse(localStorage.getItem(nameOf(id)) ?? 'null') as Copy | null
    return copy && Array.isArray(copy.content?.document?.steps) && Array.isArray(copy.base?.document?.steps) ? copy : null
  } catch {
    return null
  }
}

export function forgetCopy(id: string): void {
  try {
    localStorage.removeItem(nameOf(id))
  } catch {
    // As above.
  }
}
