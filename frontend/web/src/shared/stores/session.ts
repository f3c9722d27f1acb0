import { computed, ref } from 'vue'
import { defineStore } from 'pinia'
import type { Session } from '@jieli/api'
import { can as mayDo } from '@jieli/domain'
import { useApi } from '@/shared/lib/api'

export const useSession = defineStore('session', () => {
  const session = ref<Session | null>(null)
  /** The server has forgotten us while a page was open; the shell asks for the password over it. */
  const expired = ref(false)
  const user = computed(() => session.value?.user ?? null)
  const authenticated = computed(() => session.value?.authenticated ?? false)
  const realm = computed(() => session.value?.realm ?? 'tenant')

  async function load(): Promise<void> {
    session.value = await useApi().call('GET /session', {})
  }
  async function logIn(username: string, password: string): Promise<void> {
    session.value = await useApi().call('POST /session', { body: { username, password } })
    expired.value = false
  }
  async function logOut(): Promise<void> {
    await useApi().call('DELETE /session', {})
    // A full reload leaves nothing of this person in memory.
    window.location.assign('/login')
  }
  /** Hides what the user may not do; the server decides. */
  const can = (...anyOf: string[]): boolean => mayDo(user.value?.functions, ...anyOf)

  return { session, user, authenticated, realm, expired, load, logIn, logOut, can }
})
