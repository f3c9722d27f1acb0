import { reactive } from 'vue'
import type { RouteLocationNormalizedLoaded } from 'vue-router'

export interface Tab {
  /** Route name and parameters: two tasks are two tabs, two filters of one list are one. */
  key: string
  path: string
  /** i18n key, until the page names itself. */
  titleKey: string
  title: string
}
const LIMIT = 12

export const keyOf = (route: RouteLocationNormalizedLoaded): string => [String(route.name), ...Object.values(route.params)].join(':')

/** The open tabs; what is closed is also dropped from the cache. Lives as long as the page, holds no patient data but titles. */
export function useTabs() {
  const tabs = reactive<Tab[]>([])

  function visit(route: RouteLocationNormalizedLoaded): void {
    const key = keyOf(route)
    const open = tabs.find((tab) => tab.key === key)
    if (open) open.path = route.fullPath
    else tabs.push({ key, path: route.fullPath, titleKey: route.meta.title ?? '', title: '' })
    if (tabs.length > LIMIT) tabs.splice(oldest(key), 1)
  }
  /** Single records go before lists. */
  function oldest(present: string): number {
    const record = tabs.findIndex((tab) => tab.key !== present && tab.key.includes(':'))
    return record >= 0 ? record : tabs.findIndex((tab) => tab.key !== present)
  }
  /** Closes one and says where to go when it was the present one. */
  function close(key: string, present: string): string | null {
    const at = tabs.findIndex((tab) => tab.key === key)
    tabs.splice(at, 1)
    return key === present ? (tabs[Math.max(0, at - 1)]?.path ?? '/') : null
  }
  const closeOthers = (key: string): void => void tabs.splice(0, tabs.length, ...tabs.filter((tab) => tab.key === key))
  function rename(key: string, title: string): void {
    const tab = tabs.find((open) => open.key === key)
    if (tab) tab.title = title
  }
  return { tabs, visit, close, closeOthers, rename }
}
