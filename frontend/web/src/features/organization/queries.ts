import { useQuery } from '@tanstack/vue-query'
import type { DepartmentNode, InstitutionNode } from '@jieli/api'
import { useApi } from '@/shared/lib/api'

/** Institutions, departments and wards as far as the caller's grants reach. */
export function useOrganizationTree() {
  return useQuery({
    queryKey: ['organization', 'tree'],
    queryFn: ({ signal }) => useApi().call('GET /organization/tree', { signal }),
    select: (data) => data.items,
    staleTime: 10 * 60_000,
  })
}

export const listDepartments = (institutions: readonly InstitutionNode[]): DepartmentNode[] => institutions.flatMap((institution) => institution.departments)
