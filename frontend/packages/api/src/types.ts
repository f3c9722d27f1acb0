/** The shapes of docs/notes/spine.md section 6. To be replaced by types generated from docs/api/*.yaml. */

export type Level = 'E0' | 'E1' | 'E2' | 'E3' | 'E4'
export type Channel = 'T' | 'V' | 'W' | 'S'
export type TaskState = 'planned' | 'in_progress' | 'done' | 'partial' | 'failed' | 'lost' | 'exempt' | 'cancelled'
export type TaskFilter = 'open' | 'due' | 'overdue' | 'done' | 'all'
export type Sex = 'M' | 'F' | 'U'
export type AttemptOutcome =
  | 'reached' | 'no_answer' | 'busy' | 'powered_off' | 'stopped' | 'empty_number' | 'wrong_number'
  | 'refused' | 'not_self' | 'language' | 'deceased' | 'other'
export type CloseOutcome = 'failed' | 'lost' | 'exempt'
export type EscalationState = 'open' | 'acknowledged' | 'closed'
export type EscalationFilter = 'open' | 'closed' | 'all'
export type EscalationOutcome =
  | 'advised' | 'revisit' | 'referred_up' | 'admitted' | 'called_120' | 'lost' | 'died' | 'false_alarm'
export type Realm = 'bureau' | 'tenant'
export type TenantKind = 'community' | 'tertiary_hospital' | 'hospital'
export type UnmaskField = 'id_no' | 'phone'

export interface Page<T> {
  items: T[]
  next_cursor: string | null
}
export interface PageQuery {
  cursor?: string
  limit?: number
}

export interface SessionTenant {
  code: string
  name: string
  kind: TenantKind
  division_code: string
}
export interface SessionUser {
  id: string
  username: string
  name: string
  title: string
  roles: string[]
  role_names: string[]
  functions: string[]
  institution_name: string | null
  department_name: string | null
  ward_names: string[]
}
export interface Session {
  authenticated: boolean
  realm: Realm
  tenant: SessionTenant | null
  user: SessionUser | null
}

export interface PatientBrief {
  id: string
  name_masked: string
  sex: Sex
  age: number | null
}
export interface TaskRow {
  id: string
  state: TaskState
  overdue: boolean
  due_on: string
  window_start: string
  window_end: string
  days_overdue: number
  programme_name: string
  step_name: string
  kind: string
  channel: Channel | string
  level: Level | null
  patient: PatientBrief
  township_name: string | null
  ward_name: string | null
  assignee_name: string | null
  diagnosis: string | null
  discharged_on: string | null
  reason_text: string
}
export interface TaskCounts {
  due: number
  overdue: number
  open: number
  done_this_month: number
}
export interface TaskQuery extends PageQuery {
  state?: TaskFilter
  q?: string
  programme?: string
  ward?: string
  due_from?: string
  due_to?: string
}

export interface QuestionnaireRef {
  version_id: string
  key: string
  title: string
  /** Of the form that @jieli/questionnaire evaluates. */
  document: unknown
}
export type Answers = Record<string, unknown>
export interface Finding {
  link_id: string | null
  level: Level
  prompt: string
  advice: string
}
export interface AnswerFault {
  pointer: string
  code: string
  message: string
}
export interface TaskEvaluation {
  visible: readonly string[]
  level: Level
  findings: readonly Finding[]
  errors: readonly AnswerFault[]
  missing_required: readonly string[]
  unknown_rules: readonly string[]
  score: number | null
  band: string | null
  complete: boolean
  can_auto_close: boolean
}
export interface Attempt {
  at: string
  channel: Channel | string
  outcome: AttemptOutcome | string
  note: string
  by_name: string
}
export interface Submission {
  revision: number
  at: string
  by_name: string
  level: Level
  conclusion: string
}
export interface TaskDetail extends Omit<TaskRow, 'patient'> {
  version: number
  questionnaire: QuestionnaireRef | null
  answers: Answers
  evaluation: TaskEvaluation | null
  previous: { closed_at: string; answers: Answers }[]
  /** What the rules of the form may ask besides the answers, as the server judges with. */
  form_context: { patient: { age?: number; sex?: "male" | "female" | "other" | "unknown" }; task: { day?: number } }
  attempts: Attempt[]
  escalations: EscalationRow[]
  submissions: Submission[]
  reason: unknown
  why: string[]
  routing_why: string | null
  conclusion: string
  patient: PatientDetail
  can: { work: boolean; record: boolean; unmask: boolean }
}
export interface DraftSaved {
  version: number
  evaluation: TaskEvaluation
}

