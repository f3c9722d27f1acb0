import type { FeatureModule, MenuEntry } from '@/shared/lib/feature'
import { i18n } from '@/shared/lib/i18n'
import { escalations } from '@/features/escalations/routes'
import { patients } from '@/features/patients/routes'
import { session } from '@/features/session/routes'
import { workbench } from '@/features/workbench/routes'
import { worklist } from '@/features/worklist/routes'

/** The one place where a feature is put into the product: its routes, menu entries and texts. */
export const features: FeatureModule[] = [session, workbench, worklist, escalations, patients]

export const menu: MenuEntry[] = features.flatMap((feature) => feature.menu ?? []).sort((a, b) => a.order - b.order)

export function installMessages(): void {
  for (const feature of features) i18n.global.mergeLocaleMessage('zh-CN', feature.messages ?? {})
}
