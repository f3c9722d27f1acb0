import { describe, expect, it } from 'vitest'
import { initialsOf, listPlaces, type Looking } from '@/features/catchments/places'
import { layBars } from '@/features/catchments/roster'
import type { CountyTree, RosterRow, TreeVillage } from '@/features/catchments/queries'
import texts from '@/features/catchments/zh-CN'

const initials = (name: string): string => initialsOf(name, texts.catchments.initials)
const owner = { institution_id: '1', institution_name: '问安镇卫生院', staff_name: null, role: 'primary', from_level: 'township' } as const
const village = (code: string, name: string, effective: TreeVillage['effective'] = owner): TreeVillage => ({ code, name, kind: 'village', areas: [], clinicians: [], effective })
const tree: CountyTree = {
  as_of: '2026-11-23', county: null, institutions: [], vacant: 1,
  townships: [
    { ...village('420583106000', '问安镇'), villages: [village('420583106205', '关庙山村'), village('420583106206', '双合村', null)] },
    { ...village('420583001000', '马家店街道'), villages: [village('420583001001', '丰坪巷社区')] },
  ],
}
const look = (more: Partial<Looking>): string[] => listPlaces(tree, { text: '', filter: 'all', flat: false, folded: new Set(), initials, ...more }).map((row) => row.name)

describe('catchments: the list of places', () => {
  it('reads the first letters of a name', () => {
    expect(['关庙山村', '问安镇', '马家店街道', '丰坪巷社区'].map(initials)).toEqual(['GMSC', 'WAZ', 'MJDJD', 'FPXSQ'])
  })
  it('finds by letters, by part of a name and by code, with the township above', () => {
    expect(look({ text: 'gms' })).toEqual(['问安镇', '关庙山村'])
    expect(look({ text: '坪巷' })).toEqual(['马家店街道', '丰坪巷社区'])
    expect(look({ text: '420583106206' })).toEqual(['问安镇', '双合村'])
  })
  it('a township found brings all its villages', () => {
    expect(look({ text: '问安' })).toEqual(['问安镇', '关庙山村', '双合村'])
  })
  it('shows only the vacant, and as a table no townships', () => {
    expect(look({ filter: 'vacant' })).toEqual(['问安镇', '双合村'])
    expect(look({ flat: true })).toEqual(['关庙山村', '双合村', '丰坪巷社区'])
  })
  it('folds a township unless one searches', () => {
    const folded = new Set(['420583106000'])
    expect(look({ folded })).toEqual(['问安镇', '马家店街道', '丰坪巷社区'])
    expect(look({ folded, text: '双合' })).toEqual(['问安镇', '双合村'])
  })
})

describe('rosters: absences on the axis', () => {
  const absence = (from_on: string, to_on: string | null) => ({ from_on, to_on }) as NonNullable<RosterRow['absence']>
  const bars = (current: NonNullable<RosterRow['absence']> | null, ...upcoming: NonNullable<RosterRow['absence']>[]) =>
    layBars({ absence: current, upcoming } as unknown as RosterRow, '2026-11-23').map(({ left, width, open }) => ({ left, width, open }))
  it('begins at today at the earliest and counts the last day', () => {
    expect(bars(absence('2026-11-20', '2026-11-29'))).toEqual([{ left: 0, width: 25, open: false }])
  })
  it('goes on behind the edge without an end, and leaves out what begins behind it', () => {
    expect(bars(null, absence('2026-12-07', null), absence('2026-12-21', '2026-12-24'))).toEqual([{ left: 50, width: 50, open: true }])
  })
})
