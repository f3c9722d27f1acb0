import { computed, ref, watchEffect } from 'vue'
import { defineStore } from 'pinia'

export type Theme = 'light' | 'dark' | 'system'
export type Density = 'compact' | 'comfortable'
export type TextSize = '100' | '125' | '150'

const KEY = 'jieli.preferences'
interface Stored {
  theme?: Theme
  density?: Density
  textSize?: TextSize
  collapsed?: boolean
}

function read(): Stored {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Stored
  } catch {
    return {}
  }
}

/** How this computer shows things; kept in the browser, never anything about a patient. */
export const usePreferences = defineStore('preferences', () => {
  const stored = read()
  const theme = ref<Theme>(stored.theme ?? 'light')
  const density = ref<Density>(stored.density ?? 'compact')
  const textSize = ref<TextSize>(stored.textSize ?? '100')
  const collapsed = ref(stored.collapsed ?? false)

  const system = window.matchMedia('(prefers-color-scheme: dark)')
  const systemDark = ref(system.matches)
  system.addEventListener('change', (event) => (systemDark.value = event.matches))
  const dark = computed(() => theme.value === 'dark' || (theme.value === 'system' && systemDark.value))

  watchEffect(() => {
    const root = document.documentElement
    root.classList.toggle('dark', dark.value)
    root.dataset.density = density.value
    root.dataset.text = textSize.value
    const values: Stored = { theme: theme.value, density: density.value, textSize: textSize.value, collapsed: collapsed.value }
    try {
      localStorage.setItem(KEY, JSON.stringify(values))
    } catch {
      // A browser without storage keeps the choice until the page closes.
    }
  })
  return { theme, density, textSize, collapsed, dark }
})
