import { describe, expect, it } from 'vitest'
import { addDays, can, formatAge, formatClock, formatDay, formatDue, formatDuration, formatInstant, formatRate, isoDay, needsHandling } from '@jieli/domain'

/** 2026-11-20 00:30 in Shanghai is still the 19th in London. */
const now = new Date('2026-11-19T16:30:00Z')

describe('dates are those of Shanghai', () => {
  it.each([
    ['2026-11-20T14:30:00+08:00', '今天 14:30'],
    ['2026-11-19T15:59:00Z', '昨天 23:59'],
    ['2026-11-22T00:00:00+08:00', '后天 00:00'],
    ['2026-11-10T09:05:00+08:00', '11-10 09:05'],
    ['2025-12-31T09:05:00+08:00', '2025-12-31 09:05'],
    ['no date', ''],
    [null, ''],
  ])('%s → %s', (at, text) => expect(formatInstant(at, now)).toBe(text))

  it('names days', () => {
    expect(formatDay('2026-11-20', now)).toBe('今天')
    expect(formatDay('2026-11-18', now)).toBe('前天')
    expect(isoDay(now)).toBe('2026-11-20')
    expect(addDays('2026-12-31', 1)).toBe('2027-01-01')
  })

  it('says how late', () => {
    expect(formatDue({ due_on: '2026-11-18', overdue: true, days_overdue: 2 }, now)).toBe('逾期 2 天')
    expect(formatDue({ due_on: '2026-11-21', overdue: false, days_overdue: 0 }, now)).toBe('明天')
  })
})

it('runs the clock both ways', () => {
  expect(formatClock('2026-11-19T17:50:00Z', now)).toBe('剩 1 小时 20 分')
  expect(formatClock('2026-11-19T15:55:00Z', now)).toBe('超时 35 分')
  expect(formatClock(null, now)).toBe('')
})

it('writes ages, rates and durations', () => {
  expect(formatAge(78)).toBe('78岁')
  expect(formatAge(0, '2026-11-10', now)).toBe('10天')
  expect(formatAge(0, '2026-05-25', now)).toBe('5月')
  expect(formatAge(null)).toBe('')
  expect(formatRate(0.925)).toBe('93%')
  expect(formatRate(null)).toBe('—')
  expect(formatDuration(187)).toBe('03:07')
  expect(formatDuration(3725)).toBe('1:02:05')
})

it('knows who may and what needs a person', () => {
  expect(can(['a.b'], 'a.b', 'c.d')).toBe(true)
  expect(can(['a.b'], 'c.d')).toBe(false)
  expect(can(null)).toBe(true)
  expect(can(null, 'a.b')).toBe(false)
  expect([null, 'E1', 'E2', 'E4'].map(needsHandling)).toEqual([false, false, true, true])
})
