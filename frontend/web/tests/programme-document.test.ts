import { describe, expect, it } from 'vitest'
import type { ProgrammeRow, Rehearsal } from '@jieli/api'
import { dayAt, ghostsOf, lastDayOf, packCards, placeOf, ticksOf } from '@/features/programmes/model/axis'
import { listDifferences, takeTheirs } from '@/features/programmes/model/differing'
import { addStep, blankDocument, copyStep, freeCode, moveStep, patchStep, removeStep, shift } from '@/features/programmes/model/document'
import { pushHistory, startHistory, stepBack, stepForward } from '@/features/programmes/model/history'
import { inWork, matches, shelvesOf } from '@/features/programmes/model/library'
import { loadOf, weeksOf } from '@/features/programmes/model/rehearsal'

const made = blankDocument({ key: 'k', name: 'n', kind: 'specialty', specialty: '', source: 's', questionnaire: 'form', stepName: 'first' })
const days = (document: typeof made) => document.steps.map((step) => step.day)

describe('the document', () => {
  it('moves a step within the allowed days', () => {
    expect(days(moveStep(made, 0, 8))).toEqual([8])
    expect(days(moveStep(made, 0, -3))).toEqual([0])
    expect(days(moveStep(made, 0, 99_999))).toEqual([3650])
    expect(moveStep(made, 0, 7)).toBe(made)
  })
  it('adds, copies and removes with codes of their own', () => {
    const two = addStep(made, 'second')
    expect(two.steps.map(({ code, day, questionnaire }) => [code, day, questionnaire])).toEqual([['d7', 7, 'form'], ['d14', 14, 'form']])
    expect(copyStep(two, 0).steps.map(({ code, day }) => [code, day])).toEqual([['d7', 7], ['d14-2', 14], ['d14', 14]])
    expect(removeStep(two, 0).steps.map((step) => step.code)).toEqual(['d14'])
    expect(freeCode(made, 'd9')).toBe('d9')
  })
  it('drops what a change makes impossible', () => {
    const named = patchStep(made, 0, { owner: 'named', staff_no: '0007' })
    expect(patchStep(named, 0, { owner: 'centre' }).steps[0]).toMatchObject({ owner: 'centre', staff_no: '' })
    expect(patchStep(made, 0, { kind: 'reminder' }).steps[0]?.questionnaire).toBeNull()
    const repeated = patchStep(made, 0, { repeat: { every: 30, until: 100 } })
    expect(moveStep(repeated, 0, 90).steps[0]?.repeat).toEqual({ every: 30, until: 120 })
  })
  it('shifts within the ends', () => {
    expect(shift(['T', 'W', 'S'], 2, -1)).toEqual(['T', 'S', 'W'])
    expect(shift(['T', 'W'], 0, -1)).toEqual(['T', 'W'])
  })
})

describe('the axis of days', () => {
  it('is a square root, there and back', () => {
    expect([0, 7, 30, 365].map((day) => dayAt(placeOf(day, 365), 365))).toEqual([0, 7, 30, 365])
    expect(dayAt(-1, 365)).toBe(0)
    expect(dayAt(2, 365)).toBe(365)
    expect(placeOf(3, 0)).toBe(0)
  })
  it('draws the next few repetitions only', () => {
    const step = { day: 30, window: [-1, 3] as [number, number] }
    expect(ghostsOf({ ...step, repeat: null })).toEqual([])
    expect(ghostsOf({ ...step, repeat: { every: 30, times: 3 } })).toEqual([60, 90])
    expect(ghostsOf({ ...step, repeat: { every: 30, until: 95 } })).toEqual([60, 90])
    expect(ghostsOf({ ...step, repeat: { every: 365 } })).toEqual([395, 760, 1125])
    expect(lastDayOf([{ ...step, repeat: { every: 30, times: 3 } }])).toBe(90)
    expect(lastDayOf([])).toBe(14)
  })
  it('puts cards below each other where they would overlap', () => {
    const at = (index: number, day: number) => ({ index, day, window: [0, 0] as [number, number], repeat: null })
    expect(packCards([at(0, 0), at(1, 1), at(2, 100)], 100, 500, 100)).toEqual([{ index: 0, left: 0, row: 0 }, { index: 1, left: 50, row: 1 }, { index: 2, left: 400, row: 0 }])
  })
  it('thins its marks out', () => {
    expect(ticksOf(30, 600)).toEqual([0, 1, 3, 7, 14, 30])
    expect(ticksOf(3650, 300)).toEqual([0, 60, 365, 730, 1095, 1825, 2920, 3650])
  })
})

describe('history', () => {
  it('joins what is typed in one go, undoes and redoes', () => {
    let history = pushHistory(startHistory(0), 1, 'name', 100)
    history = pushHistory(history, 2, 'name', 200)
    history = pushHistory(history, 3, 'name', 9000)
    expect(history.past).toEqual([0, 2])
    history = stepBack(history)
    expect([history.present, history.future]).toEqual([2, [3]])
    expect(stepForward(history).present).toBe(3)
    expect(stepBack(startHistory(5)).present).toBe(5)
  })
})

