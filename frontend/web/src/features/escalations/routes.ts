import { Warning } from '@element-plus/icons-vue'
import { FUNCTIONS } from '@jieli/domain'
import type { FeatureModule } from '@/shared/lib/feature'
import messages from './zh-CN'

const functions = [FUNCTIONS.escalationHandle]

export const escalations: FeatureModule = {
  messages,
  menu: [{ key: 'escalations', title: 'escalations.title', icon: Warning, route: 'escalations', functions, realm: 'tenant', order: 30, phone: true }],
  routes: [{ path: '/escalations', name: 'escalations', component: () => import('./views/EscalationsView.vue'), meta: { title: 'escalations.title', functions } }],
}
