/** A form of 100 questions in ten sections with skip logic, scores and alarms, and answers to it. */

import type { Answers, Context, Item, QuestionnaireDocument, Rule } from '../src/index'

export const SECTIONS = 10

const ALARM = { advice: '请当日到医院复查' } as const
const NO_OR = (level: 'E1' | 'E2') => [
  { value: 'no', label: '没有', level: 'E0' as const },
  { value: 'yes', label: '有', level },
]

function makeSection(k: number): Item {
  const items: Item[] = [
    {
      link_id: `feel${k}`,
      type: 'single',
      text: '感觉怎么样？',
      required: true,
      options: [
        { value: 'good', label: '好', score: 0, level: 'E0' },
        { value: 'fair', label: '一般', score: 1, level: 'E0' },
        { value: 'poor', label: '差', score: 2, level: 'E2' },
      ],
    },
    {
      link_id: `pain${k}`,
      type: 'scale',
      text: '疼痛几分？',
      required: true,
      min: 0,
      max: 10,
      rules: [
        { when: 'value >= 7', level: 'E3', prompt: '剧痛', ...ALARM },
        { when: 'value >= 4 and value < 7', level: 'E1', prompt: '疼痛' },
      ],
    },
    {
      link_id: `site${k}`,
      type: 'multiple',
      text: '哪里疼？',
      required: true,
      show_if: `pain${k} >= 4`,
      options: ['wound', 'joint', 'other'].map((value) => ({ value, label: value })),
    },
    {
      link_id: `temp${k}`,
      type: 'number',
      text: '体温多少度？',
      required: true,
      min: 34,
      max: 43,
      decimals: 1,
      rules: [{ when: 'value >= 38.5', level: 'E3', prompt: '发热', ...ALARM }],
    },
    {
      link_id: `chills${k}`,
      type: 'single',
      text: '有没有寒战？',
      required: true,
      show_if: `temp${k} >= 37.5`,
      options: NO_OR('E2'),
    },
    {
      link_id: `bp${k}`,
      type: 'bp',
      text: '血压多少？',
      required: true,
      rules: [{ when: 'value.sbp >= 180 or value.dbp >= 110', level: 'E3', prompt: '血压很高', ...ALARM }],
    },
    {
      link_id: `dizzy${k}`,
      type: 'single',
      text: '头晕吗？',
      required: true,
      show_if: `bp${k}.sbp >= 140 or bp${k}.dbp >= 90`,
      options: NO_OR('E1'),
    },
    { link_id: `sleep${k}`, type: 'scale', text: '睡眠几分？', required: true, min: 0, max: 10 },
    {
      link_id: `helper${k}`,
      type: 'single',
      text: '有人照顾吗？',
      required: true,
      show_if: `patient.age >= 65 and (sleep${k} <= 3 or pain${k} >= 7)`,
      options: NO_OR('E1'),
    },
    {
      link_id: `note${k}`,
      type: 'text',
      text: '请说明',
      max: 200,
      show_if: `answered(site${k}) and count(site${k}) >= 2`,
    },
  ]
  const group: Item = { link_id: `part${k}`, type: 'group', text: `第 ${k + 1} 部分`, items }
  // Every other part is asked of the old and of whoever is unwell.
  return k % 2 ? { ...group, show_if: "patient.age >= 65 or feel0 == 'poor'" } : group
}

function makeRules(k: number): Rule[] {
  return [
    { when: `temp${k} >= 38 and chills${k} == 'yes'`, level: 'E4', prompt: '发热伴寒战', ...ALARM },
    { when: `pain${k} >= 7 and sleep${k} <= 2 and feel${k} == 'poor'`, level: 'E2', prompt: '痛得睡不着' },
  ]
}

const parts = Array.from({ length: SECTIONS }, (_, k) => k)

export const form: QuestionnaireDocument = {
  key: 'bench',
  title: '一百道题',
  items: parts.map(makeSection),
  rules: parts.flatMap(makeRules),
  score: {
    method: 'sum',
    items: parts.flatMap((k) => [`feel${k}`, `pain${k}`, `sleep${k}`]),
    bands: [
      { to: 60, label: '轻' },
      { to: 110, label: '中', level: 'E1' },
      { label: '重', level: 'E2' },
    ],
  },
}

export interface Filled {
  answers: Answers
  context: Context
}

/** The same sequence everywhere: Math.random() would give each run other answers. */
function makeDice(seed: number): (sides: number) => number {
  let state = seed * 2654435761 + 1
  return (sides) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * sides)
  }
}

/** @param share of the questions that are answered: 1 is a form filled in, less is somebody in the middle of it. */
export function fillIn(seed: number, share: number): Filled {
  const roll = makeDice(seed)
  const answers: Answers = {}
  const put = (name: string, value: unknown): void => {
    if (roll(100) < share * 100) answers[name] = value
  }
  for (const k of parts) {
    put(`feel${k}`, ['good', 'fair', 'poor'][roll(3)])
    put(`pain${k}`, roll(11))
    put(`site${k}`, [['wound'], ['wound', 'joint'], ['other']][roll(3)])
    // One in fifty is mistyped: out of range, or with too many decimals.
    put(`temp${k}`, roll(50) === 0 ? [33, 43.5, 37.55][roll(3)] : (360 + roll(35)) / 10)
    put(`chills${k}`, ['no', 'yes'][roll(2)])
    put(`bp${k}`, { sbp: 110 + roll(90), dbp: 60 + roll(50) })
    put(`dizzy${k}`, ['no', 'yes'][roll(2)])
    put(`sleep${k}`, roll(11))
    put(`helper${k}`, ['no', 'yes'][roll(2)])
    put(`note${k}`, '夜里更重')
  }
  return { answers, context: { patient: { age: roll(2) ? 72 : 55, sex: 'female' }, task: { day: 14 } } }
}
