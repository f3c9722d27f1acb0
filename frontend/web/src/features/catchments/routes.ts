import { Calendar, OfficeBuilding, Stamp, Switch } from '@element-plus/icons-vue'
import { FUNCTIONS } from '@jieli/domain'
import type { FeatureModule } from '@/shared/lib/feature'
import messages from './zh-CN'

const view = [FUNCTIONS.catchmentsView]
const changes = [FUNCTIONS.areaChange]
const contracts = [FUNCTIONS.contractEdit]

export const catchments: FeatureModule = {
  messages,
  menu: [
    { key: 'care-contracts', title: 'catchments.contract.title', icon: Stamp, route: 'care-contracts', functions: contracts, realm: 'tenant', order: 52 },
    { key: 'rosters', title: 'catchments.roster.title', icon: Calendar, route: 'rosters', functions: view, realm: 'tenant', order: 90 },
    { key: 'catchments', title: 'catchments.title', icon: OfficeBuilding, route: 'catchments', functions: view, realm: 'tenant', order: 91 },
    { key: 'area-changes', title: 'catchments.change.title', icon: Switch, route: 'area-changes', functions: changes, realm: 'tenant', order: 92 },
  ],
  routes: [
    { path: '/care-contracts', name: 'care-contracts', component: () => import('./views/ContractsView.vue'), meta: { title: 'catchments.contract.title', functions: contracts } },
    { path: '/rosters', name: 'rosters', component: () => import('./views/RostersView.vue'), meta: { title: 'catchments.roster.title', functions: view } },
    { path: '/catchments', name: 'catchments', component: () => import('./views/CatchmentsView.vue'), meta: { title: 'catchments.title', functions: view } },
    { path: '/area-changes', name: 'area-changes', component: () => import('./views/ChangesView.vue'), meta: { title: 'catchments.change.title', functions: changes } },
  ],
}
