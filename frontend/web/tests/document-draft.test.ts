import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ApiProblem } from '@jieli/api'
import { forgetCopy, keepCopy, readCopy } from '@/shared/lib/copies'
import { type DraftPlan, useDocumentDraft } from '@/shared/lib/useDocumentDraft'

interface Version {
  revision: number
  can: { edit: boolean }
  text: string
}
const refusal = (status: number, code: string, body: Record<string, unknown> = {}) => new ApiProblem(status, code, code, '', null, [], body)
const store = new Map<string, string>()

beforeEach(() => {
  store.clear()
  vi.useFakeTimers()
  vi.stubGlobal('window', { addEventListener: () => undefined, removeEventListener: () => undefined })
  vi.stubGlobal('localStorage', { getItem: (name: string) => store.get(name) ?? null, setItem: (name: string, text: string) => void store.set(name, text), removeItem: (name: string) => void store.delete(name) })
  vi.spyOn(console, 'warn').mockImplementation(() => undefined) // no component around it
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

/** A server that holds one text; whoever writes "?" has a fault in it. */
async function open(more: Partial<DraftPlan<Version, string, string>> = {}) {
  const server = { version: { revision: 1, can: { edit: true }, text: 'a' } as Version, puts: [] as string[] }
  const draft = useDocumentDraft<Version, string, string>({
    name: 'draft.1', keepsFaulty: true,
    fetch: () => Promise.resolve(server.version),
    contentOf: ({ text }) => text,
    isContent: (kept) => typeof kept === 'string',
    isSame: (one, other) => one === other,
    judge: (text) => (text.includes('?') ? ['unclear'] : []),
    isHard: () => true,
    put: (text, { revision }) => {
      server.puts.push(text)
      if (revision !== server.version.revision) return Promise.reject(refusal(412, 'conflict', { current: server.version }))
      if (text.includes('!')) return Promise.reject(refusal(422, 'unreadable'))
      server.version = { ...server.version, revision: revision + 1, text }
      return Promise.resolve(server.version)
    },
    readRefusal: (problem) => (problem instanceof ApiProblem && problem.status === 422 ? ['refused'] : null),
    ...more,
  })
  await vi.advanceTimersByTimeAsync(0)
  return { server, draft }
}
const settleDown = () => vi.advanceTimersByTimeAsync(5000)

describe('a draft that is being written', () => {
  it('stores unfinished work where the server keeps it, and says what is left', async () => {
    const { server, draft } = await open()
    draft.apply('what?')
    expect([draft.state.value, readCopy('draft.1', () => true)]).toEqual(['waiting', null])
    await settleDown()
    expect([server.version.text, draft.state.value, draft.hard.value, store.size]).toEqual(['what?', 'faulty', ['unclear'], 0])
    draft.apply('that')
    await settleDown()
    expect([server.version.text, draft.state.value, draft.faults.value]).toEqual(['that', 'saved', []])
  })

  it('keeps unfinished work on this computer where the server does not', async () => {
    const { server, draft } = await open({ keepsFaulty: false })
    draft.apply('what?')
    await settleDown()
    expect([server.puts, draft.state.value, await draft.save()]).toEqual([[], 'faulty', false])
    expect(readCopy('draft.1', () => true)).toEqual({ revision: 1, content: 'what?' })
    const again = await open({ keepsFaulty: false })
    expect([again.draft.content.value, again.draft.restored.value, again.draft.state.value]).toEqual(['what?', true, 'faulty'])
    again.draft.discard()
    await settleDown()
    expect([again.draft.content.value, store.size]).toEqual(['a', 0])
  })

  it('shows both when somebody else saved first, and overwrites nobody unasked', async () => {
    const { server, draft } = await open()
    server.version = { ...server.version, revision: 2, text: 'theirs' }
    draft.apply('mine')
    await settleDown()
    expect([draft.state.value, draft.theirs.value?.text, draft.content.value, server.version.text]).toEqual(['conflict', 'theirs', 'mine', 'theirs'])
    draft.apply('mine, further')
    await settleDown()
    expect(server.version.text).toBe('theirs')
    draft.settle('both')
    await settleDown()
    expect([server.version, draft.state.value]).toEqual([{ revision: 3, can: { edit: true }, text: 'both' }, 'saved'])
  })

  it('says why it was refused, where, and does not ask again until something changes', async () => {
    const { server, draft } = await open()
    draft.apply('no!')
    await settleDown()
    expect([draft.state.value, draft.failure.value, draft.faults.value, server.puts.length]).toEqual(['failed', 'unreadable', ['refused'], 1])
    draft.undo()
    await settleDown()
    expect([draft.content.value, draft.state.value, draft.canRedo.value, server.version.revision]).toEqual(['a', 'saved', true, 1])
  })

  it('is closed when it was signed or thrown away meanwhile', async () => {
    const { draft } = await open({ put: () => Promise.reject(refusal(409, 'wrong_state')) })
    draft.apply('late')
    await settleDown()
    expect(draft.state.value).toBe('closed')
    draft.apply('later')
    expect(draft.content.value).toBe('late')
  })
})

describe('copies on this computer', () => {
  it('are taken only when they are what they say', () => {
    const isText = (kept: unknown) => typeof kept === 'string'
    keepCopy('x', { revision: 3, content: 'text' })
    expect(readCopy('x', isText)).toEqual({ revision: 3, content: 'text' })
    for (const strange of ['{', 'null', '{"revision":1}', '{"revision":"1","content":"a"}', '{"revision":1,"document":{}}']) {
      store.set('x', strange)
      expect(readCopy('x', isText), strange).toBeNull()
    }
    forgetCopy('x')
    expect(store.size).toBe(0)
    vi.stubGlobal('localStorage', { getItem: () => { throw new Error('forbidden') }, setItem: () => { throw new Error('full') }, removeItem: () => { throw new Error('forbidden') } })
    keepCopy('x', { revision: 1, content: 'a' })
    forgetCopy('x')
    expect(readCopy('x', isText)).toBeNull()
  })
})
