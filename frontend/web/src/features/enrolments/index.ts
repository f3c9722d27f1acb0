export { default as EnrolDialog } from './components/EnrolDialog.vue'
export type { StayChoice } from './stays'
export { default as PatientEnrolments } from './components/PatientEnrolments.vue'
export { useEnrolmentsOf, useRenewFollowUps } from './queries'
