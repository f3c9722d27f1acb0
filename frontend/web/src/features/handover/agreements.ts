import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import type { Generated, Output } from '@jieli/api'
import { useApi } from '@/shared/lib/api'
import { useKeysetList } from '@/shared/lib/useKeysetList'

/** Calls about agreements; on the bureau's host the same addresses answer for all its tenants. */
export type Agreement = Output<'GET /handover/agreements/{id}'>
export type AgreementRow = Output<'GET /handover/agreements'>['items'][number]
export type AgreementState = AgreementRow['state']
export type AgreementInput = Generated['POST /handover/agreements']['body']
export type CatalogueField = Output<'GET /handover/fields'>['items'][number]

const KEY = ['handover', 'agreements']

export function useAgreements(state: MaybeRefOrGetter<AgreementState | 'all'>) {
  return useKeysetList(
    computed(() => [...KEY, 'list', toValue(state)]),
    (cursor, signal) => {
      const asked = toValue(state)
      return useApi().call('GET /handover/agreements', { query: { state: asked === 'all' ? undefined : asked, cursor, limit: 30 }, signal })
    },
  )
}

/** Those under which this tenant may send today. */
export function useSendable() {
  return useQuery({
    queryKey: [...KEY, 'sendable'],
    queryFn: ({ signal }) => useApi().call('GET /handover/agreements', { query: { state: 'active', direction: 'out', limit: 100 }, signal }),
    select: (data) => data.items,
  })
}

export function useAgreement(id: MaybeRefOrGetter<string | null>) {
  return useQuery({
    queryKey: computed(() => [...KEY, 'one', toValue(id)]),
    queryFn: ({ signal }) => useApi().call('GET /handover/agreements/{id}', { path: { id: toValue(id) ?? '' }, signal }),
    enabled: computed(() => toValue(id) !== null),
  })
}

/** What was shared under it: rows for its parties, counts alone for the bureau. */
export function useShared(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => [...KEY, 'shared', toValue(id)]),
    queryFn: ({ signal }) => useApi().call('GET /handover/agreements/{id}/shared', { path: { id: toValue(id) }, query: {}, signal }),
  })
}

export function useCatalogue(enabled: MaybeRefOrGetter<boolean> = true) {
  return useQuery({
    queryKey: ['handover', 'fields'],
    queryFn: ({ signal }) => useApi().call('GET /handover/fields', { signal }),
    select: (data) => data.items,
    staleTime: 60 * 60_000,
    enabled: computed(() => toValue(enabled)),
  })
}

export function usePartners(enabled: MaybeRefOrGetter<boolean> = true) {
  return useQuery({
    queryKey: ['handover', 'partners'],
    queryFn: ({ signal }) => useApi().call('GET /handover/partners', { signal }),
    select: (data) => data.items,
    staleTime: 5 * 60_000,
    enabled: computed(() => toValue(enabled)),
  })
}

export function useAgreementActs() {
  const queries = useQueryClient()
  const { call } = useApi()
  const onSuccess = (now: Agreement) => {
    queries.setQueryData([...KEY, 'one', now.id], now)
    void queries.invalidateQueries({ queryKey: [...KEY, 'list'] })
    void queries.invalidateQueries({ queryKey: [...KEY, 'sendable'] })
    void queries.invalidateQueries({ queryKey: ['handover', 'cases'] })
  }
  return {
    create: useMutation({ mutationFn: (body: AgreementInput) => call('POST /handover/agreements', { body }), onSuccess }),
    save: useMutation({ mutationFn: ({ id, revision, body }: { id: string; revision: number; body: AgreementInput }) => call('PUT /handover/agreements/{id}', { path: { id }, body, ifMatch: revision }), onSuccess }),
    propose: useMutation({ mutationFn: (id: string) => call('POST /handover/agreements/{id}/propose', { path: { id } }), onSuccess }),
    countersign: useMutation({ mutationFn: (id: string) => call('POST /handover/agreements/{id}/countersign', { path: { id } }), onSuccess }),
    approve: useMutation({ mutationFn: (id: string) => call('POST /handover/agreements/{id}/approve', { path: { id } }), onSuccess }),
    reject: useMutation({ mutationFn: ({ id, reason }: { id: string; reason: string }) => call('POST /handover/agreements/{id}/reject', { path: { id }, body: { reason } }), onSuccess }),
    revoke: useMutation({ mutationFn: ({ id, reason }: { id: string; reason: string }) => call('POST /handover/agreements/{id}/revoke', { path: { id }, body: { reason } }), onSuccess }),
  }
}
