/** A stay that may be put on a path by hand. */
export interface StayChoice {
  id: string
  discharged_on: string | null
  department: string | null
  diagnosis: string | null
}
