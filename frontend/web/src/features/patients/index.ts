export { default as FollowUpList } from './components/FollowUpList.vue'
export { default as PatientTimeline } from './components/PatientTimeline.vue'
export { default as UnmaskValue } from './components/UnmaskValue.vue'
export { patientKeys } from './queries'
