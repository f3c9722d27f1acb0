import type { Router } from 'vue-router'
import { useSession } from '@/shared/stores/session'
import { visibleMenu } from './menu'

/** Who is let where. A missing right is answered inside the shell (ShellLayout), so that the address stays. */
export function installGuards(router: Router): void {
  router.beforeEach((to) => {
    const session = useSession()
    if (!session.authenticated) {
      return to.meta.bare ? true : { name: 'login', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
    }
    if (to.name !== 'login' && to.path !== '/') return true
    const first = visibleMenu(session.realm, session.can)[0]
    return first ? { name: first.route } : { name: 'forbidden' }
  })
}
