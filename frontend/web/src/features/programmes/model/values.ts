import type { CriteriaField } from '@jieli/api'
import type { Leaf } from './document'

/** How a value is entered; follows from the kind of the field and the operator. */
export type Shape = 'boolean' | 'number' | 'numbers' | 'date' | 'dates' | 'one' | 'many' | 'codes' | 'codeRange' | 'words' | 'staff' | 'staffs' | 'lab'

export function shapeOf(type: string, op: string): Shape {
  const between = op === 'between'
  if (type === 'boolean' || type === 'lab') return type
  if (type === 'integer') return between ? 'numbers' : 'number'
  if (type === 'date') return between ? 'dates' : 'date'
  if (type === 'diagnosis_code' || type === 'operation_code') return between ? 'codeRange' : 'codes'
  if (type === 'words') return 'words'
  if (type === 'staff') return op === 'eq' ? 'staff' : 'staffs'
  return op === 'eq' ? 'one' : 'many'
}

const isPair = (shape: Shape): boolean => shape === 'numbers' || shape === 'dates' || shape === 'codeRange'

export function emptyValue(field: CriteriaField, op: string, today: string): unknown {
  const shape = shapeOf(field.value.type, op)
  const first = field.value.choices?.[0]?.value ?? ''
  switch (shape) {
    case 'boolean': return false
    case 'number': return field.field === 'age' ? 60 : 7
    case 'numbers': return field.field === 'age' ? [18, 65] : [1, 7]
    case 'date': return today
    case 'dates': return [today, today]
    case 'one': return first
    case 'staff': return ''
    case 'codeRange': return ['', '']
    case 'lab': return labValue(op, '', 0)
    default: return []
  }
}

const labValue = (op: string, code: string, number: unknown): unknown => (op === 'flagged' ? { code } : { code, value: op === 'between' ? (Array.isArray(number) ? number : [0, number]) : Array.isArray(number) ? number[0] : number })

export const newLeaf = (field: CriteriaField, today: string): Leaf => {
  const op = field.ops.some((each) => each.op === 'in') ? 'in' : (field.ops[0]?.op ?? 'eq')
  return { field: field.field, op, value: emptyValue(field, op, today) }
}

/** The same condition with another operator: what was entered is kept as far as it fits. */
export function withOp(leaf: Leaf, field: CriteriaField, op: string, today: string): Leaf {
  const type = field.value.type
  const [before, after] = [shapeOf(type, leaf.op), shapeOf(type, op)]
  const keep = (value: unknown): Leaf => ({ ...leaf, op, value })
  if (type === 'lab') {
    const { code, value } = leaf.value as { code: string; value?: unknown }
    return keep(labValue(op, code, value ?? 0))
  }
  if (before === after) return keep(leaf.value)
  if (isPair(before) && !isPair(after)) return keep(after === 'codes' ? (leaf.value as string[]).filter(Boolean) : (leaf.value as unknown[])[0])
  if (isPair(after)) {
    const first = Array.isArray(leaf.value) ? leaf.value[0] : leaf.value
    const last = Array.isArray(leaf.value) ? (leaf.value[leaf.value.length - 1] ?? first) : first
    return keep(first === undefined ? emptyValue(field, op, today) : [first, last])
  }
  if (Array.isArray(leaf.value)) return keep(leaf.value[0] ?? emptyValue(field, op, today))
  return keep(leaf.value === '' ? [] : [leaf.value])
}

const DIAGNOSIS = /^([A-Z])(\d{2})$/
const RANGE = /^(\S+?)\s*[-–—~～\u81f3]\s*(\S+)$/
const MOST = 60

/** "I21、M16-M18, 81.51–81.54" as single prefixes; a range that cannot be told from its ends is left as typed, for the server to name. */
export function readCodes(text: string): string[] {
  return text.toUpperCase().split(/[\s,，、;；]+(?![-–—~～\u81f3])/).map((part) => part.trim()).filter(Boolean).flatMap(expand)
}

function expand(part: string): string[] {
  const range = RANGE.exec(part)
  if (!range) return [part]
  const [, low = '', high = ''] = range
  const [from, to] = [DIAGNOSIS.exec(low), DIAGNOSIS.exec(high)]
  if (from && to && from[1] === to[1]) return series(Number(from[2]), Number(to[2]), (n) => `${from[1]}${String(n).padStart(2, '0')}`) ?? [part]
  const [first, last] = [low.replace('.', ''), high.replace('.', '')]
  if (/^\d{2,4}$/.test(first) && /^\d{2,4}$/.test(last) && first.length === last.length) {
    return series(Number(first), Number(last), (n) => dot(String(n).padStart(first.length, '0'))) ?? [part]
  }
  return [part]
}

const dot = (digits: string): string => (digits.length > 2 ? `${digits.slice(0, 2)}.${digits.slice(2)}` : digits)

function series(from: number, to: number, write: (n: number) => string): string[] | null {
  if (from > to || to - from >= MOST) return null
  return Array.from({ length: to - from + 1 }, (_, i) => write(from + i))
}

export interface Words {
  and: string
  to: (low: unknown, high: unknown) => string
  yes: string
  no: string
  nothing: string
  within: (days: number) => string
  /** How people say it; undefined for an operator that has its own label only. */
  say: (op: string, field: string, value: string) => string | undefined
}

/** A condition as a sentence: field, operator, values by their names. */
export function sentenceOf(leaf: Leaf, fields: readonly CriteriaField[], words: Words): string {
  const field = fields.find((each) => each.field === leaf.field)
  if (!field) return `${leaf.field} ${leaf.op}`
  const op = field.ops.find((each) => each.op === leaf.op)?.label ?? leaf.op
  const days = leaf.within_days === undefined ? '' : words.within(leaf.within_days)
  if (field.value.type === 'lab') {
    const { code, value } = leaf.value as { code: string; value?: unknown }
    const result = value === undefined ? '' : ` ${Array.isArray(value) ? words.to(value[0], value[1]) : String(value)}`
    return `${field.label} ${code || words.nothing} ${op}${result}${days}`
  }
  // "Deceased: no" is no way to say that a patient is alive.
  const said = typeof leaf.value === 'boolean' && words.say(`${leaf.field}.${leaf.value}`, field.label, '')
  if (said) return said
  const value = valueText(leaf.value, leaf.op, field, words)
  return (words.say(leaf.op, field.label, value) ?? `${field.label} ${op} ${value}`) + days
}

function valueText(value: unknown, op: string, field: CriteriaField, words: Words): string {
  const name = (each: unknown): string => field.value.choices?.find((choice) => choice.value === each)?.label ?? String(each)
  const unit = field.value.unit && ` ${field.value.unit}`
  if (typeof value === 'boolean') return value ? words.yes : words.no
  if (op === 'between' && Array.isArray(value)) return words.to(...(value.map((each) => (each === '' || each === null ? words.nothing : each)) as [unknown, unknown])) + unit
  if (Array.isArray(value)) return value.length ? value.map(name).join(words.and) : words.nothing
  return value === '' || value === null ? words.nothing : `${name(value)}${unit}`
}
