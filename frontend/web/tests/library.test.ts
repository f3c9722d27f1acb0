import { describe, expect, it } from 'vitest'
import type { EducationCardRow, ProgrammeRow, QuestionnaireRow } from '@jieli/api'
import type { QuestionnaireDocument } from '@jieli/questionnaire'
import { diffLines, findFaults, isSameCard, MAX_PARAGRAPH, moved } from '@/features/education/card'
import { countBy, type Entry, fromCard, fromProgramme, fromQuestionnaire, groupBySpecialty, matches } from '@/features/library/entries'
import { listFormChanges } from '@/features/library/formChanges'
import { sayFormula } from '@/features/library/formula'
import { isLicenceNo, orderForSigning, planSigning } from '@/features/library/signing'

const card = { id: '7', key: 'wound', title: '护理伤口', specialty: '骨科', licence: 'own', used_by: 2, latest: { version_id: '72', version: 2, state: 'reviewed', updated_at: null, updated_by_name: '' }, signed: { version_id: '71', version: 1, signed_by_name: '鲁大勇', signed_at: '2026-11-01T00:00:00Z' } } as EducationCardRow
const form = { ...card, id: '8', key: 'hip', title: '髋关节', latest: { ...card.latest, version_id: '81', state: 'draft' }, signed: null, locked: false } as unknown as QuestionnaireRow
const line = { institution_id: null, institution_name: null, version_id: '91', version: 1, state: 'active', signed_by_name: '鲁大勇', signed_at: '2026-11-01T00:00:00Z', edited_by_name: '周', edited_at: '2026-10-31T00:00:00Z' }
const open = { version_id: '94', version: 4, state: 'reviewed', institution_id: null, edited_by_name: '郑', edited_at: '2026-11-20T00:00:00Z' }
const path = {
  id: '9', key: 'joint', name: '关节置换', specialty: '', enrolled: 4, open_versions: [open],
  lines: [line, { ...line, institution_id: '3', institution_name: '问安镇卫生院', version_id: '93', version: 3, state: 'signed', signed_by_name: '向' }],
} as unknown as ProgrammeRow
const entries = (): Entry[] => [fromCard(card), fromQuestionnaire(form)!, ...fromProgramme(path)]

describe('library: shelves', () => {
  it('know the draft beside what runs, line by line', () => {
    const [county, local] = fromProgramme(path)
    expect([county!.versionId, county!.state, county!.running, county!.signed?.by]).toEqual(['94', 'waiting', 'active', '鲁大勇'])
    expect([county!.updatedBy, county!.updatedAt]).toEqual(['郑', '2026-11-20T00:00:00Z'])
    expect([local!.versionId, local!.state, local!.place, local!.signed?.by, local!.updatedBy]).toEqual(['93', 'signed', '问安镇卫生院', '向', '周'])
  })
  it('count by state; what is signed stays signed beside its next draft', () => {
    expect((['all', 'draft', 'waiting', 'signed', 'retired'] as const).map((chip) => countBy(entries(), chip))).toEqual([4, 1, 2, 3, 0])
  })
  it('stand by specialty, what is general last', () => expect(groupBySpecialty(entries()).map(({ specialty, entries: inside }) => [specialty, inside.length])).toEqual([['骨科', 2], ['', 2]]))
  it('are found by title, key and specialty', () => expect(['护理', 'WOUND', '骨科', '心'].map((text) => matches(fromCard(card), text))).toEqual([true, true, true, false]))
})

describe('library: signing', () => {
  it('takes forms and cards before paths', () => expect(orderForSigning(fromProgramme(path).concat(fromCard(card), fromQuestionnaire(form)!)).map(({ kind }) => kind)).toEqual(['questionnaire', 'education', 'programme', 'programme']))
  it('brings along what waits, and says what nobody has reviewed', () => {
    const chosen = fromProgramme(path).slice(0, 1)
    const plan = planSigning(chosen, [{ missing: [{ kind: 'education', key: 'wound', state: 'reviewed' }, { kind: 'questionnaire', key: 'hip', state: 'draft' }, { kind: 'questionnaire', key: 'gone', state: 'unknown' }] }], entries())
    expect(plan.entries.map(({ id }) => id)).toEqual(['education-7', 'programme-9-'])
    expect([...plan.along]).toEqual(['education-7'])
    expect(plan.blocked).toEqual(['髋关节', 'gone'])
  })
  it('needs fifteen digits', () => expect(['110420000012345', '11042000001234', '1104200000123456', '11042000001234x'].map(isLicenceNo)).toEqual([true, false, false, false]))
})

