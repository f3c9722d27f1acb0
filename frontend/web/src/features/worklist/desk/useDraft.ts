import { computed, onBeforeUnmount, onDeactivated, ref, watch } from 'vue'
import type { Answers, TaskDetail } from '@jieli/api'
import { useApi } from '@/shared/lib/api'
import { isProblem } from '@/shared/lib/problem'
import { useTaskCache } from '../queries'

export type DraftState = 'clean' | 'dirty' | 'saving' | 'saved' | 'failed' | 'conflict'
const PAUSE_MS = 900
const RETRY_MS = 8_000

/**
 * The answers on screen and their way to the server: saved after a pause in typing, one request at a time, each built
 * on the version before. A 412 stops it until the user has chosen whose answers hold.
 */
export function useDraft(task: () => TaskDetail, enabled: () => boolean) {
  const cache = useTaskCache()
  const answers = ref<Answers>(task().answers)
  const state = ref<DraftState>('clean')
  const savedAt = ref<Date | null>(null)
  let version = task().version
  let stored = JSON.stringify(task().answers)
  let running: Promise<void> | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  const isDirty = (): boolean => JSON.stringify(answers.value) !== stored

  function adopt(from: TaskDetail): void {
    answers.value = from.answers
    version = from.version
    stored = JSON.stringify(from.answers)
    state.value = 'clean'
  }
  /** What acts and reloads bring: our own saved answers under a new version, or somebody else's. */
  watch(task, (now) => {
    if (now.version === version && JSON.stringify(now.answers) === stored) return
    if (!isDirty()) adopt(now)
    else if (JSON.stringify(now.answers) === stored) version = now.version
    else if (now.version !== version) state.value = 'conflict'
  })

  watch(answers, () => {
    if (!enabled() || !isDirty() || state.value === 'conflict') return
    if (state.value !== 'saving') state.value = 'dirty'
    plan(PAUSE_MS)
  })
  function plan(pause: number): void {
    clearTimeout(timer)
    timer = setTimeout(() => void save(), pause)
  }

  /** Resolves when nothing is under way; what was typed meanwhile is saved as well. */
  async function save(): Promise<void> {
    clearTimeout(timer)
    if (running) await running
    if (!enabled() || !isDirty() || state.value === 'conflict') return
    running = send().finally(() => (running = null))
    await running
  }
  async function send(): Promise<void> {
    const sent = answers.value
    state.value = 'saving'
    try {
      const done = await useApi().call('PUT /tasks/{id}/draft', { path: { id: task().id }, body: { answers: sent }, ifMatch: version })
      version = done.version
      stored = JSON.stringify(sent)
      savedAt.value = new Date()
      state.value = isDirty() ? 'dirty' : 'saved'
      cache.putDraft(task().id, version, sent)
      if (isDirty()) plan(PAUSE_MS)
    } catch (error) {
      state.value = isProblem(error, 412) ? 'conflict' : 'failed'
      if (state.value === 'failed') plan(RETRY_MS)
    }
  }

  /** After a conflict: ours over theirs, or theirs. */
  async function resolve(keepMine: boolean): Promise<void> {
    const latest = await useApi().call('GET /tasks/{id}', { path: { id: task().id } })
    const mine = answers.value
    adopt(latest)
    cache.put(latest)
    if (!keepMine) return
    answers.value = mine
    await save()
  }

  const leaveWarning = (event: BeforeUnloadEvent) => {
    if (enabled() && isDirty()) event.preventDefault()
  }
  window.addEventListener('beforeunload', leaveWarning)
  const flush = () => void save()
  onDeactivated(flush)
  onBeforeUnmount(() => {
    window.removeEventListener('beforeunload', leaveWarning)
    flush()
  })
  return { answers, state: computed(() => state.value), savedAt, save, resolve }
}
