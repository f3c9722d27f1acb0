/** The parts of a line of address, to be chosen by a click: "问安镇", "老粮站", "3栋". `ends` are words, longest first. */
export function splitAddress(text: string, ends: readonly string[]): string[] {
  const line = text.replace(/[\s,，、;；()（）]+/g, ' ').trim()
  const long = ends.filter((end) => end.length > 1)
  // Not between 张家湾 and 小区: the longer word ends the part.
  const parts = line.match(new RegExp(`[^ ]+?(?:${ends.join('|')})(?!${long.join('|')})|[^ ]+`, 'g')) ?? []
  return [...new Set(parts.filter((part) => part.length >= LEAST_NAME && part.length <= 20))]
}

/** What the operator most likely wants remembered: the last part that is neither a division's name nor a number. */
export function guessName(parts: readonly string[], plainEnds: readonly string[], nameEnds: readonly string[]): string {
  const endsIn = (part: string, ends: readonly string[]) => ends.some((end) => part.endsWith(end))
  return parts.findLast((part) => !/\d/.test(part) && (endsIn(part, nameEnds) || !endsIn(part, plainEnds))) ?? ''
}

/** The server remembers nothing shorter. */
export const LEAST_NAME = 3
