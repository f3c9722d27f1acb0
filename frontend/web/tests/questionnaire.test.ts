import { describe, expect, it } from 'vitest'
import { evaluate, type Item, type QuestionnaireDocument } from '@jieli/questionnaire'
import { addRow, errorsOf, measureProgress, readAnswer, removeRow, writeAnswer } from '@/shared/questionnaire/answers'
import { pressKey, scalePoints, toggle } from '@/shared/questionnaire/keys'
import { readNumber } from '@/shared/questionnaire/numbers'

const pain: Item = { link_id: 'pain', type: 'scale', text: '疼痛', min: 0, max: 10, required: true }
const who: Item = { link_id: 'who', type: 'single', text: '谁', options: [{ value: 'self', label: '本人' }, { value: 'kin', label: '家属' }] }
const signs: Item = {
  link_id: 'signs', type: 'multiple', text: '症状',
  options: [{ value: 'none', label: '无', exclusive: true }, { value: 'fever', label: '发热' }, { value: 'calf', label: '肿痛' }],
}
const meds: Item = { link_id: 'meds', type: 'group', text: '药', repeats: true, items: [{ link_id: 'name', type: 'text', text: '药名', required: true }] }
const document: QuestionnaireDocument = {
  key: 'k', title: '问卷',
  items: [pain, who, { link_id: 'home', type: 'group', text: '在家', items: [{ link_id: 'bp', type: 'bp', text: '血压' }] }, meds],
}

describe('answers', () => {
  it('reads and writes rows of a group without touching the rest', () => {
    const two = addRow(addRow({ pain: 3 }, 'meds'), 'meds')
    const named = writeAnswer(two, 'meds[1].name', '钙片')
    expect(named).toEqual({ pain: 3, meds: [{}, { name: '钙片' }] })
    expect(two).toEqual({ pain: 3, meds: [{}, {}] })
    expect(readAnswer(named, 'meds[1].name')).toBe('钙片')
    expect(removeRow(removeRow(named, 'meds', 0), 'meds', 0)).toEqual({ pain: 3 })
  })

  it('counts the questions that are shown, those in groups and rows included', () => {
    const answers = { pain: 0, bp: { sbp: 120 }, meds: [{}] }
    expect(measureProgress(document, evaluate(document, answers), answers)).toEqual({ done: 2, total: 4 })
  })

  it('finds the faults of an item with fields', () => {
    const evaluation = evaluate(document, { pain: 3, bp: { sbp: 10 }, meds: [{}] })
    expect(errorsOf(evaluation, 'bp', 'bp')).toHaveLength(2)
    expect(errorsOf(evaluation, 'pain', 'scale')).toEqual([])
  })
})

describe('keys', () => {
  it('choose options and scale points', () => {
    expect(pressKey(who, {}, 'who', '2')).toEqual({ value: 'kin', goOn: true })
    expect(pressKey(who, {}, 'who', '3')).toBeNull()
    expect(pressKey(pain, {}, 'pain', '7')).toEqual({ value: 7, goOn: true })
    expect(pressKey(pain, {}, 'pain', '1')).toEqual({ value: 1, goOn: false })
    expect(pressKey(pain, { pain: 1 }, 'pain', '0')).toEqual({ value: 10, goOn: true })
    expect(pressKey(pain, { pain: 4 }, 'pain', '0')).toEqual({ value: 0, goOn: true })
  })

  it('keep an exclusive option alone', () => {
    expect(toggle(signs, ['fever'], 'calf')).toEqual(['fever', 'calf'])
    expect(toggle(signs, ['fever', 'calf'], 'none')).toEqual(['none'])
    expect(toggle(signs, ['none'], 'fever')).toEqual(['fever'])
    expect(toggle(signs, ['fever'], 'fever')).toBeUndefined()
  })

  it('draw short whole scales only', () => {
    expect(scalePoints(pain)).toHaveLength(11)
    expect(scalePoints({ ...pain, max: 100 })).toBeNull()
  })
})

it('reads numbers as they are typed', () => {
  expect(readNumber('３８.５')).toBe(38.5)
  expect(readNumber('-1')).toBe(-1)
  expect(readNumber('12.')).toBe('12.')
  expect(readNumber('  ')).toBeUndefined()
})
