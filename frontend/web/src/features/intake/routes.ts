import { Connection, DocumentDelete } from '@element-plus/icons-vue'
import { FUNCTIONS } from '@jieli/domain'
import type { FeatureModule } from '@/shared/lib/feature'
import messages from './zh-CN'

const view = [FUNCTIONS.intakeView]
const quarantine = [FUNCTIONS.quarantineView]

export const intake: FeatureModule = {
  messages,
  menu: [
    { key: 'quarantine', title: 'intake.quarantine', icon: DocumentDelete, route: 'quarantine', functions: quarantine, realm: 'tenant', order: 70, phone: true },
    { key: 'intake', title: 'intake.messages', icon: Connection, route: 'intake', functions: view, realm: 'tenant', order: 71, phone: true },
  ],
  routes: [
    { path: '/intake/messages', name: 'intake', component: () => import('./views/MessagesView.vue'), meta: { title: 'intake.messages', functions: view } },
    { path: '/intake/quarantine', name: 'quarantine', component: () => import('./views/QuarantineView.vue'), meta: { title: 'intake.quarantine', functions: quarantine } },
    { path: '/intake/quarantine/:id', name: 'quarantine-row', props: true, component: () => import('./views/QuarantineRowView.vue'), meta: { title: 'intake.row', functions: quarantine, menu: 'quarantine' } },
  ],
}
