import { describe, expect, it } from 'vitest'
import { findConsentFault, sealConsent } from '@/features/handover/consent'
import { tellNext } from '@/features/handover/next'
import { personOf } from '@/features/handover/person'

const NOW = new Date('2026-11-22T10:00:00+08:00')
const clocks = { accept_by: '2026-11-23T10:00:00+08:00', acknowledge_by: null, acknowledged_at: null, desk_by: null }

describe('handover: what happens next', () => {
  it('names the clock that runs', () => {
    expect(tellNext({ direction: 'in', state: 'offered', kind: 'discharge', clocks }, NOW)).toEqual({ key: 'in.offered', by: clocks.accept_by })
    const waits = { ...clocks, acknowledge_by: '2026-11-22T10:30:00+08:00' }
    expect(tellNext({ direction: 'in', state: 'offered', kind: 'referral_up', clocks: waits }, NOW)).toEqual({ key: 'in.acknowledge', by: waits.acknowledge_by })
    const seen = { ...waits, acknowledged_at: '2026-11-22T09:50:00+08:00' }
    expect(tellNext({ direction: 'out', state: 'offered', kind: 'referral_up', clocks: seen }, NOW)).toEqual({ key: 'out.offered', by: clocks.accept_by })
  })
  it('says when nobody accepted in time', () => {
    const late = { ...clocks, accept_by: '2026-11-22T09:59:00+08:00' }
    expect(tellNext({ direction: 'out', state: 'offered', kind: 'discharge', clocks: late }, NOW).key).toBe('out.lapsed')
  })
  it('puts what came back on the sender\'s desk, and on nobody else\'s', () => {
    const desk = { ...clocks, desk_by: '2026-11-23T08:00:00+08:00' }
    expect(tellNext({ direction: 'out', state: 'declined', kind: 'discharge', clocks: desk }, NOW)).toEqual({ key: 'out.desk', by: desk.desk_by })
    expect(tellNext({ direction: 'in', state: 'declined', kind: 'discharge', clocks }, NOW)).toEqual({ key: 'in.back', by: null })
  })
})

describe('handover: consent', () => {
  it('is sealed with the hospital\'s time', () => {
    expect(sealConsent({ basis: 'signed', given_by: ' 本人 ', at: '2026-11-22T09:30', proof: '' })).toEqual({ basis: 'signed', given_by: '本人', at: '2026-11-22T09:30:00+08:00', proof: '' })
  })
  it('without it wants a reason, and nobody who gave it', () => {
    const none = { basis: 'override' as const, given_by: '本人', at: '2026-11-22T09:30', proof: '昏迷' }
    expect(findConsentFault(none)).toBe('why')
    expect(findConsentFault({ ...none, proof: '昏迷且无家属在场' })).toBe('')
    expect(sealConsent(none)).toEqual({ basis: 'override', given_by: '', at: null, proof: '昏迷' })
  })
  it('tells what is missing', () => {
    expect(findConsentFault({ basis: 'verbal', given_by: ' ', at: '2026-11-22T09:30', proof: '' })).toBe('by')
    expect(findConsentFault({ basis: 'verbal', given_by: '女儿', at: '', proof: '' })).toBe('at')
  })
})

it('handover: a sex that did not cross is unknown', () => {
  expect(personOf({ id: null, name_masked: '王*', sex: '', age: null })).toEqual({ name_masked: '王*', sex: 'U', age: null })
})
