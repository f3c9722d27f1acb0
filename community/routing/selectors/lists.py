"""The queue of 归属待确认 and the summary."""

from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet
from django.db.models.functions import Left

from access.actor import Actor
from access.functions import Function
from community.routing.enums import AUTO, AUTO_FLAGGED, MANUAL, OUTSIDE, UNRESOLVED, describe
from community.routing.models import CurrentRouting
from community.routing.selectors.places import township_name
from kernel import clock
from kernel.clock import SHANGHAI
from records.identity import age_on

QUEUE_ORDER = ("decided_at", "patient_id")
_QUEUE_COLUMNS = (
    "decided_at", "patient_id", "decision_id", "decision__address_text", "decision__evidence",
    "decision__candidates", "decision__confidence", "patient__name_masked", "patient__sex", "patient__birth_date",
    "decision__encounter__discharged_on", "decision__encounter__department__name",
    "decision__encounter__department_text", "decision__encounter__main_diagnosis",
)  # fmt: skip


def queue(actor: Actor) -> Any:
    """Patients whose residence is open, who waits longest first; page by QUEUE_ORDER, then shape_queue.

    It is the whole tenant's: until the residence is known there is no narrower place. Raises NotAllowed.
    """
    actor.require(Function.ROUTING_VIEW)
    return _waiting().values(*_QUEUE_COLUMNS)


def shape_queue(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    now = clock.now()
    return [_shape_row(row, now) for row in rows]


def _shape_row(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    born, today = row["patient__birth_date"], now.astimezone(SHANGHAI).date()
    department = row["decision__encounter__department__name"] or row["decision__encounter__department_text"]
    return {
        "id": str(row["decision_id"]),
        "patient": {
            "id": str(row["patient_id"]),
            "name_masked": row["patient__name_masked"],
            "sex": row["patient__sex"],
            "age": age_on(born, today) if born is not None and born <= today else None,
        },
        "address_text": row["decision__address_text"],
        "evidence": [describe(key) for key in row["decision__evidence"]],
        "candidates": row["decision__candidates"],
        "confidence": float(row["decision__confidence"]),
        "waiting_hours": max(int((now - row["decided_at"]).total_seconds() // 3600), 0),
        "encounter": {
            "discharge_on": row["decision__encounter__discharged_on"],
            "department": department or None,
            "diagnosis": row["decision__encounter__main_diagnosis"] or None,
        },
    }


def count_unresolved() -> int:
    return _waiting().count()


def _waiting() -> QuerySet[CurrentRouting, CurrentRouting]:
    # A record that went up in another is answered there.
    return CurrentRouting.objects.filter(state=UNRESOLVED, patient__merged_into=None)


def summary(actor: Actor) -> dict[str, Any]:
    """How the tenant's patients were routed, and where those in the county live. One query. Raises NotAllowed."""
    actor.require(Function.ROUTING_VIEW)
    states = {AUTO: 0, AUTO_FLAGGED: 0, UNRESOLVED: 0, MANUAL: 0, OUTSIDE: 0}
    townships: dict[str, int] = {}
    rows = CurrentRouting.objects.values_list("state", Left("division_code", 9)).annotate(number=Count("pk"))
    for state, prefix, number in rows.order_by():
        states[state] += number
        if state in (AUTO, AUTO_FLAGGED, MANUAL):
            townships[prefix] = townships.get(prefix, 0) + number
    by_township = [
        {"code": f"{prefix}000", "name": township_name(f"{prefix}000") or prefix, "count": townships[prefix]}
        for prefix in sorted(townships)
    ]
    return {
        "routed_auto": states[AUTO],
        "routed_flagged": states[AUTO_FLAGGED],
        "unresolved": states[UNRESOLVED],
        "manual": states[MANUAL],
        "outside": states[OUTSIDE],
        "by_township": by_township,
    }
