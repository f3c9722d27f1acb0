import type { Answers, Item, Option } from '@jieli/questionnaire'
import { readAnswer } from './answers'

export interface Pressed {
  value: unknown
  /** The question is answered: go to the next. */
  goOn: boolean
}

/** What a digit does to the current question; null when nothing. Options count from 1, scales mean their value. */
export function pressKey(item: Item, answers: Answers, key: string, digit: string): Pressed | null {
  if (!/^[0-9]$/.test(digit)) return null
  const number = Number(digit)
  if (item.type === 'scale') {
    const value = readAnswer(answers, key)
    // "1" and then "0" is ten, as it is spoken.
    const ten = value === 1 && number === 0 && (item.max ?? 0) >= 10
    const chosen = ten ? 10 : number
    return isScalePoint(item, chosen) ? { value: chosen, goOn: chosen !== 1 || (item.max ?? 0) < 10 } : null
  }
  const option = listOffered(item, readAnswer(answers, key))[number - 1]
  if (!option) return null
  if (item.type === 'single') return { value: option.value, goOn: true }
  return item.type === 'multiple' ? { value: toggle(item, readAnswer(answers, key), option.value), goOn: false } : null
}

/** What can be chosen: options out of use are shown only where an older answer holds them. */
export const listOffered = (item: Item, current: unknown): Option[] =>
  (item.options ?? []).filter(({ retired, value }) => !retired || current === value || (Array.isArray(current) && current.includes(value)))

/** Options in the document's order; an exclusive one ("无") stands alone. */
export function toggle(item: Item, current: unknown, code: string): string[] | undefined {
  const chosen = new Set(Array.isArray(current) ? (current as string[]) : [])
  const options = item.options ?? []
  const exclusive = new Set(options.filter((option) => option.exclusive).map((option) => option.value))
  if (chosen.has(code)) chosen.delete(code)
  else {
    for (const other of [...chosen]) if (exclusive.has(code) || exclusive.has(other)) chosen.delete(other)
    chosen.add(code)
  }
  const kept = options.map((option) => option.value).filter((value) => chosen.has(value))
  return kept.length ? kept : undefined
}

/** At most eleven whole steps are drawn as buttons; longer scales are typed. */
export function scalePoints(item: Item): number[] | null {
  const { min = 0, max = 10 } = item
  if (item.decimals || !Number.isInteger(min) || !Number.isInteger(max) || max - min > 10) return null
  return Array.from({ length: max - min + 1 }, (_, index) => min + index)
}
const isScalePoint = (item: Item, value: number): boolean => scalePoints(item)?.includes(value) ?? false
