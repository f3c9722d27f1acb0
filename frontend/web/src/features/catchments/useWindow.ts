import { computed, type MaybeRefOrGetter, onBeforeUnmount, onMounted, ref, type ShallowRef, toValue } from 'vue'

const SPARE = 8

/** Which of many rows of equal height are worth drawing: those in sight and a few around. */
export function useWindow(box: Readonly<ShallowRef<HTMLElement | null>>, count: MaybeRefOrGetter<number>, height: MaybeRefOrGetter<number>) {
  const top = ref(0)
  const seen = ref(600)
  const read = (): void => {
    top.value = box.value?.scrollTop ?? 0
    seen.value = box.value?.clientHeight || seen.value
  }
  const watcher = new ResizeObserver(read)
  onMounted(() => box.value && watcher.observe(box.value))
  onBeforeUnmount(() => watcher.disconnect())
  const first = computed(() => Math.max(0, Math.min(Math.floor(top.value / toValue(height)) - SPARE, toValue(count) - 1)))
  const last = computed(() => Math.min(toValue(count), Math.ceil((top.value + seen.value) / toValue(height)) + SPARE))
  function reveal(index: number): void {
    const element = box.value
    if (!element) return
    const from = index * toValue(height)
    if (from < element.scrollTop) element.scrollTop = from
    else if (from + toValue(height) > element.scrollTop + element.clientHeight) element.scrollTop = from + toValue(height) - element.clientHeight
  }
  return { first, last, read, reveal }
}
