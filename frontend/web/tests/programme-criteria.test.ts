import { describe, expect, it } from 'vitest'
import type { CriteriaField } from '@jieli/api'
import { addTo, asGroup, dissolveAt, isFilled, moveAt, negateAt, nodeAt, removeAt, replaceAt, setJoint, wrapAt } from '@/features/programmes/model/criteria'
import type { Criteria, Leaf } from '@/features/programmes/model/document'
import { placeFault } from '@/features/programmes/model/faults'
import { emptyValue, newLeaf, readCodes, sentenceOf, shapeOf, withOp, type Words } from '@/features/programmes/model/values'

const TODAY = '2026-11-22'
const leaf = (value: number): Leaf => ({ field: 'age', op: 'gte', value })
const [a, b, c] = [leaf(1), leaf(2), leaf(3)]
const tree: Criteria = { all: [a, { any: [b, { not: c }] }] }

describe('the criteria tree', () => {
  it('finds nodes by pointer', () => {
    expect(nodeAt(tree, '')).toBe(tree)
    expect(nodeAt(tree, '/all/0')).toBe(a)
    expect(nodeAt(tree, '/all/1/any/1/not')).toBe(c)
    expect(nodeAt(tree, '/any/0')).toBeUndefined()
  })
  it('replaces one node and shares the others', () => {
    const changed = replaceAt(tree, '/all/1/any/1/not', () => leaf(9))
    expect(changed).toEqual({ all: [a, { any: [b, { not: leaf(9) }] }] })
    expect(nodeAt(changed, '/all/0')).toBe(a)
  })
  it('takes a group out with its last condition, and keeps the outermost', () => {
    expect(removeAt(tree, '/all/0')).toEqual({ all: [{ any: [b, { not: c }] }] })
    expect(removeAt(removeAt(tree, '/all/1/any/1/not'), '/all/1/any/0')).toEqual({ all: [a] })
    expect(removeAt({ any: [a] }, '/any/0')).toEqual({ all: [] })
  })
  it('adds and says where', () => {
    expect(addTo(tree, '/all/1', a)).toEqual({ root: { all: [a, { any: [b, { not: c }, a] }] }, pointer: '/all/1/any/2' })
    expect(addTo({ all: [] }, '', a)).toEqual({ root: { all: [a] }, pointer: '/all/0' })
  })
  it('changes the joint, negates, wraps, dissolves, moves', () => {
    expect(setJoint(tree, '', 'any')).toEqual({ any: [a, { any: [b, { not: c }] }] })
    expect(negateAt(tree, '/all/0')).toEqual({ all: [{ not: a }, { any: [b, { not: c }] }] })
    expect(negateAt(negateAt(tree, '/all/0'), '/all/0')).toEqual(tree)
    expect(wrapAt(tree, '/all/0', 'any')).toEqual({ all: [{ any: [a] }, { any: [b, { not: c }] }] })
    expect(dissolveAt(tree, '/all/1')).toEqual({ all: [a, b, { not: c }] })
    expect(moveAt(tree, '/all/1', -1)).toEqual({ all: [{ any: [b, { not: c }] }, a] })
    expect(moveAt(tree, '/all/0', -1)).toEqual(tree)
    expect(moveAt(tree, '/all/1/any/0', 1)).toEqual({ all: [a, { any: [{ not: c }, b] }] })
  })
  it('shows a single condition as a group of one', () => {
    expect(asGroup(a)).toEqual({ all: [a] })
    expect(asGroup({ not: a })).toEqual({ all: [{ not: a }] })
  })
  it('is asked about only when every condition has its value', () => {
    expect(isFilled(tree)).toBe(true)
    const holed = (value: unknown): Criteria => ({ all: [a, { not: { field: 'x', op: 'in', value } }] })
    for (const value of ['', null, [], ['I10', ''], { code: '', value: 1 }, { code: 'K', value: [1, null] }]) expect(isFilled(holed(value))).toBe(false)
    for (const value of [0, false, ['I10'], { code: 'K' }]) expect(isFilled(holed(value))).toBe(true)
    expect(isFilled({ all: [] })).toBe(false)
  })
  it('places faults at the condition, not inside it', () => {
    const fault = { code: 'x', message: 'x', cure: 'x' }
    expect(placeFault({ ...fault, pointer: '/criteria/all/1/not/value/0' })).toMatchObject({ part: 'criteria', condition: '/all/1/not' })
    expect(placeFault({ ...fault, pointer: '/criteria/all/1/any' })).toMatchObject({ condition: '/all/1' })
    expect(placeFault({ ...fault, pointer: '/steps/3/window' })).toMatchObject({ part: 'step', step: 3, field: 'window' })
    expect(placeFault({ ...fault, pointer: '/steps' })).toMatchObject({ part: 'step', step: -1 })
    expect(placeFault({ ...fault, pointer: '/source' }, true)).toMatchObject({ part: 'basics', field: 'source', isWarning: true })
  })
})

