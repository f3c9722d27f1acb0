import { User } from '@element-plus/icons-vue'
import { FUNCTIONS } from '@jieli/domain'
import type { FeatureModule } from '@/shared/lib/feature'
import messages from './zh-CN'

const functions = [FUNCTIONS.patientView]

export const patients: FeatureModule = {
  messages,
  menu: [{ key: 'patients', title: 'patients.title', icon: User, route: 'patients', functions, realm: 'tenant', order: 40, phone: true }],
  routes: [
    { path: '/patients', name: 'patients', component: () => import('./views/PatientsView.vue'), meta: { title: 'patients.title', functions } },
    {
      path: '/patients/:id', name: 'patient', props: true, component: () => import('./views/PatientView.vue'),
      meta: { title: 'patients.record', functions, menu: 'patients' },
    },
  ],
}
