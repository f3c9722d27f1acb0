import { describe, expectTypeOf, it } from 'vitest'
import type { Client, Generated, Narrowed, Operation, UploadOperation } from '@jieli/api'

// Held by the type check (npm run typecheck): types leave nothing to run.
/** Operations whose hand-narrowed answer is not one the document allows. */
type Unfit = { [O in keyof Narrowed]: O extends Operation ? (Narrowed[O] extends Generated[O]['out'] ? never : O) : O }[keyof Narrowed]
declare const call: Client['call']
const never = () => false

describe('the client and docs/api', () => {
  it('narrows answers only within the document', () => {
    expectTypeOf<Unfit>().toBeNever()
  })

  it('knows only the endpoints of the document, with what they take', () => {
    expectTypeOf<'GET /tasks/{id}'>().toExtend<Operation>()
    expectTypeOf<'GET /supervision/overview'>().toExtend<Operation>()
    expectTypeOf<'GET /nowhere'>().not.toExtend<Operation>()
    expectTypeOf<UploadOperation>().toEqualTypeOf<'POST /tasks/{id}/recordings' | 'POST /divisions/imports'>()
    if (never()) {
      // @ts-expect-error: no such endpoint
      void call('GET /tasks/{id}/nothing', { path: { id: '1' } })
      // @ts-expect-error: no such parameter
      void call('GET /tasks', { query: { page: 2 } })
      // @ts-expect-error: a draft is saved upon a version
      void call('PUT /tasks/{id}/draft', { path: { id: '1' }, body: { answers: {} } })
      void call('PUT /tasks/{id}/draft', { path: { id: '1' }, body: { answers: {} }, ifMatch: 3 })
    }
  })
})
