import { type Component, defineComponent, h, provide, type VNode } from 'vue'
import { PAGE_TITLE } from '@/shared/lib/useTitle'

/**
 * KeepAlive knows pages by component name, but two tasks are one component. So each tab gets a thin wrapper of its own
 * name; the page inside keeps the props it was opened with, whatever the address bar says meanwhile.
 */
const wrappers = new Map<string, Component>()

export function wrapPage(key: string, page: VNode, rename: (key: string, title: string) => void): Component {
  const known = wrappers.get(key)
  if (known) return known
  const wrapper = defineComponent({
    name: key,
    setup() {
      provide(PAGE_TITLE, (title) => rename(key, title))
      return () => h(page)
    },
  })
  wrappers.set(key, wrapper)
  return wrapper
}

export function forgetPages(open: readonly string[]): void {
  for (const key of wrappers.keys()) if (!open.includes(key)) wrappers.delete(key)
}
