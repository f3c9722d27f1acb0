import { Connection } from '@element-plus/icons-vue'
import { FUNCTIONS } from '@jieli/domain'
import type { FeatureModule } from '@/shared/lib/feature'
import messages from './zh-CN'

const functions = [FUNCTIONS.enrolmentView]

export const enrolments: FeatureModule = {
  messages,
  menu: [{ key: 'enrolments', title: 'enrolments.title', icon: Connection, route: 'enrolments', functions, realm: 'tenant', order: 45 }],
  routes: [{ path: '/enrolments', name: 'enrolments', component: () => import('./views/EnrolmentsView.vue'), meta: { title: 'enrolments.title', functions } }],
}
