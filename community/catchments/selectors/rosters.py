"""Who works where, how much waits for them, and who is away."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from access.actor import Actor
from community.catchments.contracts import AbsenceSpan, StaffLoad
from community.catchments.enums import AbsenceReason
from community.catchments.models import Absence, Capacity, ClinicianArea
from community.catchments.policy import visible_to
from community.catchments.ports import work_figures
from community.catchments.rules import LOAD_DAYS, is_long, stand_in
from community.catchments.selectors.absences import absences_between
from community.catchments.selectors.county import names_of
from kernel import clock
from organization.selectors import staff_of_account, visible_staff

ORDER = ("id",)
ABSENCE_ORDER = ("-from_on", "-id")
_AHEAD = timedelta(days=365)
_STAFF = (
    "id", "name", "title", "is_active", "institution_id", "institution__name", "ward_id", "ward__name",
    "capacity__per_day", "capacity__revision", "area_codes",
)  # fmt: skip
_ABSENCE = (
    "id", "staff_id", "staff__name", "staff__institution_id", "staff__institution__name", "from_on", "to_on",
    "reason", "note", "deputy_id", "deputy__name", "revision", "created_at", "created_by_name", "cancelled_at",
)  # fmt: skip


def list_rosters(actor: Actor, *, institution_id: int | None = None) -> Any:
    """Staff of the institutions in sight who work in a ward or team; page by ORDER, then shape_roster."""
    today = clock.today()
    areas = (
        ClinicianArea.objects.filter(
            Q(valid_to=None) | Q(valid_to__gte=today), staff=OuterRef("pk"), valid_from__lte=today
        )
        .order_by()
        .values("staff")
        .values_list(ArrayAgg("division_code", distinct=True))
    )
    staff: QuerySet[Any, Any] = (
        visible_staff(actor)
        .filter(Q(is_active=True) | Exists(ClinicianArea.objects.filter(staff=OuterRef("pk"), valid_to=None)))
        .exclude(ward=None)
        .annotate(area_codes=Subquery(areas))
    )
    if institution_id is not None:
        staff = staff.filter(institution_id=institution_id)
    return staff.values(*_STAFF)


def shape_roster(actor: Actor, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With load, absences and the names of their places: three queries for a page, and one who asks."""
    today = clock.today()
    ids = [row["id"] for row in rows]
    loads = work_figures().load_of_staff(ids, today, today + timedelta(days=LOAD_DAYS - 1))
    places = names_of({code for row in rows for code in row["area_codes"] or ()})
    absences = _absences_of(ids, today)
    own = staff_of_account(actor.id)
    return [
        _shape_staff(
            row, loads.get(row["id"], StaffLoad()), places, absences.get(row["id"], []), today,
            is_own=own is not None and own.id == row["id"],
        )
        for row in rows
    ]  # fmt: skip


def _shape_staff(
    row: Mapping[str, Any],
    load: StaffLoad,
    places: Mapping[str, str],
    absences: list[dict[str, Any]],
    today: date,
    *,
    is_own: bool,
) -> dict[str, Any]:
    current = next((item for item in absences if item["from_on"] <= today), None)
    return {
        "id": str(row["id"]),
        "staff": {
            "id": str(row["id"]), "name": row["name"], "title": row["title"], "is_active": row["is_active"],
        },
        "institution": {"id": str(row["institution_id"]), "name": row["institution__name"]},
        "ward": {"id": str(row["ward_id"]), "name": row["ward__name"]},
        "capacity_per_day": row["capacity__per_day"],
        "capacity_revision": row["capacity__revision"] or 0,
        "load": {"planned_7d": load.planned, "open": load.open},
        "areas": [places.get(code, code) for code in sorted(row["area_codes"] or ())],
        "absence": current,
        "upcoming": [item for item in absences if item["from_on"] > today],
        "is_own": is_own,
    }  # fmt: skip


def _absences_of(staff_ids: Collection[int], today: date) -> dict[int, list[dict[str, Any]]]:
    rows = list(
        Absence.objects.filter(Q(to_on=None) | Q(to_on__gte=today), staff_id__in=staff_ids, cancelled_at=None)
        .order_by("from_on", "pk")
        .values(*_ABSENCE)
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for item, row in zip(shape_absences(rows), rows, strict=True):
        found.setdefault(row["staff_id"], []).append(item)
    return found


def list_absences(actor: Actor, *, institution_id: int | None = None, on: date | None = None) -> Any:
    """Of the institutions in sight, cancelled ones too, what begins last first; page by ABSENCE_ORDER, then
    shape_absences. `on`: those in force on the day."""
    rows = visible_to(actor, Absence.objects.all())
    if institution_id is not None:
        rows = rows.filter(staff__institution_id=institution_id)
    if on is not None:
        rows = rows.filter(Q(to_on=None) | Q(to_on__gte=on), from_on__lte=on, cancelled_at=None)
    return rows.values(*_ABSENCE)


def shape_absences(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """`stands_in`: who does the work on its first day from today on, along the chain of deputies. One query."""
    if not rows:
        return []
    today = clock.today()
    first = min(max(row["from_on"], today) for row in rows)
    last = max(max(row["from_on"], today) for row in rows)
    spans = absences_between(first, min(last, today + _AHEAD), {row["staff_id"] for row in rows})
    return [_shape_absence(row, spans, today) for row in rows]


def _shape_absence(row: Mapping[str, Any], spans: list[AbsenceSpan], today: date) -> dict[str, Any]:
    is_over = row["to_on"] is not None and row["to_on"] < today
    if row["cancelled_at"] is not None:
        state = "cancelled"
    elif is_over:
        state = "over"
    else:
        state = "upcoming" if row["from_on"] > today else "current"
    in_force = state in ("upcoming", "current")
    does = stand_in(row["staff_id"], max(row["from_on"], today), spans) if in_force else None
    span = AbsenceSpan(
        row["staff_id"], row["from_on"], row["to_on"], row["deputy_id"], "", None, None, None, True, row["reason"]
    )  # fmt: skip
    return {
        "id": str(row["id"]),
        "staff": {"id": str(row["staff_id"]), "name": row["staff__name"]},
        "institution": {"id": str(row["staff__institution_id"]), "name": row["staff__institution__name"]},
        "from_on": row["from_on"],
        "to_on": row["to_on"],
        "reason": row["reason"],
        "reason_name": AbsenceReason(row["reason"]).label,
        "note": row["note"],
        "deputy": _person(row["deputy_id"], row["deputy__name"]),
        "stands_in": _person(does.deputy_id, does.deputy_name) if does is not None else None,
        "is_long": is_long(span, today),
        "state": state,
        "revision": row["revision"],
        "created_at": row["created_at"],
        "created_by_name": row["created_by_name"],
    }


def _person(pk: int | None, name: str | None) -> dict[str, str] | None:
    return {"id": str(pk), "name": name or ""} if pk is not None else None


def get_absence(absence_id: int) -> dict[str, Any]:
    return shape_absences([Absence.objects.values(*_ABSENCE).get(pk=absence_id)])[0]


def capacity_of(staff_id: int) -> dict[str, Any]:
    row = Capacity.objects.filter(staff_id=staff_id).values("per_day", "revision").first()
    return {
        "staff_id": str(staff_id),
        "capacity_per_day": row["per_day"] if row else None,
        "capacity_revision": row["revision"] if row else 0,
    }
