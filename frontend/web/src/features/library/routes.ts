import { Collection } from '@element-plus/icons-vue'
import { FUNCTIONS } from '@jieli/domain'
import type { FeatureModule } from '@/shared/lib/feature'
import messages from './zh-CN'

const functions = [FUNCTIONS.questionnairesView, FUNCTIONS.programmesView, FUNCTIONS.educationView]

export const library: FeatureModule = {
  messages,
  menu: [{ key: 'library', title: 'library.title', icon: Collection, route: 'library', functions, realm: 'tenant', order: 75 }],
  routes: [{ path: '/library', name: 'library', component: () => import('./views/LibraryView.vue'), meta: { title: 'library.title', functions } }],
}
