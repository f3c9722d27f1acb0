import { MapLocation } from '@element-plus/icons-vue'
import { FUNCTIONS } from '@jieli/domain'
import type { FeatureModule } from '@/shared/lib/feature'
import messages from './zh-CN'

const functions = [FUNCTIONS.routingView]

export const routing: FeatureModule = {
  messages,
  menu: [{ key: 'routing', title: 'routing.title', icon: MapLocation, route: 'routing', functions, realm: 'tenant', order: 50 }],
  routes: [{ path: '/routing', name: 'routing', component: () => import('./views/QueueView.vue'), meta: { title: 'routing.title', functions } }],
}
