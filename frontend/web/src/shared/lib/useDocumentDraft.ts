import { computed, onActivated, onBeforeUnmount, onDeactivated, ref, shallowRef } from 'vue'
import { type Copy, forgetCopy, keepCopy, readCopy } from './copies'
import { type History, pushHistory, redo, startHistory, undo } from './history'
import { isProblem, problemText } from './problem'

const CHECK_AFTER = 450
const SAVE_AFTER = 900

/** `faulty`: something is left to do; with `keepsFaulty` it is stored all the same. */
export type SaveState = 'saved' | 'waiting' | 'saving' | 'faulty' | 'failed' | 'conflict' | 'closed'

export interface DraftVersion {
  revision: number
  can: { edit: boolean }
}

/** How one kind of draft is read, judged and stored. */
export interface DraftPlan<Version extends DraftVersion, Content, Fault> {
  /** Under which its copy is kept on this computer, the id included. */
  name: string
  fetch: () => Promise<Version>
  contentOf: (version: Version) => Content
  isContent: (kept: unknown) => boolean
  isSame: (one: Content, other: Content) => boolean
  judge: (content: Content, version: Version) => Promise<readonly Fault[]> | readonly Fault[]
  /** A fault, not a mere notice. */
  isHard: (fault: Fault) => boolean
  put: (content: Content, version: Version) => Promise<Version>
  /** The server stores unfinished work too, and lists what is left to do. */
  keepsFaulty: boolean
  /** Faults told by the refusal of `put`; null when it says nothing of the content. */
  readRefusal?: (problem: unknown, sent: Content) => readonly Fault[] | null
  saved?: () => void
}

