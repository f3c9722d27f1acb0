/** Judge the answers to a questionnaire. Twin of followup/questionnaires/engine.py; the server's result counts. */

import { parseExpression, type Path } from './expressions'
import { compute, isNothing, type Lookup, NOT_ASKED, UNKNOWN, type Value } from './logic'
import { orderQuestions } from './ordering'
import type {
  AnswerError,
  Answers,
  Context,
  Evaluation,
  Finding,
  Item,
  Level,
  QuestionnaireDocument,
  Rule,
} from './types'
import { checkAnswer, escapePointer, isBlank, isNumber, isRecord, roundValue } from './values'

const CONTEXT_NAMES: readonly string[] = ['patient', 'task']
/** An auto-closed task may carry advice (E1); E2 and above need a person. */
const AUTO_CLOSE_LIMIT: Level = 'E1'

/** One place for an answer: an item, or an item in one row of a repeated group. */
interface Slot {
  key: string
  item: Item
  rulePointer: string
  answerPointer: string
  parent: Slot | null
  row: string
  raw: unknown
  value: Value
  errors: AnswerError[]
  /** hidden: rightly not asked; undecided: its condition is unknown. */
  state: 'shown' | 'hidden' | 'undecided'
}

/**
 * @param previous pruned answers of earlier rounds, newest first; the caller leaves out those too old to count.
 * @param context patient.age, patient.sex and task.day.
 */
export function evaluate(
  document: QuestionnaireDocument,
  answers: Answers,
  previous?: Answers | readonly Answers[] | null,
  context?: Context | null,
): Evaluation {
  const rounds = previous === null || previous === undefined ? [] : isRounds(previous) ? previous : [previous]
  return new Evaluator(document, answers, rounds, context ?? {}).run()
}

function isRounds(previous: Answers | readonly Answers[]): previous is readonly Answers[] {
  return Array.isArray(previous)
}

class Evaluator {
  private readonly slots: Slot[] = []
  private readonly byKey: Map<string, Slot>
  private readonly findings: Finding[] = []
  /** A set for its order: one entry per rule, however many rows it is unknown in. */
  private readonly unknownRules = new Set<string>()

  constructor(
    private readonly document: QuestionnaireDocument,
    private readonly answers: Answers,
    private readonly previous: readonly Answers[],
    private readonly context: Context,
  ) {
    this.addSlots(document.items, '/items', answers, '', '', null)
    this.byKey = new Map(this.slots.map((slot) => [slot.key, slot]))
  }

  run(): Evaluation {
    this.settleVisibility()
    for (const slot of this.slots) this.judgeSlot(slot)
    this.judgeRules(this.document.rules ?? [], '/rules', null)
    const [score, band] = this.score()
    const shown = this.slots.filter((slot) => slot.state === 'shown')
    const missing = shown.filter((slot) => slot.item.required && isBlank(slot.raw)).map((slot) => slot.key)
    const errors = [...shown.flatMap((slot) => slot.errors), ...this.listUnknownAnswers()]
    const level = this.findings.reduce<Level>((top, finding) => (finding.level > top ? finding.level : top), 'E0')
    const complete = missing.length === 0
    return {
      visible: shown.map((slot) => slot.key),
      pruned_answers: this.prune(this.document.items, this.answers, ''),
      errors,
      missing_required: missing,
      level,
      findings: this.findings,
      unknown_rules: [...this.unknownRules],
      score,
      band,
      complete,
      can_auto_close: complete && errors.length === 0 && this.unknownRules.size === 0 && level <= AUTO_CLOSE_LIMIT,
    }
  }

  private addSlots(
    items: readonly Item[],
    rulesAt: string,
    source: Answers,
    answersAt: string,
    row: string,
    parent: Slot | null,
  ): void {
    items.forEach((item, index) => {
      const slot: Slot = {
        key: row + item.link_id,
        item,
        rulePointer: `${rulesAt}/${index}`,
        answerPointer: `${answersAt}/${escapePointer(item.link_id)}`,
        parent,
        row,
        raw: null,
        value: UNKNOWN,
        errors: [],
        state: 'shown',
      }
      if (takesAnswer(item)) {
        slot.raw = readOwn(source, item.link_id)
        const [usable, errors] = checkAnswer(item, slot.raw, slot.answerPointer)
        slot.value = usable ?? UNKNOWN
        slot.errors = errors
      }
      this.slots.push(slot)
      if (item.type !== 'group') return
      const rules = `${slot.rulePointer}/items`
      if (!item.repeats) {
        this.addSlots(item.items ?? [], rules, source, answersAt, row, slot)
        return
      }
      listRows(slot).forEach((answerRow, number) => {
        const place = `${slot.answerPointer}/${number}`
        this.addSlots(item.items ?? [], rules, answerRow, place, `${slot.key}[${number}].`, slot)
      })
    })
  }

