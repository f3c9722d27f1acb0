import type { Criteria, Group, Leaf } from './document'

/** Editing of the criteria tree. A place in it is the JSON pointer that the server uses too: "/all/0/not". */
export type Joint = 'all' | 'any'

export const isLeaf = (node: Criteria): node is Leaf => 'field' in node
export const isNot = (node: Criteria): node is { not: Criteria } => 'not' in node
export const isGroup = (node: Criteria): node is Group => 'all' in node || 'any' in node
export const jointOf = (group: Group): Joint => ('all' in group ? 'all' : 'any')
export const itemsOf = (group: Group): Criteria[] => ('all' in group ? group.all : group.any)
export const makeGroup = (joint: Joint, items: Criteria[]): Group => (joint === 'all' ? { all: items } : { any: items })

/** The builder's outermost level is always a group. */
export const asGroup = (criteria: Criteria): Group => (isGroup(criteria) ? criteria : { all: [criteria] })

const partsOf = (pointer: string): string[] => pointer.split('/').slice(1)


export function nodeAt(root: Criteria, pointer: string): Criteria | undefined {
  let node: Criteria | undefined = root
  const parts = partsOf(pointer)
  while (node && parts.length) {
    const part = parts.shift()!
    if (isGroup(node)) node = part === jointOf(node) ? itemsOf(node)[Number(parts.shift())] : undefined
    else node = isNot(node) && part === 'not' ? node.not : undefined
  }
  return node
}

/** The tree with the node at `pointer` replaced; null takes it out, and with it the group or negation that it leaves empty. */
export function replaceAt(root: Criteria, pointer: string, change: (node: Criteria) => Criteria | null): Criteria {
  return replace(root, partsOf(pointer), change) ?? makeGroup('all', [])
}

function replace(node: Criteria, parts: string[], change: (node: Criteria) => Criteria | null): Criteria | null {
  if (!parts.length) return change(node)
  if (isNot(node)) {
    const inner = replace(node.not, parts.slice(1), change)
    return inner && (inner === node.not ? node : { not: inner })
  }
  if (!isGroup(node)) return node
  const at = Number(parts[1])
  const kept = itemsOf(node).flatMap((item, index) => {
    const changed = index === at ? replace(item, parts.slice(2), change) : item
    return changed ? [changed] : []
  })
  return kept.length ? makeGroup(jointOf(node), kept) : null
}

export const removeAt = (root: Criteria, pointer: string): Criteria => replaceAt(root, pointer, () => null)

/** Adds to the group at `pointer`; returns the tree and where the new node stands. */
export function addTo(root: Criteria, pointer: string, added: Criteria): { root: Criteria; pointer: string } {
  let place = pointer
  const changed = replaceAt(root, pointer, (node) => {
    if (!isGroup(node)) return node
    place = `${pointer}/${jointOf(node)}/${itemsOf(node).length}`
    return makeGroup(jointOf(node), [...itemsOf(node), added])
  })
  return { root: changed, pointer: place }
}

export const setJoint = (root: Criteria, pointer: string, joint: Joint): Criteria =>
  replaceAt(root, pointer, (node) => (isGroup(node) && jointOf(node) !== joint ? makeGroup(joint, itemsOf(node)) : node))

/** Not, or no longer not. */
export const negateAt = (root: Criteria, pointer: string): Criteria => replaceAt(root, pointer, (node) => (isNot(node) ? node.not : { not: node }))

/** Puts the node into a group of its own, so that alternatives can be set beside it. */
export const wrapAt = (root: Criteria, pointer: string, joint: Joint): Criteria => replaceAt(root, pointer, (node) => makeGroup(joint, [node]))

/** "/all/2/any/0": the group at "/all/2", its first. */
export function splitPlace(pointer: string): { parent: string; index: number } {
  const parts = partsOf(pointer)
  const index = Number(parts.pop())
  return { parent: parts.slice(0, -1).map((part) => `/${part}`).join(''), index }
}

/** Gives a group's conditions to the group around it. */
export function dissolveAt(root: Criteria, pointer: string): Criteria {
  const { parent, index } = splitPlace(pointer)
  return replaceAt(root, parent, (node) => {
    if (!isGroup(node)) return node
    return makeGroup(jointOf(node), itemsOf(node).flatMap((item, at) => (at === index && isGroup(item) ? itemsOf(item) : [item])))
  })
}

export function moveAt(root: Criteria, pointer: string, by: number): Criteria {
  const { parent, index } = splitPlace(pointer)
  return replaceAt(root, parent, (node) => {
    if (!isGroup(node)) return node
    const items = [...itemsOf(node)]
    const to = index + by
    if (to < 0 || to >= items.length) return node
    items.splice(to, 0, ...items.splice(index, 1))
    return makeGroup(jointOf(node), items)
  })
}

const isEmpty = (value: unknown): boolean => value === '' || value === null || value === undefined || (Array.isArray(value) && (value.length === 0 || value.some(isEmpty))) || (typeof value === 'object' && Object.values(value).some(isEmpty))

/** Every condition has its value: before that there is nothing to ask the server. */
export function isFilled(node: Criteria): boolean {
  if (isLeaf(node)) return !isEmpty(node.value)
  return isNot(node) ? isFilled(node.not) : itemsOf(node).length > 0 && itemsOf(node).every(isFilled)
}
