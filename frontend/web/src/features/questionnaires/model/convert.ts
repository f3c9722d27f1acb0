import type { Item, ItemType, Option, QuestionnaireDocument } from '@jieli/questionnaire'
import { patchRecord } from './tree'

/** Kinds of questions: which properties each has (followup/questionnaires/schema.py), new ones, and changing from one to another. */

export const TYPES: readonly ItemType[] = ['single', 'multiple', 'number', 'text', 'scale', 'bp', 'glucose', 'date', 'time', 'photo', 'display', 'group']
/** The palette offers a repeating group as a kind of its own. */
export type Kind = ItemType | 'rows'
export const KINDS: readonly Kind[] = [...TYPES, 'rows']
export const kindOf = (item: Item): Kind => (item.type === 'group' && item.repeats ? 'rows' : item.type)

const COMMON = ['link_id', 'type', 'text', 'help', 'show_if', 'code', 'retired'] as const
const ANSWERED = [...COMMON, 'required', 'rules'] as const
const KEYS: Record<ItemType, readonly (keyof Item)[]> = {
  display: COMMON,
  group: [...COMMON, 'required', 'items', 'repeats', 'min', 'max'],
  text: [...ANSWERED, 'min', 'max'],
  number: [...ANSWERED, 'unit', 'min', 'max', 'decimals'],
  scale: [...ANSWERED, 'unit', 'min', 'max', 'decimals'],
  date: ANSWERED,
  time: ANSWERED,
  single: [...ANSWERED, 'options'],
  multiple: [...ANSWERED, 'options', 'min', 'max'],
  bp: [...ANSWERED, 'unit'],
  glucose: [...ANSWERED, 'unit'],
  photo: [...ANSWERED, 'min', 'max'],
}
const PLAIN_GROUP: readonly (keyof Item)[] = [...COMMON, 'items']

export const hasProperty = (item: Item, key: keyof Item): boolean => (item.type === 'group' && !item.repeats ? PLAIN_GROUP : KEYS[item.type]).includes(key)

export interface NewWords {
  text: string
  /** Texts of the first options. */
  options: readonly [string, string]
  /** Text of the first question in a group. */
  child: string
}

export function makeItem(kind: Kind, linkId: string, words: NewWords, childId = `${linkId}_1`): Item {
  const base: Item = { link_id: linkId, type: kind === 'rows' ? 'group' : kind, text: words.text }
  if (kind === 'single' || kind === 'multiple') return { ...base, options: words.options.map((label, index) => ({ value: String(index + 1), label })) }
  if (kind === 'scale') return { ...base, min: 0, max: 10 }
  if (kind === 'group' || kind === 'rows') return { ...base, ...(kind === 'rows' && { repeats: true }), items: [{ link_id: childId, type: 'text', text: words.child }] }
  return base
}

/** What a change of kind would drop, by property. */
export function listLosses(item: Item, kind: Kind): (keyof Item)[] {
  const next = convertItem(item, kind, { text: '', options: ['', ''], child: '' })
  return (Object.keys(item) as (keyof Item)[]).filter((key) => key !== 'type' && key !== 'repeats' && !(key in next) && !isEmpty(item[key]))
}

const isEmpty = (value: unknown): boolean => value === undefined || value === false || value === '' || (Array.isArray(value) && value.length === 0)

/** Keeps what the new kind may have. Conditions on `value` stay: the check tells which no longer fit. */
export function convertItem(item: Item, kind: Kind, words: NewWords): Item {
  const type = kind === 'rows' ? 'group' : kind
  const fresh = makeItem(kind, item.link_id, words)
  const shaped: Item = { ...item, type, ...(kind === 'rows' ? { repeats: true } : { repeats: undefined }) }
  const kept = Object.fromEntries(Object.entries(shaped).filter(([key, value]) => value !== undefined && hasProperty(shaped, key as keyof Item))) as unknown as Item
  if (limitsDiffer(item.type, type)) {
    delete kept.min
    delete kept.max
  }
  if (type !== 'multiple' && kept.options) kept.options = kept.options.map((option) => patchRecord(option, { exclusive: undefined }))
  if ((type === 'bp' || type === 'glucose') && kept.unit) delete kept.unit
  return { ...fresh, ...kept }
}

/** Limits of values, of lengths and of counts are not each other's. */
function limitsDiffer(from: ItemType, to: ItemType): boolean {
  const meaning = (type: ItemType): string => (type === 'number' || type === 'scale' ? 'value' : type === 'text' ? 'length' : 'count')
  return meaning(from) !== meaning(to)
}

/** A value that no option has yet, used ones of removed options included. */
export function nextValue(options: readonly Option[], used: readonly string[] = []): string {
  const numbers = [...options.map((option) => option.value), ...used].map(Number).filter(Number.isInteger)
  return String(Math.max(0, ...numbers) + 1)
}

const LEVEL = /^E[0-4]$/

/**
 * One option per line: label, then in any order a score and a level, parted by tab, comma or bar ("偶尔 | 1 | E1").
 * Leading numbering ("1. ", "A、", "①") is dropped; labels that are there already are left out.
 */
export function readPasted(text: string, options: readonly Option[], used: readonly string[] = []): Option[] {
  const added: Option[] = []
  for (const line of text.split(/\r?\n/)) {
    const [first = '', ...rest] = line.split(/[\t|｜,，]/).map((part) => part.trim())
    const label = first.replace(/^(?:[(（]?\d{1,2}[)）.、．:：]\s*|[A-Za-z][.、．)）:：]\s*|[①-⑳]\s*|[-*•·]\s+)/, '').trim()
    if (!label || [...options, ...added].some((option) => option.label === label)) continue
    const level = rest.map((part) => part.toUpperCase()).find((part) => LEVEL.test(part))
    const score = rest.find((part) => /^-?\d+(\.\d+)?$/.test(part))
    added.push({
      value: nextValue([...options, ...added], used),
      label,
      ...(score !== undefined && { score: Number(score) }),
      ...(level !== undefined && { level: level as Option['level'] }),
    })
  }
  return fillPartial([...options, ...added]).slice(options.length)
}

/** Levels and scores are written on all options or on none: the others get E0 and 0. */
export function fillPartial(options: readonly Option[]): Option[] {
  const levels = options.some((option) => option.level !== undefined)
  const scores = options.some((option) => option.score !== undefined)
  return options.map((option) => ({ ...option, ...(levels && { level: option.level ?? 'E0' }), ...(scores && { score: option.score ?? 0 }) }))
}

/** Sets level or score of one option; the last one that is cleared clears the word from all. */
export function setOptionMark(options: readonly Option[], index: number, mark: { level?: Option['level'] } | { score?: number }): Option[] {
  const next = options.map((option, at) => (at === index ? patchRecord(option, mark) : option))
  if ('level' in mark && next.every((option) => (option.level ?? 'E0') === 'E0')) return fillPartial(next.map((option) => patchRecord(option, { level: undefined })))
  if ('score' in mark && mark.score === undefined) {
    return fillPartial(next.every((option) => !option.score) ? next.map((option) => patchRecord(option, { score: undefined })) : next)
  }
  return fillPartial(next)
}

export const countQuestions = (document: QuestionnaireDocument): number => {
  const count = (items: readonly Item[]): number => items.reduce((sum, item) => sum + (item.type === 'display' || item.type === 'group' ? 0 : 1) + count(item.items ?? []), 0)
  return count(document.items)
}
