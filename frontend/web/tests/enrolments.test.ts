import { describe, expect, it } from 'vitest'
import type { EnrolmentStep } from '@jieli/api'
import { orderSteps, readOccurrence, sharesOf } from '@/features/enrolments/progress'

const step = (task_id: string, step_name: string, occurrence: number, due_on: string): EnrolmentStep => ({ task_id, step_name, occurrence, due_on, state: 'planned', level: null, closed_on: null })

describe('enrolments: steps', () => {
  it('read generation and repetition out of the occurrence', () => {
    expect(readOccurrence(1)).toEqual({ generation: 0, n: 1 })
    expect(readOccurrence(2012)).toEqual({ generation: 2, n: 12 })
  })
  it('stand by day, and only repeated ones carry their number', () => {
    const rows = orderSteps([step('b', '月随访', 2, '2026-12-20'), step('a', '月随访', 1, '2026-11-20'), step('c', '三天', 1, '2026-10-25')])
    expect(rows.map(({ task_id: id, repeated, n }) => [id, repeated, n])).toEqual([['c', false, 1], ['a', true, 1], ['b', true, 2]])
  })
  it('share the bar', () => {
    expect(sharesOf({ done: 1, open: 2, total: 4 })).toEqual({ done: 25, open: 50 })
    expect(sharesOf({ done: 0, open: 0, total: 0 })).toEqual({ done: 0, open: 0 })
  })
})
