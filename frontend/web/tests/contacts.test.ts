import { describe, expect, it } from 'vitest'
import type { TaskDetail, TaskSection } from '@jieli/api'
import { barOf, lengthOf } from '@/features/workbench/bars'
import { chipsOf, modesOf, placeOf } from '@/features/workbench/modes'
import { addUp, compareAnswers, describeAnswers, findSources, gravest, isSame, listMissing, locateFault, settle, settledAnswers, splitAnswers } from '@/features/worklist/desk/contact'
import { flagFor } from '@/features/worklist/desk/flags'

const who = { link_id: 'who', type: 'single', text: '谁接的电话？', required: true, options: [{ value: 'self', label: '本人' }, { value: 'family', label: '家属' }] }
const wound = { link_id: 'wound', type: 'single', text: '伤口？', required: true, options: [{ value: 'good', label: '干燥' }, { value: 'red', label: '红肿', level: 'E2', prompt: '伤口红肿' }] }
const content = { link_id: 'content', type: 'single', text: '满意吗？', required: true, options: [{ value: 'yes', label: '满意' }, { value: 'no', label: '不满意', level: 'E3', prompt: '不满意' }] }
const meds = { link_id: 'meds', type: 'group', text: '带药', repeats: true, items: [{ link_id: 'taken', type: 'text', text: '吃了吗？' }] }

function makeSection(id: string, items: unknown[], shared: string[] = [], answers: Record<string, unknown> = {}): TaskSection {
  return {
    task_id: id, programme_name: `方案${id}`, step_name: '第7天', state: 'in_progress', level: null, version: 1, answers, previous: [], form_context: {}, shared,
    questionnaire: { version_id: id, key: `q${id}`, title: `问卷${id}`, document: { key: `q${id}`, title: `问卷${id}`, items } },
  } as unknown as TaskSection
}
const lead = makeSection('1', [who, wound])
const member = makeSection('2', [who, content, meds], ['who'])
const settled = (answers: Record<string, Record<string, unknown>>, sections = [lead, member]) => settle(sections, findSources(sections), answers)

describe('a merged contact', () => {
  it('finds the section that puts a shared question, and only the very same question', () => {
    expect(findSources([lead, member])).toEqual([{}, { who: 0 }])
    expect(findSources([makeSection('1', [{ ...who, text: '哪位接的？' }]), member])).toEqual([{}, {}])
    expect(findSources([lead, makeSection('2', [{ link_id: 'g', type: 'group', text: '', items: [who] }], ['who'])])).toEqual([{}, { who: 0 }])
  })
  it('puts a question once and takes the answer over', () => {
    const [first, second] = settled({ 1: { who: 'family' }, 2: { content: 'yes', who: 'self' } })
    expect(first!.asked).toEqual([])
    expect(second!.asked).toEqual([{ key: 'who', from: '1', text: '谁接的电话？', answer: '家属' }])
    expect(second!.answers).toEqual({ content: 'yes', who: 'family' })
    expect([first!.progress, second!.progress]).toEqual([{ done: 1, total: 2 }, { done: 1, total: 1 }])
    expect(addUp([first!.progress, second!.progress])).toEqual({ done: 2, total: 3 })
  })
  it('takes an answer back with the one above', () => {
    expect(settledAnswers(settled({ 1: {}, 2: { who: 'self', content: 'no' } }))).toEqual({ 1: {}, 2: { content: 'no' } })
  })
  it('puts the question itself where the section above does not come to it', () => {
    const hidden = makeSection('1', [wound, { ...who, show_if: "wound == 'red'" }])
    const [, second] = settled({ 1: { wound: 'good' }, 2: { who: 'self' } }, [hidden, member])
    expect(second!.asked).toEqual([])
    expect(second!.answers).toEqual({ who: 'self' })
    expect(second!.progress.total).toBe(2)
  })
  it('counts what is missing once, where it is put', () => {
    expect(listMissing(settled({}))).toEqual([{ id: '1', key: 'who' }, { id: '1', key: 'wound' }, { id: '2', key: 'content' }])
  })
  it('has the gravest level on top', () => {
    const live = settled({ 1: { wound: 'red' }, 2: { content: 'no' } })
    expect(live.map(({ evaluation }) => evaluation.level)).toEqual(['E2', 'E3'])
    expect([gravest(['E2', 'E3', null]), gravest([null]), gravest([])]).toEqual(['E3', null, null])
  })
  it('is sent as the answers of the lead and of each open member', () => {
    const task = { id: '1', sections: [lead, member, { ...makeSection('3', [content]), state: 'cancelled' }] } as unknown as TaskDetail
    expect(splitAnswers(task, { 1: { who: 'self' }, 2: { content: 'yes' }, 3: { content: 'no' } })).toEqual({ answers: { who: 'self' }, members: { 2: { content: 'yes' } } })
  })
  it("finds the place of a server's fault", () => {
    expect(locateFault('/answers/wound', '1')).toEqual({ id: '1', key: 'wound' })
    expect(locateFault('/members/2/meds/0/taken', '1')).toEqual({ id: '2', key: 'meds[0].taken' })
    expect(locateFault('/answers/bp/sbp', '1')).toEqual({ id: '1', key: 'bp' })
    expect([locateFault('/members/2', '1'), locateFault('/late_reason', '1')]).toEqual([null, null])
  })
})

