"""A bureau sees the tenants that it supervises and no other (design card D6)."""

from typing import Any

from django.db.models import QuerySet

from access.actor import Actor
from community.supervision.errors import NoBureau
from tenants.registry.contracts import TenantRef
from tenants.registry.selectors import bureau_of_account, tenants_of_bureau


def tenants_in_sight(actor: Actor) -> list[TenantRef]:
    """Raises NoBureau."""
    bureau_id = bureau_of_account(actor.id)
    if bureau_id is None:
        raise NoBureau()
    return tenants_of_bureau(bureau_id)


def visible_to(actor: Actor, queryset: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """TownshipIndicator rows of the bureau's tenants. Raises NoBureau."""
    return queryset.filter(tenant_code__in=[tenant.code for tenant in tenants_in_sight(actor)])
