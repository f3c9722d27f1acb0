import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseExpression, type Item, type QuestionnaireDocument } from '@jieli/questionnaire'
import { type Condition, type Operator, readCondition, type Row, tryCondition, writeCondition } from '@/features/questionnaires/model/conditions'
import { convertItem, fillPartial, hasProperty, KINDS, listLosses, makeItem, nextValue, readPasted, setOptionMark } from '@/features/questionnaires/model/convert'
import { listDifferences, mergeTheirs } from '@/features/questionnaires/model/differing'
import { readFile } from '@/features/questionnaires/model/files'
import { pushHistory, redo, startHistory, undo } from '@/shared/lib/history'
import { placeFault } from '@/features/questionnaires/model/places'
import { keepSame } from '@/shared/questionnaire/answers'
import { listOffered, pressKey } from '@/shared/questionnaire/keys'
import { readable } from '@/features/questionnaires/model/previewing'

const words = { text: '新题', options: ['一', '二'] as [string, string], child: '组内' }
const single = (linkId: string, more: Partial<Item> = {}): Item => ({ link_id: linkId, type: 'single', text: linkId, options: [{ value: 'a', label: '甲' }, { value: 'b', label: '乙' }], ...more })
const form = (...items: Item[]): QuestionnaireDocument => ({ key: 'form', title: '问卷', items })
const row = (more: Partial<Row>): Row => ({ name: 'pain', back: 0, counted: false, operator: '>=', value: 4, guarded: false, ...more })

