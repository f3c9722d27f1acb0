"""What a change of areas ends and begins. Pure: the rows and who holds a place come in.

Within each place named, the change meets the rows of the institution that loses it: at the place itself and inside it.
Rows of third institutions inside stay (a village that its own clinic looks after), and are told in the preview.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from community.catchments.enums import CatchmentRole, StepTable
from divisions.codes import prefix_of


@dataclass(frozen=True, slots=True)
class Move:
    """Everything in these divisions goes to the institution, and to the clinician where one is named."""

    division_codes: tuple[str, ...]
    to_institution_id: int
    to_ward_id: int | None = None
    to_staff_id: int | None = None


@dataclass(frozen=True, slots=True)
class PlacedRow:
    """A primary catchment, or a named clinician of the institution; `holder` is a person's word for it."""

    table: str
    id: int
    division_code: str
    institution_id: int
    holder: str
    valid_from: date
    valid_to: date | None
    staff_id: int | None = None
    ward_id: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """`ends` and `begins`: one of them or both. `begins` holds the columns of the new row."""

    table: str
    division_code: str
    ends: PlacedRow | None
    begins: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Conflict:
    division_code: str
    message: str


@dataclass(slots=True)
class Plan:
    steps: list[Step] = field(default_factory=list)
    kept: list[PlacedRow] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)


def plan_change(
    moves: Sequence[Move],
    rows: Sequence[PlacedRow],
    losers: Mapping[str, int | None],
    from_on: date,
) -> Plan:
    """`rows`: those at or inside the places whose last day is not before `from_on`. `losers`: who holds each place
    named on that day, None for a vacancy. Places named must not lie in one another."""
    plan = Plan()
    for move in moves:
        for code in move.division_codes:
            inside = [row for row in rows if row.division_code.startswith(prefix_of(code))]
            _plan_place(plan, move, code, inside, losers.get(code), from_on)
    return plan


def _plan_place(
    plan: Plan, move: Move, code: str, inside: Sequence[PlacedRow], loser: int | None, from_on: date
) -> None:
    target = move.to_institution_id
    met = [row for row in inside if row.division_code == code or row.institution_id in (loser, target)]
    later = [row for row in met if row.valid_from >= from_on and _is_in_the_way(row, move, code, loser)]
    if later:
        plan.conflicts += [
            Conflict(
                row.division_code,
                f"{row.holder}已登记自 {row.valid_from} 起负责，请先撤销这条记录或改调整日期",
            )
            for row in later
        ]
        return
    held = [row for row in met if row.valid_from < from_on]
    catchments = [row for row in held if row.table == StepTable.CATCHMENT]
    clinicians = [row for row in held if row.table == StepTable.CLINICIAN_AREA]
    plan.kept += [
        row for row in inside if row.table == StepTable.CATCHMENT and row not in met and row.valid_from < from_on
    ]  # fmt: skip
    _plan_catchments(plan, code, catchments, loser, target)
    _plan_clinicians(plan, move, code, clinicians, loser)


def _is_in_the_way(row: PlacedRow, move: Move, code: str, loser: int | None) -> bool:
    """A row that begins on the day or later, and would hold the place together with who takes over."""
    target = move.to_institution_id
    is_losers = row.institution_id == loser and loser != target
    if row.table == StepTable.CATCHMENT:
        return row.division_code == code or is_losers
    return is_losers or (row.institution_id == target and move.to_staff_id is not None)


def _plan_catchments(
    plan: Plan, code: str, rows: Sequence[PlacedRow], loser: int | None, target: int
) -> None:
    here = next((row for row in rows if row.division_code == code), None)
    if here is not None and here.institution_id == target:
        return
    if here is not None or loser != target:
        begins = {"institution_id": target, "division_code": code, "role": str(CatchmentRole.PRIMARY)}
        plan.steps.append(Step(StepTable.CATCHMENT, code, here, begins))
    for row in rows:
        if row.division_code != code and row.institution_id == loser and loser != target:
            plan.steps.append(Step(StepTable.CATCHMENT, row.division_code, row, None))


def _plan_clinicians(plan: Plan, move: Move, code: str, rows: Sequence[PlacedRow], loser: int | None) -> None:
    target = move.to_institution_id
    ending = [row for row in rows if row.institution_id == loser and loser != target]
    begins: Mapping[str, Any] | None = None
    if move.to_staff_id is not None:
        named = (move.to_staff_id, move.to_ward_id)
        own = [row for row in rows if row.institution_id == target]
        stays = next(
            (row for row in own if row.division_code == code and (row.staff_id, row.ward_id) == named), None
        )
        ending += [row for row in own if row is not stays]
        if stays is None:
            begins = {"staff_id": move.to_staff_id, "ward_id": move.to_ward_id, "division_code": code}
    for row in ending:
        if row.division_code == code and begins is not None:
            plan.steps.append(Step(StepTable.CLINICIAN_AREA, code, row, begins))
            begins = None
        else:
            plan.steps.append(Step(StepTable.CLINICIAN_AREA, row.division_code, row, None))
    if begins is not None:
        plan.steps.append(Step(StepTable.CLINICIAN_AREA, code, None, begins))


def last_day_before(from_on: date) -> date:
    return from_on - timedelta(days=1)


def find_nested(codes: Sequence[str]) -> tuple[str, str] | None:
    """A place named twice, or one that lies in another one that is named: (outer, inner)."""
    ordered = sorted(codes)
    for outer, inner in pairwise(ordered):
        if inner.startswith(prefix_of(outer)):
            return outer, inner
    return None
