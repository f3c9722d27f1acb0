import type * as T from './types'

type Id = { id: string }
type List<Row> = { items: Row[] }

/** Method and path → what goes in and what comes out. An unknown path or field does not compile. */
export interface Operations {
  'GET /session': { out: T.Session }
  'POST /session': { body: { username: string; password: string }; out: T.Session }
  'DELETE /session': { out: undefined }
  'GET /workbench': { out: T.Workbench }
  'GET /tasks': { query: T.TaskQuery; out: T.Page<T.TaskRow> }
  'GET /tasks/counts': { out: T.TaskCounts }
  'GET /tasks/{id}': { path: Id; out: T.TaskDetail }
  'POST /tasks/{id}/start': { path: Id; out: T.TaskDetail }
  'PUT /tasks/{id}/draft': { path: Id; body: { answers: T.Answers }; out: T.DraftSaved }
  'POST /tasks/{id}/evaluate': { path: Id; body: { answers: T.Answers }; out: T.TaskEvaluation }
  'POST /tasks/{id}/attempts': { path: Id; body: { channel: T.Channel; outcome: T.AttemptOutcome; note: string }; out: T.TaskDetail }
  'POST /tasks/{id}/submit': { path: Id; body: { answers: T.Answers; conclusion: string; late_reason?: string }; out: T.TaskDetail }
  'POST /tasks/{id}/close': { path: Id; body: { outcome: T.CloseOutcome; reason: string; late_reason?: string }; out: T.TaskDetail }
  'GET /tasks/{id}/recordings': { path: Id; out: List<T.Recording> }
  'POST /tasks/{id}/recordings': { path: Id; out: T.Recording }
  'POST /recordings/{id}/link': { path: Id; out: T.RecordingLink }
  'GET /escalations': { query: { state?: T.EscalationFilter } & T.PageQuery; out: T.Page<T.EscalationRow> }
  'POST /escalations/{id}/acknowledge': { path: Id; out: T.EscalationRow }
  'POST /escalations/{id}/close': { path: Id; body: { outcome: T.EscalationOutcome; note: string }; out: T.EscalationRow }
  'GET /patients': { query: { q?: string } & T.PageQuery; out: T.Page<T.PatientRow> }
  'GET /patients/{id}': { path: Id; out: T.PatientDetail }
  'GET /patients/{id}/timeline': { path: Id; out: List<T.TimelineItem> }
  'POST /patients/{id}/unmask': { path: Id; body: { field: T.UnmaskField; reason: string }; out: { value: string } }
  'GET /patients/{id}/follow-ups': { path: Id; out: List<T.TaskRow> }
  'GET /routing/queue': { query: T.PageQuery; out: T.Page<T.RoutingQueueRow> }
  'POST /routing/queue/{id}/resolve': { path: Id; body: { division_code: string; remember_text?: string }; out: T.RoutingDecision }
  'GET /routing/patients/{id}': { path: Id; out: List<T.RoutingDecision> }
  'GET /routing/summary': { out: T.RoutingSummary }
  'GET /divisions': { query: { parent?: string }; out: List<T.Division> }
  'GET /organization/tree': { out: List<T.InstitutionNode> }
  'GET /review/draws': { query: T.PageQuery; out: T.Page<T.ReviewDraw> }
  'POST /review/draws': { body: T.ReviewDrawInput; out: T.ReviewDrawDetail }
  'GET /review/draws/{id}': { path: Id; out: T.ReviewDrawDetail }
  'GET /review/items/{id}': { path: Id; out: T.ReviewSheet }
  'POST /review/items/{id}/answers': { path: Id; body: { answers: T.Answers }; out: T.ReviewSheet }
  'POST /review/items/{id}/score': { path: Id; body: T.ReviewScoreInput; out: T.ReviewSheet }
  'GET /intake/messages': { query: { state?: T.MessageState } & T.PageQuery; out: T.Page<T.InboundMessage> }
  'GET /intake/quarantine': { query: { state?: T.QuarantineState } & T.PageQuery; out: T.Page<T.QuarantinedRow> }
  'GET /intake/quarantine/{id}': { path: Id; out: T.QuarantineDetail }
  'POST /intake/quarantine/{id}/replay': { path: Id; body: { corrections: Record<string, string> }; out: T.QuarantineDetail }
  'POST /intake/quarantine/{id}/discard': { path: Id; body: { reason: string }; out: T.QuarantineDetail }
  'GET /programmes': { out: List<T.ProgrammeRow> }
  'GET /programmes/{id}': { path: Id; out: T.ProgrammeDetail }
  'GET /screening/runs': { query: T.PageQuery; out: T.Page<T.ScreeningRun> }
  'POST /screening/runs': { body: Record<string, never>; out: T.ScreeningRun }
  'GET /supervision/overview': { query: { month?: string }; out: T.CountyOverview }
  'GET /supervision/tenants': { out: List<T.TenantStatus> }
}
export type Operation = keyof Operations & string
