import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import type { Output } from '@jieli/api'
import { useApi } from '@/shared/lib/api'
import { useKeysetList } from '@/shared/lib/useKeysetList'

export type CareContract = Output<'GET /care-contracts'>['items'][number]
export type ContractState = 'active' | 'ended' | 'all'
export interface ContractFilter {
  state: ContractState
  team?: string
  patient?: string
}
export interface NewContract {
  patient_id: string
  ward_id: string
  staff_id: string | null
  valid_from: string
  valid_to: string | null
  contract_no: string
}
/** The server searches for no shorter text. */
const LEAST_TEXT = 2

export function useContracts(filter: MaybeRefOrGetter<ContractFilter>) {
  return useKeysetList(
    computed(() => ['contracts', 'list', toValue(filter)]),
    (cursor, signal) => useApi().call('GET /care-contracts', { query: { ...toValue(filter), cursor, limit: 30 }, signal }),
  )
}

export function useFoundPatients(q: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ['patients', 'list', toValue(q)]),
    queryFn: ({ signal }) => useApi().call('GET /patients', { query: { q: toValue(q) }, signal }),
    select: (data) => data.items,
    enabled: computed(() => toValue(q).length >= LEAST_TEXT),
  })
}

/** A contract decides who looks after the patient. */
export function useContractActs() {
  const queries = useQueryClient()
  const onSettled = () => Promise.all([['contracts'], ['routing'], ['patients'], ['tasks']].map((queryKey) => queries.invalidateQueries({ queryKey })))
  const { call } = useApi()
  return {
    sign: useMutation({ mutationFn: (body: NewContract) => call('POST /care-contracts', { body }), onSettled }),
    end: useMutation({ mutationFn: ({ id, ...body }: { id: string; on: string; reason: string }) => call('POST /care-contracts/{id}/end', { path: { id }, body }), onSettled }),
  }
}
