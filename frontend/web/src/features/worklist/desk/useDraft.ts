import { computed, onBeforeUnmount, onDeactivated, ref, watch } from 'vue'
import type { TaskDetail, TaskSection } from '@jieli/api'
import { useApi } from '@/shared/lib/api'
import { isProblem } from '@/shared/lib/problem'
import { useTaskCache } from '../queries'
import { answersOf, type ContactAnswers, describeAnswers, isSame, splitAnswers } from './contact'

export type DraftState = 'clean' | 'dirty' | 'saving' | 'saved' | 'failed' | 'conflict'
/** A task that left the contact while answers to it were not saved yet. */
export interface LeftBehind {
  section: TaskSection
  answers: { text: string; answer: string }[]
}
const PAUSE_MS = 900
const RETRY_MS = 8_000

/**
 * The answers on screen, of all tasks of the contact, and their way to the server: saved after a pause in typing, one
 * request at a time, each built on the version before. A 412 stops it until the user has chosen whose answers hold.
 */
export function useDraft(task: () => TaskDetail, enabled: () => boolean) {
  const cache = useTaskCache()
  const answers = ref<ContactAnswers>(answersOf(task()))
  const state = ref<DraftState>('clean')
  const savedAt = ref<Date | null>(null)
  const left = ref<LeftBehind[]>([])
  let version = task().version
  let stored = answersOf(task())
  let running: Promise<void> | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  const isDirty = (): boolean => !isSame(answers.value, stored)

  function adopt(from: TaskDetail): void {
    answers.value = answersOf(from)
    version = from.version
    stored = answersOf(from)
    state.value = 'clean'
  }
  /** What acts and reloads bring: our own saved answers under a new version, or somebody else's. */
  watch(task, (now, before) => {
    const theirs = answersOf(now)
    if (now.version === version && isSame(theirs, stored)) return
    if (!isDirty()) adopt(now)
    else if (isSame(theirs, stored)) version = now.version
    else if (!isSame(Object.keys(theirs), Object.keys(stored))) takeOver(now, before)
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
      const done = await useApi().call('PUT /tasks/{id}/draft', { path: { id: task().id }, body: splitAnswers(task(), sent), ifMatch: version })
      version = done.version
      stored = sent
      savedAt.value = new Date()
      state.value = isDirty() ? 'dirty' : 'saved'
      cache.putDraft(task().id, done, sent)
      if (isDirty()) plan(PAUSE_MS)
    } catch (error) {
      if (isContactChange(error)) return void (await reload())
      state.value = isProblem(error, 412) ? 'conflict' : 'failed'
      if (state.value === 'failed') plan(RETRY_MS)
    }
  }

  /** The contact is another one now: its present tasks, with what is filled in here for those that stayed. */
  async function reload(): Promise<void> {
    try {
      const latest = await useApi().call('GET /tasks/{id}', { path: { id: task().id } })
      takeOver(latest, task())
      cache.put(latest)
    } catch {
      state.value = 'failed'
      plan(RETRY_MS)
    }
  }
  function takeOver(now: TaskDetail, before: TaskDetail): void {
    const theirs = answersOf(now)
    const mine = answers.value
    const stayed = Object.keys(theirs).filter((id) => id in mine)
    const touched = stayed.some((id) => !isSame(theirs[id], stored[id]))
    left.value = before.sections
      .filter(({ task_id: id }) => !(id in theirs) && !isSame(mine[id], stored[id]))
      .map((section) => ({ section, answers: describeAnswers(section, mine[section.task_id] ?? {}) }))
    version = now.version
    stored = theirs
    answers.value = { ...theirs, ...Object.fromEntries(stayed.map((id) => [id, mine[id]!])) }
    state.value = touched ? 'conflict' : 'clean'
    if (!touched && isDirty()) plan(PAUSE_MS)
  }

  /** After a conflict: ours over theirs, or theirs. */
  async function resolve(latest: TaskDetail, keepMine: boolean): Promise<void> {
    const mine = answers.value
    adopt(latest)
    cache.put(latest)
    if (!keepMine) return
    answers.value = { ...answersOf(latest), ...Object.fromEntries(Object.keys(answersOf(latest)).map((id) => [id, mine[id] ?? {}])) }
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
  return { answers, state: computed(() => state.value), savedAt, left, save, reload, resolve }
}

/** A task came to the contact or left it meanwhile. */
export const isContactChange = (error: unknown): boolean =>
  isProblem(error, 'contact_changed') || (isProblem(error, 422) && error.errors.some((fault) => fault.code === 'not_in_contact'))
