import { inject, type InjectionKey, type MaybeRefOrGetter, toValue, watchEffect } from 'vue'

/** Provided by the shell around every page. */
export const PAGE_TITLE: InjectionKey<(title: string) => void> = Symbol('page title')

/** Names the page's tab and the end of its breadcrumb, e.g. with the (masked) patient. */
export function usePageTitle(title: MaybeRefOrGetter<string | undefined>): void {
  const set = inject(PAGE_TITLE, undefined)
  watchEffect(() => {
    const text = toValue(title)
    if (text) set?.(text)
  })
}
