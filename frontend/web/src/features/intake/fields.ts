import type { CorrectableField } from '@jieli/api'

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

/** A masked value as people write it: moments come in ISO 8601, in the hospital's time. */
export const showValue = ({ kind, value_masked: value }: CorrectableField): string => (kind === 'datetime' ? value.slice(0, 16).replace('T', ' ') : value)

/** `/corrections/~1patient~1name` of a fault → `/patient/name`; empty for what belongs to no field. */
export const readPointer = (pointer: string): string => pointer.replace(/^\/corrections\/?/, '').replace(/~1/g, '/').replace(/~0/g, '~')
