export { default as ResidencePanel } from './components/ResidencePanel.vue'
