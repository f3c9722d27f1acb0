import { ref } from 'vue'
import { type Answers, ApiProblem, newKey, type TaskDetail } from '@jieli/api'
import { useApi } from '@/shared/lib/api'

/**
 * A POST that may have to be repeated after a lost answer: the same content goes out under the same key, so that the
 * server does it once. Any answer from the server ends that.
 */
function useRepeatable() {
  let key = ''
  let content = ''
  return async <Result>(body: unknown, send: (key: string) => Promise<Result>): Promise<Result> => {
    const text = JSON.stringify(body)
    if (text !== content) [key, content] = [newKey(), text]
    try {
      const result = await send(key)
      content = ''
      return result
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.status !== 0) content = ''
      throw error
    }
  }
}

export function useSubmit(id: () => string) {
  const busy = ref(false)
  const repeatable = useRepeatable()
  async function submit(answers: Answers, conclusion: string, lateReason: string): Promise<TaskDetail> {
    const body = { answers, conclusion, late_reason: lateReason }
    busy.value = true
    try {
      return await repeatable(body, (idempotencyKey) => useApi().call('POST /tasks/{id}/submit', { path: { id: id() }, body, idempotencyKey }))
    } finally {
      busy.value = false
    }
  }
  return { busy, submit }
}