describe('conditions as rows', () => {
  const rows: Row[] = [
    ...(['==', '!=', '>=', '>', '<=', '<'] as Operator[]).map((operator) => row({ operator })),
    row({ value: -1.5 }), row({ value: 0.000001 }), row({ value: true, operator: '==' }),
    row({ name: 'bp.sbp', value: 180 }), row({ name: 'value', value: 3 }), row({ name: 'patient.age', value: 65 }),
    row({ operator: '==', value: 'rest' }), row({ operator: '==', value: "it's" }),
    row({ operator: 'in', value: ['red', 'open'] }), row({ operator: 'not in', value: ['red'] }),
    row({ operator: 'has', value: 'cough' }), row({ operator: 'has not', value: 'cough' }),
    row({ operator: 'answered', value: null }), row({ operator: 'not answered', value: null }), row({ operator: 'answered', value: null, back: 1 }),
    row({ counted: true, value: 2 }), row({ back: 1 }), row({ back: 2, guarded: true }), row({ back: 1, guarded: true, operator: '==', value: 'yes' }),
    row({ operator: 'rise', value: 3 }), row({ operator: 'fall', value: 2.5 }),
  ]

  it('come back from the text they make, one by one', () => {
    for (const one of rows) {
      const condition: Condition = { join: 'and', rows: [one] }
      expect(readCondition(writeCondition(condition)), writeCondition(condition)).toEqual(condition)
    }
  })

  it('come back when joined by and, and by or', () => {
    for (const join of ['and', 'or'] as const) {
      for (const first of rows) {
        for (const second of rows) {
          const condition: Condition = { join, rows: [first, second, row({ name: 'fall', operator: '==', value: 'yes' })] }
          const text = writeCondition(condition)
          expect(() => parseExpression(text), text).not.toThrow()
          const read = readCondition(text)
          expect(read && writeCondition(read), text).toBe(text)
        }
      }
    }
  })

  it('say how a rise since the last round is written', () => {
    expect(writeCondition({ join: 'and', rows: [row({ operator: 'rise', value: 3 })] })).toBe('answered(prev(pain)) and pain - prev(pain) >= 3')
    expect(writeCondition({ join: 'or', rows: [row({ operator: 'rise', value: 3 }), row({ value: 7 })] })).toBe('(answered(prev(pain)) and pain - prev(pain) >= 3) or pain >= 7')
  })

  it('leave to the text what they cannot say', () => {
    for (const text of ['a == 1 and (b == 2 or c == 3)', 'a + b >= 3', 'not (a == 1)', 'a >= b', 'count(x) in [1, 2]', 'a', '3 <= a']) expect(readCondition(text), text).toBeNull()
    expect(() => readCondition('a >=')).toThrow()
    expect(tryCondition('a ≥ 3')).toBeNull()
  })

  it('say most of what the library asks, and none of it otherwise than it is written', () => {
    const folder = new URL('../../../followup/programmes/library/questionnaires/', import.meta.url)
    const texts = readdirSync(folder).flatMap((name) => [...readFileSync(new URL(name, folder), 'utf8').matchAll(/(?:show_if|when): *("[^"]*"|[^,}\n]*(?:\([^)]*\)|\[[^\]]*\])?[^,}\n]*)/g)].map((match) => match[1]!.trim().replace(/^"|"$/g, '')))
    const parsed = texts.filter((text) => {
      try {
        return parseExpression(text) !== null
      } catch {
        return false
      }
    })
    expect(parsed.length).toBeGreaterThan(150)
    const said = parsed.filter((text) => tryCondition(text) !== null)
    for (const text of said) expect(parseExpression(writeCondition(readCondition(text)!))).toEqual(parseExpression(text))
    expect(said.length / parsed.length).toBeGreaterThan(0.85)
  })
})

describe('kinds of questions', () => {
  it('turn into each other with nothing that the new kind refuses', () => {
    const full: Item = { ...single('q1'), help: '说明', required: true, show_if: 'a == 1', rules: [{ when: 'answered(value)', level: 'E1', prompt: '提示' }], unit: '分', min: 1, max: 5, decimals: 1 }
    for (const kind of KINDS) {
      const made = convertItem(full, kind, words)
      expect(Object.keys(made).filter((key) => !hasProperty(made, key as keyof Item)), kind).toEqual([])
      expect([made.link_id, made.text, made.help, made.show_if]).toEqual(['q1', 'q1', '说明', 'a == 1'])
    }
    expect(convertItem(full, 'multiple', words).options).toEqual(full.options)
    expect(convertItem(full, 'scale', words)).toMatchObject({ type: 'scale', min: 0, max: 10 })
  })

  it('tell what a change would drop', () => {
    expect(listLosses(single('q1'), 'multiple')).toEqual([])
    expect(listLosses(single('q1', { rules: [{ when: 'x', level: 'E1', prompt: 'x' }] }), 'display')).toEqual(['options', 'rules'])
    expect(listLosses({ link_id: 'n', type: 'number', text: 'n', unit: 'kg', min: 1 }, 'text')).toEqual(['unit', 'min'])
    expect(listLosses({ link_id: 'g', type: 'group', text: 'g', items: [single('a')] }, 'rows')).toEqual([])
  })

  it('start with what the schema demands', () => {
    expect(makeItem('single', 'q1', words).options).toEqual([{ value: '1', label: '一' }, { value: '2', label: '二' }])
    expect(makeItem('scale', 'q1', words)).toMatchObject({ min: 0, max: 10 })
    expect(makeItem('rows', 'q1', words, 'q2')).toEqual({ link_id: 'q1', type: 'group', text: '新题', repeats: true, items: [{ link_id: 'q2', type: 'text', text: '组内' }] })
  })
})

describe('options', () => {
  it('are read from pasted lines', () => {
    const before = [{ value: '1', label: '没有' }]
    expect(readPasted('1. 没有\n2、偶尔 | 1 | E1\n\nC) 经常\t2\te2\n偶尔', before)).toEqual([
      { value: '2', label: '偶尔', score: 1, level: 'E1' },
      { value: '3', label: '经常', score: 2, level: 'E2' },
    ])
    expect(readPasted('① 好\n② 差', [])).toEqual([{ value: '1', label: '好' }, { value: '2', label: '差' }])
    expect(readPasted('3 天以上', [])).toEqual([{ value: '1', label: '3 天以上' }])
  })
  it('never take a value that answers hold', () => {
    expect(nextValue([{ value: '1', label: '' }], ['4'])).toBe('5')
    expect(nextValue([{ value: 'yes', label: '' }])).toBe('1')
  })
  it('have levels and scores all, or none', () => {
    const options = [{ value: '1', label: '一' }, { value: '2', label: '二' }]
    const levelled = setOptionMark(options, 1, { level: 'E2' })
    expect(levelled.map((option) => option.level)).toEqual(['E0', 'E2'])
    expect(setOptionMark(levelled, 1, { level: 'E0' })).toEqual(options)
    const scored = setOptionMark(options, 0, { score: 2 })
    expect(scored.map((option) => option.score)).toEqual([2, 0])
    expect(setOptionMark(scored, 0, { score: undefined })).toEqual(options)
    expect(fillPartial(options)).toEqual(options)
  })
})

describe('faults, preview, history, files', () => {
  const document = form(single('a'), { link_id: 'g', type: 'group', text: 'g', items: [single('b', { rules: [{ when: 'value ==', level: 'E1', prompt: 'x' }], show_if: 'a ==' })] })
  const fault = (pointer: string) => placeFault(document, { pointer, code: 'x', message: 'x', cure: '' })

  it('find the question and the property', () => {
    expect(fault('/items/1/items/0/options/1/label')).toMatchObject({ linkId: 'b', property: 'options', index: 1, tab: null })
    expect(fault('/items/0/show_if')).toMatchObject({ linkId: 'a', property: 'show_if', index: null })
    expect(fault('/items/1/items')).toMatchObject({ linkId: 'g', property: 'items' })
    expect(fault('/rules/2/when')).toMatchObject({ linkId: null, tab: 'rules', index: 2 })
    expect(fault('/score/bands/1/to')).toMatchObject({ tab: 'score', index: 1 })
    expect(fault('/title')).toMatchObject({ tab: 'basic', property: 'title' })
    expect(fault('/items')).toMatchObject({ linkId: null, tab: null })
  })
  it('preview leaves out what does not parse, and only that', () => {
    const shown = readable(document)
    expect(shown.items[1]!.items![0]).toEqual(single('b', { rules: [] }))
    expect(shown.items[0]).toBe(document.items[0])
    const scored = { ...form(single('a')), score: { method: 'sum' as const, items: ['a', 'gone'] } }
    expect(readable(scored)).toEqual(form(single('a')))
    const sound = form(single('a'))
    expect(readable(sound)).toBe(sound)
  })
  it('undo takes back a word, not a letter', () => {
    let history = startHistory('')
    history = pushHistory(history, '发', 'text', 1000)
    history = pushHistory(history, '发热', 'text', 1400)
    history = pushHistory(history, '发热 咳嗽', 'text', 9000)
    expect(undo(history).present).toBe('发热')
    expect(undo(undo(history)).present).toBe('')
    expect(undo(undo(undo(history))).present).toBe('')
    expect(redo(undo(history)).present).toBe('发热 咳嗽')
    expect(redo(history)).toBe(history)
  })
  it('tells files apart', () => {
    expect(readFile('{"resourceType":"Questionnaire","title":"A","item":[{}]}')).toMatchObject({ kind: 'fhir', title: 'A', count: 1 })
    expect(readFile('\uFEFF{"key":"a","title":"B","category":"chronic","items":[]}')).toMatchObject({ kind: 'document', title: 'B', category: 'chronic' })
    for (const text of ['', 'x', '[]', '3', '{}', 'null']) expect(readFile(text).kind).toBe('unreadable')
  })
})

describe('the preview', () => {
  it('offers no option that is out of use, but shows one that was answered', () => {
    const item = single('q', { options: [{ value: 'a', label: '甲', retired: true }, { value: 'b', label: '乙' }] })
    expect(listOffered(item, undefined).map(({ value }) => value)).toEqual(['b'])
    expect(listOffered(item, 'a').map(({ value }) => value)).toEqual(['a', 'b'])
    expect(pressKey(item, {}, 'q', '1')).toEqual({ value: 'b', goOn: true })
  })
  it('draws again only what changed', () => {
    const before = [{ level: 'E2' }]
    expect(keepSame(before, [{ level: 'E2' }])).toBe(before)
    expect(keepSame(before, [{ level: 'E3' }])).toEqual([{ level: 'E3' }])
    expect(keepSame(undefined, before)).toBe(before)
  })
})

describe('two copies of one draft', () => {
  const base = form(single('a'), single('b'), { link_id: 'g', type: 'group', text: 'g', items: [single('c')] })
  const mine: QuestionnaireDocument = { ...base, title: '我的', items: [{ ...base.items[0]!, text: '改过' }, ...base.items.slice(1)] }
  const theirs: QuestionnaireDocument = { ...base, items: [base.items[0]!, { ...base.items[2]!, items: [single('c', { required: true }), single('d')] }] }

  it('are told apart question by question', () => {
    expect(listDifferences(mine, theirs).map(({ id }) => id)).toEqual(['field:title', 'item:a', 'item:b', 'item:c', 'item:d'])
    expect(listDifferences(base, form(base.items[1]!, base.items[0]!, base.items[2]!)).map(({ id }) => id)).toEqual(['field:order'])
    expect(listDifferences(base, JSON.parse(JSON.stringify(base)) as QuestionnaireDocument)).toEqual([])
  })
  it('become theirs where theirs is taken, and stay mine elsewhere', () => {
    const all = listDifferences(mine, theirs)
    expect(mergeTheirs(mine, theirs, [])).toBe(mine)
    expect(listDifferences(mergeTheirs(mine, theirs, all), theirs)).toEqual([])
    const some = mergeTheirs(mine, theirs, all.filter(({ id }) => id === 'item:d' || id === 'item:b'))
    expect(some.title).toBe('我的')
    expect(some.items.map(({ link_id: id }) => id)).toEqual(['a', 'g'])
    expect(some.items[1]!.items!.map(({ link_id: id }) => id)).toEqual(['c', 'd'])
    expect(some.items[1]!.items![0]!.required).toBeUndefined()
  })
})
