export { type Faults, readFaults } from './faults'
export { type RosterRow, useStaffOf } from './queries'
