import type { Realm } from '@jieli/api'
import type { MenuEntry } from '@/shared/lib/feature'
import { menu } from './features'

/** What this person may open on this host, in order. */
export const visibleMenu = (realm: Realm, can: (...anyOf: string[]) => boolean): MenuEntry[] =>
  menu.filter((entry) => entry.realm === realm && can(...entry.functions))
