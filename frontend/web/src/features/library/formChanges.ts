import type { Item, QuestionnaireDocument } from '@jieli/questionnaire'

export type Part = 'text' | 'type' | 'options' | 'rules' | 'required' | 'show_if' | 'limits' | 'help' | 'other'
export interface FormChange {
  kind: 'added' | 'removed' | 'changed'
  /** Text of the question; null for a field of the form. */
  item: string | null
  field: 'title' | 'opening' | 'closing' | 'rules' | 'score' | 'source' | 'licence' | 'order' | null
  parts: Part[]
}

const FIELDS = ['title', 'opening', 'closing', 'rules', 'score', 'source', 'licence'] as const
const LIMITS: (keyof Item)[] = ['min', 'max', 'decimals', 'unit']
const PARTS: (keyof Item & Part)[] = ['text', 'type', 'options', 'rules', 'required', 'show_if', 'help']

export const flattenItems = (items: readonly Item[]): Item[] => items.flatMap((item) => [item, ...flattenItems(item.items ?? [])])

function canonical(value: unknown): string {
  return JSON.stringify(value ?? null, (_, inner: unknown) =>
    inner && typeof inner === 'object' && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner)
}
const same = (one: unknown, other: unknown): boolean => canonical(one) === canonical(other)

function partsOf(before: Item, after: Item): Part[] {
  const parts: Part[] = PARTS.filter((name) => !same(before[name], after[name]))
  if (LIMITS.some((name) => !same(before[name], after[name]))) parts.push('limits')
  const rest = ({ repeats, code, retired }: Item) => [repeats, code, retired]
  return same(rest(before), rest(after)) ? parts : [...parts, 'other']
}

/** What a signer has to look at again: question by question, then the form's own fields. */
export function listFormChanges(before: QuestionnaireDocument, after: QuestionnaireDocument): FormChange[] {
  const [was, now] = [flattenItems(before.items), flattenItems(after.items)]
  const [old, fresh] = [new Map(was.map((item) => [item.link_id, item])), new Map(now.map((item) => [item.link_id, item]))]
  const changes: FormChange[] = []
  for (const item of now) {
    const earlier = old.get(item.link_id)
    if (!earlier) changes.push({ kind: 'added', item: item.text, field: null, parts: [] })
    else if (partsOf(earlier, item).length) changes.push({ kind: 'changed', item: item.text, field: null, parts: partsOf(earlier, item) })
  }
  for (const item of was) if (!fresh.has(item.link_id)) changes.push({ kind: 'removed', item: item.text, field: null, parts: [] })
  const order = (items: Item[], others: Map<string, Item>) => items.filter(({ link_id: id }) => others.has(id)).map(({ link_id: id }) => id)
  if (!same(order(was, fresh), order(now, old))) changes.push({ kind: 'changed', item: null, field: 'order', parts: [] })
  return [...changes, ...FIELDS.filter((field) => !same(before[field], after[field])).map((field) => ({ kind: 'changed' as const, item: null, field, parts: [] }))]
}
