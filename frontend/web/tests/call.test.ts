import { describe, expect, it } from 'vitest'
import { type ApiProblem, type ApiRequest, createClient } from '@jieli/api'

function setUp(status: number, body: unknown = {}) {
  const sent: ApiRequest[] = []
  let expired = 0
  const client = createClient({
    csrfToken: () => 'tok',
    onUnauthorized: () => (expired += 1),
    transport: async (request) => {
      sent.push(request)
      if (status === 0) throw new TypeError('Failed to fetch')
      return { status, text: typeof body === 'string' ? body : JSON.stringify(body), header: () => 'req-1' }
    },
  })
  return { client, sent, expired: () => expired }
}
const failure = (promise: Promise<unknown>): Promise<ApiProblem> => promise.then(() => expect.fail('no error'), (error) => error as ApiProblem)

describe('call', () => {
  it('builds the address, leaving empty filters out', async () => {
    const { client, sent } = setUp(200, { items: [], next_cursor: null })
    await client.call('GET /tasks', { query: { state: 'open', q: '王 明', due_from: '', cursor: undefined } })
    expect(sent[0]!.url).toBe('/api/v1/tasks?state=open&q=%E7%8E%8B+%E6%98%8E')
    expect(sent[0]!.headers).not.toHaveProperty('X-CSRFToken')
  })

  it('sends the version, the token and a fresh key', async () => {
    const { client, sent } = setUp(200, { version: 4 })
    await client.call('PUT /tasks/{id}/draft', { path: { id: '7/8' }, body: { answers: {} }, ifMatch: 3 })
    await client.call('POST /tasks/{id}/start', { path: { id: '7' } })
    await client.call('POST /tasks/{id}/start', { path: { id: '7' } })
    expect(sent[0]!.url).toBe('/api/v1/tasks/7%2F8/draft')
    expect(sent[0]!.headers).toMatchObject({ 'If-Match': '"3"', 'X-CSRFToken': 'tok' })
    expect(sent[1]!.headers['Idempotency-Key']).toMatch(/^[0-9a-f]{32}$/)
    expect(sent[1]!.headers['Idempotency-Key']).not.toBe(sent[2]!.headers['Idempotency-Key'])
  })

  it('gives a log-in no idempotency key', async () => {
    const { client, sent } = setUp(200, {})
    await client.call('POST /session', { body: { username: 'a', password: 'b' } })
    expect(sent[0]!.headers).not.toHaveProperty('Idempotency-Key')
  })

  it('turns problem documents into ApiProblem', async () => {
    const body = { title: '有误', status: 422, code: 'invalid_input', detail: '请改正', request_id: 'r9', errors: [{ pointer: '/note', code: 'blank', message: '请填写' }] }
    const problem = await failure(setUp(422, body).client.call('GET /workbench', {}))
    expect(problem).toMatchObject({ status: 422, code: 'invalid_input', detail: '请改正', requestId: 'r9' })
    expect(problem.at('/note')).toBe('请填写')
  })

  it('survives a proxy page and a lost network', async () => {
    expect(await failure(setUp(502, '<html>').client.call('GET /workbench', {}))).toMatchObject({ status: 502, requestId: 'req-1' })
    expect(await failure(setUp(0).client.call('GET /workbench', {}))).toMatchObject({ status: 0, code: 'network' })
  })

  it('reports an expired session, but not a wrong password', async () => {
    const lost = setUp(401)
    await failure(lost.client.call('GET /workbench', {}))
    expect(lost.expired()).toBe(1)
    await failure(lost.client.call('POST /session', { body: { username: 'a', password: 'b' } }))
    expect(lost.expired()).toBe(1)
  })
})
