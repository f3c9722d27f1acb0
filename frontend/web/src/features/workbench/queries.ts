import { useQuery } from '@tanstack/vue-query'
import { useApi } from '@/shared/lib/api'

export function useWorkbench() {
  return useQuery({
    queryKey: ['workbench'],
    queryFn: ({ signal }) => useApi().call('GET /workbench', { signal }),
    refetchInterval: 60_000,
  })
}
