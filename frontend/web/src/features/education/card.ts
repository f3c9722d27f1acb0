import type { EducationCardVersion } from '@jieli/api'

export const MAX_PARAGRAPH = 200
export const MAX_PARAGRAPHS = 20
export const MAX_TITLE = 80
export const MAX_SOURCE = 300

export interface CardDocument {
  key: string
  title: string
  specialty: string
  body: string[]
  source: string[]
  licence: string
}
export interface CardFault {
  /** `title`, `body`, `body/2`, `source/0` … */
  place: string
  kind: 'title' | 'licence' | 'long' | 'empty' | 'none' | 'many'
  count: number
  max: number
}

export const documentOf = ({ key, title, specialty, body, source, licence }: EducationCardVersion): CardDocument => ({ key, title, specialty, body, source, licence })

/** What keeps the card from being reviewed, found before the server is asked. */
export function findFaults({ title, licence, body, source }: CardDocument): CardFault[] {
  const faults: CardFault[] = []
  if (!title.trim()) faults.push({ place: 'title', kind: 'title', count: 0, max: MAX_TITLE })
  if (!licence) faults.push({ place: 'licence', kind: 'licence', count: 0, max: 0 })
  for (const [name, list, longest] of [['body', body, MAX_PARAGRAPH], ['source', source, MAX_SOURCE]] as const) {
    if (!list.length) faults.push({ place: name, kind: 'none', count: 0, max: MAX_PARAGRAPHS })
    if (list.length > MAX_PARAGRAPHS) faults.push({ place: name, kind: 'many', count: list.length, max: MAX_PARAGRAPHS })
    list.forEach((text, index) => {
      const count = [...text].length
      if (!text.trim()) faults.push({ place: `${name}/${index}`, kind: 'empty', count: 0, max: longest })
      else if (count > longest) faults.push({ place: `${name}/${index}`, kind: 'long', count, max: longest })
    })
  }
  return faults
}

export function moved<T>(list: readonly T[], from: number, by: -1 | 1): T[] {
  const to = from + by
  if (to < 0 || to >= list.length) return [...list]
  const next = [...list]
  ;[next[from], next[to]] = [next[to]!, next[from]!]
  return next
}

export const isSameCard = (one: CardDocument, other: CardDocument): boolean => JSON.stringify(flat(one)) === JSON.stringify(flat(other))
const flat = ({ title, specialty, body, source, licence }: CardDocument) => [title, specialty, body, source, licence]

export interface LineChange {
  kind: 'same' | 'added' | 'removed'
  text: string
}

/** Paragraphs by longest common run: what is gone and what is new, in reading order. */
export function diffLines(before: readonly string[], after: readonly string[]): LineChange[] {
  const length = before.map(() => after.map(() => 0))
  const at = (i: number, j: number): number => length[i]?.[j] ?? 0
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) length[i]![j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  }
  const lines: LineChange[] = []
  let [i, j] = [0, 0]
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      lines.push({ kind: 'same', text: before[i]! })
      i += 1
      j += 1
    } else if (j >= after.length || (i < before.length && at(i + 1, j) >= at(i, j + 1))) lines.push({ kind: 'removed', text: before[i++]! })
    else lines.push({ kind: 'added', text: after[j++]! })
  }
  return lines
}