describe('two editors', () => {
  const base = { document: addStep(made, 'second'), startsOn: '2026-11-22' }
  const mine = { ...base, document: moveStep(base.document, 0, 9) }
  const theirs = { startsOn: '2026-12-01', document: { ...removeStep(base.document, 1), name: 'new' } }
  it('says where they part', () => {
    expect(listDifferences(mine, theirs, null).map(({ id, by }) => [id, by])).toEqual([['name', 'both'], ['starts_on', 'both'], ['step:d7', 'both'], ['step:d14', 'both']])
    expect(listDifferences(base, structuredClone(base), null)).toEqual([])
  })
  it('says whose change each is, from where both began', () => {
    const both = { ...theirs, document: moveStep(theirs.document, 0, 11) }
    expect(listDifferences(mine, theirs, base).map(({ id, by }) => [id, by])).toEqual([['name', 'theirs'], ['starts_on', 'theirs'], ['step:d7', 'mine'], ['step:d14', 'theirs']])
    expect(listDifferences(mine, both, base).find(({ id }) => id === 'step:d7')?.by).toBe('both')
  })
  it('keeps mine but for what is chosen', () => {
    expect(takeTheirs(mine, theirs, [])).toEqual(mine)
    const merged = takeTheirs(mine, theirs, ['name', 'step:d14'])
    expect([merged.document.name, days(merged.document), merged.startsOn]).toEqual(['new', [9], '2026-11-22'])
    expect(listDifferences(takeTheirs(mine, theirs, ['name', 'starts_on', 'step:d7', 'step:d14']), theirs, null)).toEqual([])
  })
})

describe('rehearsal', () => {
  const owner = (name: string, load: [string, number, number][]) => ({
    owner: 'centre', ward_id: name, staff_id: null, label: name, place: '', seats: 1, total: 0, peak: { day: '', count: 0, new: 0 },
    days: load.map(([day, count, planned]) => ({ day, count, planned })),
  })
  const rehearsal = {
    period: { discharges_from: '', discharges_to: '', period_from: '2026-11-22', period_to: '2026-11-30' }, enrolments: 1, tasks: 3, capacity_note: '',
    owners: [owner('a', [['2026-11-22', 2, 1]]), owner('b', [['2026-11-22', 1, 0], ['2026-11-30', 0, 4]])],
  } satisfies Rehearsal
  it('sums owners day by day, empty days too', () => {
    const all = loadOf(rehearsal, null)
    expect(all).toHaveLength(9)
    expect(all[0]).toEqual({ day: '2026-11-22', fresh: 3, planned: 1 })
    expect(loadOf(rehearsal, rehearsal.owners[0]!)[8]).toEqual({ day: '2026-11-30', fresh: 0, planned: 0 })
  })
  it('folds days into weeks', () => {
    expect(weeksOf(loadOf(rehearsal, null))).toEqual([
      { day: '2026-11-22', to: '2026-11-28', peak: 4, fresh: 3, planned: 1 }, { day: '2026-11-29', to: '2026-11-30', peak: 4, fresh: 0, planned: 4 },
    ])
  })
})

describe('the library', () => {
  const row = (id: string, specialty: string, state: ProgrammeRow['state']): ProgrammeRow => ({ id, key: id, name: `Name ${id}`, kind: 'specialty', specialty, version_id: id, version: 1, state, steps: 1, enrolled: 0, criteria_text: [], signed_by_name: '', signed_at: null, axis: [], lines: [], is_inherited: true, open_versions: [] })
  const rows = [row('1', 'B', 'active'), row('2', '', 'draft'), row('3', 'B', 'draft'), row('4', 'A', 'active')]
  const filter = { state: 'all', kind: '', specialty: '', text: '' } as const
  it('shelves by department, the rest last', () => {
    expect(shelvesOf(rows)).toEqual([{ specialty: 'A', count: 1 }, { specialty: 'B', count: 2 }, { specialty: '', count: 1 }])
  })
  it('finds a running programme by the draft that waits for a signature', () => {
    const open = { edited_by_name: '周', edited_at: '', institution_id: null }
    const lines = [{ institution_id: '3', institution_name: '问安镇卫生院' }] as ProgrammeRow['lines']
    const busy: ProgrammeRow = { ...rows[0]!, lines, open_versions: [{ ...open, version_id: '9', version: 2, state: 'reviewed', institution_id: '3' }, { ...open, version_id: '1', version: 1, state: 'signed' }] }
    expect(inWork(busy)).toEqual([{ versionId: '9', version: 2, state: 'reviewed', place: '问安镇卫生院' }])
    expect([busy, rows[3]!].map((each) => matches(each, { ...filter, state: 'waiting' }))).toEqual([true, false])
    expect(rows.filter((each) => matches(each, { ...filter, specialty: 'B', text: 'name 3' })).map(({ id }) => id)).toEqual(['3'])
  })
})
