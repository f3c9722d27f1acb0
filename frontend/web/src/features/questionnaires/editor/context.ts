import { inject, type InjectionKey, type Ref } from 'vue'
import type { Item, QuestionnaireDocument } from '@jieli/questionnaire'
import type { PlacedFault, Tab } from '../model/places'

/** What the panes of one editor share. */
export interface EditorContext {
  document: Ref<QuestionnaireDocument>
  chosen: Ref<Item | null>
  chosenId: Ref<string | null>
  tab: Ref<Tab>
  faults: Ref<readonly PlacedFault[]>
  /** link_id → option values in stored answers. */
  used: Ref<Record<string, string[]>>
  readonly: Ref<boolean>
  apply: (next: QuestionnaireDocument, key?: string) => void
  patch: (patch: Partial<Item>, key?: string) => void
  choose: (linkId: string | null) => void
}
export const EDITOR: InjectionKey<EditorContext> = Symbol('questionnaire editor')

export function useEditor(): EditorContext {
  const editor = inject(EDITOR)
  if (!editor) throw new Error('a pane stands outside the editor')
  return editor
}
