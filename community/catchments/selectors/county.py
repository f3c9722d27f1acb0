"""The county of the bound tenant, and the names of its places."""

from collections.abc import Collection

from django.db.models import OuterRef, Subquery

from divisions.codes import pad_code
from divisions.selectors import divisions_inside
from kernel.tenancy import backend, bound_schema
from tenants.registry.selectors import tenant_of_schema


def county_code() -> str:
    """Twelve digits of the county that the tenant is registered in. No query inside a request."""
    code = getattr(getattr(backend(), "tenant", None), "division_code", None)
    if code is None:
        tenant = tenant_of_schema(bound_schema())
        code = tenant.division_code if tenant is not None else ""
    return pad_code(code[:6]) if code else ""


def names_of(codes: Collection[str]) -> dict[str, str]:
    """Of the present divisions of the tenant's county among these. One query."""
    county = county_code()
    if not county or not codes:
        return {}
    return dict(divisions_inside(county).filter(code__in=set(codes)).values_list("code", "name"))


def name_column(column: str = "division_code") -> Subquery:
    """The name of the division of a row, null for one that has ended: an annotation."""
    county = county_code() or "000000"
    return Subquery(divisions_inside(county).filter(code=OuterRef(column)).values("name")[:1])
