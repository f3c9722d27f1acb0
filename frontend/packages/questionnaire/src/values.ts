/** Answers as values: rounding, blanks and the check of one answer. Twin of followup/questionnaires/values.py. */

import type { AnswerError, Item, Option } from './types'

export const GLUCOSE_TIMINGS: readonly string[] = ['fasting', 'after_meal', 'random']
export const FIELD_LIMITS = { sbp: [50, 300], dbp: [20, 200], glucose: [0.5, 60] } as const
const BP_FIELDS = [
  ['sbp', '收缩压'],
  ['dbp', '舒张压'],
] as const
export const TEXT_LIMIT = 2000
export const NUMBER_LIMIT = 1e15
export const ROW_LIMIT = 50
/** No answer is deeper; what is deeper is rubbish, and not followed down. */
const DEPTH_LIMIT = 8
/** Named, because trim() and Python's strip() disagree about what is white. */
const WHITE = /^[ \t\r\n\u3000]*$/

const DATE = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/
const TIME = /^([0-9]{2}):([0-9]{2})$/
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

export type Row = Record<string, unknown>
export type Usable = number | string | readonly string[] | readonly Row[] | Row | null
type Checked = [Usable, AnswerError[]]

/** Round half up to 6 decimals; the same IEEE steps as the twin, unlike toFixed() and round(). */
export function roundValue(value: number): number {
  if (Math.abs(value) >= NUMBER_LIMIT) return value
  return Math.floor(value * 1e6 + 0.5) / 1e6 + 0
}

export function formatNumber(value: number): string {
  return roundValue(value).toFixed(6).replace(/0+$/, '').replace(/\.$/, '')
}

/** NaN, infinities, booleans and numbers a double cannot hold exactly are no numbers. */
export function isNumber(value: unknown): value is number {
  return typeof value === 'number' && value > -NUMBER_LIMIT && value < NUMBER_LIMIT
}

export function isDate(text: string): boolean {
  const match = DATE.exec(text)
  if (!match) return false
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  if (year < 1 || month < 1 || month > 12) return false
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return day >= 1 && day <= (DAYS[month - 1] ?? 0) + (leap ? 1 : 0)
}

export function isTime(text: string): boolean {
  const match = TIME.exec(text)
  return match !== null && Number(match[1]) < 24 && Number(match[2]) < 60
}

