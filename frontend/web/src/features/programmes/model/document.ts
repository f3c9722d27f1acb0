/** The programme document as the editor holds it: the server writes every default out, so no key is missing. */
export interface Leaf {
  field: string
  op: string
  value: unknown
  within_days?: number
}
export type Group = { all: Criteria[] } | { any: Criteria[] }
export type Criteria = Group | { not: Criteria } | Leaf

export interface Repeat {
  every: number
  times?: number
  until?: number
}

export interface Step {
  code: string
  name: string
  kind: string
  text: string
  anchor: string
  day: number
  window: [number, number]
  repeat: Repeat | null
  channel: string[]
  owner: string
  staff_no: string
  questionnaire: string | null
  education: string[]
}

export interface ProgrammeDocument {
  key: string
  name: string
  kind: string
  specialty: string
  source: string[]
  licence: string
  criteria: Criteria
  exclusions: Record<string, boolean>
  merge: string
  steps: Step[]
  stop: string[]
  on_readmission: { same_diagnosis: string; other: string }
  metrics: string[]
}

export const MAX_DAY = 3650
export const MAX_STEPS = 60

export const clampDay = (day: number): number => Math.min(MAX_DAY, Math.max(0, Math.round(day)))

export function patchStep(document: ProgrammeDocument, index: number, patch: Partial<Step>): ProgrammeDocument {
  return { ...document, steps: document.steps.map((step, at) => (at === index ? fit({ ...step, ...patch }) : step)) }
}

/** What a change makes impossible goes with it: a staff number without a named owner, a form on a reminder, an end before the second time. */
function fit(step: Step): Step {
  const fitted = { ...step }
  if (fitted.owner !== 'named') fitted.staff_no = ''
  if (fitted.kind !== 'follow_up') fitted.questionnaire = null
  const { repeat } = fitted
  if (repeat?.until !== undefined) fitted.repeat = { ...repeat, until: Math.min(MAX_DAY, Math.max(repeat.until, fitted.day + repeat.every)) }
  return fitted
}

export const moveStep = (document: ProgrammeDocument, index: number, day: number): ProgrammeDocument => {
  const step = document.steps[index]
  return !step || clampDay(day) === step.day ? document : patchStep(document, index, { day: clampDay(day) })
}

export const removeStep = (document: ProgrammeDocument, index: number): ProgrammeDocument => ({ ...document, steps: document.steps.filter((_, at) => at !== index) })

/** A copy of the step, some days later, with a code of its own; it stands right after its model. */
export function copyStep(document: ProgrammeDocument, index: number, later = 7): ProgrammeDocument {
  const model = document.steps[index]
  if (!model) return document
  const day = clampDay(model.day + later)
  const copy: Step = { ...model, day, code: freeCode(document, `d${day}`), repeat: null }
  return { ...document, steps: [...document.steps.slice(0, index + 1), copy, ...document.steps.slice(index + 1)] }
}

/** A new step at the end, a week after the last one of discharge, with the form that the others ask. */
export function addStep(document: ProgrammeDocument, name: string): ProgrammeDocument {
  const last = Math.max(0, ...document.steps.filter((step) => step.anchor === 'discharge').map((step) => step.day))
  const day = clampDay(last + 7)
  const form = document.steps.find((step) => step.questionnaire)?.questionnaire ?? null
  const step: Step = {
    code: freeCode(document, `d${day}`), name, kind: 'follow_up', text: '', anchor: 'discharge', day, window: [-1, 3], repeat: null,
    channel: ['T'], owner: 'centre', staff_no: '', questionnaire: form, education: [],
  }
  return { ...document, steps: [...document.steps, step] }
}

export function freeCode(document: ProgrammeDocument, wanted: string): string {
  const taken = new Set(document.steps.map((step) => step.code))
  let code = wanted
  for (let n = 2; taken.has(code); n += 1) code = `${wanted}-${n}`
  return code
}

/** Moves one entry of a list by so many places; the ends hold. */
export function shift<T>(list: readonly T[], index: number, by: number): T[] {
  const to = Math.min(list.length - 1, Math.max(0, index + by))
  const moved = [...list]
  moved.splice(to, 0, ...moved.splice(index, 1))
  return moved
}

export const toggle = <T>(list: readonly T[], entry: T): T[] => (list.includes(entry) ? list.filter((each) => each !== entry) : [...list, entry])

/** A first draft that the server accepts: whoever was in hospital, one call after a week. */
export function blankDocument(given: { key: string; name: string; kind: string; specialty: string; source: string; questionnaire: string; stepName: string }): ProgrammeDocument {
  return {
    key: given.key, name: given.name, kind: given.kind, specialty: given.specialty, source: [given.source], licence: 'own',
    criteria: { all: [{ field: 'patient_kind', op: 'eq', value: 'inpatient' }] },
    exclusions: { unreachable: true, invalid_contact: true, refused: true, frequent_visits: false }, merge: 'none',
    steps: [{
      code: 'd7', name: given.stepName, kind: 'follow_up', text: '', anchor: 'discharge', day: 7, window: [-1, 3], repeat: null,
      channel: ['T'], owner: 'centre', staff_no: '', questionnaire: given.questionnaire, education: [],
    }],
    stop: ['death', 'refused', 'path_completed'], on_readmission: { same_diagnosis: 'pause', other: 'pause' }, metrics: [],
  }
}
