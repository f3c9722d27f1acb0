"""Who sees which patients."""

from dataclasses import replace
from typing import Any, TypeVar

from django.db.models import Exists, OuterRef, Q, QuerySet

from access.actor import Actor
from records.enums import EncounterStatus
from records.models import Encounter
from records.ports import register_sight, sights

__all__ = ["register_sight", "visible_to"]

Rows = TypeVar("Rows", bound=QuerySet[Any, Any])


def visible_to(actor: Actor, patients: Rows) -> Rows:
    """Patients with a stay on the actor's wards, departments or institutions, or whom another room shows them.

    A record that went up in another one (`merged_into`) is seen by nobody.
    """
    # Correlated on purpose: a list has narrowed its candidates first, and a hospital's stays are hundred thousands.
    sight: Q = Q()
    place = Q()
    for column, ids in (
        ("ward_id", actor.wards), ("department_id", actor.departments), ("institution_id", actor.institutions),
    ):  # fmt: skip
        if ids:
            place |= Q(**{f"{column}__in": sorted(ids)})
    if place:
        stays = Encounter.objects.filter(place, patient=OuterRef("pk")).exclude(
            status=EncounterStatus.CANCELLED
        )
        sight |= Q(Exists(stays))
    for find in sights():
        rows = find(actor)
        if not rows.query.is_empty():
            column = rows.query.values_select[0]
            sight |= Q(Exists(rows.filter(**{column: OuterRef("pk")})))
    seen = patients.filter(merged_into=None)
    return seen.filter(sight) if sight else seen.none()


def as_tier1(actor: Actor) -> Actor:
    """The actor with nothing but their own wards: what they may act on, where supervising is only looking."""
    return replace(actor, departments=frozenset(), institutions=frozenset())
