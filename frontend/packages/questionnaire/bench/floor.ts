/**
 * The floor: this one form as somebody would write it out by hand, with the whole evaluation as its result. It knows
 * the types of the answers, checks no more of them than the temperature, and reads no document.
 */

import type { AnswerError, Evaluation, Finding, Level } from '../src/index'
import { type Filled, SECTIONS } from './form'

/** Kleene's truth with two kinds of nothing, as numbers: no, yes, unknown, not asked. */
type Truth = 0 | 1 | 2 | 3
const [NO, YES, UNKNOWN, NOT_ASKED] = [0, 1, 2, 3] as const

function either(a: Truth, b: Truth): Truth {
  if (a === YES || b === YES) return YES
  if (a === UNKNOWN || b === UNKNOWN) return UNKNOWN
  return a === NOT_ASKED || b === NOT_ASKED ? NOT_ASKED : NO
}

function both(a: Truth, b: Truth): Truth {
  if (a === NO || b === NO) return NO
  if (a === UNKNOWN || b === UNKNOWN) return UNKNOWN
  return a === NOT_ASKED || b === NOT_ASKED ? NOT_ASKED : YES
}

const state = (truth: Truth): Truth => (truth === NOT_ASKED ? NO : truth)
/** A comparison with a question's value: of one that is not shown, the kind of nothing that it is. */
const ask = (shown: Truth, value: unknown, holds: boolean): Truth =>
  shown === YES ? (value === undefined ? UNKNOWN : holds ? YES : NO) : shown === NO ? NOT_ASKED : UNKNOWN

type Bp = { sbp: number; dbp: number } | undefined

