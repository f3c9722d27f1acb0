"""The tasks of enrolments, for the pages of programmes (followup.programmes.ports)."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, F, Q

from followup.worklist.enums import OPEN_STATES, TaskState
from followup.worklist.models import Task

# Still to be done, today or after the stay in hospital.
_AHEAD = (*OPEN_STATES, TaskState.PAUSED)


def tasks_of(enrolment_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """By enrolment, in the order of their days; an enrolment without tasks is left out."""
    rows = (
        Task.objects.filter(enrolment_id__in=list(enrolment_ids))
        .order_by("due_on", "id")
        .values(
            "id",
            "enrolment_id",
            "occurrence",
            "due_on",
            "state",
            "level",
            "closed_on",
            "revisit_of_id",
            name=F("step__name"),
        )
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["enrolment_id"], []).append(
            {
                "task_id": str(row["id"]),
                "step_name": f"{row['name']}（复访）" if row["revisit_of_id"] else row["name"],
                "occurrence": row["occurrence"],
                "due_on": row["due_on"],
                "state": row["state"],
                "level": row["level"] or None,
                "closed_on": row["closed_on"],
            }
        )
    return found


def count_tasks_of(enrolment_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """{done, open, total} by enrolment; what was cancelled was not owed and counts nowhere."""
    rows = (
        Task.objects.filter(enrolment_id__in=list(enrolment_ids))
        .exclude(state=TaskState.CANCELLED)
        .order_by()
        .values("enrolment_id")
        .annotate(
            done=Count("id", filter=Q(state__in=(TaskState.DONE, TaskState.PARTIAL))),
            open=Count("id", filter=Q(state__in=_AHEAD)),
            total=Count("id"),
        )
    )
    return {
        row["enrolment_id"]: {"done": row["done"], "open": row["open"], "total": row["total"]} for row in rows
    }
