export { default as CardPreview } from './components/CardPreview.vue'
export { default as NewCardDialog } from './components/NewCardDialog.vue'
export { diffLines } from './card'
export { fetchCardVersion, useCardActs, useCards, useCardVersion } from './queries'
