import type { PatientBrief } from '@jieli/api'
import type { HandoverRow } from './queries'

/** As PatientCell takes it: a packet may leave the sex out. */
export const personOf = ({ name_masked, sex, age }: HandoverRow['patient']): Pick<PatientBrief, 'name_masked' | 'sex' | 'age'> => ({
  name_masked, age, sex: sex === 'M' || sex === 'F' ? sex : 'U',
})
