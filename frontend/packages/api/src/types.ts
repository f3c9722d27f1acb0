/**
 * The product's names for the shapes of docs/api/*.json, as `make schema` generated them. Where the document says less than
 * the server promises (`string` for a closed list of words), `Narrow` says it; it refuses a field the document lacks.
 */
import type { components as BureauComponents } from './generated/bureau'
import type { components, operations } from './generated/tenant'

type S = components['schemas']
type B = BureauComponents['schemas']
/** A generated shape with fields told more narrowly: each must be there and fit what the document says. */
export type Narrow<Base, Fields extends { [K in keyof Fields]: K extends keyof Base ? Base[K] : never }> = Omit<Base, keyof Fields> & Fields
type Query<O extends keyof operations> = NonNullable<operations[O]['parameters']['query']>

export type Sex = S['PatientBriefOutput']['sex']
export type Level = S['FindingOutput']['level']
export type Channel = S['TaskRowOutput']['channel']
export type TaskState = S['TaskRowOutput']['state']
export type TaskFilter = NonNullable<Query<'tasks_list'>['state']>
export type AttemptOutcome = S['AttemptOutput']['outcome']
export type CloseOutcome = S['CloseTaskInputRequest']['outcome']
export type EscalationState = S['EscalationRowOutput']['state']
export type EscalationFilter = NonNullable<Query<'escalations_list'>['state']>
export type EscalationOutcome = S['CloseEscalationInputRequest']['outcome']
export type Realm = S['SessionOutput']['realm']
export type TenantKind = 'community' | 'tertiary_hospital' | 'hospital' | 'bureau'
export type UnmaskField = S['UnmaskInputRequest']['field']

/** One page of a list; the next one is asked for by its cursor. */
export interface Page<T> {
  items: T[]
  next_cursor: string | null
}

export type SessionUser = S['SessionUserOutput']
export type SessionTenant = Narrow<S['SessionTenantOutput'], { kind: TenantKind }>
export type Session = Narrow<S['SessionOutput'], { tenant: SessionTenant | null }>

export type PatientBrief = S['PatientBriefOutput']
export type TaskRow = S['TaskRowOutput']
export type TaskCounts = S['TaskCountsOutput']
export type Answers = Record<string, unknown>
export type Finding = S['FindingOutput']
export type TaskEvaluation = S['TaskEvaluationOutput']
export type Attempt = S['AttemptOutput']
export type Submission = S['SubmissionOutput']
/** What the rules of a form may ask besides the answers, as the server judges with. */
export type FormContext = {
  patient: { age?: number; sex?: 'male' | 'female' | 'other' | 'unknown' }
  task: { day?: number }
}
export type TaskSection = S['TaskSectionOutput']
export type TaskDetail = Narrow<S['TaskDetailOutput'], { form_context: FormContext }>
export type DraftSaved = S['DraftSavedOutput']
export type EscalationRow = S['EscalationRowOutput']

export type PatientRow = Narrow<S['PatientRowOutput'], { sex: Sex }>
export type PatientDetail = Narrow<S['PatientDetailOutput'], { sex: Sex }>
export type TimelineItem = S['TimelineItemOutput']
export type Recording = S['RecordingOutput']
export type RecordingLink = S['RecordingLinkOutput']

export type Workbench = S['WorkbenchOutput']
export type WorkbenchGroup = S['WorkbenchGroupOutput']
export type GroupFigures = S['GroupFiguresOutput']
export type WorkbenchDay = S['WorkbenchDayOutput']

export type Division = S['DivisionItemOutput']
/** `path`: from the county down, with the name: 枝江市 / 问安镇 / 关庙山村. */
export type RoutingCandidate = S['PlaceOutput']
export type RoutingQueueRow = Narrow<S['RoutingQueueRowOutput'], { patient: PatientBrief }>
export type RoutingDecision = Narrow<S['RoutingDecisionOutput'], { state: 'auto' | 'auto_flagged' | 'unresolved' | 'manual' | 'outside' }>
export type RoutingSummary = S['RoutingSummaryOutput']

export type TownshipRow = B['TownshipOutput']
export type CountyOverview = B['CountyOverviewOutput']
export type TenantStatus = Narrow<B['SupervisedTenantOutput'], { kind: TenantKind }>

export type WardNode = S['WardNodeOutput']
export type DepartmentNode = S['DepartmentNodeOutput']
export type InstitutionNode = S['InstitutionNodeOutput']

