import { MapLocation } from '@element-plus/icons-vue'
import { FUNCTIONS } from '@jieli/domain'
import type { FeatureModule } from '@/shared/lib/feature'
import messages from './zh-CN'

const own = [FUNCTIONS.divisionsImport]
const county = [FUNCTIONS.countyDivisionsImport]

export const divisions: FeatureModule = {
  messages,
  menu: [
    { key: 'divisions', title: 'divisions.title', icon: MapLocation, route: 'divisions', functions: own, realm: 'tenant', order: 96 },
    { key: 'county-divisions', title: 'divisions.title', icon: MapLocation, route: 'divisions', functions: county, realm: 'bureau', order: 60 },
  ],
  routes: [{ path: '/divisions', name: 'divisions', component: () => import('./views/DivisionsView.vue'), meta: { title: 'divisions.title', functions: [...own, ...county] } }],
}
