import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { useApi } from '@/shared/lib/api'

export function useCounty(month: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ['supervision', 'overview', toValue(month)]),
    queryFn: ({ signal }) => useApi().call('GET /supervision/overview', { query: { month: toValue(month) }, signal }),
    placeholderData: keepPreviousData,
    staleTime: 5 * 60_000,
  })
}

export function useTenants() {
  return useQuery({
    queryKey: ['supervision', 'tenants'],
    queryFn: ({ signal }) => useApi().call('GET /supervision/tenants', { signal }),
    select: (data) => data.items,
  })
}
