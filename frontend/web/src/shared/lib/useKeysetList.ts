import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { keepPreviousData, type QueryKey, useInfiniteQuery } from '@tanstack/vue-query'
import type { Page } from '@jieli/api'

/**
 * A list that grows by its cursor ("更多"). The key holds every filter: a change starts again at the top, and the
 * old rows stay on screen until the new ones are there.
 */
export function useKeysetList<Row>(
  key: MaybeRefOrGetter<QueryKey>,
  fetchPage: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<Row>>,
  enabled: MaybeRefOrGetter<boolean> = true,
) {
  const query = useInfiniteQuery({
    queryKey: computed(() => toValue(key)),
    queryFn: ({ pageParam, signal }) => fetchPage(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: Page<Row>) => last.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    enabled: computed(() => toValue(enabled)),
  })
  return {
    rows: computed<Row[]>(() => query.data.value?.pages.flatMap((page) => page.items) ?? []),
    pending: query.isPending,
    error: query.error,
    /** Old rows are shown while new ones come. */
    refreshing: computed(() => query.isFetching.value && !query.isPending.value && !query.isFetchingNextPage.value),
    hasMore: query.hasNextPage,
    loadingMore: query.isFetchingNextPage,
    loadMore: () => void query.fetchNextPage(),
    retry: () => void query.refetch(),
  }
}
