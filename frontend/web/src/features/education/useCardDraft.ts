import { computed, onBeforeUnmount, ref, shallowRef } from 'vue'
import type { EducationCardVersion } from '@jieli/api'
import { isProblem, problemText } from '@/shared/lib/problem'
import { type CardDocument, documentOf, findFaults, isSameCard } from './card'
import { fetchCardVersion, saveCard, useCardActs } from './queries'

const SAVE_AFTER = 900
export type SaveState = 'saved' | 'waiting' | 'saving' | 'faulty' | 'failed' | 'conflict' | 'closed'

/** One open draft of a card: saves itself, and holds both copies when somebody else saved first. */
export function useCardDraft(id: string) {
  const { renew } = useCardActs()
  const version = shallowRef<EducationCardVersion>()
  const document = shallowRef<CardDocument>()
  const theirs = shallowRef<EducationCardVersion>()
  const error = shallowRef<unknown>(null)
  const failure = ref('')
  const saving = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined

  const faults = computed(() => (document.value ? findFaults(document.value) : []))
  const dirty = computed(() => !!document.value && !!version.value && !isSameCard(document.value, documentOf(version.value)))
  const state = computed<SaveState>(() => {
    if (version.value && !version.value.can.edit) return 'closed'
    if (theirs.value) return 'conflict'
    if (saving.value) return 'saving'
    if (!dirty.value) return 'saved'
    if (faults.value.length) return 'faulty'
    return failure.value ? 'failed' : 'waiting'
  })

  async function load(): Promise<void> {
    error.value = null
    try {
      take(await fetchCardVersion(id))
    } catch (problem) {
      error.value = problem
    }
  }
  function take(loaded: EducationCardVersion): void {
    version.value = loaded
    document.value = documentOf(loaded)
  }
  function change(patch: Partial<CardDocument>): void {
    if (!document.value || state.value === 'closed') return
    document.value = { ...document.value, ...patch }
    failure.value = ''
    plan()
  }
  function plan(): void {
    clearTimeout(timer)
    timer = setTimeout(() => void save(), SAVE_AFTER)
  }

  /** True when the server has what is on screen. */
  async function save(): Promise<boolean> {
    clearTimeout(timer)
    const sent = document.value
    if (!sent || !version.value || theirs.value) return false
    if (!dirty.value) return true
    if (saving.value || faults.value.length) return false
    saving.value = true
    failure.value = ''
    try {
      version.value = await saveCard(id, sent, version.value.revision)
      void renew()
    } catch (problem) {
      if (isProblem(problem, 'conflict', 412)) theirs.value = problem.body.current as EducationCardVersion
      else failure.value = problemText(problem)
    } finally {
      saving.value = false
    }
    if (dirty.value && !failure.value && !theirs.value) plan()
    return !dirty.value
  }

  /** After both were compared: what is kept stands on the other's revision. */
  function settle(keepMine: boolean): void {
    const other = theirs.value
    if (!other) return
    const mine = document.value
    theirs.value = undefined
    take(other)
    if (keepMine && mine) change(mine)
  }

  const onUnload = (event: BeforeUnloadEvent): void => {
    if (dirty.value) event.preventDefault()
  }
  window.addEventListener('beforeunload', onUnload)
  onBeforeUnmount(() => {
    window.removeEventListener('beforeunload', onUnload)
    void save()
  })
  void load()
  return { version, document, theirs, faults, dirty, error, failure, state, load, change, save, settle, take }
}
