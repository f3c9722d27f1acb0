"""Choosing who looks after a place on a day. Pure: candidates come in, `day` comes in."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import lru_cache

from community.catchments.contracts import Area, NamedClinician
from divisions.codes import level_of, pad_code, parent_of
from divisions.enums import DivisionLevel

# An onboarding takes over work that began before it: without a date, a row holds for the past year too.
TAKEN_OVER = timedelta(days=365)
# Load is what is due in so many days, today among them.
LOAD_DAYS = 7
# Contacts a day of an institution of which nobody has stated any: one clinician's afternoon on the telephone.
_ASSUMED_PER_DAY = 20


def default_valid_from(today: date) -> date:
    return today - TAKEN_OVER


@lru_cache(maxsize=8192)
def codes_upward(division_code: str) -> tuple[str, ...]:
    """The division and what it lies in, up to the county, the most specific first. Raises ValueError."""
    codes: list[str] = []
    step: str | None = pad_code(division_code)
    while step is not None and level_of(step) >= DivisionLevel.COUNTY:
        codes.append(step)
        step = parent_of(step)
    return tuple(codes)


def is_valid_on(row: Area | NamedClinician, day: date) -> bool:
    return row.valid_from <= day and (row.valid_to is None or day <= row.valid_to)


def do_overlap(a: tuple[date, date | None], b: tuple[date, date | None]) -> bool:
    """Two spans of days, both ends included; None is open."""
    return (b[1] is None or a[0] <= b[1]) and (a[1] is None or b[0] <= a[1])


def choose_institution(
    areas: Iterable[Area], division_code: str, day: date, *, specialty: str = ""
) -> Area | None:
    """The most specific primary that holds on the day and can work.

    Where a level's primary has fallen away (ended or closed), that level's backup steps in before the level above.
    Without any primary, the most specific backup. Of several rows of one level: who is entered for the specialty,
    then the lowest load for its capacity, then the lowest institution code. Raises ValueError for a malformed code.
    """
    by_code: dict[str, list[Area]] = {}
    for area in areas:
        by_code.setdefault(area.division_code, []).append(area)
    spare: Area | None = None
    for code in codes_upward(division_code):
        rows = by_code.get(code, [])
        primary = _first([row for row in rows if row.is_primary], day, specialty)
        if primary is not None:
            return primary
        backup = _first([row for row in rows if not row.is_primary], day, specialty)
        if backup is not None and any(row.is_primary and row.valid_from <= day for row in rows):
            return backup
        spare = spare or backup
    return spare


def compete(areas: Iterable[Area]) -> set[int]:
    """Institutions that share a division and role with another one on some day: only there does load decide."""
    by_place: dict[tuple[str, bool], list[Area]] = {}
    for area in areas:
        by_place.setdefault((area.division_code, area.is_primary), []).append(area)
    return {
        row.institution_id
        for rows in by_place.values()
        for row in rows
        if any(
            row.institution_id != other.institution_id
            and do_overlap((row.valid_from, row.valid_to), (other.valid_from, other.valid_to))
            for other in rows
        )
    }


def choose_clinician(
    clinicians: Iterable[NamedClinician], division_code: str, institution_id: int, day: date
) -> NamedClinician | None:
    """The village's named clinician in that institution, else the township's; None leaves it to the team."""
    codes = codes_upward(division_code)
    rows = [
        row
        for row in clinicians
        if row.institution_id == institution_id
        and row.division_code in codes
        and row.works
        and is_valid_on(row, day)
    ]
    return min(
        rows,
        key=lambda row: (codes.index(row.division_code), -row.valid_from.toordinal(), row.staff_id),
        default=None,
    )


def _first(rows: Sequence[Area], day: date, specialty: str) -> Area | None:
    return min(
        (row for row in rows if row.works and is_valid_on(row, day)),
        key=lambda row: (
            _distance(row, specialty), _pressure(row), row.institution_code, row.institution_id,
            -row.valid_from.toordinal(),
        ),
        default=None,
    )  # fmt: skip


def _distance(row: Area, specialty: str) -> int:
    if not row.specialties:
        return 1
    return 0 if specialty in row.specialties else 2


def _pressure(row: Area) -> float:
    """Share of the capacity that is taken. A capacity of 0 is one that takes nobody while there is another."""
    capacity = _ASSUMED_PER_DAY if row.capacity is None else row.capacity
    return row.load / (capacity * LOAD_DAYS) if capacity else float("inf")
