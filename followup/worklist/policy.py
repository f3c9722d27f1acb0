"""Who sees which tasks and escalations, and who may work on them. Nothing else decides it."""

from typing import Any, TypeVar

from django.db.models import Q, QuerySet

from access.actor import Actor
from access.functions import Function
from followup.worklist.models import Task
from kernel.errors import NotAllowed

Rows = TypeVar("Rows", bound=QuerySet[Any, Any])


def visible_to(actor: Actor, queryset: Rows) -> Rows:
    """Tasks or escalations on the actor's wards (tier 1), departments (tier 2), institutions (tier 3)."""
    sight = Q()
    for column, ids in (
        ("ward_id", actor.wards), ("department_id", actor.departments), ("institution_id", actor.institutions),
    ):  # fmt: skip
        if len(ids) == 1:
            sight |= Q(**{column: next(iter(ids))})  # an equality lets one index give the order too
        elif ids:
            sight |= Q(**{f"{column}__in": sorted(ids)})
    return queryset.filter(sight) if sight else queryset.none()


def can_work(actor: Actor, ward_id: int) -> bool:
    """Tier 1 on the row's own ward: nobody acts on a peer's work, and a supervisor only looks."""
    return actor.can(Function.TASK_WORK) and ward_id in actor.wards


def require_work(actor: Actor, ward_id: int, function: Function = Function.TASK_WORK) -> None:
    """Raises NotAllowed. The caller has found the row through visible_to."""
    actor.require(function)
    if ward_id not in actor.wards:
        raise NotAllowed()


def patient_sight(actor: Actor) -> QuerySet[Task, Any]:
    """Ids of the patients whom the actor sees because of a task (records.policy registers it)."""
    return visible_to(actor, Task.objects.all()).order_by().values("patient_id")
