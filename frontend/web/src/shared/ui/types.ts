export interface Column {
  /** Names the slot `cell-<key>`; without a slot the row's field of that name is shown. */
  key: string
  title: string
  width?: string
  align?: 'right'
  /** One line, the rest cut off and shown in the tooltip of the slot's own element; needs a width. */
  clip?: boolean
  /** On a phone: `lead` stands on the first line, `hide` is left out. */
  phone?: 'lead' | 'hide'
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
