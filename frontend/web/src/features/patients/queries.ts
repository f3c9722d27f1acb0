import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import type { TaskRow, TimelineItem } from '@jieli/api'
import { useApi } from '@/shared/lib/api'

export const patientKeys = {
  list: (q: string) => ['patients', 'list', q] as const,
  one: (id: string) => ['patients', id] as const,
  timeline: (id: string) => ['patients', id, 'timeline'] as const,
  followUps: (id: string) => ['patients', id, 'follow-ups'] as const,
}

/** The server takes no shorter text, and gives no more than MAX_FOUND. */
export const MIN_QUERY = 2
export const MAX_FOUND = 50

export function usePatientList(q: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => patientKeys.list(toValue(q))),
    queryFn: ({ signal }) => useApi().call('GET /patients', { query: { q: toValue(q) }, signal }),
    select: (data) => data.items,
    placeholderData: keepPreviousData,
    enabled: computed(() => toValue(q).length >= MIN_QUERY),
  })
}

export function usePatient(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => patientKeys.one(toValue(id))),
    queryFn: ({ signal }) => useApi().call('GET /patients/{id}', { path: { id: toValue(id) }, signal }),
  })
}

export function useTimeline(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => patientKeys.timeline(toValue(id))),
    queryFn: ({ signal }) => useApi().call('GET /patients/{id}/timeline', { path: { id: toValue(id) }, signal }),
    select: (data) => data.items,
  })
}

export function useFollowUps(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => patientKeys.followUps(toValue(id))),
    queryFn: ({ signal }) => useApi().call('GET /patients/{id}/follow-ups', { path: { id: toValue(id) }, signal }),
    select: (data) => data.items,
  })
}

/** The timeline with the follow-ups it does not hold itself yet (the open ones), told apart by their reference. */
export function mergeFollowUps(items: readonly TimelineItem[], followUps: readonly TaskRow[], describe: (task: TaskRow) => string): TimelineItem[] {
  const known = new Set(items.filter((item) => item.kind === 'follow_up').map((item) => item.ref?.replace(/^.*[:/]/, '')))
  const added = followUps
    .filter((task) => !known.has(task.id))
    .map((task) => ({
      at: task.due_on,
      kind: 'follow_up',
      title: `${task.programme_name} ${task.step_name}`,
      summary: describe(task),
      department: task.ward_name,
      ref: task.id,
      abnormal: task.level !== null && task.level >= 'E2',
    }))
  return [...items, ...added]
}
