import { DocumentChecked } from '@element-plus/icons-vue'
import { FUNCTIONS } from '@jieli/domain'
import type { FeatureModule } from '@/shared/lib/feature'
import messages from './zh-CN'

const functions = [FUNCTIONS.reviewView]

export const review: FeatureModule = {
  messages,
  menu: [{ key: 'review', title: 'review.title', icon: DocumentChecked, route: 'review', functions, realm: 'tenant', order: 60, phone: true }],
  routes: [
    { path: '/review', name: 'review', component: () => import('./views/DrawsView.vue'), meta: { title: 'review.title', functions } },
    { path: '/review/draws/:id', name: 'review-draw', props: true, component: () => import('./views/DrawView.vue'), meta: { title: 'review.draw', functions, menu: 'review' } },
    { path: '/review/items/:id', name: 'review-item', props: true, component: () => import('./views/DeskView.vue'), meta: { title: 'review.desk', functions, menu: 'review' } },
  ],
}
