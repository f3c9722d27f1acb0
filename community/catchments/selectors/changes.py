"""Changes of areas: what one would do, what one did, and what stands in the way of taking it back."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import orjson
from django.db.models import Count, Q

from community.catchments.contracts import Area
from community.catchments.enums import CatchmentRole, ChangeKind, ChangeState, StepTable
from community.catchments.models import AreaChange, AreaChangeStep, Catchment, ClinicianArea
from community.catchments.ports import work_figures
from community.catchments.rules.choosing import choose_institution, codes_upward
from community.catchments.rules.planning import Move, PlacedRow, Plan, last_day_before, plan_change
from community.catchments.selectors.areas import areas_around, read_areas
from community.catchments.selectors.county import names_of
from divisions.codes import prefix_of
from divisions.enums import DivisionLevel
from divisions.selectors import divisions_inside
from kernel import clock
from kernel.errors import NotFound
from organization.selectors import active_staff, open_institutions

ORDER = ("-id",)
_SHOWN_ROWS = 500
_ROW = (
    "id", "kind", "state", "from_on", "note", "created_at", "created_by_name", "applied_at", "applied_by_name",
    "reverted_at", "reverted_by_name", "reverted_from", "moves",
)  # fmt: skip


def list_changes() -> Any:
    """The newest first; page by ORDER, then shape_change."""
    return AreaChange.objects.values(*_ROW)


def shape_change(row: Mapping[str, Any]) -> dict[str, Any]:
    codes = [code for move in row["moves"] for code in move["division_codes"]]
    return {
        **{name: row[name] for name in _ROW if name != "moves"},
        "id": str(row["id"]),
        "kind_name": ChangeKind(row["kind"]).label,
        "state_name": ChangeState(row["state"]).label,
        "places": len(codes),
    }


def get_change(change_id: int) -> dict[str, Any]:
    """With its preview: of a draft as it is now, of an applied one as it was. Raises NotFound."""
    change = AreaChange.objects.filter(pk=change_id).first()
    if change is None:
        raise NotFound()
    moves = read_moves(change.moves)
    is_draft = change.state == ChangeState.DRAFT
    preview = preview_of(moves, change.from_on) if is_draft else change.preview
    done = AreaChangeStep.objects.filter(change=change).aggregate(
        total=Count("pk"), done=Count("done_at"), undone=Count("undone_at")
    )
    contradictions = find_contradictions(change, clock.today()) if change.state == ChangeState.APPLIED else []
    return {
        **shape_change({name: getattr(change, name) for name in _ROW}),
        "moves": _name_moves(moves),
        "preview": preview,
        "progress": done,
        "revert_conflicts": contradictions,
    }


def read_moves(stored: Sequence[Mapping[str, Any]]) -> tuple[Move, ...]:
    return tuple(
        Move(
            tuple(move["division_codes"]), move["to_institution_id"], move["to_ward_id"], move["to_staff_id"]
        )
        for move in stored
    )


def plan_of(moves: Sequence[Move], from_on: date) -> tuple[Plan, list[Area]]:
    """What the change would do to the rows as they are now, and every area around the places. Five queries at most."""
    codes = [code for move in moves for code in move.division_codes]
    inside = _inside(codes)
    above = {step for code in codes for step in codes_upward(code)}
    placed = read_areas(Catchment.objects.filter(inside | Q(division_code__in=above)))
    areas = list(placed.values())
    losers = {code: _holder_on(areas, code, from_on) for code in codes}
    rows = [
        PlacedRow(
            StepTable.CATCHMENT, pk, area.division_code, area.institution_id, area.institution_name,
            area.valid_from, area.valid_to,
        )
        for pk, area in placed.items() if area.is_primary
    ] + _read_clinicians(inside)  # fmt: skip
    current = [row for row in rows if row.valid_to is None or row.valid_to >= from_on]
    return plan_change(moves, current, losers, from_on), areas


def _holder_on(areas: Sequence[Area], code: str, day: date) -> int | None:
    # Closed ones too: who is entered loses the place, whether or not there is anybody to do the work.
    entered = [replace(area, works=True) for area in areas if area.is_primary]
    found = choose_institution(entered, code, day)
    return found.institution_id if found is not None else None


def holders_on(codes: Collection[str], day: date) -> dict[str, int | None]:
    """Who is entered for each place on the day; None: nobody."""
    areas = areas_around(codes)
    return {code: _holder_on(areas, code, day) for code in codes}


def _inside(codes: Collection[str]) -> Q:
    found = Q(pk__in=())
    for code in codes:
        found |= Q(division_code__gte=code, division_code__lte=prefix_of(code).ljust(12, "9"))
    return found


def _read_clinicians(inside: Q) -> list[PlacedRow]:
    rows = ClinicianArea.objects.filter(inside).order_by("pk").values_list(
        "pk", "division_code", "ward__department__institution_id", "staff__name", "valid_from", "valid_to",
        "staff_id", "ward_id",
    )  # fmt: skip
    return [PlacedRow(StepTable.CLINICIAN_AREA, *row) for row in rows]


def preview_of(moves: Sequence[Move], from_on: date) -> dict[str, Any]:
    plan, areas = plan_of(moves, from_on)
    return describe_plan(plan, areas, moves, from_on)


def describe_plan(plan: Plan, areas: Sequence[Area], moves: Sequence[Move], from_on: date) -> dict[str, Any]:
    """What people decide by; `fingerprint` tells whether it still holds when it is applied."""
    codes = [code for move in moves for code in move.division_codes]
    catchments = [step for step in plan.steps if step.table == StepTable.CATCHMENT]
    clinicians = [step for step in plan.steps if step.table == StepTable.CLINICIAN_AREA]
    affected = work_figures().affected({prefix_of(step.division_code) for step in plan.steps})
    villages = _villages_inside(codes)
    after = _areas_after(plan, areas, from_on)
    by_code: dict[str, list[Area]] = {}
    for area in after:
        by_code.setdefault(area.division_code, []).append(area)
    vacant = sum(
        1
        for village in villages
        if choose_institution(
            [area for code in codes_upward(village) for area in by_code.get(code, ())], village, from_on
        )
        is None
    )
    rows = _tell_rows(plan, from_on)
    return {
        "catchments_ended": sum(step.ends is not None for step in catchments),
        "catchments_begun": sum(step.begins is not None for step in catchments),
        "clinicians_ended": sum(step.ends is not None for step in clinicians),
        "clinicians_begun": sum(step.begins is not None for step in clinicians),
        "patients": affected.patients,
        "tasks_planned": affected.tasks_planned,
        "tasks_started": affected.tasks_started,
        "vacant_after": vacant,
        "rows": rows[:_SHOWN_ROWS],
        "rows_total": len(rows),
        "conflicts": _tell_conflicts(plan),
        "fingerprint": fingerprint_of(plan, from_on),
    }


def fingerprint_of(plan: Plan, from_on: date) -> str:
    steps = [
        (
            str(step.table), step.division_code, step.ends.id if step.ends else None,
            str(step.ends.valid_to) if step.ends else None, dict(step.begins) if step.begins else None,
        )
        for step in plan.steps
    ]  # fmt: skip
    told = [from_on.isoformat(), steps, [conflict.message for conflict in plan.conflicts]]
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def _villages_inside(codes: Collection[str]) -> list[str]:
    found: list[str] = []
    for county in sorted({code[:6] for code in codes}):
        rows = divisions_inside(county).filter(level=DivisionLevel.VILLAGE).values_list("code", flat=True)
        prefixes = tuple(prefix_of(code) for code in codes)
        found += [village for village in rows if village.startswith(prefixes)]
    return found


def _areas_after(plan: Plan, areas: Sequence[Area], from_on: date) -> list[Area]:
    """The areas on the first day of the change. Who takes over was asked for a team when the change was written."""
    ended = {
        (step.ends.division_code, step.ends.institution_id)
        for step in plan.steps
        if step.table == StepTable.CATCHMENT and step.ends is not None
    }
    stay = [
        area for area in areas if not (area.is_primary and (area.division_code, area.institution_id) in ended)
    ]
    begun = [
        Area(step.begins["institution_id"], "", step.division_code, True, from_on, None)
        for step in plan.steps
        if step.table == StepTable.CATCHMENT and step.begins is not None
    ]
    return stay + begun


def _tell_rows(plan: Plan, from_on: date) -> list[dict[str, Any]]:
    places = names_of({step.division_code for step in plan.steps} | {row.division_code for row in plan.kept})
    begins = [step.begins for step in plan.steps if step.begins is not None]
    institutions = open_institutions(b["institution_id"] for b in begins if "institution_id" in b)
    people = active_staff(b["staff_id"] for b in begins if "staff_id" in b)

    def row(table: str, code: str, action: str, holder: str, day: date) -> dict[str, Any]:
        division = {"code": code, "name": places.get(code, code)}
        return {"table": str(table), "division": division, "action": action, "holder": holder, "on": day}

    told: list[dict[str, Any]] = []
    for step in plan.steps:
        if step.ends is not None:
            told.append(
                row(step.table, step.division_code, "end", step.ends.holder, last_day_before(from_on))
            )
        if step.begins is not None:
            who: Any = (
                institutions.get(step.begins["institution_id"])
                if step.table == StepTable.CATCHMENT
                else people.get(step.begins["staff_id"])
            )
            told.append(row(step.table, step.division_code, "begin", who.name if who else "", from_on))
    told += [row(kept.table, kept.division_code, "keep", kept.holder, from_on) for kept in plan.kept]
    return sorted(told, key=lambda r: (r["division"]["code"], r["table"], r["action"] == "begin"))


def _tell_conflicts(plan: Plan) -> list[dict[str, str]]:
    return _with_names([(conflict.division_code, conflict.message) for conflict in plan.conflicts])


def _with_names(found: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    places = names_of({code for code, _ in found})
    return [
        {"division_code": code, "division_name": places.get(code, code), "message": message}
        for code, message in found
    ]


def _name_moves(moves: Sequence[Move]) -> list[dict[str, Any]]:
    places = names_of({code for move in moves for code in move.division_codes})
    institutions = open_institutions(move.to_institution_id for move in moves)
    people = active_staff(move.to_staff_id for move in moves if move.to_staff_id is not None)
    return [
        {
            "divisions": [{"code": code, "name": places.get(code, code)} for code in move.division_codes],
            "to_institution": _ref(move.to_institution_id, institutions),
            "to_staff": _ref(move.to_staff_id, people) if move.to_staff_id is not None else None,
            "to_ward_id": str(move.to_ward_id) if move.to_ward_id is not None else None,
        }
        for move in moves
    ]


def _ref(pk: int, known: Mapping[int, Any]) -> dict[str, str]:
    return {"id": str(pk), "name": known[pk].name if pk in known else "（已停用）"}


def find_contradictions(change: AreaChange, today: date) -> list[dict[str, str]]:
    """Edits since it was applied which taking it back would run over; empty: it can be taken back."""
    steps = list(AreaChangeStep.objects.filter(change=change).order_by("pk"))
    back_on = max(today, change.from_on)
    found: list[tuple[str, str]] = []
    for table in (StepTable.CATCHMENT, StepTable.CLINICIAN_AREA):
        own = [step for step in steps if step.table == table]
        found += _contradictions_in(table, own, change.from_on, back_on)
    return _with_names(found)


def _contradictions_in(
    table: str, steps: Sequence[AreaChangeStep], from_on: date, back_on: date
) -> list[tuple[str, str]]:
    model: Any = Catchment if table == StepTable.CATCHMENT else ClinicianArea
    holder = "institution__name" if table == StepTable.CATCHMENT else "staff__name"
    codes = {step.division_code for step in steps}
    rows = model.objects.filter(division_code__in=codes).order_by("pk")
    if table == StepTable.CATCHMENT:
        rows = rows.filter(role=CatchmentRole.PRIMARY)
    columns = ("division_code", holder, "valid_from", "valid_to")
    now = {row[0]: row[1:] for row in rows.values_list("pk", *columns)}
    begun = {step.begun_id for step in steps if step.begun_id is not None}
    ended = {step.ended_id for step in steps if step.ended_id is not None}
    found: list[tuple[str, str]] = []
    for step in steps:
        if step.begun_id is not None and (step.begun_id not in now or now[step.begun_id][3] is not None):
            found.append((step.division_code, "本次调整新增的归属后来已被结束或撤销"))
        if step.ended_id is not None and (
            step.ended_id not in now or now[step.ended_id][3] != last_day_before(from_on)
        ):
            found.append((step.division_code, "本次调整结束的归属后来被改动"))
    # Who has been entered since would hold the place together with who comes back.
    for pk, (code, name, first, last) in now.items():
        if pk not in begun | ended and (last is None or last >= back_on) and _returns(table, code, steps):
            found.append((code, f"{name}后来登记为自 {first} 起负责"))
    return found


def _returns(table: str, code: str, steps: Sequence[AreaChangeStep]) -> bool:
    if table == StepTable.CLINICIAN_AREA:
        return False  # several clinicians may be named for a place: the one named last counts
    return any(step.division_code == code and step.ended_id is not None for step in steps)
