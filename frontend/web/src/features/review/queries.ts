import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import type { Answers, ReviewDrawInput, ReviewScoreInput, ReviewSheet } from '@jieli/api'
import { useApi } from '@/shared/lib/api'
import { useKeysetList } from '@/shared/lib/useKeysetList'

export const reviewKeys = {
  draws: ['review', 'draws'] as const,
  draw: (id: string) => ['review', 'draw', id] as const,
  item: (id: string) => ['review', 'item', id] as const,
}

export function useDraws() {
  return useKeysetList(reviewKeys.draws, (cursor, signal) => useApi().call('GET /review/draws', { query: { cursor, limit: 30 }, signal }))
}

export function useDraw(id: MaybeRefOrGetter<string | undefined>) {
  return useQuery({
    queryKey: computed(() => reviewKeys.draw(toValue(id) ?? '')),
    queryFn: ({ signal }) => useApi().call('GET /review/draws/{id}', { path: { id: toValue(id) ?? '' }, signal }),
    enabled: computed(() => !!toValue(id)),
  })
}

export function useDrawSample() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (body: ReviewDrawInput) => useApi().call('POST /review/draws', { body }),
    onSuccess: (draw) => {
      queries.setQueryData(reviewKeys.draw(draw.id), draw)
      return queries.invalidateQueries({ queryKey: reviewKeys.draws })
    },
  })
}

/** Not asked for again while the reviewer fills it in. */
export function useSheet(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => reviewKeys.item(toValue(id))),
    queryFn: ({ signal }) => useApi().call('GET /review/items/{id}', { path: { id: toValue(id) }, signal }),
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  })
}

export function useSheetActs(id: MaybeRefOrGetter<string>) {
  const queries = useQueryClient()
  const path = () => ({ id: toValue(id) })
  const onSuccess = (sheet: ReviewSheet) => {
    queries.setQueryData(reviewKeys.item(toValue(id)), sheet)
    void queries.invalidateQueries({ queryKey: reviewKeys.draws })
    void queries.invalidateQueries({ queryKey: ['review', 'draw'] })
  }
  const saveAnswers = useMutation({
    mutationFn: (answers: Answers) => useApi().call('POST /review/items/{id}/answers', { path: path(), body: { answers } }),
    onSuccess,
  })
  const score = useMutation({
    mutationFn: (body: ReviewScoreInput) => useApi().call('POST /review/items/{id}/score', { path: path(), body }),
    onSuccess,
  })
  return { saveAnswers, score }
}
