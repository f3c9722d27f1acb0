"""Who sees a draw and who may review it: nobody acts on a peer's or a higher tier's work."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from access.actor import Actor
from access.functions import Function
from followup.review.enums import Tier
from followup.review.models import SampleDraw, SampleItem
from kernel.errors import NotAllowed


def visible_to(actor: Actor, queryset: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """Items, or draws with at least one item in sight.

    Tier 2's items show to the supervisors of the task's department, and for reading to tier 3 of its institution;
    tier 3's to tier 3 alone.
    """
    if queryset.model is SampleDraw:
        return queryset.filter(Exists(visible_to(actor, SampleItem.objects.filter(draw=OuterRef("pk")))))
    return queryset.filter(
        Q(draw__tier=Tier.WARD_SUPERVISOR, department__in=actor.departments)
        | Q(institution__in=actor.institutions)
    )


def holds_tier(actor: Actor, tier: int, *, department_id: int, institution_id: int) -> bool:
    if tier == Tier.WARD_SUPERVISOR:
        return department_id in actor.departments
    return institution_id in actor.institutions


def can_review(actor: Actor, *, tier: int, drawn_by_id: int, department_id: int, institution_id: int) -> bool:
    """The person who drew the sample, as long as they hold that tier there."""
    return (
        actor.can(Function.REVIEW_SCORE)
        and drawn_by_id == actor.id
        and holds_tier(actor, tier, department_id=department_id, institution_id=institution_id)
    )


def require_review(actor: Actor, item: SampleItem) -> None:
    """Raises NotAllowed. The caller has found the item through visible_to."""
    allowed = can_review(
        actor, tier=item.draw.tier, drawn_by_id=item.draw.drawn_by_id, department_id=item.department_id,
        institution_id=item.institution_id,
    )  # fmt: skip
    if not allowed:
        raise NotAllowed("抽查项只能由抽样人本人评定")
