import { type Answers, type Level, type TaskDetail, type TaskSection } from '@jieli/api'
import { type Context, evaluate, type Evaluation, type Item, type QuestionnaireDocument } from '@jieli/questionnaire'
import { isOpen } from '@jieli/domain'
import { describeAnswer } from '@/shared/questionnaire/describe'
import { isAnswered, listQuestions, measureProgress, readAnswer } from '@/shared/questionnaire/answers'

/** The answers of one contact, by task. */
export type ContactAnswers = Record<string, Answers>
export type Progress = {
  done: number
  total: number
}
/** A question that an earlier section of the contact has put already. */
export interface AskedAbove {
  key: string
  /** The section that put it. */
  from: string
  text: string
  answer: string
}
/** One task of the contact as it stands on screen. */
export interface LiveSection {
  id: string
  /** The first leads; it cannot be taken out. */
  lead: boolean
  programme: string
  step: string
  document: QuestionnaireDocument
  previous: Answers[]
  answers: Answers
  evaluation: Evaluation
  asked: AskedAbove[]
  progress: Progress
}

const documentOf = (section: TaskSection) => section.questionnaire.document as unknown as QuestionnaireDocument

export const answersOf = (task: TaskDetail): ContactAnswers => Object.fromEntries(task.sections.map((section) => [section.task_id, section.answers]))

/** The same content, whatever the order of the keys (the server keeps its own). */
export const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(sort(one)) === JSON.stringify(sort(other))
function sort(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sort)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sort(inner)]))
}

/** Groups that repeat have rows of their own: their questions are never shared. */
function findItem(items: readonly Item[], key: string): Item | undefined {
  for (const item of items) {
    if (item.link_id === key && item.type !== 'group' && item.type !== 'display') return item
    const inner = item.type === 'group' && !item.repeats ? findItem(item.items ?? [], key) : undefined
    if (inner) return inner
  }
  return undefined
}
const isSameQuestion = (one: Item | undefined, other: Item): boolean =>
  one !== undefined && one.type === other.type && one.text === other.text &&
  isSame((one.options ?? []).map(({ value, label }) => [value, label]), (other.options ?? []).map(({ value, label }) => [value, label]))

/** For each section: its shared questions → the number of the section that puts them. The server says which they are. */
export function findSources(sections: readonly TaskSection[]): Record<string, number>[] {
  return sections.map((section, number) => {
    const sources: Record<string, number> = {}
    for (const key of section.shared) {
      const item = findItem(documentOf(section).items, key)
      const at = item ? sections.findIndex((other, index) => index < number && isSameQuestion(findItem(documentOf(other).items, key), item)) : -1
      if (at >= 0) sources[key] = at
    }
    return sources
  })
}

/**
 * Judges every section with the answers that stand above it. What was put above is taken from there; where the section
 * above does not come to the question (hidden by its own answers), this one puts it itself.
 */
export function settle(sections: readonly TaskSection[], sources: readonly Record<string, number>[], given: ContactAnswers): LiveSection[] {
  const live: LiveSection[] = []
  sections.forEach((section, number) => {
    const document = documentOf(section)
    const previous = section.previous.map((round) => round.answers)
    let answers = given[section.task_id] ?? {}
    const asked: AskedAbove[] = []
    for (const [key, at] of Object.entries(sources[number] ?? {})) {
      const above = live[at]
      const item = findItem(document.items, key)
      if (!above || !item) continue
      const value = above.answers[key]
      if (!isAnswered(value) && !above.evaluation.visible.includes(key)) continue
      answers = withAnswer(answers, key, value)
      asked.push({ key, from: above.id, text: item.text, answer: describeAnswer(item, value) })
    }
    const evaluation = evaluate(document, answers, previous, section.form_context as Context)
    const shown = asked.filter(({ key }) => evaluation.visible.includes(key))
    const own = without(evaluation, new Set(shown.map(({ key }) => key)))
    live.push({
      id: section.task_id, lead: number === 0, programme: section.programme_name, step: section.step_name,
      document, previous, answers, evaluation, asked: shown, progress: measureProgress(document, own, answers),
    })
  })
  return live
}
function withAnswer(answers: Answers, key: string, value: unknown): Answers {
  const { [key]: _, ...rest } = answers
  return value === undefined ? rest : { ...rest, [key]: value }
}
/** The evaluation as far as this section asks itself. */
export const without = (evaluation: Evaluation, keys: ReadonlySet<string>): Evaluation =>
  keys.size ? { ...evaluation, visible: evaluation.visible.filter((key) => !keys.has(key)) } : evaluation

