import type { HandoverCase } from './queries'

type Standing = Pick<HandoverCase, 'direction' | 'state' | 'kind'> & { clocks: Pick<HandoverCase['clocks'], 'accept_by' | 'acknowledge_by' | 'acknowledged_at' | 'desk_by'> }

/** Which sentence says what happens next, and the clock that it names. */
export function tellNext({ direction, state, kind, clocks }: Standing, now: Date): { key: string; by: string | null } {
  if (state === 'offered') {
    if (new Date(clocks.accept_by) < now) return { key: `${direction}.lapsed`, by: clocks.accept_by }
    if (kind === 'referral_up' && !clocks.acknowledged_at) return { key: `${direction}.acknowledge`, by: clocks.acknowledge_by }
    return { key: `${direction}.offered`, by: clocks.accept_by }
  }
  if (direction === 'out' && clocks.desk_by) return { key: 'out.desk', by: clocks.desk_by }
  if (state === 'accepted' || state === 'completed') return { key: `${direction}.${state}`, by: null }
  return { key: `${direction}.back`, by: null }
}
