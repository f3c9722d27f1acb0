/** A path of the intake's contract in words: `patient.contacts[0].name` → "联系人 第 1 项 姓名". */
export function describeField(path: string, translate: (key: string, values?: Record<string, unknown>) => string, known: (key: string) => boolean): string {
  const words = path.split(/[./]/).filter(Boolean).flatMap((part) => {
    const match = /^(\w+?)(?:\[(\d+)\])?$/.exec(part)
    const name = match?.[1] ?? part
    const word = /^\d+$/.test(name) ? row(name) : known(name) ? translate(`intake.fields.${name}`) : name
    return match?.[2] ? [word, row(match[2])] : [word]
  })
  function row(index: string): string {
    return translate('intake.fieldRow', { row: Number(index) + 1 })
  }
  // "患者 姓名" says no more than "姓名".
  return (words.length > 1 ? words.slice(1) : words).join(' ')
}

export type InputKind = 'date' | 'datetime-local' | 'text'
export function inputKindOf(path: string): InputKind {
  if (/_at$/.test(path)) return 'datetime-local'
  return /_date$|_on$/.test(path) ? 'date' : 'text'
}

/** Hospital time: the browser's local time has no place here. */
export const toWire = (path: string, value: string): string => (inputKindOf(path) === 'datetime-local' && value ? `${value.slice(0, 16)}:00+08:00` : value.trim())

/** Warnings are written by several parsers: a text, or an object with one. */
export function readWarning(warning: unknown): string {
  if (typeof warning === 'string') return warning
  if (typeof warning !== 'object' || warning === null) return ''
  const { message_zh: chinese, message, text } = warning as Record<string, unknown>
  return [chinese, message, text].find((entry): entry is string => typeof entry === 'string') ?? ''
}