  /** Once each, in the order in which conditions ask for one another. */
  private settleVisibility(): void {
    const byName = new Map<string, Slot[]>()
    for (const slot of this.slots) {
      const same = byName.get(slot.item.link_id)
      if (same) same.push(slot)
      else byName.set(slot.item.link_id, [slot])
    }
    for (const linkId of orderQuestions(this.document.items)) {
      for (const slot of byName.get(linkId) ?? []) slot.state = this.decideState(slot)
    }
  }

  private decideState(slot: Slot): Slot['state'] {
    if (slot.item.retired) return 'hidden'
    if (slot.parent && slot.parent.state !== 'shown') return slot.parent.state
    if (slot.item.show_if === undefined) return 'shown'
    const found = compute(parseExpression(slot.item.show_if), this.lookUpFor(slot))
    if (found === true) return 'shown'
    return found === false || found === NOT_ASKED ? 'hidden' : 'undecided'
  }

  /** Names mean: `value` the item itself, then the same row, then the form, then the context. */
  private lookUpFor(slot: Slot | null): Lookup {
    return (path: Path): Value => {
      const [root = '', ...fields] = path.names
      if (CONTEXT_NAMES.includes(root)) return this.readContext(root, fields)
      const own = slot && (root === 'value' ? slot : this.byKey.get(slot.row + root))
      const target = own ?? this.byKey.get(root)
      if (!target) return UNKNOWN
      if (path.back > 0) return readFields(this.readPrevious(target, path.back), fields)
      if (target.state !== 'shown') return target.state === 'hidden' ? NOT_ASKED : UNKNOWN
      return readFields(target.value, fields)
    }
  }

  private readContext(root: string, fields: readonly string[]): Value {
    const group = this.context[root]
    const found = isRecord(group) && fields.length === 1 ? readOwn(group, fields[0] as string) : null
    if (typeof found === 'string' && found) return found
    return isNumber(found) ? roundValue(found) : UNKNOWN
  }

  private readPrevious(slot: Slot, back: number): Value {
    const round = this.previous[back - 1]
    if (!round || slot.row) return UNKNOWN
    return checkAnswer(slot.item, readOwn(round, slot.item.link_id), '')[0] ?? UNKNOWN
  }

  private judgeSlot(slot: Slot): void {
    const parentShown = slot.parent === null || slot.parent.state === 'shown'
    if (slot.state === 'undecided' && parentShown) this.unknownRules.add(`${slot.rulePointer}/show_if`)
    if (slot.state !== 'shown') return
    const chosen = listChosen(slot)
    slot.item.options?.forEach((option, index) => {
      const level = option.level ?? 'E0'
      if (!chosen.includes(option.value) || level === 'E0') return
      this.findings.push({
        link_id: slot.key,
        level,
        prompt: option.prompt || option.label,
        advice: option.advice ?? '',
        rule: `${slot.rulePointer}/options/${index}`,
      })
    })
    this.judgeRules(slot.item.rules ?? [], `${slot.rulePointer}/rules`, slot)
  }

  private judgeRules(rules: readonly Rule[], rulesAt: string, slot: Slot | null): void {
    const lookUp = this.lookUpFor(slot)
    rules.forEach((rule, index) => {
      const found = compute(parseExpression(rule.when), lookUp)
      if (found === true) {
        this.findings.push({
          link_id: slot ? slot.key : null,
          level: rule.level,
          prompt: rule.prompt,
          advice: rule.advice ?? '',
          rule: `${rulesAt}/${index}`,
        })
      } else if (found !== false && found !== NOT_ASKED) {
        this.unknownRules.add(`${rulesAt}/${index}`)
      }
    })
  }