describe('two versions of the answers', () => {
  it('are the same in whatever order', () => {
    expect(isSame({ a: 1, b: { c: [1, 2], d: 2 } }, { b: { d: 2, c: [1, 2] }, a: 1 })).toBe(true)
    expect(isSame({ a: [1, 2] }, { a: [2, 1] })).toBe(false)
  })
  it('differ question by question, in words', () => {
    const mine = { 1: { who: 'self', wound: 'red' }, 2: { who: 'self', content: 'yes', meds: [{ taken: '是' }] } }
    const theirs = { 1: { who: 'family', wound: 'red' }, 2: { who: 'family', meds: [{ taken: '否' }] } }
    expect(compareAnswers([lead, member], mine, theirs)).toEqual([
      { id: '1', key: 'who', section: '方案1 第7天', text: '谁接的电话？', mine: '本人', theirs: '家属' },
      { id: '2', key: 'content', section: '方案2 第7天', text: '满意吗？', mine: '满意', theirs: '' },
      { id: '2', key: 'meds[0].taken', section: '方案2 第7天', text: '吃了吗？', mine: '是', theirs: '否' },
    ])
    expect(compareAnswers([lead], mine, mine)).toEqual([])
  })
  it('can be read out when a task leaves the contact', () => {
    expect(describeAnswers(member, { who: 'self', content: 'no' })).toEqual([{ text: '谁接的电话？', answer: '本人' }, { text: '满意吗？', answer: '不满意' }])
  })
})

describe('a result of a call', () => {
  it('suggests a mark only when it says something lasting', () => {
    expect([flagFor('refused'), flagFor('empty_number'), flagFor('deceased'), flagFor('busy'), flagFor(undefined)]).toEqual(['refused', 'invalid_contact', 'deceased', null, null])
  })
})

describe('the workbench', () => {
  it('has four modes by role, the wider first', () => {
    expect(modesOf(['follow_up_centre'])).toEqual(['centre'])
    expect(modesOf(['attending_doctor', 'ward_supervisor'])).toEqual(['office', 'department'])
    expect(modesOf(['responsible_nurse', 'head_nurse'])).toEqual(['station'])
    expect([modesOf(['operations_centre']), modesOf([]), modesOf(undefined)]).toEqual([['office'], ['department'], ['department']])
    expect([chipsOf('centre').includes('unrouted'), chipsOf('department').includes('unrouted'), chipsOf('office')[0]]).toEqual([true, false, 'overdue'])
  })
  it('names the place', () => {
    const user = { department_name: '骨科', institution_name: '市人民医院', ward_names: ['骨科一病区'], roles: ['attending_doctor'] }
    expect([placeOf('station', user), placeOf('department', user), placeOf('department', { ...user, department_name: null })]).toEqual(['骨科一病区', '骨科', '市人民医院'])
    expect(placeOf('department', { ...user, roles: ['township_clinician'] })).toBe('市人民医院')
    expect(placeOf('station', null)).toBe('')
  })
  it('draws one bar per person whose parts do not overlap', () => {
    const figures = { open: 6, due: 2, overdue: 1, done_this_month: 4 }
    expect(lengthOf(figures)).toBe(10)
    expect(barOf(figures, 20)).toEqual([
      { part: 'overdue', count: 1, percent: 5 }, { part: 'due', count: 2, percent: 10 }, { part: 'open', count: 3, percent: 15 }, { part: 'done', count: 4, percent: 20 },
    ])
    expect(barOf({ open: 0, due: 0, overdue: 0, done_this_month: 0 }, 0)).toEqual([])
  })
})
