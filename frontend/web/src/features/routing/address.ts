/** The parts of a line of address, to be chosen by a click: "问安镇", "老粮站", "3栋". */
export function splitAddress(text: string, ends: string): string[] {
  const parts = text.replace(/[\s,，、;；()（）]+/g, ' ').trim().match(new RegExp(`[^ ]+?(?:${ends})|[^ ]+`, 'g')) ?? []
  return [...new Set(parts.filter((part) => part.length >= 2 && part.length <= 20))]
}

/** What the operator most likely wants remembered: the last part that is neither a division's name nor a number. */
export function guessName(parts: readonly string[], plain: string): string {
  const isPlain = new RegExp(plain)
  return parts.findLast((part) => !isPlain.test(part) && !/\d/.test(part)) ?? ''
}

/** Evidence is a list of sentences; older rows may hold objects with a text. */
export function readEvidence(evidence: unknown): string[] {
  if (typeof evidence === 'string') return evidence ? [evidence] : []
  if (!Array.isArray(evidence)) return []
  return evidence.flatMap((entry: unknown) => {
    if (typeof entry === 'string') return [entry]
    const text = typeof entry === 'object' && entry !== null ? (entry as Record<string, unknown>).text : undefined
    return typeof text === 'string' ? [text] : []
  })
}

/** A day is what a discharged patient may wait at most. */
export const AGED_HOURS = 24
