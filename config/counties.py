"""Who keeps the list of which county: the adapter of divisions' port, which lies below tenants and bureaus."""

from kernel.postgres.base import PUBLIC
from kernel.tenancy import bind_schema, bound_schema, is_tenant_bound
from tenants.registry.models import BureauMembership, TenantKind
from tenants.registry.selectors import tenant_of_schema


def county_of(account_id: int) -> str:
    """12 digits: of the bound tenant when it has the duty of a county, of the account's bureau on the public host;
    empty for everybody else."""
    if is_tenant_bound():
        tenant = tenant_of_schema(bound_schema())
        code = tenant.division_code if tenant is not None and tenant.kind == TenantKind.COMMUNITY else ""
    else:
        with bind_schema(PUBLIC):
            code = (
                BureauMembership.objects.filter(account_id=account_id)
                .values_list("bureau__division_code", flat=True)
                .first()
                or ""
            )
    return code[:6] + "000000" if code else ""
