export interface Column {
  /** Names the slot `cell-<key>`; without a slot the row's field of that name is shown. */
  key: string
  title: string
  /** In px at the standard type size; columns without one share the rest. */
  width?: number
  align?: 'right'
  /** One line, the rest cut off and shown in full by the drawer. */
  clip?: boolean
  /** On a phone: `lead` and `aside` share the first line of the card, `hide` is left out. */
  phone?: 'lead' | 'aside' | 'hide'
}

export interface Chip<Value extends string = string> {
  value: Value
  label: string
  /** Left out or null: not known (yet). */
  count?: number | null
  tone?: 'alarm' | 'late'
}

export interface Fact {
  /** Names the slot that replaces the value. */
  key: string
  label: string
  value?: string | number | null
}
