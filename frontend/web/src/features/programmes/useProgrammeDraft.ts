import { computed, onActivated, onBeforeUnmount, onDeactivated, ref, shallowRef } from 'vue'
import { useQueryClient } from '@tanstack/vue-query'
import type { ProgrammeVersion } from '@jieli/api'
import { useApi } from '@/shared/lib/api'
import { isProblem, problemText } from '@/shared/lib/problem'
import { type Content, isSame } from './model/differing'
import type { ProgrammeDocument } from './model/document'
import { type PlacedFault, placeFault } from './model/faults'
import { type History, pushHistory, startHistory, stepBack, stepForward } from './model/history'
import { forgetCopy, keepCopy, readCopy } from './model/copies'
import { fetchVersion } from './queries'

const CHECK_AFTER = 400
const SAVE_AFTER = 900

export type SaveState = 'saved' | 'waiting' | 'saving' | 'faulty' | 'failed' | 'conflict' | 'closed'
const contentOf = (version: ProgrammeVersion): Content => ({ document: version.document as ProgrammeDocument, startsOn: version.starts_on })

/** One open draft: history, faults by the server, saving. What the server cannot take yet is kept on this computer. */
export function useProgrammeDraft(id: string) {
  const queries = useQueryClient()
  const version = shallowRef<ProgrammeVersion>()
  const history = shallowRef<History<Content>>()
  const stored = shallowRef<Content>()
  const theirs = shallowRef<ProgrammeVersion>()
  const base = shallowRef<Content>()
  const faults = shallowRef<PlacedFault[]>([])
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
  const document = computed(() => content.value?.document)
  const dirty = computed(() => content.value !== undefined && content.value !== stored.value)
  const hard = computed(() => faults.value.filter((fault) => !fault.isWarning))
  const state = computed<SaveState>(() => {
    if (theirs.value) return 'conflict'
    if (closed.value) return 'closed'
    if (saving.value) return 'saving'
    if (!dirty.value) return 'saved'
    if (failure.value) return 'failed'
    return hard.value.length && !checking.value ? 'faulty' : 'waiting'
  })

  async function load(): Promise<void> {
    error.value = null
    try {
      take(await fetchVersion(id))
      const copy = readCopy(id)
      if (copy && history.value && version.value?.can.edit && !isSame(copy.content, history.value.present)) {
        restored.value = true
        if (copy.revision !== version.value.revision) [theirs.value, base.value] = [version.value, copy.base]
        history.value = pushHistory(history.value, copy.content, '', Date.now())
      } else forgetCopy(id)
      await check()
    } catch (problem) {
      error.value = problem
    }
  }

  function take(loaded: ProgrammeVersion): void {
    version.value = loaded
    stored.value = contentOf(loaded)
    history.value = startHistory(stored.value)
    closed.value = !loaded.can.edit
  }

  /** One change; of the same key without a pause, one step of undo. */
  function apply(next: ProgrammeDocument, key = ''): void {
    if (content.value && next !== content.value.document) push({ ...content.value, document: next }, key)
  }
  function setStart(startsOn: string): void {
    if (content.value && startsOn !== content.value.startsOn) push({ ...content.value, startsOn }, 'starts_on')
  }
  function push(next: Content, key = ''): void {
    if (!history.value || closed.value) return
    history.value = pushHistory(history.value, next, key, Date.now())
    changed()
  }
  function travel(by: typeof stepBack): void {
    if (!history.value || closed.value) return
    const was = history.value
    history.value = by(was)
    if (history.value.present !== was.present) changed()
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
    if (!judged || !version.value) return
    keep()
    try {
      const found = await useApi().call('POST /programmes/validate', { body: { document: judged.document } })
      if (mine !== turn) return
      faults.value = [...found.faults.map((fault) => placeFault(fault)), ...found.warnings.map((fault) => placeFault(fault, true))]
    } catch (problem) {
      if (mine === turn) failure.value = problemText(problem)
    }
    if (mine !== turn) return
    checking.value = false
    saveSoon()
  }

  /** In a conflict what is kept already stands on the revision that both started from. */
  function keep(): void {
    if (theirs.value || !version.value || !content.value || !stored.value) return
    if (dirty.value) keepCopy(id, { revision: version.value.revision, content: content.value, base: stored.value })
    else forgetCopy(id)
  }

  function saveSoon(): void {
    if (dirty.value && hard.value.length === 0 && !failure.value && !theirs.value) saveTimer = setTimeout(() => void save(), SAVE_AFTER)
  }

  /** True when the server has what is on screen. */
  async function save(): Promise<boolean> {
    clearTimeout(saveTimer)
    const sent = content.value
    if (!sent || !version.value || theirs.value || closed.value) return false
    if (!dirty.value) return true
    if (saving.value || hard.value.length) return false
    saving.value = true
    failure.value = ''
    try {
      const body = { document: sent.document, starts_on: sent.startsOn }
      version.value = await useApi().call('PUT /programme-versions/{id}', { path: { id }, body, ifMatch: version.value.revision })
      stored.value = sent
      if (content.value === sent) forgetCopy(id)
      restored.value = false
      void queries.invalidateQueries({ queryKey: ['programmes'], predicate: ({ queryKey }) => queryKey[1] !== 'vocabulary' })
    } catch (problem) {
      refuse(problem)
    } finally {
      saving.value = false
    }
    saveSoon()
    return !dirty.value
  }

  function refuse(problem: unknown): void {
    if (isProblem(problem, 412)) [theirs.value, base.value] = [problem.body.current as ProgrammeVersion, stored.value]
    else {
      failure.value = problemText(problem)
      if (isProblem(problem, 404, 409)) closed.value = true
    }
  }

  /** After both were compared: what is kept stands on the other's revision. */
  function settle(kept: Content): void {
    const other = theirs.value
    if (!other || !history.value) return
    version.value = other
    stored.value = contentOf(other)
    theirs.value = undefined
    closed.value = !other.can.edit
    history.value = pushHistory(history.value, isSame(kept, stored.value) ? stored.value : kept, '', Date.now())
    changed()
  }

  /** Back to what the server has; undo brings the own changes back. */
  function discard(): void {
    if (stored.value) push(stored.value)
    forgetCopy(id)
    restored.value = false
  }

  const onUnload = (event: BeforeUnloadEvent): void => {
    if (dirty.value) event.preventDefault()
  }
  const listen = () => window.addEventListener('beforeunload', onUnload)
  listen()
  onActivated(listen)
  onDeactivated(() => void save())
  onBeforeUnmount(() => {
    clearTimeout(checkTimer)
    clearTimeout(saveTimer)
    window.removeEventListener('beforeunload', onUnload)
    if (!dirty.value) return
    keep()
    void save()
  })
  void load()

  return {
    version, content, document, theirs, base, faults, hard, error, failure, state, dirty, restored, checking, closed,
    canUndo: computed(() => (history.value?.past.length ?? 0) > 0),
    canRedo: computed(() => (history.value?.future.length ?? 0) > 0),
    load, apply, setStart, undo: () => travel(stepBack), redo: () => travel(stepForward), save, settle, discard,
  }
}
export type ProgrammeDraft = ReturnType<typeof useProgrammeDraft>