export function judge({ answers, context }: Filled): Evaluation {
  const age = context.patient?.age as number
  const visible: string[] = []
  const kept: Record<string, unknown> = {}
  const errors: AnswerError[] = []
  const missing: string[] = []
  const findings: Finding[] = []
  const late: Finding[] = []
  const unknown: string[] = []
  const lateUnknown: string[] = []
  let score = 0
  let scored = true
  let asked = 0

  const show = (name: string, required: boolean): unknown => {
    const value = answers[name]
    visible.push(name)
    if (value !== undefined) kept[name] = value
    else if (required) missing.push(name)
    return value
  }
  const tell = (link_id: string, level: Level, prompt: string, advice: string, rule: string): void => {
    findings.push({ link_id, level, prompt, advice, rule })
  }
  const rule = (truth: Truth, name: string, level: Level, prompt: string, advice: string, at: string): void => {
    if (truth === YES) tell(name, level, prompt, advice, at)
    else if (truth === UNKNOWN) unknown.push(at)
  }
  const whole = (truth: Truth, level: Level, prompt: string, advice: string, at: string): void => {
    if (truth === YES) late.push({ link_id: null, level, prompt, advice, rule: at })
    else if (truth === UNKNOWN) lateUnknown.push(at)
  }

  for (let k = 0; k < SECTIONS; k += 1) {
    const at = `/items/${k}`
    let part: Truth = YES
    if (k % 2) {
      part = age >= 65 ? YES : ask(YES, answers.feel0, answers.feel0 === 'poor')
      if (part === UNKNOWN) unknown.push(`${at}/show_if`)
    }
    if (part === YES) visible.push(`part${k}`)
    const offer = (truth: Truth, index: number): Truth => {
      if (part !== YES) return part
      if (truth === UNKNOWN) unknown.push(`${at}/items/${index}/show_if`)
      return state(truth)
    }
    const count = (value: number | undefined): void => {
      if (part === NO) return
      asked += 1
      if (part === UNKNOWN || value === undefined) scored = false
      else score += value
    }

    const feel = part === YES ? show(`feel${k}`, true) : undefined
    if (feel === 'poor') tell(`feel${k}`, 'E2', '差', '', `${at}/items/0/options/2`)
    count(feel === undefined ? undefined : feel === 'good' ? 0 : feel === 'fair' ? 1 : 2)

    const pain = (part === YES ? show(`pain${k}`, true) : undefined) as number
    const pained = (least: number): Truth => ask(part, pain, pain >= least)
    if (part === YES) {
      rule(pained(7), `pain${k}`, 'E3', '剧痛', '请当日到医院复查', `${at}/items/1/rules/0`)
      rule(ask(part, pain, pain >= 4 && pain < 7), `pain${k}`, 'E1', '疼痛', '', `${at}/items/1/rules/1`)
    }
    count(pain)

    const siteShown = offer(pained(4), 2)
    const site = (siteShown === YES ? show(`site${k}`, true) : undefined) as string[] | undefined

    const temp = (part === YES ? show(`temp${k}`, true) : undefined) as number
    if (temp !== undefined) {
      const pointer = `/temp${k}`
      if (temp < 34) errors.push({ pointer, code: 'min', message: '不能小于 34' })
      else if (temp > 43) errors.push({ pointer, code: 'max', message: '不能大于 43' })
      if (Math.round(temp * 1e5) % 1e4) errors.push({ pointer, code: 'decimals', message: '最多 1 位小数' })
    }
    const hot = (least: number): Truth => ask(part, temp, temp >= least)
    if (part === YES) rule(hot(38.5), `temp${k}`, 'E3', '发热', '请当日到医院复查', `${at}/items/3/rules/0`)

    const chillsShown = offer(hot(37.5), 4)
    const chills = chillsShown === YES ? show(`chills${k}`, true) : undefined
    if (chills === 'yes') tell(`chills${k}`, 'E2', '有', '', `${at}/items/4/options/1`)

    const bp = (part === YES ? show(`bp${k}`, true) : undefined) as Bp
    const pressed = (sbp: number, dbp: number): Truth => ask(part, bp, bp !== undefined && (bp.sbp >= sbp || bp.dbp >= dbp))
    if (part === YES) rule(pressed(180, 110), `bp${k}`, 'E3', '血压很高', '请当日到医院复查', `${at}/items/5/rules/0`)

    const dizzy = offer(pressed(140, 90), 6) === YES ? show(`dizzy${k}`, true) : undefined
    if (dizzy === 'yes') tell(`dizzy${k}`, 'E1', '有', '', `${at}/items/6/options/1`)

    const sleep = (part === YES ? show(`sleep${k}`, true) : undefined) as number
    const slept = (most: number): Truth => ask(part, sleep, sleep <= most)
    count(sleep)

    const alone = offer(both(age >= 65 ? YES : NO, either(slept(3), pained(7))), 8)
    if (alone === YES && show(`helper${k}`, true) === 'yes') {
      tell(`helper${k}`, 'E1', '有', '', `${at}/items/8/options/1`)
    }
    if (offer(site !== undefined && site.length >= 2 ? YES : NO, 9) === YES) show(`note${k}`, false)

    const shivers = both(hot(38), ask(chillsShown, chills, chills === 'yes'))
    whole(shivers, 'E4', '发热伴寒战', '请当日到医院复查', `/rules/${2 * k}`)
    const sleepless = both(both(pained(7), slept(2)), ask(part, feel, feel === 'poor'))
    whole(sleepless, 'E2', '痛得睡不着', '', `/rules/${2 * k + 1}`)
  }

  findings.push(...late)
  unknown.push(...lateUnknown)
  if (!scored) unknown.push('/score')
  const sum = scored && asked ? score : null
  const band = sum === null ? null : sum <= 60 ? '轻' : sum <= 110 ? '中' : '重'
  if (band === '中' || band === '重') {
    const [level, index] = band === '中' ? (['E1', 1] as const) : (['E2', 2] as const)
    findings.push({ link_id: null, level, prompt: band, advice: '', rule: `/score/bands/${index}` })
  }
  let level: Level = 'E0'
  for (const finding of findings) if (finding.level > level) level = finding.level
  const complete = missing.length === 0
  return {
    visible,
    pruned_answers: kept,
    errors,
    missing_required: missing,
    level,
    findings,
    unknown_rules: unknown,
    score: sum,
    band,
    complete,
    can_auto_close: complete && errors.length === 0 && unknown.length === 0 && level <= 'E1',
  }
}
