import { List } from '@element-plus/icons-vue'
import { FUNCTIONS } from '@jieli/domain'
import type { FeatureModule } from '@/shared/lib/feature'
import messages from './zh-CN'

const functions = [FUNCTIONS.taskView]

export const worklist: FeatureModule = {
  messages,
  menu: [{ key: 'tasks', title: 'worklist.title', icon: List, route: 'tasks', functions, realm: 'tenant', order: 20, phone: true }],
  routes: [
    { path: '/tasks', name: 'tasks', component: () => import('./views/TasksView.vue'), meta: { title: 'worklist.title', functions } },
    { path: '/tasks/:id', name: 'task', props: true, component: () => import('./views/TaskView.vue'), meta: { title: 'worklist.task', functions, menu: 'tasks' } },
  ],
}
