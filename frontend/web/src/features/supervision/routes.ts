import { DataAnalysis, OfficeBuilding } from '@element-plus/icons-vue'
import { FUNCTIONS } from '@jieli/domain'
import type { FeatureModule } from '@/shared/lib/feature'
import messages from './zh-CN'

const county = [FUNCTIONS.countyView]
const tenants = [FUNCTIONS.tenantView]

export const supervision: FeatureModule = {
  messages,
  menu: [
    { key: 'supervision', title: 'supervision.title', icon: DataAnalysis, route: 'supervision', functions: county, realm: 'bureau', order: 10, phone: true },
    { key: 'tenants', title: 'supervision.tenants', icon: OfficeBuilding, route: 'tenants', functions: tenants, realm: 'bureau', order: 20, phone: true },
  ],
  routes: [
    { path: '/supervision', name: 'supervision', component: () => import('./views/CountyView.vue'), meta: { title: 'supervision.title', functions: county } },
    { path: '/tenants', name: 'tenants', component: () => import('./views/TenantsView.vue'), meta: { title: 'supervision.tenants', functions: tenants } },
  ],
}
