/** Undo and redo of whole values; what did not change is shared between them. */
export interface History<T> {
  past: readonly T[]
  present: T
  future: readonly T[]
  key: string
  at: number
}

const DEPTH = 200
const PAUSE = 1200

export const startHistory = <T>(present: T): History<T> => ({ past: [], present, future: [], key: '', at: 0 })

/** Changes of the same key without a pause between them are one step back: a dragged card, a typed word. */
export function pushHistory<T>(history: History<T>, present: T, key: string, now: number): History<T> {
  if (present === history.present) return history
  const isSameStep = key !== '' && key === history.key && now - history.at < PAUSE && history.past.length > 0
  return { past: isSameStep ? history.past : [...history.past, history.present].slice(-DEPTH), present, future: [], key, at: now }
}

export function stepBack<T>({ past, present, future, ...rest }: History<T>): History<T> {
  const before = past.at(-1)
  return before === undefined ? { past, present, future, ...rest } : { past: past.slice(0, -1), present: before, future: [present, ...future], key: '', at: 0 }
}

export function stepForward<T>({ past, present, future, ...rest }: History<T>): History<T> {
  const [after, ...later] = future
  return after === undefined ? { past, present, future, ...rest } : { past: [...past, present], present: after, future: later, key: '', at: 0 }
}
