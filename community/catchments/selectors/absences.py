"""Who is away on a day, and who stands in."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from community.catchments.contracts import AbsenceSpan
from community.catchments.models import Absence

_SPAN = (
    "staff_id", "from_on", "to_on", "deputy_id", "deputy__name", "deputy__ward_id", "deputy__ward__department_id",
    "deputy__ward__department__institution_id", "reason", "deputy__is_active", "deputy__ward__is_active",
    "deputy__ward__department__is_active", "deputy__ward__department__institution__is_active",
)  # fmt: skip


def absences_on(day: date, staff_ids: Collection[int] | None = None) -> list[AbsenceSpan]:
    """Everybody who is away on the day among `staff_ids` (None: of the tenant), and the absences of their deputies,
    of their deputies' deputies and so on: what rules.stand_in needs. One query."""
    return absences_between(day, day, staff_ids)


def absences_between(first: date, last: date, staff_ids: Collection[int] | None = None) -> list[AbsenceSpan]:
    """As absences_on, for a span of days with both ends. One query."""
    spans = read_spans(in_force(first, last))
    return spans if staff_ids is None else _reached_from(staff_ids, spans)


def in_force(first: date, last: date | None) -> QuerySet[Absence, Absence]:
    """Absences with a day in the span; `last` None is open."""
    rows = Absence.objects.filter(Q(to_on=None) | Q(to_on__gte=first), cancelled_at=None)
    return rows if last is None else rows.filter(from_on__lte=last)


def read_spans(rows: QuerySet[Absence, Absence]) -> list[AbsenceSpan]:
    return [_span_of(row) for row in rows.order_by("from_on", "pk").values_list(*_SPAN)]


def _span_of(row: tuple[Any, ...]) -> AbsenceSpan:
    staff, first, last, deputy, name, ward, department, institution, reason, *open_ = row
    return AbsenceSpan(
        staff_id=staff, from_on=first, to_on=last, deputy_id=deputy, deputy_name=name or "", deputy_ward_id=ward,
        deputy_department_id=department, deputy_institution_id=institution, deputy_works=all(open_), reason=reason,
    )  # fmt: skip


def _reached_from(staff_ids: Iterable[int], spans: list[AbsenceSpan]) -> list[AbsenceSpan]:
    by_staff: dict[int, list[AbsenceSpan]] = {}
    for span in spans:
        by_staff.setdefault(span.staff_id, []).append(span)
    wanted, seen = list(staff_ids), set(staff_ids)
    found: list[AbsenceSpan] = []
    while wanted:
        for span in by_staff.get(wanted.pop(), ()):
            found.append(span)
            if span.deputy_id is not None and span.deputy_id not in seen:
                seen.add(span.deputy_id)
                wanted.append(span.deputy_id)
    return found
