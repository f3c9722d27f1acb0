import type { paths as BureauPaths } from './generated/bureau'
import type { paths as TenantPaths } from './generated/tenant'
import type { Method } from './transport'
import type * as T from './types'

/**
 * Method and path → what goes in and what comes out, read off the generated paths: an endpoint that the server gave up, a
 * field it lacks or a parameter it does not know is a compile error where it is called.
 */
type Paths = TenantPaths & Omit<BureauPaths, keyof TenantPaths>
type Described<O> = O extends { responses: infer R; parameters: infer P }
  ? { path: Given<P, 'path'>; query: Given<P, 'query'>; header: Given<P, 'header'>; body: Body<O, 'application/json'>; file: Body<O, 'multipart/form-data'>; out: Out<R> }
  : never
type Given<P, K extends string> = K extends keyof P ? ([NonNullable<P[K]>] extends [never] ? undefined : NonNullable<P[K]>) : undefined
/** A body whose every field may be left out is marked optional in the document; it is still that operation's body. */
type Body<O, Type extends string> = O extends { requestBody?: infer R } ? ([NonNullable<R>] extends [never] ? undefined : NonNullable<R> extends { content: Record<Type, infer V> } ? V : undefined) : undefined
type Out<R> = R extends Record<200 | 201, Json<infer V>> ? V : R extends Record<200, Json<infer V>> ? V : R extends Record<201, Json<infer V>> ? V : R extends Record<202, Json<infer V>> ? V : undefined
interface Json<V> { content: { 'application/json': V } }
type Name<P, M extends Method> = P extends `/api/v1${infer Rest}` ? `${M} ${Rest}` : never
type Of<M extends Method> = {
  [P in keyof Paths as Lowercase<M> extends keyof Paths[P] ? ([NonNullable<Paths[P][Lowercase<M>]>] extends [never] ? never : Name<P, M>) : never]: Described<
    Paths[P][Lowercase<M> & keyof Paths[P]]
  >
}
export type Generated = Of<'GET'> & Of<'POST'> & Of<'PUT'> & Of<'PATCH'> & Of<'DELETE'>
export type Operation = keyof Generated & string
export type UploadOperation = { [O in Operation]: Generated[O]['file'] extends undefined ? never : O }[Operation]

type List<Row> = { items: Row[] }
/** Answers told more narrowly than the document does; tests/contract.test.ts proves that they fit it. */
export interface Narrowed {
  'GET /session': T.Session
  'POST /session': T.Session
  'GET /tasks/{id}': T.TaskDetail
  'POST /tasks/{id}/start': T.TaskDetail
  'POST /tasks/{id}/attempts': T.TaskDetail
  'POST /tasks/{id}/submit': T.TaskDetail
  'POST /tasks/{id}/close': T.TaskDetail
  'POST /tasks/{id}/detach': T.TaskDetail
  'GET /patients': T.Page<T.PatientRow>
  'GET /patients/{id}': T.PatientDetail
  'GET /enrolments': T.Page<T.Enrolment>
  'GET /enrolments/{id}': T.EnrolmentDetail
  'POST /enrolments': T.EnrolmentDetail
  'POST /enrolments/{id}/stop': T.EnrolmentDetail
  'POST /enrolments/{id}/pause': T.EnrolmentDetail
  'POST /enrolments/{id}/resume': T.EnrolmentDetail
  'GET /routing/queue': T.Page<T.RoutingQueueRow>
  'POST /routing/queue/{id}/resolve': T.RoutingDecision
  'GET /routing/patients/{id}': List<T.RoutingDecision>
  'POST /review/draws': T.ReviewDrawDetail
  'GET /review/draws/{id}': T.ReviewDrawDetail
  'GET /review/items/{id}': T.ReviewSheet
  'POST /review/items/{id}/answers': T.ReviewSheet
  'POST /review/items/{id}/score': T.ReviewSheet
  'GET /intake/messages': T.Page<T.InboundMessage>
  'GET /intake/quarantine': T.Page<T.QuarantinedRow>
  'GET /intake/quarantine/{id}': T.QuarantineDetail
  'POST /intake/quarantine/{id}/replay': T.QuarantineDetail
  'POST /intake/quarantine/{id}/discard': T.QuarantineDetail
  'GET /supervision/tenants': List<T.TenantStatus>
}
export type Output<O extends Operation> = O extends keyof Narrowed ? Narrowed[O] : Generated[O]['out']
