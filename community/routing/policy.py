"""Who sees a patient because of the routing: whose ward, department or institution it led to."""

from typing import Any

from django.db.models import Q, QuerySet

from access.actor import Actor
from community.routing.models import CurrentRouting


def visible_to(actor: Actor, queryset: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """CurrentRouting rows of the actor's wards (tier 1), departments (tier 2), institutions (tier 3)."""
    sight = Q()
    for column, ids in (
        ("ward_id", actor.wards), ("department_id", actor.departments), ("institution_id", actor.institutions),
    ):  # fmt: skip
        if ids:
            sight |= Q(**{f"{column}__in": sorted(ids)})
    return queryset.filter(sight) if sight else queryset.none()


def routing_sight(actor: Actor) -> QuerySet[CurrentRouting, dict[str, Any]]:
    """Ids of the patients who were routed to the actor's places (records.ports.register_sight)."""
    return visible_to(actor, CurrentRouting.objects.all()).order_by().values("patient_id")
