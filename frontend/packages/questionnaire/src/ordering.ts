/** In which order conditions are settled, so that each is computed once. Twin: followup/questionnaires/ordering.py. */

import { listRoots, parseExpression } from './expressions'
import type { Item } from './types'

/**
 * link_ids, each after its group and after those its condition names; else as in the document. Questions that wait
 * for each other come last: a valid document has none.
 */
export function orderQuestions(items: readonly Item[]): string[] {
  const needed = new Map<string, string[]>()
  collect(items, null, needed)
  const waiting = new Map<string, number>()
  const needing = new Map<string, string[]>()
  for (const [linkId, names] of needed) {
    const known = names.filter((name) => needed.has(name))
    waiting.set(linkId, known.length)
    for (const name of known) {
      const later = needing.get(name)
      if (later) later.push(linkId)
      else needing.set(name, [linkId])
    }
  }
  const order = [...needed.keys()].filter((linkId) => waiting.get(linkId) === 0)
  // The list grows while it is walked.
  for (const linkId of order) {
    for (const later of needing.get(linkId) ?? []) {
      const left = (waiting.get(later) ?? 0) - 1
      waiting.set(later, left)
      if (left === 0) order.push(later)
    }
  }
  const settled = new Set(order)
  return [...order, ...[...needed.keys()].filter((linkId) => !settled.has(linkId))]
}

function collect(items: readonly Item[], parent: string | null, needed: Map<string, string[]>): void {
  for (const item of items) {
    const names = parent === null ? [] : [parent]
    if (item.show_if !== undefined) names.push(...listRoots(parseExpression(item.show_if)))
    needed.set(item.link_id, names)
    if (item.items) collect(item.items, item.link_id, needed)
  }
}