const ops = (...names: string[]) => names.map((op) => ({ op, label: op }))
const field = (name: string, type: string, given: string[], extra: Partial<CriteriaField['value']> = {}): CriteriaField => ({
  field: name, label: name.toUpperCase(), ops: ops(...given), within_days: false, value: { type, unit: '', minimum: null, maximum: null, choices: null, ...extra },
})
const age = field('age', 'integer', ['eq', 'gte', 'between'], { unit: 'y' })
const diagnosis = field('diagnosis', 'diagnosis_code', ['stem_in', 'prefix_in', 'between'])
const ward = field('ward', 'ward', ['eq', 'in', 'not_in'], { choices: [{ value: 'W1', label: 'One' }, { value: 'W2', label: 'Two' }] })
const lab = field('lab', 'lab', ['gt', 'between', 'flagged'])
const words: Words = { and: ', ', yes: 'yes', no: 'no', nothing: '?', to: (low, high) => `${String(low)}-${String(high)}`, within: (days) => ` in ${days}`, say: (op, name, value) => (op === 'eq' ? `${name} is ${value}` : undefined) }

describe('values', () => {
  it('knows how each is entered', () => {
    expect(['eq', 'between'].map((op) => shapeOf('integer', op))).toEqual(['number', 'numbers'])
    expect(['prefix_in', 'between'].map((op) => shapeOf('operation_code', op))).toEqual(['codes', 'codeRange'])
    expect(['eq', 'in'].map((op) => shapeOf('ward', op))).toEqual(['one', 'many'])
    expect(['eq', 'in'].map((op) => shapeOf('staff', op))).toEqual(['staff', 'staffs'])
    expect(shapeOf('lab', 'flagged')).toBe('lab')
  })
  it('starts a condition that can be filled in', () => {
    expect(newLeaf(ward, TODAY)).toEqual({ field: 'ward', op: 'in', value: [] })
    expect(newLeaf(age, TODAY)).toEqual({ field: 'age', op: 'eq', value: 60 })
    expect(newLeaf(lab, TODAY)).toEqual({ field: 'lab', op: 'gt', value: { code: '', value: 0 } })
    expect(emptyValue(field('discharged_on', 'date', ['between']), 'between', TODAY)).toEqual([TODAY, TODAY])
  })
  it('keeps what was entered when the operator changes', () => {
    expect(withOp({ field: 'age', op: 'gte', value: 18 }, age, 'between', TODAY).value).toEqual([18, 18])
    expect(withOp({ field: 'age', op: 'between', value: [18, 65] }, age, 'eq', TODAY).value).toBe(18)
    expect(withOp({ field: 'diagnosis', op: 'prefix_in', value: ['M16', 'M17'] }, diagnosis, 'between', TODAY).value).toEqual(['M16', 'M17'])
    expect(withOp({ field: 'diagnosis', op: 'between', value: ['M16', 'M17'] }, diagnosis, 'stem_in', TODAY).value).toEqual(['M16', 'M17'])
    expect(withOp({ field: 'ward', op: 'eq', value: 'W1' }, ward, 'in', TODAY).value).toEqual(['W1'])
    expect(withOp({ field: 'ward', op: 'in', value: ['W2'] }, ward, 'eq', TODAY).value).toBe('W2')
    expect(withOp({ field: 'lab', op: 'gt', value: { code: 'K', value: 5 } }, lab, 'flagged', TODAY).value).toEqual({ code: 'K' })
    expect(withOp({ field: 'lab', op: 'gt', value: { code: 'K', value: 5 } }, lab, 'between', TODAY).value).toEqual({ code: 'K', value: [0, 5] })
  })
  it('reads typed codes, ranges too', () => {
    expect(readCodes('i21 M16-M18')).toEqual(['I21', 'M16', 'M17', 'M18'])
    expect(readCodes('81.51–81.54')).toEqual(['81.51', '81.52', '81.53', '81.54'])
    expect(readCodes('M18-M16')).toEqual(['M18-M16'])
    expect(readCodes('S72.0, S72.1')).toEqual(['S72.0', 'S72.1'])
    expect(readCodes('  ')).toEqual([])
  })
  it('says conditions as sentences', () => {
    expect(sentenceOf({ field: 'age', op: 'gte', value: 60 }, [age], words)).toBe('AGE gte 60 y')
    expect(sentenceOf({ field: 'ward', op: 'in', value: ['W1', 'W9'] }, [ward], words)).toBe('WARD in One, W9')
    expect(sentenceOf({ field: 'diagnosis', op: 'between', value: ['I10', ''] }, [diagnosis], words)).toBe('DIAGNOSIS between I10-?')
    expect(sentenceOf({ field: 'lab', op: 'gt', value: { code: 'HbA1c', value: 7 }, within_days: 90 }, [lab], words)).toBe('LAB HbA1c gt 7 in 90')
    expect(sentenceOf({ field: 'age', op: 'eq', value: 60 }, [age], words)).toBe('AGE is 60 y')
    expect(sentenceOf({ field: 'new', op: 'eq', value: 1 }, [], words)).toBe('new eq')
    const alive = { ...words, say: (key: string) => (key === 'age.false' ? 'ALIVE' : undefined) }
    expect([true, false].map((value) => sentenceOf({ field: 'age', op: 'eq', value }, [age], alive))).toEqual(['AGE eq yes', 'ALIVE'])
  })
})
