/** The questionnaire document and what the engine says of its answers (format: followup/questionnaires/README.md). */

export type Level = 'E0' | 'E1' | 'E2' | 'E3' | 'E4'

export type ItemType =
  | 'display'
  | 'text'
  | 'number'
  | 'date'
  | 'time'
  | 'single'
  | 'multiple'
  | 'scale'
  | 'bp'
  | 'glucose'
  | 'photo'
  | 'group'

export interface Option {
  value: string
  label: string
  score?: number
  level?: Level
  prompt?: string
  advice?: string
  exclusive?: boolean
  /** Readable in old answers, not offered for new ones. */
  retired?: boolean
}

export interface ItemCode {
  system?: string
  code: string
  display?: string
}

export interface Rule {
  when: string
  level: Level
  prompt: string
  advice?: string
}

export interface Item {
  link_id: string
  type: ItemType
  text: string
  help?: string
  required?: boolean
  unit?: string
  min?: number
  max?: number
  decimals?: number
  options?: Option[]
  rules?: Rule[]
  show_if?: string
  items?: Item[]
  repeats?: boolean
  /** For exchange with other systems. */
  code?: ItemCode
  /** No longer asked. */
  retired?: boolean
}

export interface Band {
  to?: number
  label: string
  level?: Level
  prompt?: string
  advice?: string
}

export interface ScoreRule {
  method: 'sum' | 'mean'
  items: string[]
  bands?: Band[]
}

export interface QuestionnaireDocument {
  key: string
  title: string
  opening?: string
  closing?: string
  source?: string[]
  licence?: string
  audience?: 'patient' | 'staff' | 'reviewer'
  category?: string
  specialty?: string
  locked_scale?: string
  items: Item[]
  rules?: Rule[]
  score?: ScoreRule
}

export type Answers = Record<string, unknown>
export type Context = Record<string, Record<string, unknown> | undefined>

export interface AnswerError {
  pointer: string
  code: string
  message: string
}

export interface Finding {
  link_id: string | null
  level: Level
  prompt: string
  advice: string
  /** JSON pointer of the option, rule or band in the document. */
  rule: string
}

export interface Evaluation {
  /** Items in document order; in a repeated group with their row: meds[0].name. */
  visible: string[]
  pruned_answers: Answers
  errors: AnswerError[]
  missing_required: string[]
  level: Level
  findings: Finding[]
  unknown_rules: string[]
  score: number | null
  band: string | null
  complete: boolean
  can_auto_close: boolean
}