export interface EscalationRow {
  id: string
  level: Level
  state: EscalationState
  opened_at: string
  due_at: string | null
  overdue: boolean
  prompts: { level: Level; prompt: string; advice: string }[]
  task_id: string
  patient: PatientBrief
  programme_name: string
  owner_name: string | null
  outcome: EscalationOutcome | null
  note: string
  closed_at: string | null
}

export interface PatientRow extends PatientBrief {
  id_no_masked: string | null
  phone_masked: string | null
  address: string | null
  township_name: string | null
  last_discharge_on: string | null
  last_diagnosis: string | null
}
export interface PatientDetail {
  id: string
  name_masked: string
  name: string | null
  sex: Sex
  birth_date: string | null
  age: number | null
  id_no_masked: string | null
  phones: { id: string; owner: string; masked: string }[]
  address: string | null
  township_name: string | null
  routing: { institution_name: string | null; staff_name: string | null; confidence: number | null; why: string } | null
  identifiers: { kind: string; value_masked: string }[]
  allergies: string | null
  deceased: boolean
}
export type TimelineKind = 'inpatient' | 'outpatient' | 'checkup' | 'operation' | 'lab' | 'routing' | 'follow_up'
export interface TimelineItem {
  at: string
  kind: TimelineKind | string
  title: string
  summary: string
  department: string | null
  ref: string | null
  abnormal: boolean
}
export interface Recording {
  id: string
  created_at: string
  content_type: string
  size: number
  sha256: string
  duration_seconds: number | null
  by_name: string
}
export interface RecordingLink {
  url: string
  expires_at: string
}

export interface WorkbenchDay {
  day: string
  done: number
}
export interface Workbench {
  counts: { due_today: number; overdue: number; open: number; escalations_open: number; unrouted: number | null }
  month: { due: number; done: number; done_in_window: number; rate_done: number | null; rate_on_time: number | null; days: WorkbenchDay[] }
  today: TaskRow[]
  escalations: EscalationRow[]
}

export interface Division {
  code: string
  name: string
  level: string | number
  kind: string
}
export interface RoutingCandidate {
  code: string
  name: string
  /** From the county down, with the name: 枝江市 / 问安镇 / 关庙山村. */
  path: string
}
export interface RoutingQueueRow {
  id: string
  patient: PatientBrief
  address_text: string
  evidence: string[]
  candidates: RoutingCandidate[]
  confidence: number
  waiting_hours: number
  encounter: { discharge_on: string | null; department: string | null; diagnosis: string | null } | null
}
export interface RoutingDecision {
  id: string
  patient_id: string
  encounter_id: string | null
  state: 'auto' | 'auto_flagged' | 'unresolved' | 'manual' | 'outside'
  state_name: string
  rule: string
  confidence: number
  evidence: string[]
  candidates: RoutingCandidate[]
  address_text: string
  division: RoutingCandidate | null
  institution_name: string | null
  staff_name: string | null
  why: string
  decided_by_name: string
  decided_at: string
}
export interface RoutingSummary {
  routed_auto: number
  routed_flagged: number
  unresolved: number
  manual: number
  outside: number
  by_township: { code: string; name: string; count: number }[]
}
export interface TownshipRow {
  tenant_code: string
  township_code: string
  township_name: string
  institution_name: string | null
  discharged: number
  routed: number
  unrouted: number
  tasks_due: number
  tasks_done: number
  reached: number
  abnormal: number
  handled: number
  rate_done: number | null
}
export interface CountyOverview {
  month: string
  funnel: { discharged: number; routed: number; unrouted: number; reached: number; abnormal: number; handled: number }
  definitions: Record<string, string>
  townships: TownshipRow[]
}
export interface TenantStatus {
  code: string
  name: string
  kind: TenantKind
  status: string
  computed_at: string | null
}

export interface WardNode {
  id: string
  code: string
  name: string
  kind: string
}
export interface DepartmentNode extends WardNode {
  wards: WardNode[]
}
export interface InstitutionNode extends WardNode {
  is_lead: boolean
  division_code: string
  departments: DepartmentNode[]
}

