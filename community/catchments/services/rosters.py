"""Who is away, who stands in, and how much a clinician can take on."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from access.actor import Actor
from access.functions import Function
from community.catchments.contracts import AbsenceSpan
from community.catchments.enums import AbsenceReason
from community.catchments.errors import AbsenceBegun, AbsenceClosed, AbsenceOverlap, DeputyLoop
from community.catchments.models import Absence, Capacity
from community.catchments.policy import require_roster_of, visible_to
from community.catchments.rules import LONG_AFTER, find_loop, is_long
from community.catchments.selectors.absences import in_force, read_spans
from community.catchments.services.common import check_order, lock_writes, tell_day
from kernel import clock
from kernel.errors import FieldError, InvalidInput, NotFound, VersionChanged
from kernel.events import publish
from organization.contracts import StaffRef
from organization.selectors import active_staff, visible_institutions
from trail.services import record

MOST_PER_DAY = 200
_ABSENCE_FIELDS = frozenset({"to_on", "deputy_id"})


@transaction.atomic
def report_absence(
    *,
    actor: Actor,
    staff_id: int,
    from_on: date,
    to_on: date | None,
    reason: str,
    deputy_id: int | None = None,
    note: str = "",
) -> int:
    """Enter an absence; both days are included, `to_on` None is until further notice. Returns its number.

    Raises NotFound (out of sight), NotAllowed (neither one's own nor the right to edit rosters), InvalidInput,
    AbsenceOverlap, DeputyLoop.
    """
    staff = _get_staff(actor, staff_id)
    require_roster_of(actor, staff_id)
    check_order(from_on, to_on, "/to_on")
    if reason == AbsenceReason.LEFT and to_on is not None:
        raise InvalidInput.at("/to_on", "left_has_no_end", "离职调离没有返岗日期，请留空")
    lock_writes()
    absence = Absence(
        staff_id=staff_id, from_on=from_on, to_on=to_on, reason=reason, note=note.strip(), deputy_id=deputy_id,
        created_at=clock.now(), created_by_id=actor.id, created_by_name=actor.name,
    )  # fmt: skip
    if deputy_id is not None:
        _check_deputy(actor, staff, deputy_id)
    _refuse_overlap(absence)
    _refuse_loop(absence, staff.name)
    absence.save()
    _tell(actor, absence, "reported")
    return absence.pk


@transaction.atomic
def change_absence(
    *, actor: Actor, absence_id: int, expected_revision: int, changes: Mapping[str, Any]
) -> int:
    """`changes` holds to_on or deputy_id or both. An early return ends it yesterday at the earliest.

    Raises NotFound, NotAllowed, VersionChanged, AbsenceClosed, InvalidInput, AbsenceOverlap, DeputyLoop.
    """
    if not changes or changes.keys() - _ABSENCE_FIELDS:
        raise InvalidInput.at("/", "nothing_to_change", "请给出要修改的结束日期或代班人")
    lock_writes()
    absence = _get_absence(actor, absence_id)
    today = clock.today()
    if absence.cancelled_at is not None or (absence.to_on is not None and absence.to_on < today):
        raise AbsenceClosed()
    if absence.revision != expected_revision:
        raise VersionChanged()
    if "to_on" in changes:
        _move_end(absence, changes["to_on"], today)
    staff = _get_staff(actor, absence.staff_id)
    if changes.get("deputy_id") not in (None, absence.deputy_id):
        _check_deputy(actor, staff, changes["deputy_id"])
    absence.deputy_id = changes.get("deputy_id", absence.deputy_id)
    _refuse_overlap(absence)
    _refuse_loop(absence, staff.name)
    absence.revision += 1
    absence.save()
    _tell(actor, absence, "changed")
    return absence_id


@transaction.atomic
def cancel_absence(*, actor: Actor, absence_id: int) -> int:
    """It did not come to it. Raises NotFound, NotAllowed, AbsenceClosed, AbsenceBegun (before today)."""
    lock_writes()
    absence = _get_absence(actor, absence_id)
    today = clock.today()
    if absence.cancelled_at is not None or (absence.to_on is not None and absence.to_on < today):
        raise AbsenceClosed()
    if absence.from_on < today:
        raise AbsenceBegun()
    absence.cancelled_at = clock.now()
    absence.revision += 1
    absence.save()
    _tell(actor, absence, "cancelled")
    return absence_id


@transaction.atomic
def state_capacity(*, actor: Actor, staff_id: int, per_day: int | None, expected_revision: int) -> None:
    """Contacts a day, None: unknown. `expected_revision` is 0 where none was stated yet.

    Raises NotAllowed, NotFound, InvalidInput, VersionChanged.
    """
    actor.require(Function.ROSTER_EDIT)
    _get_staff(actor, staff_id)
    if per_day is not None and not 0 <= per_day <= MOST_PER_DAY:
        raise InvalidInput.at("/per_day", "out_of_range", f"每日随访量应为 0 到 {MOST_PER_DAY}，不限请留空")
    lock_writes()
    row = Capacity.objects.filter(staff_id=staff_id).first()
    if (row.revision if row is not None else 0) != expected_revision:
        raise VersionChanged()
    before = row.per_day if row is not None else None
    revision = expected_revision + 1
    Capacity.objects.update_or_create(staff_id=staff_id, defaults={"per_day": per_day, "revision": revision})
    record(
        actor_id=actor.id, actor_name=actor.name, action="catchments.capacity.stated", object_type="staff",
        object_id=staff_id, before=before, per_day=per_day,
    )  # fmt: skip


@transaction.atomic
def announce_day(**_: Any) -> int:
    """Job `catchments.roster_day`, just after midnight: absences that begin today, ended yesterday or turn long today.

    What was entered before has been announced before, but whose work it is changes on the day. Returns how many.
    """
    today = clock.today()
    yesterday, turning = today - timedelta(days=1), today - timedelta(days=LONG_AFTER)
    rows = Absence.objects.filter(cancelled_at=None).filter(
        Q(from_on=today) | Q(to_on=yesterday) | Q(from_on=turning, to_on=None)
    )
    by_kind: dict[bool, set[int]] = {True: set(), False: set()}
    for span in read_spans(rows):
        is_over = span.to_on == yesterday
        by_kind[not is_over and is_long(span, today)].add(span.staff_id)
    for is_lasting, staff_ids in by_kind.items():
        if staff_ids:
            publish("roster.changed", staff_ids=sorted(staff_ids), long=is_lasting)
    return sum(len(staff_ids) for staff_ids in by_kind.values())


def _find_staff(actor: Actor, staff_id: int) -> StaffRef | None:
    """Who works here, at an institution in sight."""
    staff = active_staff([staff_id]).get(staff_id)
    if staff is None or not visible_institutions(actor).filter(pk=staff.institution_id).exists():
        return None
    return staff


def _get_staff(actor: Actor, staff_id: int) -> StaffRef:
    staff = _find_staff(actor, staff_id)
    if staff is None:
        raise NotFound()
    return staff


def _get_absence(actor: Actor, absence_id: int) -> Absence:
    absence = visible_to(actor, Absence.objects.filter(pk=absence_id)).first()
    if absence is None:
        raise NotFound()
    require_roster_of(actor, absence.staff_id)
    return absence


def _check_deputy(actor: Actor, staff: StaffRef, deputy_id: int) -> None:
    if deputy_id == staff.id:
        raise DeputyLoop.at("/deputy_id", DeputyLoop.code, "代班人不能是本人，请换一位")
    deputy = _find_staff(actor, deputy_id)
    if deputy is None or deputy.ward_id is None:
        raise InvalidInput.at(
            "/deputy_id",
            "unknown_deputy",
            "没有这名工作人员，或已停用，或没有所属团队；只能选择本机构的同事，跨机构代班请联系医共体办公室",
        )


def _move_end(absence: Absence, to_on: date | None, today: date) -> None:
    if absence.reason == AbsenceReason.LEFT and to_on is not None and to_on >= today:
        raise InvalidInput.at("/to_on", "left_has_no_end", "离职调离没有返岗日期，请留空")
    check_order(absence.from_on, to_on, "/to_on")
    yesterday = today - timedelta(days=1)
    if to_on is not None and to_on < yesterday:
        raise InvalidInput.at("/to_on", "in_the_past", f"已过去的缺勤不能修改，最早可填昨天（{yesterday}）")
    absence.to_on = to_on


def _refuse_overlap(absence: Absence) -> None:
    others = in_force(absence.from_on, absence.to_on).filter(staff_id=absence.staff_id)
    other = others.exclude(pk=absence.pk).order_by("from_on").first()
    if other is not None:
        until = f"至 {other.to_on}" if other.to_on is not None else "起，未定返岗日期"
        reason = AbsenceReason(other.reason).label
        message = f"这段时间已登记{reason}（{other.from_on} {until}），请修改原来的登记"
        raise AbsenceOverlap(message, errors=[FieldError("/from_on", AbsenceOverlap.code, message)])


def _refuse_loop(absence: Absence, name: str) -> None:
    if absence.deputy_id is None:
        return
    others = read_spans(in_force(absence.from_on, absence.to_on).exclude(pk=absence.pk))
    loop = find_loop(others, _span_of(absence))
    if loop is None:
        return
    names = {staff.id: staff.name for staff in active_staff(loop).values()} | {absence.staff_id: name}
    chain = " → ".join(names.get(pk, "已停用人员") for pk in (*loop, loop[0]))
    message = f"代班成环：{chain}，请换一位代班人"
    raise DeputyLoop(message, errors=[FieldError("/deputy_id", DeputyLoop.code, message)])


def _span_of(absence: Absence) -> AbsenceSpan:
    return AbsenceSpan(
        staff_id=absence.staff_id, from_on=absence.from_on, to_on=absence.to_on, deputy_id=absence.deputy_id,
        deputy_name="", deputy_ward_id=None, deputy_department_id=None, deputy_institution_id=None,
        deputy_works=True, reason=absence.reason,
    )  # fmt: skip


def _tell(actor: Actor, absence: Absence, what: str) -> None:
    record(
        actor_id=actor.id, actor_name=actor.name, action=f"catchments.absence.{what}", object_type="absence",
        object_id=absence.pk, staff=absence.staff_id, from_on=tell_day(absence.from_on),
        to_on=tell_day(absence.to_on), kind=absence.reason, deputy=absence.deputy_id,
    )  # fmt: skip
    is_lasting = absence.cancelled_at is None and is_long(_span_of(absence), clock.today())
    publish("roster.changed", staff_ids=[absence.staff_id], long=is_lasting)
