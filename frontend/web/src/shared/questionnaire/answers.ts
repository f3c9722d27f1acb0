import type { Answers, Evaluation, Item, QuestionnaireDocument } from '@jieli/questionnaire'

/** Keys are the engine's: `pain`, or `meds[0].name` in a row of a repeated group. */
const ROW_KEY = /^(.+)\[(\d+)\]\.(.+)$/

type Row = Record<string, unknown>
const rowsOf = (answers: Answers, group: string): Row[] => (Array.isArray(answers[group]) ? (answers[group] as Row[]) : [])

export function readAnswer(answers: Answers, key: string): unknown {
  const match = ROW_KEY.exec(key)
  return match ? rowsOf(answers, match[1]!)[Number(match[2])]?.[match[3]!] : answers[key]
}

/** New answers with one changed; undefined and null remove it. */
export function writeAnswer(answers: Answers, key: string, value: unknown): Answers {
  const match = ROW_KEY.exec(key)
  if (!match) return put(answers, key, value)
  const [, group, index, name] = match
  const rows = rowsOf(answers, group!).map((row, at) => (at === Number(index) ? put(row, name!, value) : row))
  return { ...answers, [group!]: rows }
}

function put(source: Row, name: string, value: unknown): Row {
  const { [name]: _, ...rest } = source
  return value === undefined || value === null ? rest : { ...rest, [name]: value }
}

export const addRow = (answers: Answers, group: string): Answers => ({ ...answers, [group]: [...rowsOf(answers, group), {}] })

export const removeRow = (answers: Answers, group: string, index: number): Answers =>
  put(answers, group, nonEmpty(rowsOf(answers, group).filter((_, at) => at !== index)))

const nonEmpty = (rows: Row[]): Row[] | undefined => (rows.length ? rows : undefined)

export const countRows = (answers: Answers, group: string): number => rowsOf(answers, group).length

/** The JSON pointer under which the engine reports faults of an item. */
export function pointerOf(key: string): string {
  const match = ROW_KEY.exec(key)
  return match ? `/${match[1]}/${match[2]}/${match[3]}` : `/${key}`
}

/** Faults of an item, its fields (`/bp/sbp`) included, but not of the rows of a group. */
export function errorsOf(evaluation: Evaluation, key: string, type: Item['type']): string[] {
  const pointer = pointerOf(key)
  return evaluation.errors
    .filter((error) => error.pointer === pointer || (type !== 'group' && error.pointer.startsWith(`${pointer}/`)))
    .map((error) => error.message)
}

/** `now`, or `before` when the two say the same. */
export function keepSame<T>(before: T[] | undefined, now: T[]): T[] {
  const same = before?.length === now.length && (now.length === 0 || JSON.stringify(before) === JSON.stringify(now))
  return same ? before : now
}

export function isAnswered(value: unknown): boolean {
  if (value === undefined || value === null) return false
  if (typeof value === 'string') return value.trim() !== ''
  if (Array.isArray(value)) return value.length > 0
  return typeof value === 'object' ? Object.values(value).some(isAnswered) : true
}

/** Questions that are shown now, in order, with the item each belongs to. */
export function listQuestions(document: QuestionnaireDocument, evaluation: Evaluation): { key: string; item: Item }[] {
  const items = new Map<string, Item>()
  const collect = (list: readonly Item[]): void => {
    for (const item of list) {
      items.set(item.link_id, item)
      collect(item.items ?? [])
    }
  }
  collect(document.items)
  return evaluation.visible.flatMap((key) => {
    const item = items.get(ROW_KEY.exec(key)?.[3] ?? key)
    return item && item.type !== 'display' && item.type !== 'group' ? [{ key, item }] : []
  })
}

export function measureProgress(document: QuestionnaireDocument, evaluation: Evaluation, answers: Answers): { done: number; total: number } {
  const questions = listQuestions(document, evaluation)
  return { done: questions.filter(({ key }) => isAnswered(readAnswer(answers, key))).length, total: questions.length }
}
