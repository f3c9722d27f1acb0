import { describe, expect, it } from 'vitest'
import type { Item, QuestionnaireDocument } from '@jieli/questionnaire'
import { duplicateItem, findNode, freeId, insertItem, listMentions, listNodes, moveItem, neighbourOf, nextId, patchItem, pointerOfPath, removeItem, renameItem, renameText, stepItem } from '@/features/questionnaires/model/tree'

const text = (linkId: string, more: Partial<Item> = {}): Item => ({ link_id: linkId, type: 'text', text: linkId, ...more })
const group = (linkId: string, items: Item[], repeats?: boolean): Item => ({ link_id: linkId, type: 'group', text: linkId, items, ...(repeats && { repeats }) })
const form = (...items: Item[]): QuestionnaireDocument => ({ key: 'form', title: '问卷', items })
/** `a g(b c)`: the order and nesting in one word. */
const shape = (items: readonly Item[]): string => items.map((item) => (item.items ? `${item.link_id}(${shape(item.items)})` : item.link_id)).join(' ')
const base = form(text('a'), group('g', [text('b'), text('c')]), text('d'))
const moved = (...args: [string, string, 'before' | 'after' | 'inside']): string => shape(moveItem(base, ...args).items)

describe('the tree', () => {
  it('is walked with places and parents', () => {
    expect(listNodes(base.items).map(({ item, path, depth }) => [item.link_id, pointerOfPath(path), depth])).toEqual([
      ['a', '/items/0', 0], ['g', '/items/1', 0], ['b', '/items/1/items/0', 1], ['c', '/items/1/items/1', 1], ['d', '/items/2', 0],
    ])
    expect(findNode(base.items, 'c')?.parent?.link_id).toBe('g')
    expect(findNode(base.items, 'x')).toBeUndefined()
  })
  it('changes one question and leaves the others as they are', () => {
    const next = patchItem(base, 'b', { help: '说明', required: true })
    expect(next.items[0]).toBe(base.items[0])
    expect(next.items[1]!.items![1]).toBe(base.items[1]!.items![1])
    expect(patchItem(next, 'b', { help: undefined }).items[1]!.items![0]).toEqual(text('b', { required: true }))
    expect(base.items[1]!.items![0]).toEqual(text('b'))
  })
  it('adds behind the chosen one, into a chosen group, or at the end', () => {
    expect(shape(insertItem(base, text('n'), 'a').items)).toBe('a n g(b c) d')
    expect(shape(insertItem(base, text('n'), 'g').items)).toBe('a g(b c n) d')
    expect(shape(insertItem(base, text('n'), 'b').items)).toBe('a g(b n c) d')
    expect(shape(insertItem(base, text('n'), null).items)).toBe('a g(b c) d n')
  })
  it('deletes, and knows who is next', () => {
    expect(shape(removeItem(base, 'b').items)).toBe('a g(c) d')
    expect([neighbourOf(base, 'b'), neighbourOf(base, 'c'), neighbourOf(base, 'd'), neighbourOf(form(group('g', [text('b')])), 'b')]).toEqual(['c', 'b', 'g', 'g'])
  })
})

describe('moving', () => {
  it('by keyboard: up, down, into the group above, out of it', () => {
    expect(shape(stepItem(base, 'd', 'up').items)).toBe('a d g(b c)')
    expect(shape(stepItem(base, 'a', 'down').items)).toBe('g(b c) a d')
    expect(shape(stepItem(base, 'd', 'in').items)).toBe('a g(b c d)')
    expect(shape(stepItem(base, 'b', 'out').items)).toBe('a g(c) b d')
    for (const [linkId, direction] of [['a', 'up'], ['d', 'down'], ['a', 'in'], ['a', 'out'], ['c', 'down']] as const) expect(stepItem(base, linkId, direction)).toBe(base)
  })
  it('by drag: before, after, inside', () => {
    expect(moved('d', 'b', 'before')).toBe('a g(d b c)')
    expect(moved('a', 'c', 'after')).toBe('g(b c a) d')
    expect(moved('a', 'g', 'inside')).toBe('g(b c a) d')
    expect(moved('c', 'a', 'before')).toBe('c a g(b) d')
  })
  it('refuses into itself, into a question, rows in rows and a sixth level', () => {
    expect(moveItem(base, 'g', 'b', 'before')).toBe(base)
    expect(moveItem(base, 'g', 'g', 'inside')).toBe(base)
    expect(moveItem(base, 'a', 'd', 'inside')).toBe(base)
    const rows = form(group('r', [text('a')], true), group('s', [text('b')], true))
    expect(moveItem(rows, 's', 'r', 'inside')).toBe(rows)
    const deep = form(group('g1', [group('g2', [group('g3', [group('g4', [group('g5', [text('a')])])])])]), group('h', [text('b')]), text('c'))
    expect(moveItem(deep, 'h', 'g5', 'inside')).toBe(deep)
    expect(shape(moveItem(deep, 'c', 'g5', 'inside').items)).toBe('g1(g2(g3(g4(g5(a c))))) h(b)')
  })
})

describe('names', () => {
  const spoken: QuestionnaireDocument = {
    ...form(text('pain'), text('q', { show_if: "pain == 'pain' and prev(pain) >= pain.pain", rules: [{ when: 'value > pain', level: 'E1', prompt: 'pain' }] })),
    rules: [{ when: 'pain > 1', level: 'E1', prompt: 'x' }],
    score: { method: 'sum', items: ['pain', 'q'] },
  }
  it('change wherever they are spoken, but not in quotes or behind a dot', () => {
    const next = renameItem(spoken, 'pain', 'ache')
    expect(next.items[1]!.show_if).toBe("ache == 'pain' and prev(ache) >= ache.pain")
    expect(next.items[1]!.rules![0]).toEqual({ when: 'value > ache', level: 'E1', prompt: 'pain' })
    expect([next.rules![0]!.when, next.score!.items]).toEqual(['ache > 1', ['ache', 'q']])
    expect(renameText('painful > pain', new Map([['pain', 'x']]))).toBe('painful > x')
  })
  it('are found where a question is spoken of', () => {
    expect(listMentions(spoken, 'pain').map(({ linkId }) => linkId)).toEqual(['q', null])
    expect(listMentions(spoken, 'q').map(({ linkId }) => linkId)).toEqual([null])
    expect(listMentions(base, 'g')).toEqual([])
  })
  it('are new for a copy, whose conditions speak of the copy', () => {
    const source = form(group('g', [text('a'), text('b', { show_if: 'answered(a)' })]), text('c', { show_if: 'answered(a)' }))
    const { document, linkId } = duplicateItem(source, 'g')
    expect([shape(document.items), linkId]).toEqual(['g(a b) g_2(a_2 b_2) c', 'g_2'])
    expect(document.items[1]!.items![1]!.show_if).toBe('answered(a_2)')
    expect(document.items[2]!.show_if).toBe('answered(a)')
  })
  it('are free', () => {
    expect(freeId(new Set(['a', 'a_2']), 'a')).toBe('a_3')
    expect(nextId(new Set(['q1', 'q9', 'pain']))).toBe('q10')
    expect(nextId(new Set())).toBe('q1')
  })
})
