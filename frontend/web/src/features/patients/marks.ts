import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { useMutation, useQueries, useQuery, useQueryClient } from '@tanstack/vue-query'
import type { FlagKind, Label, Register } from '@jieli/api'
import { useApi } from '@/shared/lib/api'
import { useRenewFollowUps } from '@/features/enrolments'
import type { StopRules } from './flags'

const keyOf = (id: string, what: string) => ['patients', id, what] as const

export function useFlags(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => keyOf(toValue(id), 'flags')),
    queryFn: ({ signal }) => useApi().call('GET /patients/{id}/flags', { path: { id: toValue(id) }, signal }),
  })
}

export function useFlagActs(id: MaybeRefOrGetter<string>) {
  const renew = useRenewFollowUps()
  const { call } = useApi()
  return {
    mark: useMutation({ mutationFn: (body: { kind: FlagKind; reason: string; proposed: boolean }) => call('POST /patients/{id}/flags', { path: { id: toValue(id) }, body }), onSuccess: renew }),
    confirm: useMutation({ mutationFn: (flag: string) => call('POST /patients/{id}/flags/{flag_id}/confirm', { path: { id: toValue(id), flag_id: flag } }), onSuccess: renew }),
    reject: useMutation({ mutationFn: ({ flag, reason }: { flag: string; reason: string }) => call('POST /patients/{id}/flags/{flag_id}/reject', { path: { id: toValue(id), flag_id: flag }, body: { reason } }), onSuccess: renew }),
    lift: useMutation({ mutationFn: ({ flag, reason }: { flag: string; reason: string }) => call('POST /patients/{id}/flags/{flag_id}/lift', { path: { id: toValue(id), flag_id: flag }, body: { reason } }), onSuccess: renew }),
  }
}

/** The stop rules of versions, by version. */
export function useStopRules(versions: MaybeRefOrGetter<readonly string[]>) {
  const found = useQueries({
    queries: computed(() => toValue(versions).map((id) => ({
      queryKey: ['programmes', 'version', id],
      queryFn: () => useApi().call('GET /programme-versions/{id}', { path: { id } }),
      staleTime: 60_000,
    }))),
  })
  return {
    rules: computed(() => new Map(found.value.flatMap(({ data }) => (data ? [[data.id, data.document as StopRules] as const] : [])))),
    failed: computed(() => found.value.some(({ isError }) => isError)),
  }
}

export function useLabels(enabled: MaybeRefOrGetter<boolean> = true) {
  return useQuery({
    queryKey: ['labels'],
    queryFn: ({ signal }) => useApi().call('GET /labels', { signal }),
    select: (data) => data.items,
    enabled: computed(() => toValue(enabled)),
  })
}

/** Of the dictionary: renamed under its revision, put out of use and back. */
export function useLabelRowActs() {
  const queries = useQueryClient()
  const { call } = useApi()
  const onSuccess = () => queries.invalidateQueries({ queryKey: ['labels'] })
  return {
    rename: useMutation({ mutationFn: ({ label, name }: { label: Label; name: string }) => call('PUT /labels/{id}', { path: { id: label.id }, body: { name }, ifMatch: label.version }), onSuccess }),
    toggle: useMutation({ mutationFn: ({ id, is_active: used }: Label) => (used ? call('POST /labels/{id}/deactivate', { path: { id } }) : call('POST /labels/{id}/activate', { path: { id } })), onSuccess }),
  }
}

export function useRegisters(id: MaybeRefOrGetter<string>, enabled: MaybeRefOrGetter<boolean> = true) {
  return useQuery({
    queryKey: computed(() => keyOf(toValue(id), 'registers')),
    queryFn: ({ signal }) => useApi().call('GET /patients/{id}/registers', { path: { id: toValue(id) }, signal }),
    select: (data) => data.items,
    enabled: computed(() => toValue(enabled)),
  })
}

export function useMarkActs(id: MaybeRefOrGetter<string>) {
  const renew = useRenewFollowUps()
  const { call } = useApi()
  return {
    setLabels: useMutation({ mutationFn: (codes: string[]) => call('PUT /patients/{id}/labels', { path: { id: toValue(id) }, body: { codes } }), onSuccess: renew }),
    saveRegister: useMutation({ mutationFn: (body: { register: Register; since: string; until?: string }) => call('POST /patients/{id}/registers', { path: { id: toValue(id) }, body }), onSuccess: renew }),
  }
}

export function useRecommendations(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => keyOf(toValue(id), 'recommendations')),
    queryFn: ({ signal }) => useApi().call('GET /patients/{id}/recommendations', { path: { id: toValue(id) }, signal }),
    select: (data) => data.items,
  })
}

export function useExplanation(id: MaybeRefOrGetter<string>, enabled: MaybeRefOrGetter<boolean> = true) {
  return useQuery({
    queryKey: computed(() => ['screening', 'explain', toValue(id)]),
    queryFn: ({ signal }) => useApi().call('GET /screening/explain', { query: { patient: toValue(id) }, signal }),
    select: (data) => data.items,
    enabled: computed(() => toValue(enabled)),
  })
}