export type ReviewItemState = S['ReviewItemOutput']['state']
export type InstantFail = S['ReviewItemOutput']['instant_fail'][number]
export type ReviewDrawInput = S['ReviewDrawInputRequest']
export type Stratify = NonNullable<ReviewDrawInput['stratify']>
/** `size` was asked for; `counts.items` were drawn. */
export type ReviewDraw = S['ReviewDrawOutput']
export type ReviewScores = S['ReviewScoresOutput']
export type ReviewCriterion = keyof ReviewScores
export type ReviewItem = Narrow<S['ReviewItemOutput'], { patient: PatientBrief }>
export type ReviewDrawDetail = Narrow<S['ReviewDrawDetailOutput'], { items: ReviewItem[] }>
export type ReviewScoreInput = S['ReviewScoreInputRequest']
/** `questionnaire`: the document that the answers belong to. */
export type ReviewOriginal = Narrow<S['ReviewOriginalOutput'], { state: TaskState; level: Level | null; channel: Channel; attempts: Attempt[] }>
/** `original` is null until the reviewer's own answers are saved. */
export type ReviewSheet = Narrow<S['ReviewItemDetailOutput'], { item: ReviewItem; original: ReviewOriginal | null }>

export type MessageState = 'processed' | 'quarantined' | 'kept' | 'refused'
export type InboundMessage = Narrow<S['InboundMessageOutput'], { state: MessageState }>
export type QuarantineState = 'open' | 'replayed' | 'discarded'
export type QuarantineProblem = S['QuarantineProblemOutput']
export type QuarantinedRow = Narrow<S['QuarantineRowOutput'], { state: QuarantineState }>
export type CorrectableField = Narrow<S['CorrectableFieldOutput'], { kind: 'text' | 'date' | 'datetime' }>
/** `is_correctable` false: the message cannot be read, only the sending system can mend it. */
export type QuarantineDetail = Narrow<S['QuarantineDetailOutput'], { state: QuarantineState; fields: CorrectableField[] }>

export type ProgrammeRow = S['ProgrammeRowOutput']
export type ProgrammeState = ProgrammeRow['state']
export type ProgrammeStep = S['ProgrammeStepOutput']
export type ProgrammeDetail = S['ProgrammeDetailOutput']
/** `document` is a ProgrammeDocument of the web's features/programmes. */
export type ProgrammeVersion = S['ProgrammeVersionOutput']
export type ProgrammeVersionRow = S['ProgrammeVersionRowOutput']
export type ProgrammeLine = S['ProgrammeLineOutput']
export type ProgrammeChange = S['ProgrammeChangeOutput']
export type ProgrammeFault = S['ProgrammeFaultOutput']
export type ProgrammeVocabulary = S['ProgrammeVocabularyOutput']
export type ProgrammeReference = S['ProgrammeReferenceOutput']
export type CriteriaField = S['CriteriaFieldOutput']
export type CriteriaChoice = S['ChoiceOutput']
export type ScreeningRun = S['ScreeningRunOutput']
export type ScreeningPreview = S['PreviewOutput']
export type Rehearsal = S['RehearsalOutput']
export type RehearsalOwner = S['RehearsalOwnerOutput']
export type ScreeningExplanation = S['ScreeningExplanationOutput']
export type ExplainedProgramme = S['ExplainedProgrammeOutput']
export type EducationCardRow = S['EducationCardRowOutput']

export type QuestionnaireRow = S['QuestionnaireRowOutput']
export type QuestionnaireCategory = QuestionnaireRow['category']
export type QuestionnaireDetail = S['QuestionnaireDetailOutput']
export type QuestionnaireVersionRow = S['QuestionnaireVersionRowOutput']
export type QuestionnaireVersionState = QuestionnaireVersionRow['state']
/** `document` is a QuestionnaireDocument of @jieli/questionnaire. */
export type QuestionnaireVersion = S['QuestionnaireVersionDetailOutput']
export type QuestionnaireFault = S['QuestionnaireFaultOutput']
export type FhirLoss = S['FhirLossOutput']
export type ScaleLicence = S['ScaleLicenceOutput']

export type EducationCardDetail = S['EducationCardDetailOutput']
export type EducationCardVersion = S['EducationCardVersionOutput']
export type EducationCardFault = S['CardFaultOutput']
export type Flag = S['FlagOutput']
export type FlagKind = S['FlagInputRequest']['kind']
export type Label = S['LabelOutput']
export type PatientLabel = S['PatientLabelOutput']
export type RegisterEntry = S['RegisterEntryOutput']
export type Register = S['RegisterInputRequest']['register']
export type Recommendation = S['RecommendationOutput']

export type EnrolmentState = NonNullable<Query<'enrolments_list'>['state']>
export type EnrolmentOrigin = NonNullable<Query<'enrolments_list'>['origin']>
type EnrolledPatient = Narrow<S['EnrolledPatientOutput'], { sex: Sex }>
export type Enrolment = Narrow<S['EnrolmentOutput'], { state: EnrolmentState; origin: EnrolmentOrigin; patient: EnrolledPatient }>
export type EnrolmentDetail = Narrow<S['EnrolmentDetailOutput'], { state: EnrolmentState; origin: EnrolmentOrigin; patient: EnrolledPatient }>
export type EnrolmentStep = S['EnrolmentStepOutput']
