import { ref } from 'vue'
import { type Answers, ApiProblem, newKey, type TaskDetail } from '@jieli/api'
import { useApi } from '@/shared/lib/api'
import type { ContactAnswers } from './contact'

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

export interface Outcome {
  answers: Answers
  members: ContactAnswers
  conclusion: string
  late_reason: string
  /** The patient broke off: required answers may be missing, for this reason. */
  partial: boolean
  reason: string
}

export function useSubmit(id: () => string) {
  const busy = ref(false)
  const repeatable = useRepeatable()
  async function submit(body: Outcome): Promise<TaskDetail> {
    busy.value = true
    try {
      return await repeatable(body, (idempotencyKey) => useApi().call('POST /tasks/{id}/submit', { path: { id: id() }, body, idempotencyKey }))
    } finally {
      busy.value = false
    }
  }
  return { busy, submit }
}
