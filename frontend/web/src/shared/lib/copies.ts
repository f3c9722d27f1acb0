/** Unsaved work, kept on this computer until the server has it. Only for what holds nothing of any patient. */
export interface Copy<T> {
  /** Of the draft that it was written upon. */
  revision: number
  content: T
}

export function keepCopy<T>(name: string, copy: Copy<T>): void {
  try {
    localStorage.setItem(name, JSON.stringify(copy))
  } catch {
    // A full or forbidden store: leaving the page still warns.
  }
}

/** What somebody else left under that name, or an older form of it, is no copy. */
export function readCopy<T>(name: string, isContent: (content: unknown) => boolean): Copy<T> | null {
  try {
    const copy = JSON.parse(localStorage.getItem(name) ?? 'null') as Copy<T> | null
    return copy && Number.isInteger(copy.revision) && isContent(copy.content) ? copy : null
  } catch {
    return null
  }
}

export function forgetCopy(name: string): void {
  try {
    localStorage.removeItem(name)
  } catch {
    // As above.
  }
}