/** One open draft: its history, what is wrong with it, its saving, and the other's version when two people wrote at once. */
export function useDocumentDraft<Version extends DraftVersion, Content, Fault>(plan: DraftPlan<Version, Content, Fault>) {
  const version = shallowRef<Version>()
  const history = shallowRef<History<Content>>()
  const stored = shallowRef<Content>()
  const theirs = shallowRef<Version>()
  const faults = shallowRef<readonly Fault[]>([])
  const error = shallowRef<unknown>(null)
  const failure = ref('')
  const checking = ref(false)
  const saving = ref(false)
  const closed = ref(false)
  const restored = ref(false)
  let checkTimer: ReturnType<typeof setTimeout> | undefined
  let saveTimer: ReturnType<typeof setTimeout> | undefined
  let turn = 0

  const content = computed(() => history.value?.present)
  const dirty = computed(() => content.value !== undefined && content.value !== stored.value)
  const hard = computed(() => faults.value.filter(plan.isHard))
  const mayStore = computed(() => plan.keepsFaulty || hard.value.length === 0)
  const state = computed<SaveState>(() => {
    if (theirs.value) return 'conflict'
    if (closed.value) return 'closed'
    if (saving.value) return 'saving'
    if (dirty.value && failure.value) return 'failed'
    const faulty = hard.value.length > 0 && !checking.value
    if (dirty.value) return faulty && !plan.keepsFaulty ? 'faulty' : 'waiting'
    return faulty ? 'faulty' : 'saved'
  })

  async function load(): Promise<void> {
    error.value = null
    try {
      take(await plan.fetch())
      const copy: Copy<Content> | null = readCopy(plan.name, plan.isContent)
      if (copy && version.value?.can.edit && history.value && !plan.isSame(copy.content, history.value.present)) {
        restored.value = true
        if (copy.revision !== version.value.revision) theirs.value = version.value
        history.value = pushHistory(history.value, copy.content, '', Date.now())
      } else forgetCopy(plan.name)
      await check()
    } catch (problem) {
      error.value = problem
    }
  }

  function take(loaded: Version): void {
    version.value = loaded
    stored.value = plan.contentOf(loaded)
    history.value = startHistory(stored.value)
    closed.value = !loaded.can.edit
  }

  /** One change; of the same key without a pause, one step of undo. */
  function apply(next: Content, key = ''): void {
    if (history.value && !closed.value) move(pushHistory(history.value, next, key, Date.now()))
  }
  function travel(by: typeof undo): void {
    if (history.value && !closed.value) move(by(history.value))
  }
  function move(next: History<Content>): void {
    const was = history.value
    history.value = next
    if (next.present !== was?.present) changed()
  }

  function changed(): void {
    failure.value = ''
    checking.value = true
    turn += 1
    clearTimeout(checkTimer)
    clearTimeout(saveTimer)
    checkTimer = setTimeout(() => void check(), CHECK_AFTER)
  }

  async function check(): Promise<void> {
    const [judged, mine] = [content.value, turn]
    if (judged === undefined || !version.value) return
    if (dirty.value) keepCopy(plan.name, { revision: version.value.revision, content: judged })
    else forgetCopy(plan.name)
    try {
      const found = await plan.judge(judged, version.value)
      if (mine !== turn) return
      faults.value = found
    } catch (problem) {
      if (mine === turn) failure.value = problemText(problem)
    }
    if (mine !== turn) return
    checking.value = false
    saveSoon()
  }

  function saveSoon(): void {
    clearTimeout(saveTimer)
    if (dirty.value && mayStore.value && !failure.value && !theirs.value && !closed.value) saveTimer = setTimeout(() => void save(), SAVE_AFTER)
  }

  /** True when the server has what is on screen. */
  async function save(): Promise<boolean> {
    clearTimeout(saveTimer)
    const sent = content.value
    if (sent === undefined || !version.value || theirs.value || closed.value) return false
    if (!dirty.value) return true
    if (saving.value || !mayStore.value) return false
    saving.value = true
    failure.value = ''
    try {
      version.value = await plan.put(sent, version.value)
      stored.value = sent
      if (content.value === sent) forgetCopy(plan.name)
      restored.value = false
      plan.saved?.()
    } catch (problem) {
      refuse(problem, sent)
    } finally {
      saving.value = false
    }
    saveSoon()
    return !dirty.value
  }

  function refuse(problem: unknown, sent: Content): void {
    if (isProblem(problem, 412)) {
      theirs.value = problem.body.current as Version
      return
    }
    failure.value = problemText(problem)
    const told = plan.readRefusal?.(problem, sent)
    if (told && content.value === sent) faults.value = told
    if (isProblem(problem, 404, 409)) closed.value = true
  }

  /** After both versions were compared: what is kept stands on the other's revision. */
  function settle(kept: Content): void {
    const other = theirs.value
    if (!other || !history.value) return
    version.value = other
    stored.value = plan.contentOf(other)
    theirs.value = undefined
    closed.value = !other.can.edit
    const same = plan.isSame(kept, stored.value)
    history.value = pushHistory(history.value, same ? stored.value : kept, '', Date.now())
    if (same) forgetCopy(plan.name)
    changed()
  }

  /** Back to what the server has; undo brings the own changes back. */
  function discard(): void {
    if (stored.value !== undefined) apply(stored.value)
    forgetCopy(plan.name)
    restored.value = false
  }

  const onUnload = (event: BeforeUnloadEvent): void => {
    if (dirty.value) event.preventDefault()
  }
  const listen = () => window.addEventListener('beforeunload', onUnload)
  const silence = () => window.removeEventListener('beforeunload', onUnload)
  listen()
  onActivated(listen)
  onDeactivated(() => void save())
  onBeforeUnmount(() => {
    clearTimeout(checkTimer)
    clearTimeout(saveTimer)
    silence()
    if (!dirty.value || !version.value || content.value === undefined) return
    keepCopy(plan.name, { revision: version.value.revision, content: content.value })
    void save()
  })
  void load()

  return {
    version, content, theirs, faults, hard, error, failure, state, dirty, restored, checking,
    canUndo: computed(() => (history.value?.past.length ?? 0) > 0),
    canRedo: computed(() => (history.value?.future.length ?? 0) > 0),
    load, take, apply, undo: () => travel(undo), redo: () => travel(redo), save, settle, discard,
  }
}
