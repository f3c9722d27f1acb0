/** Who is shown the work of a group by person (C1); the server decides. */
const LOOKS_AT_GROUP = ['head_nurse', 'ward_supervisor', 'operations_centre']
export const mayLookAtGroup = (roles: readonly string[] | undefined): boolean => roles?.some((role) => LOOKS_AT_GROUP.includes(role)) ?? false
