"""Changes of areas: drafted, applied and taken back. The job of services/slices.py writes the rows themselves."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import orjson
from django.db import transaction

from access.actor import Actor
from access.functions import Function
from community.catchments.enums import ChangeKind, ChangeState
from community.catchments.errors import ChangeContradicted, ChangeNotPossible, ChangeOutdated
from community.catchments.models import AreaChange, AreaChangeStep
from community.catchments.rules.planning import Move, find_nested
from community.catchments.selectors.changes import (
    describe_plan,
    find_contradictions,
    fingerprint_of,
    holders_on,
    plan_of,
    read_moves,
)
from community.catchments.selectors.county import names_of
from community.catchments.services.common import lock_writes, read_division
from kernel import clock, jobs
from kernel.errors import InvalidInput, NotFound
from organization.enums import WardKind
from organization.selectors import active_staff, open_institutions, open_wards
from trail.services import record

SLICE_JOB = "catchments.change.slice"
MOST_PLACES = 2000
_RUNNING = (ChangeState.APPLYING, ChangeState.REVERTING)


@transaction.atomic
def draft_change(
    *, actor: Actor, kind: str, from_on: date, moves: Sequence[Mapping[str, Any]], note: str = ""
) -> int:
    """Write down what is meant; nothing changes yet. Returns its number.

    `moves`: {division_codes, to_institution_id, to_ward_id?, to_staff_id?}. A merge has one receiver and at least two
    places; a split shares the places of one holder among at least two receivers. Raises InvalidInput.
    """
    actor.require(Function.AREA_CHANGE)
    if from_on < clock.today():
        raise InvalidInput.at("/from_on", "in_the_past", "过去的归属不能修改，调整日期最早为今天")
    read = tuple(_read_move(n, move) for n, move in enumerate(moves))
    _check_places(read)
    _check_kind(kind, read, from_on)
    change = AreaChange.objects.create(
        kind=kind, from_on=from_on, note=note.strip(), created_at=clock.now(), created_by_id=actor.id,
        created_by_name=actor.name,
        moves=[
            {
                "division_codes": list(move.division_codes), "to_institution_id": move.to_institution_id,
                "to_ward_id": move.to_ward_id, "to_staff_id": move.to_staff_id,
            }
            for move in read
        ],
    )  # fmt: skip
    _tell(actor, change, "drafted", places=sum(len(move.division_codes) for move in read))
    return change.pk


@transaction.atomic
def apply_change(*, actor: Actor, change_id: int, fingerprint: str) -> None:
    """Begin to apply it as it was previewed; on one that is being applied, go on where it stopped.

    Raises NotFound, ChangeNotPossible (state, date, nothing to do, another one running), ChangeContradicted (rows that
    begin later), ChangeOutdated (not what the fingerprint tells).
    """
    actor.require(Function.AREA_CHANGE)
    lock_writes()
    change = _get(change_id)
    if change.state == ChangeState.APPLYING:
        jobs.enqueue(SLICE_JOB, change_id=change_id)
        return
    if change.state != ChangeState.DRAFT:
        raise ChangeNotPossible(f"这项调整{ChangeState(change.state).label}，不能再次执行")
    if change.from_on < clock.today():
        raise ChangeNotPossible(f"调整日期 {change.from_on} 已过，请重新拟定一项调整")
    _refuse_while_running()
    moves = read_moves(change.moves)
    _recheck_receivers(moves)
    plan, areas = plan_of(moves, change.from_on)
    preview = describe_plan(plan, areas, moves, change.from_on)
    if plan.conflicts:
        raise ChangeContradicted(conflicts=preview["conflicts"])
    if fingerprint != fingerprint_of(plan, change.from_on):
        raise ChangeOutdated()
    if not plan.steps:
        raise ChangeNotPossible("这些区划已归所选机构负责，没有需要调整的归属")
    AreaChangeStep.objects.bulk_create(
        AreaChangeStep(
            change=change, table=step.table, division_code=step.division_code,
            ended_id=step.ends.id if step.ends is not None else None,
            ended_valid_to=step.ends.valid_to if step.ends is not None else None,
            begin=dict(step.begins) if step.begins is not None else None,
        )
        for step in plan.steps
    )  # fmt: skip
    change.preview = orjson.loads(orjson.dumps(preview))
    change.state, change.applied_at = ChangeState.APPLYING, clock.now()
    change.applied_by_id, change.applied_by_name = actor.id, actor.name
    change.save()
    _tell(actor, change, "apply_started", steps=len(plan.steps))
    jobs.enqueue(SLICE_JOB, change_id=change_id)


@transaction.atomic
def revert_change(*, actor: Actor, change_id: int) -> None:
    """Begin to take it back: what it began ends, what it ended begins anew, from today or the change's own day.

    On one that is being taken back, go on where it stopped. Raises NotFound, ChangeNotPossible, ChangeContradicted
    (edits since, listed).
    """
    actor.require(Function.AREA_CHANGE)
    lock_writes()
    change = _get(change_id)
    if change.state == ChangeState.REVERTING:
        jobs.enqueue(SLICE_JOB, change_id=change_id)
        return
    if change.state != ChangeState.APPLIED:
        raise ChangeNotPossible(f"这项调整{ChangeState(change.state).label}，只有已执行的调整可以撤回")
    _refuse_while_running()
    conflicts = find_contradictions(change, clock.today())
    if conflicts:
        raise ChangeContradicted("执行之后又有修改，不能直接撤回，请先处理列出的各项", conflicts=conflicts)
    change.state, change.reverted_at = ChangeState.REVERTING, clock.now()
    change.reverted_by_id, change.reverted_by_name = actor.id, actor.name
    change.reverted_from = max(clock.today(), change.from_on)
    change.save()
    _tell(actor, change, "revert_started", back_from=change.reverted_from.isoformat())
    jobs.enqueue(SLICE_JOB, change_id=change_id)


def _get(change_id: int) -> AreaChange:
    change = AreaChange.objects.select_for_update().filter(pk=change_id).first()
    if change is None:
        raise NotFound()
    return change


def _refuse_while_running() -> None:
    if AreaChange.objects.filter(state__in=_RUNNING).exists():
        raise ChangeNotPossible("另一项调整正在执行，请等它完成后再试")


def _read_move(n: int, move: Mapping[str, Any]) -> Move:
    at = f"/moves/{n}"
    codes = tuple(
        read_division(code, f"{at}/division_codes/{i}") for i, code in enumerate(move["division_codes"])
    )
    institution_id = move["to_institution_id"]
    staff_id, ward_id = move.get("to_staff_id"), move.get("to_ward_id")
    institution = open_institutions([institution_id]).get(institution_id)
    if institution is None:
        raise InvalidInput.at(
            f"{at}/to_institution_id", "unknown_institution", "没有这家机构，或机构已停用，请重新选择"
        )
    if staff_id is not None:
        staff = active_staff([staff_id]).get(staff_id)
        if staff is None or staff.institution_id != institution_id:
            raise InvalidInput.at(
                f"{at}/to_staff_id", "unknown_staff", f"{institution.name}没有这名医生，或已停用，请重新选择"
            )
        ward_id = ward_id if ward_id is not None else staff.ward_id
    if ward_id is not None:
        ward = open_wards([ward_id]).get(ward_id)
        if ward is None or ward.institution_id != institution_id or ward.kind != WardKind.CARE_TEAM:
            raise InvalidInput.at(
                f"{at}/to_ward_id", "unknown_team", f"{institution.name}没有这个家庭医生团队，请重新选择"
            )
    elif staff_id is not None:
        raise InvalidInput.at(f"{at}/to_ward_id", "team_required", "该医生没有所属团队，请选择团队")
    return Move(codes, institution_id, ward_id, staff_id)


def _check_places(moves: Sequence[Move]) -> None:
    codes = [code for move in moves for code in move.division_codes]
    if len(codes) > MOST_PLACES:
        raise InvalidInput.at("/moves", "too_many", f"一次最多调整 {MOST_PLACES} 个区划，请分次进行")
    nested = find_nested(codes)
    if nested is not None:
        names = names_of(nested)
        outer, inner = (names.get(code, code) for code in nested)
        message = f"{inner}重复选择" if nested[0] == nested[1] else f"{inner}属于{outer}，请只选其中一个"
        raise InvalidInput.at("/moves", "nested_divisions", message)


def _check_kind(kind: str, moves: Sequence[Move], from_on: date) -> None:
    places = sum(len(move.division_codes) for move in moves)
    receivers = {(move.to_institution_id, move.to_staff_id) for move in moves}
    if kind == ChangeKind.MERGE and (len(receivers) != 1 or places < 2):
        raise InvalidInput.at("/moves", "not_a_merge", "合并应选择至少两个区划和一个接收方；其他情形请用划转")
    if kind == ChangeKind.SPLIT:
        codes = [code for move in moves for code in move.division_codes]
        holders = set(holders_on(codes, from_on).values())
        if len(receivers) < 2 or len(holders) != 1 or holders == {None}:
            raise InvalidInput.at(
                "/moves", "not_a_split", "拆分应把同一家机构的区划分给至少两个接收方；其他情形请用划转"
            )


def _recheck_receivers(moves: Sequence[Move]) -> None:
    for n, move in enumerate(moves):
        _read_move(
            n,
            {
                "division_codes": move.division_codes, "to_institution_id": move.to_institution_id,
                "to_ward_id": move.to_ward_id, "to_staff_id": move.to_staff_id,
            },
        )  # fmt: skip


def _tell(actor: Actor, change: AreaChange, what: str, **detail: Any) -> None:
    record(
        actor_id=actor.id, actor_name=actor.name, action=f"catchments.area_change.{what}",
        object_type="area_change", object_id=change.pk, reason=change.note, kind=change.kind,
        from_on=change.from_on.isoformat(), **detail,
    )  # fmt: skip
