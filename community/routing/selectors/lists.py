"""The queue of 归属待确认 and the summary."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, Min, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Left

from access.actor import Actor
from access.functions import Function
from community.routing.enums import AUTO, AUTO_FLAGGED, MANUAL, OUTSIDE, UNRESOLVED, describe
from community.routing.models import CurrentRouting
from community.routing.selectors.places import township_name
from community.routing.selectors.residences import count_kept_by_wish
from kernel import clock
from kernel.clock import SHANGHAI
from records.identity import age_on

QUEUE_ORDER = ("decided_at", "patient_id")
_QUEUE_COLUMNS = (
    "decided_at", "patient_id", "decision_id", "decision__address_text", "decision__evidence",
    "decision__candidates", "decision__confidence", "patient__name_masked", "patient__sex", "patient__birth_date",
    "decision__encounter__discharged_on", "decision__encounter__department__name",
    "decision__encounter__department_text", "decision__encounter__main_diagnosis", "phone_masked",
)  # fmt: skip
# Ageing alarm of the queue (standards 1.5, step 5), and the bands in which desk and county count it.
AGED = timedelta(hours=24)
_BANDS = (
    ("under_24h", "24 小时内", timedelta(0), AGED),
    ("under_72h", "24 至 72 小时", AGED, timedelta(hours=72)),
)
_LAST_BAND = ("over_72h", "超过 72 小时")


def queue(actor: Actor) -> Any:
    """Patients whose residence is open, who waits longest first; page by QUEUE_ORDER, then shape_queue.

    It is the whole tenant's: until the residence is known there is no narrower place. Raises NotAllowed.
    """
    actor.require(Function.ROUTING_VIEW)
    # The patient's own number before a relative's; a correlated read, so that a page stays one row a patient.
    phones = (
        CurrentRouting.objects.filter(pk=OuterRef("pk"), patient__phones__superseded_at=None)
        .order_by(Case(When(patient__phones__owner="self", then=0), default=1), "patient__phones__id")
        .values("patient__phones__masked")[:1]
    )
    return _waiting().annotate(phone_masked=Subquery(phones)).values(*_QUEUE_COLUMNS)


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
        "phone_masked": row["phone_masked"],
        "address_text": row["decision__address_text"],
        "evidence": [describe(key) for key in row["decision__evidence"]],
        "candidates": row["decision__candidates"],
        "confidence": float(row["decision__confidence"]),
        "aged": now - row["decided_at"] >= AGED,
        "waiting_hours": max(int((now - row["decided_at"]).total_seconds() // 3600), 0),
        "encounter": {
            "discharge_on": row["decision__encounter__discharged_on"],
            "department": department or None,
            "diagnosis": row["decision__encounter__main_diagnosis"] or None,
        },
    }


def count_unresolved() -> int:
    return _waiting().count()


def unrouted(actor: Actor) -> dict[str, Any]:
    """How long the queue has waited, by age band; places without an owner; who stays with the centre by their own wish.

    Raises NotAllowed.
    """
    actor.require(Function.ROUTING_VIEW)
    return {
        **count_by_age(),
        "vacant": _vacant().count(),
        "kept_by_wish": count_kept_by_wish(clock.today()),
    }


def count_by_age() -> dict[str, Any]:
    """{total, aged, oldest_hours, bands: [{key, name, count}]} of the queue; for the county too. One query."""
    now = clock.now()
    bands = {
        key: Count("pk", filter=Q(decided_at__lte=now - least, decided_at__gt=now - most))
        for key, _, least, most in _BANDS
    }
    figures = _waiting().aggregate(
        total=Count("pk"), aged=Count("pk", filter=Q(decided_at__lte=now - AGED)), oldest=Min("decided_at"), **bands
    )  # fmt: skip
    # Whatever a clock that runs behind has put in the future belongs to the first band.
    figures[_BANDS[0][0]] = figures["total"] - figures["aged"]
    rest = figures["total"] - sum(figures[key] for key in bands)
    oldest = figures["oldest"]
    return {
        "total": figures["total"],
        "aged": figures["aged"],
        "oldest_hours": int((now - oldest).total_seconds() // 3600) if oldest is not None else None,
        "bands": [
            *({"key": key, "name": name, "count": figures[key]} for key, name, *_ in _BANDS),
            {"key": _LAST_BAND[0], "name": _LAST_BAND[1], "count": rest},
        ],
    }


def _vacant() -> QuerySet[CurrentRouting, CurrentRouting]:
    return CurrentRouting.objects.filter(
        decision__evidence__contains=["catchment:vacant"], patient__merged_into=None
    )


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
        # An owner by wish or contract says nothing of the place.
        if prefix and state in (AUTO, AUTO_FLAGGED, MANUAL):
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