describe('library: what changed in a form', () => {
  const before: QuestionnaireDocument = { key: 'k', title: 'T', opening: 'o', items: [{ link_id: 'a', type: 'text', text: 'A' }, { link_id: 'g', type: 'group', text: 'G', items: [{ link_id: 'b', type: 'number', text: 'B', max: 5 }] }] }
  it('goes question by question, inside groups too', () => {
    const after: QuestionnaireDocument = { ...before, opening: 'p', items: [{ link_id: 'g', type: 'group', text: 'G', items: [{ link_id: 'b', type: 'number', text: 'B?', max: 6 }] }, { link_id: 'c', type: 'date', text: 'C' }] }
    expect(listFormChanges(before, after).map(({ kind, item, field, parts }) => [kind, item ?? field, parts])).toEqual([
      ['changed', 'B?', ['text', 'limits']], ['added', 'C', []], ['removed', 'A', []], ['changed', 'opening', []],
    ])
  })
  it('tells a new order, and nothing of what is the same', () => {
    expect(listFormChanges(before, { ...before, items: [...before.items].reverse() }).map(({ field }) => field)).toEqual(['order'])
    expect(listFormChanges(before, structuredClone(before))).toEqual([])
  })
})

describe('library: a condition that rows cannot say', () => {
  const subjects = [{ name: 'pain', label: 'Pain', options: [] }, { name: 'bp.sbp', label: 'SBP', options: [] }, { name: 'wound', label: 'Wound', options: [{ value: 'red', label: 'Red' }] }]
  const words: Record<string, string> = { self: 'this', quoted: '“{text}”', earlier: '{back} ago {label}', answered: '{label} known', count: 'number of {label}', not: 'not {text}', in: 'one of', and: ' and ', or: ' or ', yes: 'yes', no: 'no' }
  const say = (key: string, values: Record<string, string | number> = {}) => words[key]!.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]))
  it.each([
    ['answered(prev(pain)) and value - prev(pain) >= 3', '1 ago “Pain” known and this − 1 ago “Pain” ≥ 3'],
    ["wound == 'red' and (pain > 5 or bp.sbp >= 180)", '“Wound” = Red and （“Pain” > 5 or “SBP” ≥ 180）'],
    ["not (wound in ['red', 'wet'])", 'not （“Wound” one of Red、wet）'],
    ['count(pain) * 2 < -1', 'number of “Pain” × 2 < −1'],
  ])('%s', (text, told) => expect(sayFormula(text, subjects, say)).toBe(told))
  it('is left alone when it is none', () => expect(sayFormula('pain >', subjects, say)).toBeNull())
})

describe('education: a card', () => {
  const fine = { key: 'k', title: 'T', specialty: '', body: ['一'], source: ['书'], licence: 'own' }
  it('is checked before it is sent', () => {
    expect(findFaults(fine)).toEqual([])
    expect(findFaults({ ...fine, title: ' ', body: ['', '字'.repeat(MAX_PARAGRAPH + 1)], source: [] }).map(({ place, kind }) => [place, kind])).toEqual([['title', 'title'], ['body/0', 'empty'], ['body/1', 'long'], ['source', 'none']])
  })
  it('moves paragraphs within the list', () => {
    expect(moved(['a', 'b', 'c'], 2, -1)).toEqual(['a', 'c', 'b'])
    expect(moved(['a', 'b'], 0, -1)).toEqual(['a', 'b'])
  })
  it('tells what is gone and what is new in reading order', () => {
    expect(diffLines(['a', 'b', 'c'], ['a', 'x', 'c', 'd']).map(({ kind, text }) => `${kind[0]}${text}`)).toEqual(['sa', 'rb', 'ax', 'sc', 'ad'])
    expect(diffLines([], ['a'])).toEqual([{ kind: 'added', text: 'a' }])
  })
  it('is the same whatever its key', () => expect([isSameCard(fine, { ...fine, key: 'other' }), isSameCard(fine, { ...fine, body: ['二'] })]).toEqual([true, false]))
})
