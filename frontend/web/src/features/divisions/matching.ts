import type { County } from './queries'

export type Township = County['townships'][number]

/** Townships that the text names, with all their villages; and villages that it names, below their township. */
export function findPlaces(townships: readonly Township[], text: string): Township[] {
  const wanted = text.trim()
  if (!wanted) return [...townships]
  const names = ({ code, name }: { code: string; name: string }) => name.includes(wanted) || code.startsWith(wanted)
  return townships.flatMap((township) => {
    if (names(township)) return [township]
    const villages = township.villages.filter(names)
    return villages.length ? [{ ...township, villages }] : []
  })
}
