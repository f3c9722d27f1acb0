import { inject, type InjectionKey, type Ref } from 'vue'
import type { CriteriaField } from '@jieli/api'
import type { Criteria, Group } from '../model/document'
import type { PlacedFault } from '../model/faults'
import type { Words } from '../model/values'

/** What the nested pieces of the criteria builder share. */
export interface Builder {
  root: Readonly<Ref<Group>>
  fields: Readonly<Ref<CriteriaField[]>>
  words: Words
  today: string
  readonly: Readonly<Ref<boolean>>
  /** The condition whose fields are open. */
  open: Ref<string | null>
  change: (next: Criteria, key?: string) => void
  faultsAt: (pointer: string) => PlacedFault[]
}
export const BUILDER: InjectionKey<Builder> = Symbol('criteria builder')
export const useBuilder = (): Builder => inject(BUILDER)!
