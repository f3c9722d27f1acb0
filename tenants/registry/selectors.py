from collections.abc import Iterable

from kernel.postgres.base import PUBLIC
from kernel.tenancy import bind_schema
from tenants.registry.models import Tenant, TenantStatus


def list_active_schemas() -> list[str]:
    with bind_schema(PUBLIC):
        active = Tenant.objects.filter(status=TenantStatus.ACTIVE).order_by("pk")
        return list(active.values_list("schema_name", flat=True))


def get_tenant_by_code(code: str) -> Tenant | None:
    with bind_schema(PUBLIC):
        return Tenant.objects.filter(code=code).first()


def find_schema_by_facility(names: Iterable[str]) -> str | None:
    """The tenant whose hospital systems send under one of these MSH-4 names."""
    with bind_schema(PUBLIC):
        for name in names:
            match = Tenant.objects.filter(
                status=TenantStatus.ACTIVE, sending_facilities__contains=[name]
            ).values_list("schema_name", flat=True)
            if match:
                return str(match[0])
    return None
