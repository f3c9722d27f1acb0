import { onScopeDispose, ref, type Ref } from 'vue'

/** The time, moving; for clocks and "今天". */
export function useNow(everyMs = 30_000): Ref<Date> {
  const now = ref(new Date())
  const timer = setInterval(() => (now.value = new Date()), everyMs)
  onScopeDispose(() => clearInterval(timer))
  return now
}
