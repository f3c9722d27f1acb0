export { default as EscalationActs } from './components/EscalationActs.vue'
export { default as EscalationClock } from './components/EscalationClock.vue'
