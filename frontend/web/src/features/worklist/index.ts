export { default as DueCell } from './components/DueCell.vue'
export { setQueue } from './queue'
