import { useI18n } from 'vue-i18n'
import type { Item, QuestionnaireDocument } from '@jieli/questionnaire'
import { type Condition, type Operator, type Row, tryCondition } from './model/conditions'
import { listNodes } from './model/tree'

/** What a condition may compare: a question, a part of one, or what is known of the patient. */
export type Sort = 'number' | 'choice' | 'choices' | 'text' | 'date' | 'time' | 'measure' | 'rows' | 'photos' | 'unknown'
export interface Subject {
  name: string
  label: string
  sort: Sort
  options: { value: string; label: string }[]
  unit: string
}

const OPERATORS: Record<Sort, readonly Operator[]> = {
  number: ['>=', '>', '<=', '<', '==', '!=', 'rise', 'fall', 'answered', 'not answered'],
  choice: ['==', '!=', 'in', 'not in', 'answered', 'not answered'],
  choices: ['has', 'has not', '>=', '<=', '==', 'answered', 'not answered'],
  text: ['answered', 'not answered', '==', '!='],
  date: ['>=', '<=', '==', 'answered', 'not answered'],
  time: ['>=', '<=', '==', 'answered', 'not answered'],
  measure: ['answered', 'not answered'],
  rows: ['>=', '<=', '==', 'answered', 'not answered'],
  photos: ['>=', '<=', '==', 'answered', 'not answered'],
  unknown: ['==', '!=', '>=', '>', '<=', '<', 'answered', 'not answered'],
}
const SORTS: Partial<Record<Item['type'], Sort>> = {
  number: 'number', scale: 'number', single: 'choice', multiple: 'choices', text: 'text', date: 'date', time: 'time', bp: 'measure', glucose: 'measure', photo: 'photos', group: 'rows',
}
const COUNTED: readonly Sort[] = ['choices', 'rows', 'photos']
export const isCounted = (sort: Sort, operator: Operator): boolean => COUNTED.includes(sort) && ['>=', '<=', '==', '>', '<', '!='].includes(operator)

export function listOperators(subject: Subject, fixed: boolean): readonly Operator[] {
  const found = OPERATORS[subject.sort]
  return fixed ? found.filter((operator) => !['rise', 'fall', 'answered', 'not answered'].includes(operator)) : found
}

/** A sensible value after the operator or the subject changed. */
export function defaultValue(subject: Subject, operator: Operator): Row['value'] {
  if (operator === 'answered' || operator === 'not answered') return null
  const first = subject.options[0]?.value ?? ''
  if (operator === 'in' || operator === 'not in') return [first]
  if (subject.sort === 'number' || isCounted(subject.sort, operator) || operator === 'rise' || operator === 'fall') return 1
  if (subject.sort === 'date') return '2026-01-01'
  return subject.sort === 'time' ? '08:00' : first
}

export function useWords() {
  const { t } = useI18n()

  /** Subjects in the order of the document; `owner` adds "this question" for its own rules. */
  function listSubjects(document: QuestionnaireDocument, owner: Item | null): Subject[] {
    const nodes = listNodes(document.items)
    const ownRow = owner ? (nodes.find(({ item }) => item.link_id === owner.link_id)?.row ?? null) : null
    const reachable = nodes.filter(({ item, row }) => (row === null || row.link_id === ownRow?.link_id) && item.type !== 'display' && (item.type !== 'group' || item.repeats))
    return [
      ...(owner ? subjectsOf(owner, 'value', t('questionnaireEditor.subject.self')) : []),
      ...reachable.flatMap(({ item }) => subjectsOf(item, item.link_id, item.text)),
      { name: 'patient.age', label: t('questionnaireEditor.subject.age'), sort: 'number', options: [], unit: t('questionnaireEditor.subject.years') },
      { name: 'patient.sex', label: t('questionnaireEditor.subject.sex'), sort: 'choice', options: ['male', 'female'].map((value) => ({ value, label: t(`questionnaireEditor.sex.${value}`) })), unit: '' },
      { name: 'task.day', label: t('questionnaireEditor.subject.day'), sort: 'number', options: [], unit: t('questionnaireEditor.subject.days') },
    ]
  }

  function subjectsOf(item: Item, name: string, label: string): Subject[] {
    const one = (part: string, sort: Sort, unit: string, options: Subject['options'] = []): Subject => ({ name: `${name}.${part}`, label: `${label} · ${t(`questionnaireEditor.part.${part}`)}`, sort, options, unit })
    const whole: Subject = { name, label, sort: SORTS[item.type] ?? 'unknown', options: (item.options ?? []).map(({ value, label: text }) => ({ value, label: text })), unit: item.unit ?? '' }
    if (item.type === 'bp') return [one('sbp', 'number', 'mmHg'), one('dbp', 'number', 'mmHg'), whole]
    if (item.type === 'glucose') {
      const timings = ['fasting', 'after_meal', 'random'].map((value) => ({ value, label: t(`questionnaireEditor.timing.${value}`) }))
      return [one('value', 'number', 'mmol/L'), one('timing', 'choice', '', timings), whole]
    }
    return [whole]
  }

  const unknown = (name: string): Subject => ({ name, label: t('questionnaireEditor.subject.gone', { name }), sort: 'unknown', options: [], unit: '' })

  /** In words, as the signer reads it; the text itself where rows cannot say it. */
  function describe(text: string, document: QuestionnaireDocument, owner: Item | null): string {
    const condition = tryCondition(text)
    return condition ? describeRows(condition, listSubjects(document, owner)) : text
  }

  function describeRows({ join, rows }: Condition, subjects: readonly Subject[]): string {
    return rows
      .map((row) => {
        const subject = subjects.find(({ name }) => name === row.name) ?? unknown(row.name)
        const label = subject.name === 'value' ? t('questionnaireEditor.subject.self') : t('questionnaireEditor.quoted', { text: subject.label })
        const round = row.back ? t(`questionnaireEditor.round.${Math.min(row.back, 3)}`, { back: row.back }) : ''
        return `${round}${label}${row.counted ? t('questionnaireEditor.countOf') : ''} ${t(`questionnaireEditor.operator.${operatorKey(row.operator)}`)} ${describeValue(row, subject)}`.trim()
      })
      .join(t(`questionnaireEditor.join.${join}`))
  }

  function describeValue({ value, counted }: Row, subject: Subject): string {
    if (value === null) return ''
    const one = (part: string | number | boolean): string => (counted ? undefined : subject.options.find((option) => option.value === part)?.label) ?? String(part)
    return (Array.isArray(value) ? value.map(one).join(t('questionnaireEditor.comma')) : one(value)) + (typeof value === 'number' && subject.unit && !counted ? ` ${subject.unit}` : '')
  }

  return { listSubjects, describe, unknown, t }
}

const KEYS: Record<Operator, string> = {
  '==': 'eq', '!=': 'ne', '>=': 'gte', '>': 'gt', '<=': 'lte', '<': 'lt', in: 'in', 'not in': 'notIn', has: 'has', 'has not': 'hasNot', answered: 'answered', 'not answered': 'notAnswered', rise: 'rise', fall: 'fall',
}
export const operatorKey = (operator: Operator): string => KEYS[operator]
