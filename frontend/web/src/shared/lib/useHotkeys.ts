import { onActivated, onBeforeUnmount, onDeactivated, onMounted } from 'vue'

/** Names: "F1", "ctrl+Enter", "1". The handler returns false when it did not use the key. */
export type Hotkeys = Record<string, (event: KeyboardEvent) => boolean | void>

export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true
  return target instanceof HTMLInputElement && !['radio', 'checkbox', 'button', 'file', 'range'].includes(target.type)
}

/** A dialog or drawer is in front: the page's keys rest. */
export const isCovered = (): boolean => document.querySelector('.el-overlay:not([style*="display: none"]), dialog[open]') !== null

/** Keys of a page; silent while the page is kept alive in a tab behind, or a dialog is in front. */
export function useHotkeys(keys: Hotkeys): void {
  let active = false
  const start = () => {
    if (!active) window.addEventListener('keydown', onKey)
    active = true
  }
  const stop = () => {
    window.removeEventListener('keydown', onKey)
    active = false
  }
  function onKey(event: KeyboardEvent): void {
    if (event.isComposing || event.repeat || isCovered()) return
    const name = `${event.ctrlKey || event.metaKey ? 'ctrl+' : ''}${event.key}`
    const handler = keys[name]
    if (handler && handler(event) !== false) event.preventDefault()
  }
  onMounted(start)
  onActivated(start)
  onDeactivated(stop)
  onBeforeUnmount(stop)
}
