import type { Item, QuestionnaireDocument } from '@jieli/questionnaire'

/** Changes to the tree of questions. Documents are never mutated: what did not change keeps its identity. */

export interface Node {
  item: Item
  /** Indices from the root: [2, 0] is the first item of the third group. */
  path: readonly number[]
  depth: number
  parent: Item | null
  /** The repeated group that it stands in. */
  row: Item | null
}

export const GROUP_LIMIT = 5
export const ITEM_LIMIT = 300

export function listNodes(items: readonly Item[], path: readonly number[] = [], parent: Item | null = null, row: Item | null = null): Node[] {
  return items.flatMap((item, index) => {
    const at = [...path, index]
    const node: Node = { item, path: at, depth: path.length, parent, row }
    return item.items ? [node, ...listNodes(item.items, at, item, item.repeats ? item : row)] : [node]
  })
}

export function findNode(items: readonly Item[], linkId: string | null): Node | undefined {
  return linkId === null ? undefined : listNodes(items).find((node) => node.item.link_id === linkId)
}

export const pointerOfPath = (path: readonly number[]): string => path.map((index) => `/items/${index}`).join('')

/** The siblings at a place, changed; the way down to them is copied. */
function changeSiblings(items: readonly Item[], path: readonly number[], change: (siblings: Item[]) => Item[]): Item[] {
  const [at, ...rest] = path
  if (at === undefined || rest.length === 0) return change([...items])
  return items.map((item, index) => (index === at ? { ...item, items: changeSiblings(item.items ?? [], rest, change) } : item))
}

/** Array.toSpliced, which browsers of 2022 lack. */
export function splice<T>(list: readonly T[], at: number, remove: number, ...added: T[]): T[] {
  return [...list.slice(0, at), ...added, ...list.slice(at + remove)]
}

const withItems = (document: QuestionnaireDocument, items: Item[]): QuestionnaireDocument => ({ ...document, items })
const lastOf = (path: readonly number[]): number => path[path.length - 1] ?? 0

/** undefined in the patch removes a property. */
export function patchItem(document: QuestionnaireDocument, linkId: string, patch: Partial<Item>): QuestionnaireDocument {
  return replaceItem(document, linkId, (item) => patchRecord(item, patch))
}

export function patchRecord<T extends object>(record: T, patch: Partial<T>): T {
  const next = { ...record, ...patch }
  for (const key of Object.keys(patch) as (keyof T)[]) if (next[key] === undefined) delete next[key]
  return next
}

export function replaceItem(document: QuestionnaireDocument, linkId: string, change: (item: Item) => Item): QuestionnaireDocument {
  const node = findNode(document.items, linkId)
  if (!node) return document
  return withItems(document, changeSiblings(document.items, node.path, (siblings) => siblings.map((item, index) => (index === lastOf(node.path) ? change(item) : item))))
}

/** Behind the given item, or at the end of it when it is a group; at the end of all without one. */
export function insertItem(document: QuestionnaireDocument, item: Item, after: string | null, inside = true): QuestionnaireDocument {
  const node = findNode(document.items, after)
  if (!node) return withItems(document, [...document.items, item])
  if (inside && node.item.type === 'group' && mayHold(node, item)) return replaceItem(document, node.item.link_id, (group) => ({ ...group, items: [...(group.items ?? []), item] }))
  return withItems(document, changeSiblings(document.items, node.path, (siblings) => splice(siblings, lastOf(node.path) + 1, 0, item)))
}

export function removeItem(document: QuestionnaireDocument, linkId: string): QuestionnaireDocument {
  const node = findNode(document.items, linkId)
  if (!node) return document
  return withItems(document, changeSiblings(document.items, node.path, (siblings) => splice(siblings, lastOf(node.path), 1)))
}

/** Who is chosen after the item is gone: the next, else the one before, else its group. */
export function neighbourOf(document: QuestionnaireDocument, linkId: string): string | null {
  const node = findNode(document.items, linkId)
  if (!node) return null
  const siblings = node.parent?.items ?? document.items
  const at = lastOf(node.path)
  return (siblings[at + 1] ?? siblings[at - 1] ?? node.parent)?.link_id ?? null
}

export type Direction = 'up' | 'down' | 'in' | 'out'

/** One step by keyboard; the same document when there is nowhere to go. */
export function stepItem(document: QuestionnaireDocument, linkId: string, direction: Direction): QuestionnaireDocument {
  const node = findNode(document.items, linkId)
  if (!node) return document
  const siblings = node.parent?.items ?? document.items
  const at = lastOf(node.path)
  const before = siblings[at - 1]
  if (direction === 'in') return before?.type === 'group' ? moveItem(document, linkId, before.link_id, 'inside') : document
  if (direction === 'out') return node.parent ? moveItem(document, linkId, node.parent.link_id, 'after') : document
  const other = direction === 'up' ? before : siblings[at + 1]
  return other ? moveItem(document, linkId, other.link_id, direction === 'up' ? 'before' : 'after') : document
}

export type Place = 'before' | 'after' | 'inside'

