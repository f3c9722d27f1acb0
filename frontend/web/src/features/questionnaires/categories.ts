import { levelOf } from '@jieli/domain'
import type { QuestionnaireCategory, QuestionnaireVersionState } from '@jieli/api'

/** Shelves of the library, in its order. */
export const CATEGORIES: readonly QuestionnaireCategory[] = ['inpatient', 'outpatient', 'checkup', 'specialty', 'chronic', 'scale', 'satisfaction', 'ethics', 'service', 'review', 'other']
export const STATES: readonly QuestionnaireVersionState[] = ['draft', 'reviewed', 'signed', 'retired']

export const levelName = (level: string): string => `${level} ${levelOf(level)?.word ?? ''}`

/** A name in letters and digits, as documents need one; nobody has to think of it. */
export function makeKey(): string {
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '')
  return `form_${day}_${Array.from(crypto.getRandomValues(new Uint8Array(3)), (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

export function saveFile(name: string, content: unknown, type = 'application/json'): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(content, null, 2)], { type }))
  const link = Object.assign(document.createElement('a'), { href: url, download: name })
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 1000)
}
