import type { QuestionnaireFault } from '@jieli/api'
import type { Item, QuestionnaireDocument } from '@jieli/questionnaire'

/** From the pointer of a fault to the question and the property that the editor shows. */

export type Tab = 'basic' | 'rules' | 'score'

export interface PlacedFault extends QuestionnaireFault {
  /** null: the document's own. */
  linkId: string | null
  tab: Tab | null
  /** `text`, `options`, `show_if`, `rules`, …; empty: the whole. */
  property: string
  /** Which option, rule or band. */
  index: number | null
  /** The last word of the pointer: `advice` of a rule. */
  part: string
  warning: boolean
}

export function placeFault(document: QuestionnaireDocument, fault: QuestionnaireFault, warning = false): PlacedFault {
  const parts = fault.pointer.split('/').slice(1)
  let items: readonly Item[] | undefined = document.items
  let item: Item | undefined
  while (parts[0] === 'items' && items && parts[1] !== undefined && items[Number(parts[1])]) {
    item = items[Number(parts[1])]
    items = item?.items
    parts.splice(0, 2)
  }
  const [property = '', second] = parts
  const index = second !== undefined && /^\d+$/.test(second) ? Number(second) : null
  const tab: Tab | null = item ? null : property === 'rules' ? 'rules' : property === 'score' ? 'score' : property === 'items' ? null : 'basic'
  const inScore = property === 'score' && second === 'bands'
  return { ...fault, linkId: item?.link_id ?? null, tab, property, index: inScore ? Number(parts[2]) : index, part: parts[parts.length - 1] ?? '', warning }
}
