import type { FeatureModule, MenuEntry } from '@/shared/lib/feature'
import { i18n } from '@/shared/lib/i18n'
import { catchments } from '@/features/catchments/routes'
import { divisions } from '@/features/divisions/routes'
import { education } from '@/features/education/routes'
import { enrolments } from '@/features/enrolments/routes'
import { escalations } from '@/features/escalations/routes'
import { handover } from '@/features/handover/routes'
import { intake } from '@/features/intake/routes'
import { library } from '@/features/library/routes'
import { organization } from '@/features/organization/routes'
import { patients } from '@/features/patients/routes'
import { programmes } from '@/features/programmes/routes'
import { questionnaires } from '@/features/questionnaires/routes'
import { review } from '@/features/review/routes'
import { routing } from '@/features/routing/routes'
import { session } from '@/features/session/routes'
import { supervision } from '@/features/supervision/routes'
import { workbench } from '@/features/workbench/routes'
import { worklist } from '@/features/worklist/routes'

/** The one place where a feature is put into the product: its routes, menu entries and texts. */
export const features: FeatureModule[] = [
  session, workbench, worklist, escalations, patients, enrolments, routing, catchments, handover, review, intake, questionnaires, library, education, programmes, organization, divisions, supervision,
]

export const menu: MenuEntry[] = features.flatMap((feature) => feature.menu ?? []).sort((a, b) => a.order - b.order)

export function installMessages(): void {
  for (const feature of features) i18n.global.mergeLocaleMessage('zh-CN', feature.messages ?? {})
}
