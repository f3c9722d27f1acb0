import { type MaybeRefOrGetter, toValue } from 'vue'
import { useI18n } from 'vue-i18n'
import type { CriteriaChoice, CriteriaField, ProgrammeVocabulary } from '@jieli/api'
import { asGroup, isGroup, isNot, itemsOf, jointOf } from '../model/criteria'
import type { Difference } from '../model/differing'
import type { Criteria, Step } from '../model/document'
import { sentenceOf, type Words } from '../model/values'

export function useWords(): Words {
  const { t, te } = useI18n()
  return {
    say: (op, field, value) => (te(`programmeEditor.say.${op}`) ? t(`programmeEditor.say.${op}`, { field, value }) : undefined),
    and: t('programmeEditor.and'), yes: t('shared.yes'), no: t('shared.no'), nothing: t('programmeEditor.nothing'),
    to: (low, high) => t('programmeEditor.range', { low: String(low), high: String(high) }), within: (days) => t('programmeEditor.within', { days }),
  }
}

const label = (choices: readonly CriteriaChoice[], value: string): string => choices.find((choice) => choice.value === value)?.label ?? value

/** The parts of a document in words, line by line, for comparing two of them. */
export function useWording(vocabulary: MaybeRefOrGetter<ProgrammeVocabulary>, fields: MaybeRefOrGetter<CriteriaField[]>, titleOf: (key: string) => string) {
  const { t } = useI18n()
  const words = useWords()

  function criteriaLines(node: Criteria, depth = 0): string[] {
    const indent = '　'.repeat(depth)
    if (isGroup(node)) return [`${indent}${t(`programmeEditor.joint.${jointOf(node)}`)}`, ...itemsOf(node).flatMap((item) => criteriaLines(item, depth + 1))]
    if (isNot(node)) {
      const [first = '', ...rest] = criteriaLines(node.not, depth)
      return [`${indent}${t('programmeEditor.not')} ${first.trim()}`, ...rest]
    }
    return [indent + sentenceOf(node, toValue(fields), words)]
  }

  function stepLines(step: Step): string[] {
    const { anchors, channels, owners, step_kinds: kinds } = toValue(vocabulary)
    return [
      `${label(kinds, step.kind)} · ${step.name}`,
      `${label(anchors, step.anchor)} · ${t('programmes.day', { day: step.day })} · ${t('programmes.window', { from: step.day + step.window[0], to: step.day + step.window[1] })}`,
      `${step.channel.map((each) => label(channels, each)).join(' → ')} · ${label(owners, step.owner)} ${step.staff_no}`,
      ...(step.repeat ? [t('programmeEditor.step.everyDays', { days: step.repeat.every })] : []),
      [...[step.questionnaire, ...step.education].flatMap((key) => (key ? [titleOf(key)] : [])), step.text].filter(Boolean).join(' · '),
    ].filter(Boolean)
  }

  function describe(id: string, value: unknown): string[] {
    const { kinds, merges, readmissions, stop_rules: stops, exclusions } = toValue(vocabulary)
    if (value === undefined || value === null || value === '') return [t('programmeEditor.conflict.none')]
    if (id === 'criteria') return criteriaLines(asGroup(value as Criteria))
    if (id.startsWith('step:')) return stepLines(value as Step)
    if (id === 'kind') return [label(kinds, String(value))]
    if (id === 'merge') return [label(merges, String(value))]
    if (id === 'stop') return (value as string[]).map((each) => label(stops, each))
    if (id === 'exclusions') return exclusions.filter((each) => (value as Record<string, boolean>)[each.value]).map((each) => each.label)
    if (id === 'on_readmission') {
      const rule = value as { same_diagnosis: string; other: string }
      return [`${t('programmeEditor.basics.same_diagnosis')}：${label(readmissions, rule.same_diagnosis)}`, `${t('programmeEditor.basics.other')}：${label(readmissions, rule.other)}`]
    }
    return Array.isArray(value) ? value.map(String) : [String(value)]
  }

  const nameOf = ({ id, mine, theirs }: Difference): string => (id.startsWith('step:') ? t('programmeEditor.conflict.step', { name: ((mine ?? theirs) as Step).name }) : t(`programmeEditor.conflict.part.${id}`))
  return { describe, nameOf }
}
