"""Who has to be decided: discharges that no decision has seen, and patients whom a change may concern."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q

from community.routing.models import CurrentRouting
from divisions.codes import level_of, pad_code
from divisions.enums import DivisionLevel
from kernel import clock

# A discharge older than this is a record, not work that waits.
_LOOK_BACK = timedelta(days=62)
_WAITING = """
SELECT e.id FROM records_encounter e
  LEFT JOIN routing_currentrouting r ON r.patient_id = e.patient_id
 WHERE e.status = 'discharged' AND e.discharged_on >= %(since)s AND e.updated_at <= %(before)s
   AND (r.patient_id IS NULL OR e.id > r.routed_encounter_id)
 ORDER BY e.id LIMIT %(limit)s
"""
_DIGITS = {DivisionLevel.COUNTY: 6, DivisionLevel.TOWNSHIP: 9, DivisionLevel.VILLAGE: 12}


def waiting_discharges(*, before: datetime, limit: int) -> list[int]:
    """Encounters discharged in the last two months that routing was not told of, unchanged since `before`."""
    values: dict[str, Any] = {"since": clock.today() - _LOOK_BACK, "before": before, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, values)
        return [row[0] for row in cursor.fetchall()]


def patients_of(encounter_ids: Collection[int]) -> dict[int, int]:
    """Patient by encounter, of those that exist. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, patient_id FROM records_encounter WHERE id = ANY(%s)", [list(encounter_ids)]
        )
        return dict(cursor.fetchall())


def routed_among(patient_ids: Collection[int]) -> list[int]:
    rows = CurrentRouting.objects.filter(pk__in=list(patient_ids))
    return list(rows.order_by("pk").values_list("pk", flat=True))


def patients_concerned(
    *,
    division_codes: Collection[str] = (),
    patient_ids: Collection[int] = (),
    staff_ids: Collection[int] = (),
    due_on: date | None = None,
    after_id: int = 0,
    limit: int,
) -> list[int]:
    """Routed patients whom one of these concerns, by id: who lives in a division or below it, who is looked after by
    one of the staff or would be, whose decision has come to its day."""
    which = Q(pk__in=list(patient_ids))
    for code in division_codes:
        which |= _inside(code)
    if staff_ids:
        ids = list(staff_ids)
        # A chain of deputies: whoever is stood in for is looked at whenever somebody of the roster comes or goes.
        which |= Q(staff_id__in=ids) | Q(named_staff__isnull=False)
    if due_on is not None:
        which |= Q(recheck_on__lte=due_on)
    rows = CurrentRouting.objects.filter(which, pk__gt=after_id).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:limit])


def _inside(code: str) -> Any:
    code12 = pad_code(code)
    digits = _DIGITS.get(DivisionLevel(level_of(code12)), 6)
    return Q(division_code__gte=code12, division_code__lte=code12[:digits].ljust(12, "9"))
