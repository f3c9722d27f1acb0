"""What a person sees first in the morning, in as few queries as there are kinds of things in it."""

from typing import Any

from django.db.models import Count, F, Q, Window

from access.actor import Actor
from access.functions import Function
from followup.worklist.enums import OPEN_STATES, EscalationState, TaskState
from followup.worklist.models import Escalation, Task
from followup.worklist.policy import visible_to
from followup.worklist.rules import month_of, rate
from followup.worklist.selectors.escalations import escalation_of, escalation_rows
from followup.worklist.selectors.patients import count_unresolved
from followup.worklist.selectors.rows import list_rows, row_of
from kernel import clock

_SHOWN = 10
_NOT_OWED = (TaskState.EXEMPT, TaskState.CANCELLED, TaskState.PAUSED)


def get_workbench(actor: Actor) -> dict[str, Any]:
    today, now = clock.today(), clock.now()
    figures = _count(actor)
    alarms = visible_to(actor, Escalation.objects.exclude(state=EscalationState.CLOSED))
    # The window counts all open ones in the same query.
    counted = escalation_rows(alarms).annotate(open_count=Window(Count("id")))
    escalations = list(counted.order_by("due_at", "id")[:_SHOWN])
    today_rows = visible_to(actor, list_rows()).filter(
        state__in=OPEN_STATES, lead=None, window_start__lte=today
    )
    return {
        "counts": {
            "due_today": figures["due_now"],
            "overdue": figures["overdue"],
            "open": figures["open"],
            "escalations_open": escalations[0]["open_count"] if escalations else 0,
            "unrouted": count_unresolved() if actor.can(Function.ROUTING_VIEW) else None,
        },
        "month": {
            "due": figures["due"],
            "done": figures["done"],
            "done_in_window": figures["done_in_window"],
            "rate_done": rate(figures["done"], figures["due"]),
            "rate_on_time": rate(figures["done_in_window"], figures["due"]),
            "days": _count_days(actor),
        },
        "today": [row_of(row, today) for row in today_rows.order_by("due_on", "id")[:_SHOWN]],
        "escalations": [escalation_of(row, now) for row in escalations],
    }


def _count(actor: Actor) -> dict[str, int]:
    """Open contacts now, and the month's figures, which count tasks as the statistics do, by due day (应随访 = due in
    the month less exempt and cancelled).
    """
    today = clock.today()
    first, last = month_of(today)
    is_open = Q(state__in=OPEN_STATES, lead=None)
    owed = Q(due_on__gte=first, due_on__lte=last) & ~Q(state__in=_NOT_OWED)
    done = owed & Q(state=TaskState.DONE)
    return (
        visible_to(actor, Task.objects.all())
        .filter(is_open | Q(due_on__gte=first, due_on__lte=last))
        .aggregate(
            open=Count("id", filter=is_open),
            due_now=Count("id", filter=is_open & Q(window_start__lte=today, window_end__gte=today)),
            overdue=Count("id", filter=is_open & Q(window_end__lt=today)),
            due=Count("id", filter=owed),
            done=Count("id", filter=done),
            done_in_window=Count("id", filter=done & Q(closed_on__lte=F("window_end"))),
        )
    )


def _count_days(actor: Actor) -> list[dict[str, Any]]:
    """Tasks closed as done on each day of the month until today; days without one are there with 0."""
    today = clock.today()
    first, _ = month_of(today)
    rows = (
        visible_to(
            actor, Task.objects.filter(state=TaskState.DONE, closed_on__gte=first, closed_on__lte=today)
        )
        .values("closed_on")
        .annotate(done=Count("id"))
        .order_by()
        .values_list("closed_on", "done")
    )
    done = dict(rows)
    days = [first.replace(day=number) for number in range(1, today.day + 1)]
    return [{"day": day, "done": done.get(day, 0)} for day in days]
