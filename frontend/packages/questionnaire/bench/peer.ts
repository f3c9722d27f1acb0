/**
 * The peer: JsonLogic, the stock way to keep a form's conditions as data. It judges forms that are filled in: what is
 * shown, the findings, the level and the score. A missing answer is null to it, which is less than anything: it has no
 * word for unknown; and it checks no answer.
 */

import { apply, type Logic } from 'json-logic-js'
import { type Evaluation, type Finding, type Level, type Node, parseExpression, type Rule } from '../src/index'
import { type Filled, form } from './form'

export type PeerResult = Pick<Evaluation, 'visible' | 'findings' | 'level' | 'score' | 'band'>

interface Step {
  link_id: string
  group: string | null
  scored: boolean
  isGroup: boolean
  show: Logic | null
  rules: { logic: Logic; rule: Rule; at: string }[]
  options: Map<string, { level: Level; score: number; label: string; at: string }>
}

/** One of our trees as JsonLogic; `value` is the question itself. */
function translate(node: Node, own: string): Logic {
  switch (node.kind) {
    case 'literal':
      return node.value
    case 'path':
      return { var: [node.names[0] === 'value' ? own : node.names[0], ...node.names.slice(1)].join('.') }
    case 'junction':
      return { [node.operator]: node.operands.map((operand) => translate(operand, own)) }
    case 'comparison':
      return { [node.operator]: [translate(node.left, own), translate(node.right, own)] }
    case 'answered':
      return { '!!': [translate(node.path, own)] }
    case 'count':
      return { reduce: [translate(node.path, own), { '+': [{ var: 'accumulator' }, 1] }, 0] }
    default:
      throw new Error(`the form has no ${node.kind}`)
  }
}

function compile(rules: readonly Rule[] | undefined, own: string, at: string): Step['rules'] {
  return (rules ?? []).map((rule, index) => ({
    logic: translate(parseExpression(rule.when), own),
    rule,
    at: `${at}/${index}`,
  }))
}

const scored = new Set(form.score?.items)
const steps: Step[] = form.items.flatMap((part, k) =>
  [part, ...(part.items ?? [])].map((item, index) => {
    const at = index ? `/items/${k}/items/${index - 1}` : `/items/${k}`
    return {
      link_id: item.link_id,
      group: index ? part.link_id : null,
      scored: scored.has(item.link_id),
      isGroup: item.type === 'group',
      show: item.show_if === undefined ? null : translate(parseExpression(item.show_if), item.link_id),
      rules: compile(item.rules, item.link_id, `${at}/rules`),
      options: new Map(
        (item.options ?? []).map((option, number) => [
          option.value,
          { level: option.level ?? 'E0', score: option.score ?? 0, label: option.label, at: `${at}/options/${number}` },
        ]),
      ),
    }
  }),
)
const lastRules = compile(form.rules, '', '/rules')

export function judge({ answers, context }: Filled): PeerResult {
  const data: Record<string, unknown> = { ...context }
  const visible: string[] = []
  const findings: Finding[] = []
  const shown = new Set<string>()
  let score = 0
  const run = (rules: Step['rules'], link_id: string | null): void => {
    for (const { logic, rule, at } of rules) {
      if (apply(logic, data)) {
        findings.push({ link_id, level: rule.level, prompt: rule.prompt, advice: rule.advice ?? '', rule: at })
      }
    }
  }
  for (const step of steps) {
    if (step.group !== null && !shown.has(step.group)) continue
    if (step.show !== null && !apply(step.show, data)) continue
    visible.push(step.link_id)
    if (step.isGroup) {
      shown.add(step.link_id)
      continue
    }
    const answer = answers[step.link_id]
    data[step.link_id] = answer
    const option = step.options.get(answer as string)
    if (option && option.level !== 'E0') {
      findings.push({ link_id: step.link_id, level: option.level, prompt: option.label, advice: '', rule: option.at })
    }
    if (step.scored) score += option ? option.score : (answer as number)
    run(step.rules, step.link_id)
  }
  run(lastRules, null)
  const bands = form.score?.bands ?? []
  const index = bands.findIndex((band) => band.to === undefined || score <= band.to)
  const band = bands[index]
  if (band?.level) {
    findings.push({
      link_id: null,
      level: band.level,
      prompt: band.label,
      advice: '',
      rule: `/score/bands/${index}`,
    })
  }
  const level = findings.reduce<Level>((top, finding) => (finding.level > top ? finding.level : top), 'E0')
  return { visible, findings, level, score, band: band?.label ?? null }
}
