"""The group's work at a glance: head nurse of her wards, supervisors of what they supervise (C1)."""

from typing import Any

from django.db.models import Count, F, Q

from access.actor import Actor
from access.roles import Tier
from followup.worklist.enums import OPEN_STATES, TaskState
from followup.worklist.models import Task
from followup.worklist.policy import visible_to
from followup.worklist.rules import month_of
from kernel import clock
from kernel.errors import NotAllowed

_FIGURES = ("open", "due", "overdue", "done_this_month")


def get_group(actor: Actor) -> dict[str, Any]:
    """Contacts by staff member, by name, and what nobody has been given. One query. Raises NotAllowed."""
    if not (actor.has_role("head_nurse") and actor.wards) and actor.tier < Tier.WARD_SUPERVISOR:
        raise NotAllowed("本组概览供护士长和督导人员查看；您自己的任务请见任务列表")
    today = clock.today()
    first, _ = month_of(today)
    is_open = Q(state__in=OPEN_STATES)
    done = Q(state=TaskState.DONE, closed_on__isnull=False, closed_on__gte=first)
    rows: Any = (
        visible_to(actor, Task.objects.filter(lead=None))
        .filter(is_open | done)
        .values("assignee_id", staff_name=F("assignee__name"))
        .annotate(
            open=Count("id", filter=is_open),
            due=Count("id", filter=is_open & Q(window_start__lte=today, window_end__gte=today)),
            overdue=Count("id", filter=is_open & Q(window_end__lt=today)),
            done_this_month=Count("id", filter=done),
        )
        .order_by("staff_name", "assignee_id")
    )
    unassigned = dict.fromkeys(_FIGURES, 0)
    items = []
    for row in rows:
        figures = {name: row[name] for name in _FIGURES}
        if row["assignee_id"] is None:
            unassigned = figures
        else:
            items.append({"staff_id": str(row["assignee_id"]), "staff_name": row["staff_name"], **figures})
    return {"items": items, "unassigned": unassigned}
