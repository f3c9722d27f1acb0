import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import type { Output } from '@jieli/api'
import { useApi } from '@/shared/lib/api'

export type CountyTree = Output<'GET /catchments/tree'>
export type TreeTownship = CountyTree['townships'][number]
export type TreeVillage = TreeTownship['villages'][number]
export type AreaRow = TreeVillage['areas'][number]
export type ClinicianRow = TreeVillage['clinicians'][number]
export type RosterRow = Output<'GET /rosters'>['items'][number]

export const catchmentKeys = {
  tree: ['catchments', 'tree'] as const,
  past: (code: string) => ['catchments', 'past', code] as const,
  staff: (institution: string) => ['catchments', 'staff', institution] as const,
}
const MOST_PAGES = 10

/** The whole county in one answer. */
export function useCountyTree() {
  return useQuery({ queryKey: catchmentKeys.tree, queryFn: ({ signal }) => useApi().call('GET /catchments/tree', { signal }), staleTime: 60_000 })
}

/** Everything ever entered for one place, the latest first; `division` of the server also means the places below. */
export function usePlaceHistory(code: MaybeRefOrGetter<string>, enabled: MaybeRefOrGetter<boolean>) {
  return useQuery({
    queryKey: computed(() => catchmentKeys.past(toValue(code))),
    queryFn: ({ signal }) => useApi().call('GET /catchments', { query: { division: toValue(code), limit: 100 }, signal }),
    select: (data) => data.items.filter((row) => row.division.code === toValue(code) && row.state === 'ended'),
    enabled: computed(() => toValue(enabled)),
  })
}

/** Who works at an institution; empty: all in sight. */
export function useStaffOf(institution: MaybeRefOrGetter<string>, enabled: MaybeRefOrGetter<boolean> = true) {
  return useQuery({
    queryKey: computed(() => catchmentKeys.staff(toValue(institution))),
    queryFn: ({ signal }) => fetchStaff(toValue(institution), signal),
    enabled: computed(() => toValue(enabled)),
    staleTime: 60_000,
  })
}

async function fetchStaff(institution: string, signal: AbortSignal): Promise<RosterRow[]> {
  const found: RosterRow[] = []
  let cursor: string | undefined
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { items, next_cursor: next } = await useApi().call('GET /rosters', { query: { institution: institution || undefined, cursor, limit: 100 }, signal })
    found.push(...items)
    if (!next) break
    cursor = next
  }
  return found
}

export interface NewArea {
  institution_id: string
  division_code: string
  role: AreaRow['role']
  valid_from: string
  valid_to: string | null
  specialties: string[]
}
export interface NewClinicianArea {
  staff_id: string
  ward_id: string
  division_code: string
  valid_from: string
  valid_to: string | null
}

/** A refused write also shows the county anew: somebody else's entry may be the reason. */
export function useAreaActs() {
  const queries = useQueryClient()
  const onSettled = () => Promise.all([['catchments'], ['routing']].map((queryKey) => queries.invalidateQueries({ queryKey })))
  const { call } = useApi()
  return {
    addArea: useMutation({ mutationFn: (body: NewArea) => call('POST /catchments', { body }), onSettled }),
    endArea: useMutation({ mutationFn: ({ id, on }: { id: string; on: string }) => call('POST /catchments/{id}/end', { path: { id }, body: { on } }), onSettled }),
    addClinician: useMutation({ mutationFn: (body: NewClinicianArea) => call('POST /clinician-areas', { body }), onSettled }),
    endClinician: useMutation({ mutationFn: ({ id, on }: { id: string; on: string }) => call('POST /clinician-areas/{id}/end', { path: { id }, body: { on } }), onSettled }),
    changeAreaEnd: useMutation({ mutationFn: ({ id, revision, valid_to }: { id: string; revision: number; valid_to: string | null }) => call('PATCH /catchments/{id}', { path: { id }, ifMatch: revision, body: { valid_to } }), onSettled }),
  }
}