  /** Never a partial sum: one asked question without a usable answer leaves the score unknown. */
  private score(): [number | null, string | null] {
    const rule = this.document.score
    if (!rule) return [null, null]
    const slots = rule.items.map((name) => this.byKey.get(name)).filter((slot): slot is Slot => slot !== undefined)
    const asked = slots.filter((slot) => slot.state !== 'hidden')
    let total = 0
    for (const slot of asked) {
      const points = slot.state === 'shown' ? readPoints(slot) : null
      if (points === null) {
        this.unknownRules.add('/score')
        return [null, null]
      }
      total += points
    }
    if (asked.length === 0) return [null, null]
    const score = roundValue(rule.method === 'mean' ? total / asked.length : total)
    const bands = rule.bands ?? []
    const index = bands.findIndex((band) => band.to === undefined || score <= roundValue(band.to))
    const band = bands[index]
    if (!band) return [score, null]
    const level = band.level ?? 'E0'
    if (level > 'E0') {
      this.findings.push({
        link_id: null,
        level,
        prompt: band.prompt || band.label,
        advice: band.advice ?? '',
        rule: `/score/bands/${index}`,
      })
    }
    return [score, band.label]
  }

  private listUnknownAnswers(): AnswerError[] {
    const known = new Set(this.slots.filter((slot) => takesAnswer(slot.item)).map((slot) => slot.answerPointer))
    const sources: [string, Answers][] = [['', this.answers]]
    for (const slot of this.slots) {
      if (slot.item.type !== 'group' || slot.state !== 'shown') continue
      listRows(slot).forEach((row, number) => sources.push([`${slot.answerPointer}/${number}`, row]))
    }
    return sources.flatMap(([place, source]) =>
      Object.keys(source)
        .sort()
        .map((name) => `${place}/${escapePointer(name)}`)
        .filter((pointer) => !known.has(pointer))
        .map((pointer) => ({ pointer, code: 'unknown_item', message: '问卷里没有这道题' })),
    )
  }

  /** Keep what was answered to questions that are shown, as it was given. */
  private prune(items: readonly Item[], source: Answers, row: string): Answers {
    const kept: Answers = {}
    for (const item of items) {
      const slot = this.byKey.get(row + item.link_id)
      if (!slot || slot.state !== 'shown') continue
      if (item.type === 'group' && !item.repeats) {
        Object.assign(kept, this.prune(item.items ?? [], source, row))
      } else if (item.type === 'group' && Array.isArray(slot.value)) {
        kept[item.link_id] = listRows(slot).map((answerRow, number) =>
          this.prune(item.items ?? [], answerRow, `${slot.key}[${number}].`),
        )
      } else if (item.type !== 'display' && !isBlank(slot.raw)) {
        kept[item.link_id] = slot.raw
      }
    }
    return kept
  }
}

function takesAnswer(item: Item): boolean {
  return item.type !== 'display' && (item.type !== 'group' || Boolean(item.repeats))
}

/** A question named `constructor` must not find the one every object inherits. */
function readOwn(source: Record<string, unknown>, name: string): unknown {
  return Object.prototype.hasOwnProperty.call(source, name) ? source[name] : undefined
}

function listRows(slot: Slot): readonly Answers[] {
  return Array.isArray(slot.value) ? (slot.value as readonly Answers[]) : []
}

function listChosen(slot: Slot): readonly unknown[] {
  return Array.isArray(slot.value) ? slot.value : [slot.value]
}

function readFields(value: Value, fields: readonly string[]): Value {
  if (fields.length === 0 || isNothing(value)) return value
  if (fields.length > 1 || !isRecord(value)) return UNKNOWN
  return (readOwn(value, fields[0] as string) as Value | undefined) ?? UNKNOWN
}

/** Numbers and scales count their value, choices the scores of what was chosen. */
function readPoints(slot: Slot): number | null {
  if (isNothing(slot.value)) return null
  if (!slot.item.options) return typeof slot.value === 'number' ? slot.value : null
  const chosen = listChosen(slot)
  let points = 0
  for (const option of slot.item.options) if (chosen.includes(option.value)) points += option.score ?? 0
  return points
}
