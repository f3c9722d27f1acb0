import { Filter, Notebook } from '@element-plus/icons-vue'
import { FUNCTIONS } from '@jieli/domain'
import type { FeatureModule } from '@/shared/lib/feature'
import editor from './editor.zh-CN'
import library from './zh-CN'

const functions = [FUNCTIONS.programmesView]
const screening = [FUNCTIONS.screeningView, FUNCTIONS.screeningExplain]

export const programmes: FeatureModule = {
  messages: { ...library, ...editor },
  menu: [
    { key: 'programmes', title: 'programmes.title', icon: Notebook, route: 'programmes', functions, realm: 'tenant', order: 80 },
    { key: 'screening', title: 'programmes.screening', icon: Filter, route: 'screening', functions: screening, realm: 'tenant', order: 81 },
  ],
  routes: [
    { path: '/programmes', name: 'programmes', component: () => import('./views/ProgrammesView.vue'), meta: { title: 'programmes.title', functions } },
    { path: '/programmes/:id', name: 'programme', props: true, component: () => import('./views/ProgrammeView.vue'), meta: { title: 'programmes.one', functions, menu: 'programmes' } },
    { path: '/programmes/versions/:id/edit', name: 'programme-editor', props: true, component: () => import('./views/EditorView.vue'), meta: { title: 'programmeEditor.title', functions: [FUNCTIONS.programmesEdit], menu: 'programmes' } },
    { path: '/screening', name: 'screening', component: () => import('./views/ScreeningView.vue'), meta: { title: 'programmes.screening', functions: screening } },
  ],
}
