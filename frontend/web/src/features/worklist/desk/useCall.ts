import { ref } from 'vue'
import type { AttemptOutcome, TaskDetail } from '@jieli/api'
import { ATTEMPT_OUTCOMES, labelOf } from '@jieli/domain'
import { useApi } from '@/shared/lib/api'
import { translate as t } from '@/shared/lib/i18n'
import { tell } from '@/shared/ui/feedback'
import { useTaskCache } from '../queries'
import type { AttemptInput } from './AttemptDialog.vue'

/** The acts of a call besides handing in: starting, what a try came to, taking a task out of the contact. */
export function useCall(task: () => TaskDetail) {
  const cache = useTaskCache()
  const acting = ref(false)
  const attempting = ref(false)
  const preset = ref<AttemptOutcome | ''>('')

  async function act(work: () => Promise<TaskDetail>): Promise<boolean> {
    acting.value = true
    try {
      cache.put(await work())
      return true
    } catch (error) {
      tell.problem(error)
      return false
    } finally {
      acting.value = false
    }
  }
  const start = () => act(() => useApi().call('POST /tasks/{id}/start', { path: { id: task().id } }))
  const detach = (memberId: string) => act(() => useApi().call('POST /tasks/{id}/detach', { path: { id: task().id }, body: { member_id: memberId } }))

  function ask(outcome: AttemptOutcome | ''): void {
    preset.value = outcome
    attempting.value = true
  }
  async function record({ channel, outcome, note, close, lateReason }: AttemptInput): Promise<void> {
    const path = { id: task().id }
    if (task().state === 'planned') cache.put(await useApi().call('POST /tasks/{id}/start', { path }))
    const after = await useApi().call('POST /tasks/{id}/attempts', { path, body: { channel, outcome, note } })
    cache.put(after)
    tell.done(t('worklist.attempt.done', { outcome: labelOf(ATTEMPT_OUTCOMES, outcome), count: after.attempts.length }))
    if (!close) return
    const reason = [labelOf(ATTEMPT_OUTCOMES, outcome), note].filter(Boolean).join('：')
    cache.put(await useApi().call('POST /tasks/{id}/close', { path, body: { outcome: close, reason, late_reason: lateReason } }))
    tell.done(t('worklist.attempt.closed'))
  }
  async function noAnswer(): Promise<void> {
    acting.value = true
    await record({ channel: 'T', outcome: 'no_answer', note: '', close: null, lateReason: '' }).catch(tell.problem)
    acting.value = false
  }
  return { acting, attempting, preset, start, detach, ask, record, noAnswer }
}
