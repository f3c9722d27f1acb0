import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import type { DraftSaved, TaskDetail, TaskFilter } from '@jieli/api'
import { useApi } from '@/shared/lib/api'
import { useKeysetList } from '@/shared/lib/useKeysetList'
import type { ContactAnswers } from './desk/contact'

export interface TaskFilters {
  state: TaskFilter
  q: string
  due_from: string
  due_to: string
  /** me, none, or a staff member's id; empty: everybody. */
  assignee: string
}

export const taskKeys = {
  all: ['tasks'] as const,
  list: (filters: TaskFilters) => ['tasks', 'list', filters] as const,
  counts: ['tasks', 'counts'] as const,
  one: (id: string) => ['tasks', 'one', id] as const,
  group: ['workbench', 'group'] as const,
  recordings: (id: string) => ['tasks', 'one', id, 'recordings'] as const,
}

export function useTaskList(filters: MaybeRefOrGetter<TaskFilters>) {
  return useKeysetList(
    () => taskKeys.list(toValue(filters)),
    (cursor, signal) => useApi().call('GET /tasks', { query: { ...toValue(filters), cursor, limit: 50 }, signal }),
  )
}

export function useTaskCounts() {
  return useQuery({ queryKey: taskKeys.counts, queryFn: ({ signal }) => useApi().call('GET /tasks/counts', { signal }) })
}

/** Whose work it is, by person; the server gives it to head nurses and to those who supervise. */
export function useGroup(enabled: MaybeRefOrGetter<boolean>) {
  return useQuery({
    queryKey: taskKeys.group,
    queryFn: ({ signal }) => useApi().call('GET /workbench/group', { signal }),
    enabled: computed(() => toValue(enabled)),
    // Refused is an answer, too: the card stays away.
    retry: false,
  })
}

export function usePatientFlags(id: MaybeRefOrGetter<string>, enabled: MaybeRefOrGetter<boolean>) {
  return useQuery({
    queryKey: computed(() => ['patients', toValue(id), 'flags'] as const),
    queryFn: ({ signal }) => useApi().call('GET /patients/{id}/flags', { path: { id: toValue(id) }, signal }),
    enabled: computed(() => toValue(enabled)),
  })
}

/** Never asked for again behind the back of somebody who is filling it in. */
export function useTask(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => taskKeys.one(toValue(id))),
    queryFn: ({ signal }) => useApi().call('GET /tasks/{id}', { path: { id: toValue(id) }, signal }),
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  })
}

export function useRecordings(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => taskKeys.recordings(toValue(id))),
    queryFn: ({ signal }) => useApi().call('GET /tasks/{id}/recordings', { path: { id: toValue(id) }, signal }),
    select: (data) => data.items,
  })
}

/** Takes the answer of an act as the task's new state and lets lists, counts and the patient's record come anew. */
export function useTaskCache() {
  const queries = useQueryClient()
  return {
    put(task: TaskDetail): void {
      queries.setQueryData(taskKeys.one(task.id), task)
      for (const queryKey of [['tasks', 'list'], taskKeys.counts, ['workbench'], ['escalations'], ['patients', task.patient.id]]) {
        void queries.invalidateQueries({ queryKey })
      }
    },
    /** What the server has now of the draft. */
    putDraft(id: string, saved: DraftSaved, answers: ContactAnswers): void {
      const versions = new Map(saved.sections.map((section) => [section.task_id, section.version]))
      queries.setQueryData<TaskDetail>(taskKeys.one(id), (task) => task && {
        ...task, version: saved.version, answers: answers[id] ?? {},
        sections: task.sections.map((section) => ({ ...section, version: versions.get(section.task_id) ?? section.version, answers: answers[section.task_id] ?? section.answers })),
      })
    },
  }
}
