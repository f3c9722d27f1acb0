/** Undo and redo of whole documents: they share what did not change, so a step costs next to nothing. */
export interface History<T> {
  past: readonly T[]
  present: T
  future: readonly T[]
  /** Steps with the same key within the pause are one: typing a word is undone as a word. */
  key: string
  at: number
}

const DEPTH = 200
const PAUSE = 1200

export const startHistory = <T>(present: T): History<T> => ({ past: [], present, future: [], key: '', at: 0 })

export function pushHistory<T>(history: History<T>, present: T, key: string, now: number): History<T> {
  if (present === history.present) return history
  const joined = key !== '' && key === history.key && now - history.at < PAUSE && history.past.length > 0
  const past = joined ? history.past : [...history.past, history.present].slice(-DEPTH)
  return { past, present, future: [], key, at: now }
}

export function undo<T>(history: History<T>): History<T> {
  const before = history.past[history.past.length - 1]
  if (before === undefined) return history
  return { past: history.past.slice(0, -1), present: before, future: [history.present, ...history.future], key: '', at: 0 }
}

export function redo<T>(history: History<T>): History<T> {
  const [after, ...future] = history.future
  if (after === undefined) return history
  return { past: [...history.past, history.present], present: after, future, key: '', at: 0 }
}
