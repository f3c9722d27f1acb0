import type { Item } from '@jieli/questionnaire'
import { GLUCOSE_TIMINGS, labelOf } from '@jieli/domain'

/** An answer as a person would read it, for "上次" and for read-only records. */
export function describeAnswer(item: Item, value: unknown): string {
  if (value === undefined || value === null || value === '') return ''
  const option = (code: unknown) => item.options?.find((entry) => entry.value === code)?.label ?? String(code)
  const unit = item.unit ? ` ${item.unit}` : ''
  switch (item.type) {
    case 'single':
      return option(value)
    case 'multiple':
      return Array.isArray(value) ? value.map(option).join('、') : String(value)
    case 'bp': {
      const { sbp, dbp } = value as { sbp?: number; dbp?: number }
      return `${sbp ?? '—'}/${dbp ?? '—'} mmHg`
    }
    case 'glucose': {
      const reading = value as { value?: number; timing?: string }
      return `${labelOf(GLUCOSE_TIMINGS, reading.timing)} ${reading.value ?? '—'} mmol/L`.trim()
    }
    case 'photo':
    case 'group':
      return Array.isArray(value) ? `${value.length}` : ''
    default:
      return `${String(value)}${unit}`
  }
}
