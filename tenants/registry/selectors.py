from collections.abc import Iterable

from kernel.postgres.base import PUBLIC
from kernel.tenancy import bind_schema
from tenants.registry.contracts import TenantRef
from tenants.registry.models import BureauMembership, Tenant, TenantStatus

_REF = ("code", "name", "kind", "status", "division_code")


def list_active_schemas() -> list[str]:
    with bind_schema(PUBLIC):
        active = Tenant.objects.filter(status=TenantStatus.ACTIVE).order_by("pk")
        return list(active.values_list("schema_name", flat=True))


def get_tenant_by_code(code: str) -> Tenant | None:
    with bind_schema(PUBLIC):
        return Tenant.objects.filter(code=code).first()


def find_schema_by_facility(names: Iterable[str]) -> str | None:
    """The tenant whose hospital systems send under one of these MSH-4 names; None when two claim a name."""
    with bind_schema(PUBLIC):
        for name in names:
            match = Tenant.objects.filter(
                status=TenantStatus.ACTIVE, sending_facilities__contains=[name]
            ).values_list("schema_name", flat=True)[:2]
            if match:
                return str(match[0]) if len(match) == 1 else None
    return None


def bureau_of_account(account_id: int) -> int | None:
    """The health bureau that a log-in of the public host works for."""
    with bind_schema(PUBLIC):
        return (
            BureauMembership.objects.filter(account_id=account_id).values_list("bureau_id", flat=True).first()
        )


def tenants_of_bureau(bureau_id: int) -> list[TenantRef]:
    """Every tenant of the bureau, whatever its status, by code."""
    with bind_schema(PUBLIC):
        rows = Tenant.objects.filter(bureau_id=bureau_id).order_by("code").values_list(*_REF)
        return [TenantRef(*row) for row in rows]


def tenant_of_schema(schema: str) -> TenantRef | None:
    with bind_schema(PUBLIC):
        row = Tenant.objects.filter(schema_name=schema).values_list(*_REF).first()
        return None if row is None else TenantRef(*row)
