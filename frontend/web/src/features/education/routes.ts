import { FUNCTIONS } from '@jieli/domain'
import type { FeatureModule } from '@/shared/lib/feature'
import messages from './zh-CN'

const functions = [FUNCTIONS.educationEdit]

/** Its list is a shelf of the library. */
export const education: FeatureModule = {
  messages,
  routes: [{ path: '/education/versions/:id/edit', name: 'education-editor', props: true, component: () => import('./views/CardEditorView.vue'), meta: { title: 'education.edit', functions, menu: 'library' } }],
}