/** Required and unanswered, each once and where it is put. */
export function listMissing(live: readonly LiveSection[]): { id: string; key: string }[] {
  const found = live.flatMap((section) =>
    section.evaluation.missing_required.map((key) => ({ id: section.asked.find((above) => above.key === key)?.from ?? section.id, key })))
  return found.filter(({ id, key }, index) => found.findIndex((other) => other.id === id && other.key === key) === index)
}

export const settledAnswers = (live: readonly LiveSection[]): ContactAnswers => Object.fromEntries(live.map((section) => [section.id, section.answers]))

/** As the server takes them: the lead's, and each open member's. */
export function splitAnswers(task: TaskDetail, all: ContactAnswers): { answers: Answers; members: ContactAnswers } {
  const members = task.sections.filter((section) => section.task_id !== task.id && isOpen(section.state))
  return {
    answers: all[task.id] ?? {},
    members: Object.fromEntries(members.map(({ task_id }) => [task_id, all[task_id] ?? {}])),
  }
}

export const gravest = (levels: readonly (Level | null)[]): Level | null =>
  levels.reduce<Level | null>((worst, level) => (level && (!worst || level > worst) ? level : worst), null)

export const addUp = (parts: readonly Progress[]): Progress =>
  parts.reduce((sum, part) => ({ done: sum.done + part.done, total: sum.total + part.total }), { done: 0, total: 0 })

/** Where a fault of the server's stands on screen: "/members/7/meds/0/name" → section 7, question meds[0].name. */
export function locateFault(pointer: string, leadId: string): { id: string; key: string } | null {
  const match = /^\/(?:answers|members\/([^/]+))\/(.+)$/.exec(pointer)
  if (!match) return null
  const [name, row, field] = match[2]!.split('/')
  return { id: match[1] ?? leadId, key: field !== undefined && /^\d+$/.test(row!) ? `${name}[${row}].${field}` : name! }
}

export interface Difference {
  id: string
  key: string
  section: string
  text: string
  mine: string
  theirs: string
}
/** What two people answered differently, question by question, in the order of the form. */
export function compareAnswers(sections: readonly TaskSection[], mine: ContactAnswers, theirs: ContactAnswers): Difference[] {
  return sections.flatMap((section) => {
    const document = documentOf(section)
    const [ours, others] = [mine[section.task_id] ?? {}, theirs[section.task_id] ?? {}]
    const context = section.form_context as Context
    const previous = section.previous.map((round) => round.answers)
    const questions = new Map([ours, others].flatMap((answers) => listQuestions(document, evaluate(document, answers, previous, context))).map(({ key, item }) => [key, item]))
    return [...questions]
      .filter(([key]) => !section.shared.includes(key) && !isSame(readAnswer(ours, key) ?? null, readAnswer(others, key) ?? null))
      .map(([key, item]) => ({
        id: section.task_id, key, section: `${section.programme_name} ${section.step_name}`, text: item.text,
        mine: describeAnswer(item, readAnswer(ours, key)), theirs: describeAnswer(item, readAnswer(others, key)),
      }))
  })
}

/** What would be lost with a section, in words. */
export function describeAnswers(section: TaskSection, answers: Answers): { text: string; answer: string }[] {
  const document = documentOf(section)
  return listQuestions(document, evaluate(document, answers, [], section.form_context as Context))
    .map(({ key, item }) => ({ text: item.text, answer: describeAnswer(item, readAnswer(answers, key)) }))
    .filter(({ answer }) => answer !== '')
}
