import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import type { Output } from '@jieli/api'
import { useApi } from '@/shared/lib/api'
import { useKeysetList } from '@/shared/lib/useKeysetList'

export type County = Output<'GET /divisions/tree'>
export type DivisionImport = Output<'GET /divisions/imports/{id}'>
export interface GivenList {
  file: File
  source: string
  asOf: string
}

const keys = { all: ['divisions'], tree: ['divisions', 'tree'], imports: ['divisions', 'imports'], one: (id: string) => ['divisions', 'import', id] } as const

export function useCounty() {
  return useQuery({
    queryKey: keys.tree,
    queryFn: ({ signal }) => useApi().call('GET /divisions/tree', { query: {}, signal }),
    staleTime: 5 * 60_000,
  })
}

export const useImports = () =>
  useKeysetList(
    () => keys.imports,
    (cursor, signal) => useApi().call('GET /divisions/imports', { query: { cursor, limit: 20 }, signal }),
  )

export function useImport(id: MaybeRefOrGetter<string | null>) {
  return useQuery({
    queryKey: computed(() => keys.one(toValue(id) ?? '')),
    queryFn: ({ signal }) => useApi().call('GET /divisions/imports/{id}', { path: { id: toValue(id) ?? '' }, signal }),
    enabled: computed(() => !!toValue(id)),
  })
}

export function useImportActs() {
  const queries = useQueryClient()
  const onSettled = () => queries.invalidateQueries({ queryKey: keys.all })
  const preview = useMutation({
    mutationFn: ({ file, source, asOf }: GivenList) => useApi().upload('POST /divisions/imports', {}, file, { fields: { source, as_of: asOf } }),
    onSettled,
  })
  const apply = useMutation({
    mutationFn: ({ id, fingerprint }: DivisionImport) => useApi().call('POST /divisions/imports/{id}/apply', { path: { id }, body: { fingerprint } }),
    onSettled,
  })
  const discard = useMutation({
    mutationFn: ({ id }: DivisionImport) => useApi().call('POST /divisions/imports/{id}/discard', { path: { id } }),
    onSettled,
  })
  return { preview, apply, discard }
}
