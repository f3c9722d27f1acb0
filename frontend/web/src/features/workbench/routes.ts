import { Monitor } from '@element-plus/icons-vue'
import { FUNCTIONS } from '@jieli/domain'
import type { FeatureModule } from '@/shared/lib/feature'
import messages from './zh-CN'

const functions = [FUNCTIONS.taskView]

export const workbench: FeatureModule = {
  messages,
  menu: [{ key: 'workbench', title: 'workbench.title', icon: Monitor, route: 'workbench', functions, realm: 'tenant', order: 10, phone: true }],
  routes: [{ path: '/workbench', name: 'workbench', component: () => import('./views/WorkbenchView.vue'), meta: { title: 'workbench.title', functions } }],
}
