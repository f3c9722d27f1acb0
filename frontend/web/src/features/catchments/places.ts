import type { AreaRow, CountyTree, TreeTownship, TreeVillage } from './queries'

export type PlaceFilter = 'all' | 'vacant' | 'doctorless' | 'upcoming'
export interface PlaceRow {
  code: string
  name: string
  township: TreeTownship
  /** Null: the row is the township itself. */
  village: TreeVillage | null
}

const LETTERS = 'ABCDEFGHJKLMNOPQRSTWXYZ'
const collator = new Intl.Collator('zh-CN')

/** First letters of the pronunciation: 关庙山村 → GMSC. `starts`: the first character of each letter, A to Z. */
export function initialsOf(name: string, starts: string): string {
  return [...name].map((sign) => {
    if (/[\w]/.test(sign)) return sign.toUpperCase()
    let letter = ''
    for (let at = 0; at < LETTERS.length && collator.compare(sign, starts[at]!) >= 0; at += 1) letter = LETTERS[at]!
    return letter
  }).join('')
}

export const currentOf = (areas: readonly AreaRow[], role: AreaRow['role']): AreaRow[] => areas.filter((area) => area.role === role && area.state === 'current')
const hasUpcoming = ({ areas, clinicians }: Pick<TreeVillage, 'areas' | 'clinicians'>): boolean => [...areas, ...clinicians].some((row) => row.state === 'upcoming')

function passes(village: TreeVillage, filter: PlaceFilter): boolean {
  if (filter === 'vacant') return village.effective === null
  if (filter === 'doctorless') return village.effective !== null && village.effective.staff_name === null
  return filter === 'all' || hasUpcoming(village)
}

export function countPlaces(tree: CountyTree): Record<PlaceFilter, number> {
  const villages = tree.townships.flatMap((township) => township.villages)
  const count = (filter: PlaceFilter): number => villages.filter((village) => passes(village, filter)).length
  return { all: villages.length, vacant: count('vacant'), doctorless: count('doctorless'), upcoming: count('upcoming') }
}

export interface Looking {
  text: string
  filter: PlaceFilter
  /** As a table there are villages only, as a tree they stand below their township. */
  flat: boolean
  folded: ReadonlySet<string>
  initials: (name: string) => string
}

/** What the list shows, from the top; a search opens what is folded. */
export function listPlaces(tree: CountyTree, { text, filter, flat, folded, initials }: Looking): PlaceRow[] {
  const wanted = text.trim()
  const letters = /^[a-z]+$/i.test(wanted) ? wanted.toUpperCase() : ''
  const named = ({ code, name }: { code: string; name: string }): boolean =>
    wanted === '' || name.includes(wanted) || (/^\d+$/.test(wanted) && code.startsWith(wanted)) || (letters !== '' && initials(name).startsWith(letters))
  const searching = wanted !== '' || filter !== 'all'
  return tree.townships.flatMap((township) => {
    const whole = named(township)
    const villages = township.villages.filter((village) => passes(village, filter) && (whole || named(village)))
    const rows = villages.map<PlaceRow>((village) => ({ code: village.code, name: village.name, township, village }))
    if (flat) return rows
    if (!rows.length && (filter !== 'all' || !whole)) return []
    const head: PlaceRow = { code: township.code, name: township.name, township, village: null }
    return !searching && folded.has(township.code) ? [head] : [head, ...rows]
  })
}