export type Stratify = 'none' | 'staff' | 'ward'
export type ReviewItemState = 'pending' | 'scored' | 'rectification'
export type InstantFail = 'not_called' | 'content_false' | 'abnormal_ignored' | 'privacy' | 'selling'
export interface ReviewDrawInput {
  tier: number
  department_ids: string[]
  period_from: string
  period_to: string
  size: number
  stratify: Stratify
}
export interface ReviewDraw {
  id: string
  tier: number
  department_names: string[]
  period_from: string
  period_to: string
  stratify: Stratify
  /** Asked for; `counts.items` were drawn. */
  size: number
  population: number
  seed: string
  drawn_by_name: string
  drawn_at: string
  counts: Record<ReviewItemState | 'items', number>
}
export type ReviewCriterion = 'authentic' | 'content' | 'attitude' | 'completeness'
export type ReviewScores = Record<ReviewCriterion, number>
export interface ReviewItem {
  id: string
  draw_id: string
  task_id: string
  tier: number
  state: ReviewItemState
  patient: PatientBrief
  programme_name: string
  step_name: string
  department_name: string
  ward_name: string
  diagnosis: string | null
  discharged_on: string | null
  done_by_name: string
  done_on: string
  /** The reviewer's own. */
  answers: Answers
  answered_at: string | null
  scores: ReviewScores | null
  instant_fail: InstantFail[]
  total: number | null
  finding: string
  rectification_due_on: string | null
  scored_at: string | null
  scored_by_name: string | null
  can: { review: boolean }
}
export interface ReviewDrawDetail extends ReviewDraw {
  items: ReviewItem[]
}
export interface ReviewScoreInput {
  scores: ReviewScores
  instant_fail: InstantFail[]
  finding: string
  rectification: boolean
  rectification_due_on?: string
}
export interface ReviewOriginal {
  state: TaskState
  level: Level | null
  channel: Channel | string
  closed_at: string
  closed_by_name: string
  conclusion: string
  late_reason: string
  revision: number | null
  submitted_at: string | null
  submitted_by_name: string | null
  answers: Answers
  /** The document that the answers belong to. */
  questionnaire: unknown
  attempts: Attempt[]
}
export interface ReviewSheet {
  item: ReviewItem
  form: unknown
  /** Null until the reviewer's own answers are saved. */
  original: ReviewOriginal | null
  recordings: Recording[]
}

export type MessageState = 'processed' | 'quarantined' | 'kept' | 'refused'
export interface InboundMessage {
  id: string
  source: string
  format: string
  message_type: string
  control_id: string
  state: MessageState
  problem_code: string
  problem_text: string
  warnings: { code: string; field: string; message: string }[]
  size: number
  charset: string
  repeats: number
  received_at: string
  quarantine_id: string | null
}
export type QuarantineState = 'open' | 'replayed' | 'discarded'
export interface QuarantineProblem {
  code: string
  field: string
  pointer: string
  message: string
  value_masked: string
}
export interface QuarantinedRow {
  id: string
  state: QuarantineState
  summary: string
  problems: QuarantineProblem[]
  created_at: string
  resolved_at: string | null
  resolved_by_name: string
  resolution: string
  message: Pick<InboundMessage, 'id' | 'source' | 'format' | 'message_type' | 'control_id' | 'received_at'>
}
export interface CorrectableField {
  pointer: string
  label: string
  kind: 'text' | 'date' | 'datetime'
  value_masked: string
}
export interface QuarantineDetail extends QuarantinedRow {
  /** False: the message cannot be read, only the sending system can mend it. */
  is_correctable: boolean
  fields: CorrectableField[]
  corrections: { pointer: string; value_masked: string }[]
}

export type ProgrammeState = 'draft' | 'signed' | 'active' | 'paused' | 'retired'
export interface ProgrammeRow {
  id: string
  key: string
  name: string
  kind: string
  version: number
  state: ProgrammeState
  steps: number
  enrolled: number
  criteria_text: string[]
}
export interface ProgrammeStep {
  id: string
  seq: number
  code: string
  name: string
  anchor: 'discharge' | 'operation'
  day: number
  window_before: number
  window_after: number
  channels: string[]
  owner: 'hospital' | 'community' | 'centre'
  questionnaire_title: string | null
}
export interface ProgrammeDetail extends ProgrammeRow {
  version_id: string
  criteria: unknown
  source: string[]
  licence: string
  starts_on: string
  signed_by_name: string
  signed_at: string | null
  step_list: ProgrammeStep[]
}
export interface ScreeningRun {
  id: string
  trigger: 'event' | 'daily' | 'manual'
  started_at: string
  finished_at: string | null
  programmes: number
  enrolled: number
  tasks_made: number
  started_by_name: string
}
