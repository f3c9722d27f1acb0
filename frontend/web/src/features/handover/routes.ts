import { Switch } from '@element-plus/icons-vue'
import { FUNCTIONS } from '@jieli/domain'
import type { FeatureModule } from '@/shared/lib/feature'
import messages from './zh-CN'

const view = [FUNCTIONS.handoverView]

export const handover: FeatureModule = {
  messages,
  menu: [{ key: 'handover', title: 'handover.title', icon: Switch, route: 'handover', functions: view, realm: 'tenant', order: 52 }],
  routes: [
    { path: '/handover', name: 'handover', component: () => import('./views/BoxView.vue'), meta: { title: 'handover.title', functions: view } },
    { path: '/handover/cases/:id', name: 'handover-case', props: true, component: () => import('./views/CaseView.vue'), meta: { title: 'handover.case', functions: view, menu: 'handover' } },
  ],
}
