import { computed, onActivated, onBeforeUnmount, onDeactivated, ref, shallowRef } from 'vue'
import type { QuestionnaireFault, QuestionnaireVersion } from '@jieli/api'
import type { QuestionnaireDocument } from '@jieli/questionnaire'
import { useApi } from '@/shared/lib/api'
import { translate } from '@/shared/lib/i18n'
import { isProblem, problemText } from '@/shared/lib/problem'
import { isSame } from './model/differing'
import { type History, pushHistory, redo, startHistory, undo } from './model/history'
import { type PlacedFault, placeFault } from './model/places'
import { forgetCopy, keepCopy, readCopy } from './model/copies'
import { documentOf, fetchVersion } from './queries'

const CHECK_AFTER = 450
const SAVE_AFTER = 900

export type SaveState = 'saved' | 'waiting' | 'saving' | 'faulty' | 'failed' | 'conflict' | 'closed'

/** One open draft: its history, what the server finds wrong with it, and its saving. A faulty one is kept on this computer. */
export function useDraft(id: string) {
  const version = shallowRef<QuestionnaireVersion>()
  const history = shallowRef<History<QuestionnaireDocument>>()
  const stored = shallowRef<QuestionnaireDocument>()
  const theirs = shallowRef<QuestionnaireVersion>()
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

  const document = computed(() => history.value?.present)
  const dirty = computed(() => document.value !== undefined && document.value !== stored.value)
  const hard = computed(() => faults.value.filter((fault) => !fault.warning))
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
      if (copy && document.value && !isSame(copy.document, document.value)) {
        restored.value = true
        if (copy.revision !== version.value?.revision) theirs.value = version.value
        history.value = pushHistory(history.value!, copy.document, '', Date.now())
      } else forgetCopy(id)
      await check()
    } catch (problem) {
      error.value = problem
    }
  }

  function take(loaded: QuestionnaireVersion): void {
    version.value = loaded
    stored.value = documentOf(loaded)
    history.value = startHistory(stored.value)
    closed.value = !loaded.can.edit
  }

  /** One change; the same key within a second is one step of undo. */
  function apply(next: QuestionnaireDocument, key = ''): void {
    if (!history.value || closed.value) return
    const was = history.value
    history.value = pushHistory(was, next, key, Date.now())
    if (history.value !== was) changed()
  }
  function stepBack(): void {
    if (!history.value) return
    history.value = undo(history.value)
    changed()
  }
  function stepForward(): void {
    if (!history.value) return
    history.value = redo(history.value)
    changed()
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
    const [judged, mine] = [document.value, turn]
    if (!judged || !version.value) return
    if (dirty.value) keepCopy(id, { revision: version.value.revision, document: judged })
    else forgetCopy(id)
    try {
      const found = await useApi().call('POST /questionnaires/validate', { body: { document: judged, questionnaire_id: version.value.questionnaire_id } })
      if (mine !== turn) return
      place(judged, found.faults, found.warnings)
    } catch (problem) {
      if (mine === turn) failure.value = problemText(problem)
    }
    if (mine !== turn) return
    checking.value = false
    if (dirty.value && hard.value.length === 0 && !failure.value) saveTimer = setTimeout(() => void save(), SAVE_AFTER)
  }

  function place(judged: QuestionnaireDocument, found: readonly QuestionnaireFault[], warnings: readonly QuestionnaireFault[] = []): void {
    faults.value = [...found.map((fault) => placeFault(judged, inWords(fault))), ...warnings.map((fault) => placeFault(judged, fault, true))]
  }

  /** True when the server has what is on screen. */
  async function save(): Promise<boolean> {
    clearTimeout(saveTimer)
    const sent = document.value
    if (!sent || !version.value || theirs.value || closed.value) return false
    if (!dirty.value) return true
    if (saving.value) return false
    saving.value = true
    failure.value = ''
    try {
      const kept = await useApi().call('PUT /questionnaire-versions/{id}', { path: { id }, body: { document: sent }, ifMatch: version.value.revision })
      version.value = kept
      stored.value = sent
      if (document.value === sent) forgetCopy(id)
      restored.value = false
    } catch (problem) {
      refuse(problem, sent)
    } finally {
      saving.value = false
    }
    if (dirty.value && !failure.value && !theirs.value && hard.value.length === 0) saveTimer = setTimeout(() => void save(), SAVE_AFTER)
    return !dirty.value
  }

  function refuse(problem: unknown, sent: QuestionnaireDocument): void {
    if (isProblem(problem, 'conflict')) theirs.value = problem.body.current as QuestionnaireVersion
    else if (isProblem(problem, 'invalid_questionnaire')) {
      place(sent, problem.errors.map(({ pointer, code, message }) => ({ pointer: pointer.replace(/^\/document/, ''), code, message, cure: '' })))
      void check()
    } else {
      failure.value = problemText(problem)
      if (isProblem(problem, 'wrong_state', 404)) closed.value = true
    }
  }

  /** After both versions were compared: what is kept stands on the other's revision. */
  function settle(kept: QuestionnaireDocument): void {
    const other = theirs.value
    if (!other || !history.value) return
    version.value = other
    stored.value = documentOf(other)
    theirs.value = undefined
    closed.value = !other.can.edit
    const same = isSame(kept, stored.value)
    history.value = pushHistory(history.value, same ? stored.value : kept, '', Date.now())
    if (same) forgetCopy(id)
    changed()
  }

  /** Back to what the server has; undo brings the own changes back. */
  function discard(): void {
    if (!stored.value) return
    apply(stored.value)
    forgetCopy(id)
    restored.value = false
  }

  const onUnload = (event: BeforeUnloadEvent): void => {
    if (dirty.value) event.preventDefault()
  }
  const listen = () => window.addEventListener('beforeunload', onUnload)
  const silence = () => window.removeEventListener('beforeunload', onUnload)
  listen()
  onActivated(listen)
  onDeactivated(() => hard.value.length === 0 && !theirs.value && void save())
  onBeforeUnmount(() => {
    clearTimeout(checkTimer)
    clearTimeout(saveTimer)
    silence()
    if (!dirty.value || !version.value || !document.value) return
    keepCopy(id, { revision: version.value.revision, document: document.value })
    if (hard.value.length === 0) void save()
  })
  void load()

  return {
    version, document, theirs, faults, hard, error, failure, state, dirty, restored, checking,
    canUndo: computed(() => (history.value?.past.length ?? 0) > 0),
    canRedo: computed(() => (history.value?.future.length ?? 0) > 0),
    load, apply, undo: stepBack, redo: stepForward, save, settle, discard,
  }
}
/** An empty field, told as the editor names it: the server's words are for writers of files. */
function inWords(fault: QuestionnaireFault): QuestionnaireFault {
  const part = fault.pointer.split('/').pop() ?? ''
  if (fault.code !== 'text' || !WORDED.includes(part)) return fault
  return { ...fault, message: translate('questionnaireEditor.faults.blank', { part: translate(part === 'title' ? 'questionnaireEditor.field.title' : `questionnaireEditor.property.${part}`) }), cure: '' }
}
const WORDED = ['title', 'text', 'label', 'prompt', 'when']
export type Draft = ReturnType<typeof useDraft>