export function isRecord(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Nothing was answered: null, white text, an empty list, an object without one filled field. */
export function isBlank(value: unknown, depth = 0): boolean {
  if (value === null || value === undefined) return true
  if (typeof value === 'string') return WHITE.test(value)
  if (Array.isArray(value)) return value.length === 0
  if (isRecord(value)) return depth < DEPTH_LIMIT && Object.values(value).every((field) => isBlank(field, depth + 1))
  return false
}

export function escapePointer(part: string): string {
  return part.replace(/~/g, '~0').replace(/\//g, '~1')
}

/** What expressions may use of an answer, and its faults; a number out of range stays usable (see the twin). */
export function checkAnswer(item: Item, value: unknown, pointer: string): Checked {
  if (isBlank(value)) return [null, []]
  switch (item.type) {
    case 'text':
      return checkText(item, value, pointer)
    case 'number':
    case 'scale':
      return checkNumber(item, value, pointer)
    case 'date':
      return typeof value === 'string' && isDate(value)
        ? [value, []]
        : fail(pointer, 'type', '日期要写成 2026-01-31 的样子')
    case 'time':
      return typeof value === 'string' && isTime(value)
        ? [value, []]
        : fail(pointer, 'type', '时间要写成 08:30 的样子')
    case 'single':
      return checkSingle(item, value, pointer)
    case 'multiple':
      return checkMultiple(item, value, pointer)
    case 'bp':
      return checkBp(value, pointer)
    case 'glucose':
      return checkGlucose(value, pointer)
    case 'photo':
      if (!Array.isArray(value) || !value.every((key) => typeof key === 'string' && key !== '')) {
        return fail(pointer, 'type', '请上传照片')
      }
      return [value as string[], checkCount(item, value.length, pointer, '张')]
    case 'group':
      return checkRows(item, value, pointer)
    case 'display':
      return [null, []]
  }
}

function fail(pointer: string, code: string, message: string): Checked {
  return [null, [{ pointer, code, message }]]
}

function checkText(item: Item, value: unknown, pointer: string): Checked {
  if (typeof value !== 'string') return fail(pointer, 'type', '请填写文字')
  const length = Array.from(value).length
  const longest = item.max ?? TEXT_LIMIT
  const shortest = item.min ?? 0
  const errors: AnswerError[] = []
  if (length > longest) errors.push({ pointer, code: 'max', message: `最多 ${longest} 个字` })
  if (length < shortest) errors.push({ pointer, code: 'min', message: `至少 ${shortest} 个字` })
  return [value, errors]
}

function checkRange(value: number, low: number | undefined, high: number | undefined, pointer: string): AnswerError[] {
  if (low !== undefined && value < roundValue(low)) {
    return [{ pointer, code: 'min', message: `不能小于 ${formatNumber(low)}` }]
  }
  if (high !== undefined && value > roundValue(high)) {
    return [{ pointer, code: 'max', message: `不能大于 ${formatNumber(high)}` }]
  }
  return []
}

function checkNumber(item: Item, value: unknown, pointer: string): Checked {
  if (!isNumber(value)) return fail(pointer, 'type', '请填写数字')
  const number = roundValue(value)
  const errors = checkRange(number, item.min, item.max, pointer)
  const decimals = item.decimals ?? (item.type === 'scale' ? 0 : undefined)
  if (decimals !== undefined) {
    const scaled = roundValue(number * 10 ** decimals)
    if (scaled !== Math.floor(scaled)) {
      errors.push({ pointer, code: 'decimals', message: decimals ? `最多 ${decimals} 位小数` : '请填写整数' })
    }
  }
  return [number, errors]
}

function checkSingle(item: Item, value: unknown, pointer: string): Checked {
  if (typeof value !== 'string') return fail(pointer, 'type', '请选择一项')
  const option = item.options?.find((one) => one.value === value)
  if (!option) return fail(pointer, 'option', '没有这个选项，请重新选择')
  return [value, checkRetired([option], pointer)]
}

/** The answer stays usable: what it alarms is alarmed while somebody chooses again. */
function checkRetired(chosen: readonly Option[], pointer: string): AnswerError[] {
  return chosen
    .filter((option) => option.retired)
    .map((option) => ({
      pointer,
      code: 'option_retired',
      message: `选项“${option.label}”已停用，请重新选择`,
    }))
}

function checkMultiple(item: Item, value: unknown, pointer: string): Checked {
  if (!Array.isArray(value) || !value.every((code): code is string => typeof code === 'string')) {
    return fail(pointer, 'type', '请选择一项或多项')
  }
  const options = new Map((item.options ?? []).map((option) => [option.value, option]))
  if (value.some((code) => !options.has(code))) return fail(pointer, 'option', '没有这个选项，请重新选择')
  const chosen = [...options.values()].filter((option) => value.includes(option.value))
  const errors = checkRetired(chosen, pointer)
  if (new Set(value).size !== value.length) {
    errors.push({ pointer, code: 'duplicate', message: '同一选项只能选一次' })
  }
  if (value.length > 1 && value.some((code) => options.get(code)?.exclusive)) {
    errors.push({ pointer, code: 'exclusive', message: '选了“无”一类的选项，就不能再选其他' })
  }
  return [value, [...errors, ...checkCount(item, value.length, pointer, '项')]]
}

function checkCount(item: Item, count: number, pointer: string, word: string): AnswerError[] {
  if (item.min !== undefined && count < item.min) {
    return [{ pointer, code: 'min', message: `至少 ${formatNumber(item.min)} ${word}` }]
  }
  if (item.max !== undefined && count > item.max) {
    return [{ pointer, code: 'max', message: `最多 ${formatNumber(item.max)} ${word}` }]
  }
  return []
}

function checkBp(value: unknown, pointer: string): Checked {
  if (!isRecord(value)) return fail(pointer, 'type', '请填写收缩压和舒张压')
  const usable: { sbp?: number; dbp?: number } = {}
  const errors: AnswerError[] = []
  for (const [field, word] of BP_FIELDS) {
    const raw = value[field]
    const place = `${pointer}/${field}`
    if (isBlank(raw)) {
      errors.push({ pointer: place, code: 'incomplete', message: `还缺${word}` })
    } else if (!isNumber(raw)) {
      errors.push({ pointer: place, code: 'type', message: '请填写数字' })
    } else {
      const number = roundValue(raw)
      usable[field] = number
      errors.push(...checkRange(number, FIELD_LIMITS[field][0], FIELD_LIMITS[field][1], place))
    }
  }
  if (usable.sbp !== undefined && usable.dbp !== undefined && usable.dbp >= usable.sbp) {
    errors.push({ pointer, code: 'order', message: '舒张压应低于收缩压，请核对' })
  }
  return [Object.keys(usable).length ? usable : null, errors]
}

function checkGlucose(value: unknown, pointer: string): Checked {
  if (!isRecord(value)) return fail(pointer, 'type', '请填写血糖值和测量时间')
  const usable: { value?: number; timing?: string } = {}
  const errors: AnswerError[] = []
  const { value: raw, timing } = value
  const place = `${pointer}/value`
  if (isBlank(raw)) {
    errors.push({ pointer: place, code: 'incomplete', message: '还缺血糖值' })
  } else if (!isNumber(raw)) {
    errors.push({ pointer: place, code: 'type', message: '请填写数字' })
  } else {
    usable.value = roundValue(raw)
    errors.push(...checkRange(usable.value, FIELD_LIMITS.glucose[0], FIELD_LIMITS.glucose[1], place))
  }
  if (isBlank(timing)) {
    errors.push({ pointer: `${pointer}/timing`, code: 'incomplete', message: '还缺测量时间' })
  } else if (typeof timing !== 'string' || !GLUCOSE_TIMINGS.includes(timing)) {
    errors.push({ pointer: `${pointer}/timing`, code: 'option', message: '没有这个选项，请重新选择' })
  } else {
    usable.timing = timing
  }
  return [Object.keys(usable).length ? usable : null, errors]
}

function checkRows(item: Item, value: unknown, pointer: string): Checked {
  if (!Array.isArray(value) || !value.every(isRecord)) return fail(pointer, 'type', '请逐条填写')
  if (value.length > ROW_LIMIT) return fail(pointer, 'max', `最多 ${ROW_LIMIT} 条`)
  return [value, checkCount(item, value.length, pointer, '条')]
}
