/** How much work an evaluation does: every condition and every rule is computed once, however the form is arranged. */

import { describe, expect, it } from 'vitest'
import { evaluate, type Item, type QuestionnaireDocument } from '../src/index'

/** Each condition and rule reads patient.age exactly once, so that reads are computations. */
function countReads(document: QuestionnaireDocument, answers: Record<string, unknown>): number {
  let reads = 0
  const patient = {
    get age(): number {
      reads += 1
      return 70
    },
  }
  expect(evaluate(document, answers, null, { patient }).complete).toBe(true)
  return reads
}

function makeForm(count: number, reversed: boolean): QuestionnaireDocument {
  const items: Item[] = Array.from({ length: count }, (_, index) => ({
    link_id: `q${index}`,
    type: 'scale',
    text: '几分',
    min: 0,
    max: 10,
    required: true,
    rules: [{ when: 'value >= 9 and patient.age >= 65', level: 'E2', prompt: '高' }],
    ...(index ? { show_if: `q${index - 1} >= 1 and patient.age >= 65` } : {}),
  }))
  return { key: 'long', title: '长', items: reversed ? items.reverse() : items }
}

describe('the work of an evaluation grows with the form and no faster', () => {
  it.each([
    ['in order', false],
    ['against the order', true],
  ])('a chain %s', (_, reversed) => {
    for (const count of [50, 100, 300]) {
      const answers = Object.fromEntries(Array.from({ length: count }, (__, index) => [`q${index}`, 5]))
      expect(countReads(makeForm(count, reversed), answers)).toBe(2 * count - 1)
    }
  })

  it('ends even for conditions that wait for each other', () => {
    const document: QuestionnaireDocument = {
      key: 'circle',
      title: '圈',
      items: [
        { link_id: 'a', type: 'number', text: 'a', show_if: 'b > 1' },
        { link_id: 'b', type: 'number', text: 'b', show_if: 'a > 1' },
      ],
    }
    expect(evaluate(document, { a: 2, b: 2 }).visible).toEqual(['a', 'b'])
  })
})
