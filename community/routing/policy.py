"""Who sees a patient because of the routing: whose ward, department or institution it led to, also until lately."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from access.actor import Actor
from community.routing.models import CurrentRouting, OwnerChange
from kernel import clock


def visible_to(actor: Actor, queryset: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """CurrentRouting rows of the actor's wards (tier 1), departments (tier 2), institutions (tier 3).

    A former owner sees the patient until the last day of the hand-over (OwnerChange.sight_until).
    """
    sight = _placed(actor, "")
    if not sight:
        return queryset.none()
    former = OwnerChange.objects.filter(
        _placed(actor, "from_"), patient=OuterRef("patient_id"), sight_until__gte=clock.today()
    )
    return queryset.filter(sight | Q(Exists(former)))


def _placed(actor: Actor, prefix: str) -> Q:
    sight = Q()
    for column, ids in (
        ("ward_id", actor.wards), ("department_id", actor.departments), ("institution_id", actor.institutions),
    ):  # fmt: skip
        if ids:
            sight |= Q(**{f"{prefix}{column}__in": sorted(ids)})
    return sight


def routing_sight(actor: Actor) -> QuerySet[CurrentRouting, dict[str, Any]]:
    """Ids of the patients who were routed to the actor's places (records.ports.register_sight)."""
    return visible_to(actor, CurrentRouting.objects.all()).order_by().values("patient_id")
