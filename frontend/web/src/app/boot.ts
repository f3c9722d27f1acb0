import { createApp } from 'vue'
import { createPinia } from 'pinia'
import { VueQueryPlugin } from '@tanstack/vue-query'
import { i18n } from '@/shared/lib/i18n'
import { usePreferences } from '@/shared/stores/preferences'
import { useSession } from '@/shared/stores/session'
import App from './App.vue'
import { installMessages } from './features'
import { installHttp } from './http'
import { queryClient } from './queries'
import { router } from './router'
import shellTexts from './zh-CN'

/** The session first: every guard, menu and title hangs on it. */
export async function boot(): Promise<void> {
  i18n.global.mergeLocaleMessage('zh-CN', shellTexts)
  installMessages()
  installHttp()
  const pinia = createPinia()
  const app = createApp(App)
  app.use(pinia).use(i18n)
  usePreferences(pinia)
  try {
    await useSession(pinia).load()
  } catch (error) {
    const { default: BootError } = await import('./views/BootError.vue')
    createApp(BootError, { error }).use(i18n).mount('#app')
    return
  }
  app.use(VueQueryPlugin, { queryClient }).use(router)
  await router.isReady().catch(() => undefined)
  app.mount('#app')
}
