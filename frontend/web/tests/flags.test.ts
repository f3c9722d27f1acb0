import { describe, expect, it } from 'vitest'
import type { Enrolment, ExplainedProgramme } from '@jieli/api'
import { splitProgrammes, staysOf } from '@/features/patients/explaining'
import { computeImpact, FLAG_KINDS, FLAG_SIGNS, fitOf, stopsPath } from '@/features/patients/flags'

const enrolment = (id: string, state: Enrolment['state'], open: number) => ({ id, version_id: `v${id}`, programme_name: `P${id}`, state, tasks: { done: 1, open, total: open + 1 } }) as Enrolment

describe('flags: what a mark ends', () => {
  it('is what the version says, and what it does not say holds but for frequent visits', () => {
    expect(FLAG_KINDS.filter((kind) => stopsPath(kind, {}))).toEqual(['refused', 'unreachable', 'invalid_contact', 'deceased'])
    expect(stopsPath('moved_out', { stop: ['moved_out'], exclusions: { moved_out: true } })).toBe(false)
    expect(stopsPath('refused', { exclusions: { refused: false } })).toBe(false)
    expect(stopsPath('refused', { stop: ['refused'], exclusions: { refused: false } })).toBe(true)
    expect(stopsPath('deceased', { stop: [], exclusions: { deceased: false } })).toBe(true)
    expect(stopsPath('frequent_visits', { exclusions: { frequent_visits: true } })).toBe(true)
    expect(stopsPath('invalid_contact', { stop: ['wrong_number_x3'], exclusions: { invalid_contact: false } })).toBe(true)
  })
  it('counts the running paths and their open tasks', () => {
    const rows = [enrolment('1', 'active', 3), enrolment('2', 'paused', 2), enrolment('3', 'stopped', 0)]
    const rules = new Map([['v1', {}], ['v2', { exclusions: { refused: false } }]])
    expect(computeImpact('refused', rows, rules)).toEqual({ paths: 1, tasks: 3, names: ['P1'] })
    expect(computeImpact('deceased', rows, rules)).toEqual({ paths: 2, tasks: 5, names: ['P1', 'P2'] })
    expect(computeImpact('frequent_visits', rows, rules)).toEqual({ paths: 0, tasks: 0, names: [] })
  })
  it('says nothing before every version is known', () => expect(computeImpact('refused', [enrolment('1', 'active', 3)], new Map())).toBeNull())
  it('has a shape of its own for every kind', () => expect(new Set(FLAG_KINDS.map((kind) => FLAG_SIGNS[kind])).size).toBe(FLAG_KINDS.length))
})

describe('recommendation and explanation', () => {
  it('puts a score into words', () => expect([fitOf(80), fitOf(79), fitOf(50), fitOf(49)]).toEqual(['strong', 'fair', 'fair', 'weak']))
  it('shows what concerns the patient first, then what nearly fits', () => {
    const one = (name: string, matched: boolean, enrolled: boolean, met: boolean[]) =>
      ({ name, matched, enrolment: enrolled ? {} : null, conditions: met.map((each) => ({ met: each })) }) as unknown as ExplainedProgramme
    const all = [one('A', false, false, [false, false]), one('B', true, false, [true]), one('C', false, true, [false]), one('D', false, false, [true, false])]
    const { hits, misses } = splitProgrammes(all)
    expect([hits.map(({ name }) => name), misses.map(({ name }) => name)]).toEqual([['B', 'C'], ['D', 'A']])
    expect(splitProgrammes(all, 'D').misses).toHaveLength(1)
  })
  it('has no stays before it is loaded', () => expect(staysOf(undefined)).toEqual([]))
})
