import type { FeatureModule } from '@/shared/lib/feature'
import messages from './zh-CN'

export const session: FeatureModule = {
  messages,
  routes: [{ path: '/login', name: 'login', component: () => import('./views/LoginView.vue'), meta: { bare: true, title: 'session.title' } }],
}
