import { DocumentChecked, Switch } from '@element-plus/icons-vue'
import { FUNCTIONS } from '@jieli/domain'
import type { FeatureModule } from '@/shared/lib/feature'
import messages from './zh-CN'

const send = [FUNCTIONS.handoverSend]
const agreements = [FUNCTIONS.agreementView]
const approve = [FUNCTIONS.agreementApprove]
const view = [FUNCTIONS.handoverView]

export const handover: FeatureModule = {
  messages,
  menu: [
    { key: 'handover', title: 'handover.title', icon: Switch, route: 'handover', functions: view, realm: 'tenant', order: 52 },
    { key: 'handover-agreements', title: 'handover.agreements', icon: DocumentChecked, route: 'handover-agreements', functions: agreements, realm: 'tenant', order: 97 },
    { key: 'agreement-approval', title: 'handover.approval', icon: DocumentChecked, route: 'handover-agreements', functions: approve, realm: 'bureau', order: 50 },
  ],
  routes: [
    { path: '/handover', name: 'handover', component: () => import('./views/BoxView.vue'), meta: { title: 'handover.title', functions: view } },
    { path: '/handover/cases/:id', name: 'handover-case', props: true, component: () => import('./views/CaseView.vue'), meta: { title: 'handover.case', functions: view, menu: 'handover' } },
    { path: '/handover/send', name: 'handover-send', component: () => import('./views/SendView.vue'), meta: { title: 'handover.send', functions: send, menu: 'handover' } },
    { path: '/handover/agreements', name: 'handover-agreements', component: () => import('./views/AgreementsView.vue'), meta: { title: 'handover.agreements', functions: [...agreements, ...approve] } },
  ],
}
