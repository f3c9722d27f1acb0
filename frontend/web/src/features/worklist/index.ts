export { default as DueCell } from './components/DueCell.vue'
export { default as RecordingPlayer } from './desk/RecordingPlayer.vue'
export { default as Recordings } from './desk/Recordings.vue'
export { setQueue } from './queue'
