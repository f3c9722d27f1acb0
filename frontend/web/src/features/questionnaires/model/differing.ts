import type { Item, QuestionnaireDocument } from '@jieli/questionnaire'
import { insertItem, listNodes, patchRecord, removeItem, replaceItem } from './tree'

/** Where two copies of one draft part: question by question, and the document's own fields. */
export interface Difference {
  /** `item:<link_id>` or `field:<name>`. */
  id: string
  linkId: string | null
  field: string | null
  mine: unknown
  theirs: unknown
}

const FIELDS = ['title', 'category', 'specialty', 'audience', 'opening', 'closing', 'source', 'licence', 'rules', 'score'] as const

const shell = (item: Item): Item => patchRecord({ ...item }, { items: undefined })
const same = (one: unknown, other: unknown): boolean => canonical(one) === canonical(other)

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner && typeof inner === 'object' && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  ) ?? ''
}

export const isSame = (one: QuestionnaireDocument, other: QuestionnaireDocument): boolean => one === other || same(one, other)

export function listDifferences(mine: QuestionnaireDocument, theirs: QuestionnaireDocument): Difference[] {
  const found: Difference[] = FIELDS.filter((field) => !same(mine[field], theirs[field])).map((field) => ({ id: `field:${field}`, linkId: null, field, mine: mine[field], theirs: theirs[field] }))
  const own = new Map(listNodes(mine.items).map(({ item }) => [item.link_id, item]))
  const other = new Map(listNodes(theirs.items).map(({ item }) => [item.link_id, item]))
  for (const linkId of new Set([...own.keys(), ...other.keys()])) {
    const [here, there] = [own.get(linkId), other.get(linkId)]
    if (here && there && same(shell(here), shell(there))) continue
    found.push({ id: `item:${linkId}`, linkId, field: null, mine: here && shell(here), theirs: there && shell(there) })
  }
  const order = (document: QuestionnaireDocument): string => listNodes(document.items).map(({ item, parent }) => `${parent?.link_id ?? ''}/${item.link_id}`).join()
  if (found.every(({ linkId }) => linkId === null) && order(mine) !== order(theirs)) {
    found.push({ id: 'field:order', linkId: null, field: 'order', mine: mine.items.map(({ text }) => text), theirs: theirs.items.map(({ text }) => text) })
  }
  return found
}

/** Mine, with theirs taken over at the given differences. */
export function mergeTheirs(mine: QuestionnaireDocument, theirs: QuestionnaireDocument, taken: readonly Difference[]): QuestionnaireDocument {
  let merged = mine
  for (const { linkId, field } of taken) {
    if (field === 'order') merged = { ...merged, items: theirs.items }
    else if (field !== null) merged = patchRecord(merged, { [field]: theirs[field as keyof QuestionnaireDocument] })
    else if (linkId !== null) merged = takeItem(merged, theirs, linkId)
  }
  return merged
}

function takeItem(mine: QuestionnaireDocument, theirs: QuestionnaireDocument, linkId: string): QuestionnaireDocument {
  const nodes = listNodes(theirs.items)
  const node = nodes.find(({ item }) => item.link_id === linkId)
  if (!node) return removeItem(mine, linkId)
  const known = new Set(listNodes(mine.items).map(({ item }) => item.link_id))
  if (known.has(linkId)) return replaceItem(mine, linkId, (item) => patchRecord({ ...shell(node.item) }, { items: node.item.type === 'group' ? (item.items ?? []) : undefined }))
  const siblings = node.parent?.items ?? theirs.items
  const before = siblings.slice(0, siblings.findIndex(({ link_id }) => link_id === linkId)).reverse().find(({ link_id }) => known.has(link_id))
  const children = node.item.items?.filter((child) => !known.has(child.link_id))
  const added = patchRecord({ ...node.item }, { items: children })
  if (before) return insertItem(mine, added, before.link_id, false)
  return insertItem(mine, added, node.parent && known.has(node.parent.link_id) ? node.parent.link_id : null)
}
