import type { FeatureModule } from '@/shared/lib/feature'
import messages from './zh-CN'

/** No page of its own yet: the tree serves pickers of other features. */
export const organization: FeatureModule = { messages, routes: [] }