/** Beside or into another; the same document when that is not allowed (into itself, too deep, rows in rows). */
export function moveItem(document: QuestionnaireDocument, linkId: string, target: string, place: Place): QuestionnaireDocument {
  const node = findNode(document.items, linkId)
  if (!node || linkId === target || listNodes([node.item]).some(({ item }) => item.link_id === target)) return document
  const without = removeItem(document, linkId)
  const goal = findNode(without.items, target)
  if (!goal) return document
  const holder = place === 'inside' ? goal : goal.parent ? findNode(without.items, goal.parent.link_id) : undefined
  if (place === 'inside' && goal.item.type !== 'group') return document
  if (holder && !mayHold(holder, node.item)) return document
  if (place === 'inside') return replaceItem(without, target, (group) => ({ ...group, items: [...(group.items ?? []), node.item] }))
  const at = lastOf(goal.path) + (place === 'after' ? 1 : 0)
  return withItems(without, changeSiblings(without.items, goal.path, (siblings) => splice(siblings, at, 0, node.item)))
}

function mayHold(group: Node, item: Item): boolean {
  const inRow = group.item.repeats || group.row !== null
  if (inRow && listNodes([item]).some((node) => node.item.repeats)) return false
  const height = Math.max(0, ...listNodes([item]).filter((node) => node.item.type === 'group').map((node) => node.depth + 1))
  return group.depth + 1 + height <= GROUP_LIMIT
}

/** A link_id that is still free: `pain` → `pain_2`. */
export function freeId(taken: ReadonlySet<string>, wanted: string): string {
  if (!taken.has(wanted)) return wanted
  const stem = wanted.replace(/_\d+$/, '').slice(0, 58)
  for (let number = 2; ; number += 1) if (!taken.has(`${stem}_${number}`)) return `${stem}_${number}`
}

export const takenIds = (document: QuestionnaireDocument): Set<string> => new Set(listNodes(document.items).map(({ item }) => item.link_id))

/** The next free `q12`, beyond the highest in use: a number is not given again while its question is being edited. */
export function nextId(taken: ReadonlySet<string>): string {
  const highest = Math.max(0, ...[...taken].map((name) => Number(/^q(\d{1,4})$/.exec(name)?.[1] ?? 0)))
  return `q${highest + 1}`
}

/** A copy behind the original, with link_ids of its own; conditions inside the copy speak of the copy. */
export function duplicateItem(document: QuestionnaireDocument, linkId: string): { document: QuestionnaireDocument; linkId: string } {
  const node = findNode(document.items, linkId)
  if (!node) return { document, linkId }
  const taken = takenIds(document)
  const names = new Map<string, string>()
  for (const { item } of listNodes([node.item])) {
    const name = freeId(taken, item.link_id)
    taken.add(name)
    names.set(item.link_id, name)
  }
  const copy = renameIn(node.item, names)
  const next = withItems(document, changeSiblings(document.items, node.path, (siblings) => splice(siblings, lastOf(node.path) + 1, 0, copy)))
  return { document: next, linkId: copy.link_id }
}

function renameIn(item: Item, names: ReadonlyMap<string, string>): Item {
  const rename = (text: string): string => renameText(text, names)
  return {
    ...item,
    link_id: names.get(item.link_id) ?? item.link_id,
    ...(item.show_if !== undefined && { show_if: rename(item.show_if) }),
    ...(item.rules && { rules: item.rules.map((rule) => ({ ...rule, when: rename(rule.when) })) }),
    ...(item.items && { items: item.items.map((child) => renameIn(child, names)) }),
  }
}

/** Names in an expression, outside its quoted words and not behind a dot (bp.sbp). */
export function renameText(text: string, names: ReadonlyMap<string, string>): string {
  return text.replace(/'[^'\n]*'|"[^"\n]*"|(?<![\w.])[A-Za-z_]\w*/g, (found) => (/^['"]/.test(found) ? found : (names.get(found) ?? found)))
}

/** A new link_id everywhere it is spoken of. */
export function renameItem(document: QuestionnaireDocument, from: string, to: string): QuestionnaireDocument {
  const names = new Map([[from, to]])
  return {
    ...document,
    items: document.items.map((item) => renameIn(item, names)),
    ...(document.rules && { rules: document.rules.map((rule) => ({ ...rule, when: renameText(rule.when, names) })) }),
    ...(document.score && { score: { ...document.score, items: document.score.items.map((name) => names.get(name) ?? name) } }),
  }
}

export interface Mention {
  linkId: string | null
  text: string
}

/** Who speaks of a question: deleting it leaves their conditions without ground. */
export function listMentions(document: QuestionnaireDocument, linkId: string): Mention[] {
  const names = new Map([[linkId, '']])
  const speaks = (text: string | undefined): boolean => text !== undefined && renameText(text, names) !== text
  const inside = new Set(listNodes([findNode(document.items, linkId)?.item].filter((item) => item !== undefined)).map(({ item }) => item.link_id))
  const found: Mention[] = listNodes(document.items)
    .filter(({ item }) => !inside.has(item.link_id) && (speaks(item.show_if) || item.rules?.some((rule) => speaks(rule.when))))
    .map(({ item }) => ({ linkId: item.link_id, text: item.text }))
  if (document.rules?.some((rule) => speaks(rule.when)) || document.score?.items.includes(linkId)) found.push({ linkId: null, text: document.title })
  return found
}
