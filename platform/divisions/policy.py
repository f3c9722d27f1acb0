"""A community tenant and a bureau keep the list of their own county, and see what was imported for it."""

from typing import Any

from django.db.models import QuerySet

from divisions.errors import NoOwnCounty
from divisions.ports import Importer, find_county
from kernel.tenancy import is_tenant_bound

# Codes of access.functions, which lies above this room.
DIVISIONS_IMPORT = "divisions.list.import"
COUNTY_DIVISIONS_IMPORT = "divisions.county.import"


def require_import(actor: Importer) -> None:
    """Raises NotAllowed. A bureau's accounts live on the public host and have a function of their own."""
    actor.require(DIVISIONS_IMPORT if is_tenant_bound() else COUNTY_DIVISIONS_IMPORT)


def own_county(actor: Importer) -> str:
    """12 digits of the county whose list the actor keeps. Raises NotAllowed and NoOwnCounty."""
    require_import(actor)
    county = find_county(actor.id)
    if not county:
        raise NoOwnCounty()
    return county


def visible_to(actor: Importer, queryset: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """DivisionImport rows of the actor's county, whoever gave them; none in a tenant without a county.

    Raises NotAllowed, and NoOwnCounty for an account of the public host that belongs to no bureau.
    """
    require_import(actor)
    if is_tenant_bound() and not find_county(actor.id):
        return queryset.none()
    return queryset.filter(county_code=own_county(actor))
