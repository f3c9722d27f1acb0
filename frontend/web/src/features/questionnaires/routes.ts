import { Tickets } from '@element-plus/icons-vue'
import { FUNCTIONS } from '@jieli/domain'
import type { FeatureModule } from '@/shared/lib/feature'
import editor from './editor.zh-CN'
import library from './zh-CN'

const functions = [FUNCTIONS.questionnairesView]
const editing = [FUNCTIONS.questionnairesEdit]

export const questionnaires: FeatureModule = {
  messages: { ...library, ...editor },
  menu: [{ key: 'questionnaires', title: 'questionnaires.title', icon: Tickets, route: 'questionnaires', functions, realm: 'tenant', order: 70 }],
  routes: [
    { path: '/questionnaires', name: 'questionnaires', component: () => import('./views/LibraryView.vue'), meta: { title: 'questionnaires.title', functions } },
    { path: '/questionnaires/:id', name: 'questionnaire', props: true, component: () => import('./views/QuestionnaireView.vue'), meta: { title: 'questionnaires.one', functions, menu: 'questionnaires' } },
    {
      path: '/questionnaires/versions/:id/edit', name: 'questionnaire-editor', props: true, component: () => import('./views/EditorView.vue'),
      meta: { title: 'questionnaires.edit', functions: editing, menu: 'questionnaires' },
    },
  ],
}
