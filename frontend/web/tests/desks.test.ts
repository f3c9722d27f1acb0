import { describe, expect, it } from 'vitest'
import { describeField, readPointer } from '@/features/intake/fields'
import { placeOf } from '@/features/programmes/model/axis'
import { computeTotal, gradeOf, suggestFails, tiersOf, WEIGHTS } from '@/features/review/scoring'
import { guessName, splitAddress } from '@/features/routing/address'
import routingTexts from '@/features/routing/zh-CN'
import { latestMonths, rateOf } from '@/features/supervision/months'

const { partEnds, plainEnds, nameEnds } = routingTexts.routing
const words = (text: string) => text.split(' ')

describe('routing: the parts of an address', () => {
  const parts = splitAddress('湖北省枝江市老粮站旁张家湾小区3栋2单元501', words(partEnds))
  it('are what a clerk would point at', () => expect(parts).toEqual(['湖北省', '枝江市', '老粮站', '旁张家湾小区', '2单元', '501']))
  it('suggest a name that is in no list', () => {
    expect(guessName(['湖北省', '枝江市', '老粮站', '3号楼'], words(plainEnds), words(nameEnds))).toBe('老粮站')
    expect(guessName(['问安镇', '关庙山村', '四组'], words(plainEnds), words(nameEnds))).toBe('')
    expect(guessName(['阳光小区'], words(plainEnds), words(nameEnds))).toBe('阳光小区')
  })
})

describe('review: the score', () => {
  it('is weighted, the weights make a hundred', () => {
    expect(Object.values(WEIGHTS).reduce((sum, weight) => sum + weight)).toBe(100)
    expect(computeTotal({ authentic: 95, content: 80, attitude: 100, completeness: 90 }, [])).toBe(90.5)
    expect(computeTotal({ authentic: 95 }, [])).toBeNull()
  })
  it('is nothing after an instant fail', () => {
    expect(computeTotal({ authentic: 100, content: 100, attitude: 100, completeness: 100 }, ['privacy'])).toBe(0)
    expect(gradeOf(0, ['privacy'])).toBe('instant')
    expect([gradeOf(79.99, []), gradeOf(80, []), gradeOf(90, [])]).toEqual(['failed', 'passed', 'excellent'])
  })
  it('takes over what the reviewer has answered', () => {
    expect(suggestFails({ really_called: 'no', misconduct: ['privacy'] })).toEqual(['not_called', 'privacy'])
    expect(suggestFails({ misconduct: ['none'] })).toEqual([])
  })
  it('knows the tiers of the roles', () => expect(tiersOf(['operations_centre', 'ward_supervisor', 'hospital_it'])).toEqual([2, 3]))
})

describe('supervision: months and rates', () => {
  it('go back over the turn of the year', () => expect(latestMonths(3, '2026-01-31')).toEqual(['2026-01', '2025-12', '2025-11']))
  it('have no rate of nothing', () => expect([rateOf(0, 0), rateOf(1, 4)]).toEqual([null, 0.25]))
})

describe('intake: fields', () => {
  const word = (key: string, values?: Record<string, unknown>) => (values ? `#${String(values.row)}` : key.replace('intake.fields.', '').toUpperCase())
  it('are named by what stands below the record', () => {
    expect(describeField('patient.contacts[0].name', word, () => true)).toBe('CONTACTS #1 NAME')
    expect(describeField('/patient/phones/1/text', word, () => true)).toBe('PHONES #2 TEXT')
    expect(describeField('patient', word, () => true)).toBe('PATIENT')
  })
  it('are found again by the pointer of a fault', () => expect(readPointer('/corrections/~1patient~1name')).toBe('/patient/name'))
})

it('programmes: the axis gives the first weeks their room', () => expect([placeOf(0, 100), placeOf(25, 100), placeOf(100, 100)]).toEqual([0, 0.5, 1]))
