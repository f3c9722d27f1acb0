import { QueryClient } from '@tanstack/vue-query'
import { ApiProblem } from '@jieli/api'

/** Only what may pass by itself is tried again: no answer, or the server's own fault. */
const mayPass = (error: unknown): boolean => !(error instanceof ApiProblem) || error.status === 0 || error.status >= 502

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 15_000, gcTime: 5 * 60_000, retry: (count, error) => count < 1 && mayPass(error), networkMode: 'always' },
    mutations: { retry: false, networkMode: 'always' },
  },
})
