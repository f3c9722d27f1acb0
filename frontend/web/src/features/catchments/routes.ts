import { OfficeBuilding } from '@element-plus/icons-vue'
import { FUNCTIONS } from '@jieli/domain'
import type { FeatureModule } from '@/shared/lib/feature'
import messages from './zh-CN'

const view = [FUNCTIONS.catchmentsView]

export const catchments: FeatureModule = {
  messages,
  menu: [{ key: 'catchments', title: 'catchments.title', icon: OfficeBuilding, route: 'catchments', functions: view, realm: 'tenant', order: 91 }],
  routes: [{ path: '/catchments', name: 'catchments', component: () => import('./views/CatchmentsView.vue'), meta: { title: 'catchments.title', functions: view } }],
}
