/** Typed text to an answer: a number when it is one, the text itself when it is not (the engine names the fault). */
export function readNumber(text: string): number | string | undefined {
  const plain = text
    .trim()
    .replace(/[０-９．－]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) - 0xfee0))
    .replace('。', '.')
  if (plain === '') return undefined
  return /^-?\d+(\.\d+)?$/.test(plain) ? Number(plain) : plain
}

export const writeNumber = (value: unknown): string => (value === undefined || value === null ? '' : String(value))
