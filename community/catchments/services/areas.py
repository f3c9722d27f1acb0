"""Entering who looks after a place, and ending it. Nothing that held is changed: a row ends and another one begins."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import TypeVar

from django.db import transaction
from django.db.models import Q, QuerySet

from access.actor import Actor
from access.functions import Function
from community.catchments.enums import CatchmentRole
from community.catchments.errors import AreaAlreadyNamed, AreaEnded, CatchmentOverlap
from community.catchments.models import Catchment, ClinicianArea
from community.catchments.rules import default_valid_from, do_overlap
from community.catchments.services.common import (
    check_order,
    lock_writes,
    read_division,
    refuse_while_changing,
    tell_day,
)
from kernel import clock
from kernel.errors import FieldError, InvalidInput, NotFound, VersionChanged
from kernel.events import publish
from trail.services import record

_MAX_SPECIALTIES = 10
Row = TypeVar("Row", Catchment, ClinicianArea)


@transaction.atomic
def save_catchment(
    *,
    actor: Actor,
    institution_id: int,
    division_code: str,
    role: str = CatchmentRole.PRIMARY,
    valid_from: date | None = None,
    valid_to: date | None = None,
    specialties: Iterable[str] = (),
) -> Catchment:
    """Enter an institution for a county, township or village; `valid_to` is the last day. Saving again changes nothing.

    Without `valid_from` the row that holds today is meant, else a new one from a year ago: an onboarding takes over
    the existing work. With it, the row that began on that day gets this end.
    Raises InvalidInput, CatchmentOverlap (another primary of the division in these days), AreaChanging.
    """
    code = _read_catchment(role, division_code)
    lock_writes()
    rows = Catchment.objects.filter(institution_id=institution_id, division_code=code, role=role)
    row = _find(rows, valid_from) or Catchment(
        institution_id=institution_id, division_code=code, role=role, specialties=_join(specialties),
        valid_from=valid_from or default_valid_from(clock.today()),
    )  # fmt: skip
    if row.pk is not None and row.valid_to == valid_to:
        return row
    row.valid_to = valid_to
    return _keep_catchment(actor, row)


@transaction.atomic
def add_catchment(
    *,
    actor: Actor,
    institution_id: int,
    division_code: str,
    role: str,
    valid_from: date | None = None,
    valid_to: date | None = None,
    specialties: Iterable[str] = (),
) -> Catchment:
    """A new row, from today unless said otherwise. Raises what save_catchment does.

    CatchmentOverlap also where the institution itself holds the place in this role in these days.
    """
    actor.require(Function.CATCHMENTS_EDIT)
    code = _read_catchment(role, division_code)
    lock_writes()
    row = Catchment(
        institution_id=institution_id, division_code=code, role=role, specialties=_join(specialties),
        valid_from=valid_from or clock.today(), valid_to=valid_to,
    )  # fmt: skip
    check_order(row.valid_from, valid_to)
    for other in Catchment.objects.filter(institution_id=institution_id, division_code=code, role=role):
        if do_overlap((row.valid_from, valid_to), (other.valid_from, other.valid_to)):
            raise _overlap(other, "/division_code")
    return _keep_catchment(actor, row)


@transaction.atomic
def change_catchment_end(
    *, actor: Actor, catchment_id: int, valid_to: date | None, expected_revision: int
) -> Catchment:
    """Move the last day of a row that has not ended; None opens it.

    Raises NotFound, VersionChanged, AreaEnded, InvalidInput (before its start or before yesterday), CatchmentOverlap.
    """
    actor.require(Function.CATCHMENTS_EDIT)
    lock_writes()
    row = _get_open(Catchment.objects.all(), catchment_id)
    if row.revision != expected_revision:
        raise VersionChanged()
    if row.valid_to == valid_to:
        return row
    _check_end(row, valid_to, "/valid_to")
    row.valid_to = valid_to
    return _keep_catchment(actor, row, pointer="/valid_to")


@transaction.atomic
def end_catchment(*, actor: Actor, catchment_id: int, on: date) -> Catchment:
    """`on` is the last day. A row that has not begun and would end before it begins is withdrawn: it never held.

    Raises NotFound, AreaEnded, InvalidInput, AreaChanging. A withdrawn row comes back without a key.
    """
    actor.require(Function.CATCHMENTS_EDIT)
    lock_writes()
    row = _get_open(Catchment.objects.all(), catchment_id)
    refuse_while_changing(row.division_code)
    pk = row.pk
    is_withdrawn = _end(row, on)
    if not is_withdrawn:
        Catchment.objects.filter(pk=pk).update(valid_to=on, revision=row.revision + 1)
        row.valid_to, row.revision = on, row.revision + 1
    record(
        actor_id=actor.id, actor_name=actor.name, object_type="catchment", object_id=pk,
        action=f"catchments.catchment.{'withdrawn' if is_withdrawn else 'ended'}", institution=row.institution_id,
        division=row.division_code, role=row.role, valid_from=tell_day(row.valid_from), last_day=tell_day(on),
    )  # fmt: skip
    publish("catchment.changed", division_codes=[row.division_code])
    return row


@transaction.atomic
def save_clinician_area(
    *,
    actor: Actor,
    staff_id: int,
    ward_id: int,
    division_code: str,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> ClinicianArea:
    """Name a clinician for a township or village, working in that care team; dates as save_catchment.

    Raises InvalidInput, also where the clinician does not work at the institution of the team; AreaChanging.
    """
    code = read_division(division_code)
    lock_writes()
    rows = ClinicianArea.objects.filter(staff_id=staff_id, ward_id=ward_id, division_code=code)
    row = _find(rows, valid_from) or ClinicianArea(
        staff_id=staff_id, ward_id=ward_id, division_code=code,
        valid_from=valid_from or default_valid_from(clock.today()),
    )  # fmt: skip
    if row.pk is not None and row.valid_to == valid_to:
        return row
    row.valid_to = valid_to
    return _keep_area(actor, row)


@transaction.atomic
def add_clinician_area(
    *,
    actor: Actor,
    staff_id: int,
    ward_id: int,
    division_code: str,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> ClinicianArea:
    """A new row, from today unless said otherwise. Raises what save_clinician_area does, and AreaAlreadyNamed."""
    actor.require(Function.CATCHMENTS_EDIT)
    code = read_division(division_code)
    lock_writes()
    row = ClinicianArea(
        staff_id=staff_id, ward_id=ward_id, division_code=code, valid_from=valid_from or clock.today(),
        valid_to=valid_to,
    )  # fmt: skip
    check_order(row.valid_from, valid_to)
    others = ClinicianArea.objects.filter(staff_id=staff_id, ward_id=ward_id, division_code=code)
    for other in others.select_related("staff"):
        if do_overlap((row.valid_from, valid_to), (other.valid_from, other.valid_to)):
            message = f"{other.staff.name}自 {other.valid_from} 起已负责该区划，请先结束原来的记录"
            raise AreaAlreadyNamed(message, errors=[FieldError("/staff_id", AreaAlreadyNamed.code, message)])
    return _keep_area(actor, row)


@transaction.atomic
def end_clinician_area(*, actor: Actor, area_id: int, on: date) -> ClinicianArea:
    """As end_catchment."""
    actor.require(Function.CATCHMENTS_EDIT)
    lock_writes()
    row = _get_open(ClinicianArea.objects.all(), area_id)
    refuse_while_changing(row.division_code)
    pk = row.pk
    is_withdrawn = _end(row, on)
    if not is_withdrawn:
        row.valid_to = on
        row.save(update_fields=["valid_to"])
    record(
        actor_id=actor.id, actor_name=actor.name, object_type="clinician_area", object_id=pk,
        action=f"catchments.clinician_area.{'withdrawn' if is_withdrawn else 'ended'}", staff=row.staff_id,
        ward=row.ward_id, division=row.division_code, valid_from=tell_day(row.valid_from), last_day=tell_day(on),
    )  # fmt: skip
    publish("catchment.changed", division_codes=[row.division_code])
    return row


def _read_catchment(role: str, division_code: str) -> str:
    if role not in CatchmentRole.values:
        raise InvalidInput.at("/role", "unknown_role", "角色应为 primary（主责）或 backup（备选）")
    return read_division(division_code)


def _join(specialties: Iterable[str]) -> str:
    names = [name.strip() for name in specialties]
    if len(names) > _MAX_SPECIALTIES or any(
        not 1 <= len(name) <= 18 or "," in name or "\0" in name for name in names
    ):
        raise InvalidInput.at(
            "/specialties", "invalid_specialties", "专科最多 10 项，每项 1 至 18 个字，不含英文逗号"
        )
    return ",".join(dict.fromkeys(names))


def _keep_catchment(actor: Actor, row: Catchment, pointer: str = "/division_code") -> Catchment:
    """Check, save, tell. The caller holds the lock."""
    check_order(row.valid_from, row.valid_to)
    refuse_while_changing(row.division_code)
    if row.role == CatchmentRole.PRIMARY:
        _refuse_overlap(row, pointer)
    if row.pk is not None:
        row.revision += 1
    row.save()
    if not Catchment.objects.filter(pk=row.pk, institution__is_active=True).exists():
        raise InvalidInput.at("/institution_id", "unknown_institution", "没有这家机构，或机构已停用")
    record(
        actor_id=actor.id, actor_name=actor.name, action="catchments.catchment.saved", object_type="catchment",
        object_id=row.pk, institution=row.institution_id, division=row.division_code, role=str(row.role),
        valid_from=tell_day(row.valid_from), valid_to=tell_day(row.valid_to), specialties=row.specialties,
    )  # fmt: skip
    publish("catchment.changed", division_codes=[row.division_code])
    return row


def _keep_area(actor: Actor, row: ClinicianArea) -> ClinicianArea:
    check_order(row.valid_from, row.valid_to)
    refuse_while_changing(row.division_code)
    row.save()
    places = ClinicianArea.objects.filter(pk=row.pk, staff__is_active=True, ward__is_active=True)
    place = places.values_list("staff__institution_id", "ward__department__institution_id").first()
    if place is None:
        raise InvalidInput.at("/staff_id", "unknown_staff", "没有这名工作人员或团队，或已停用")
    if place[0] != place[1]:
        raise InvalidInput.at("/ward_id", "other_institution", "该人员不在团队所属的机构工作")
    record(
        actor_id=actor.id, actor_name=actor.name, action="catchments.clinician_area.saved",
        object_type="clinician_area", object_id=row.pk, staff=row.staff_id, ward=row.ward_id,
        division=row.division_code, valid_from=tell_day(row.valid_from), valid_to=tell_day(row.valid_to),
    )  # fmt: skip
    publish("catchment.changed", division_codes=[row.division_code])
    return row


def _find(rows: QuerySet[Row, Row], valid_from: date | None) -> Row | None:
    if valid_from is not None:
        return rows.filter(valid_from=valid_from).first()
    today = clock.today()
    return rows.filter(Q(valid_to=None) | Q(valid_to__gte=today), valid_from__lte=today).order_by("pk").last()


def _get_open(rows: QuerySet[Row, Row], pk: int) -> Row:
    row = rows.filter(pk=pk).first()
    if row is None:
        raise NotFound()
    if row.valid_to is not None and row.valid_to < clock.today():
        raise AreaEnded()
    return row


def _check_end(row: Catchment | ClinicianArea, last: date | None, pointer: str) -> None:
    check_order(row.valid_from, last, pointer)
    yesterday = clock.today() - timedelta(days=1)
    if last is not None and last < yesterday:
        raise InvalidInput.at(pointer, "in_the_past", f"过去的归属不能修改，最早可填昨天（{yesterday}）")


def _end(row: Row, on: date) -> bool:
    """Checks the last day; a row that has not begun by then is deleted (True)."""
    if row.valid_from > clock.today() and on < row.valid_from:
        row.delete()
        return True
    _check_end(row, on, "/on")
    if row.valid_to is not None and on > row.valid_to:
        raise InvalidInput.at("/on", "after_end", f"这条记录本来就在 {row.valid_to} 结束，请填更早的日期")
    return False


def _refuse_overlap(row: Catchment, pointer: str) -> None:
    others = Catchment.objects.filter(division_code=row.division_code, role=CatchmentRole.PRIMARY)
    for other in others.exclude(pk=row.pk).select_related("institution"):
        if do_overlap((row.valid_from, row.valid_to), (other.valid_from, other.valid_to)):
            raise _overlap(other, pointer)


def _overlap(other: Catchment, pointer: str) -> CatchmentOverlap:
    until = f"至 {other.valid_to}" if other.valid_to is not None else "起至今"
    role = CatchmentRole(other.role).label
    message = (
        f"{other.institution.name}在这段时间已是该区划的{role}机构（{other.valid_from} {until}），"
        "请先结束原来的归属"
    )
    return CatchmentOverlap(
        message,
        errors=[FieldError(pointer, CatchmentOverlap.code, message)],
        holder={
            "catchment_id": str(other.pk), "institution_id": str(other.institution_id),
            "institution_name": other.institution.name, "valid_from": tell_day(other.valid_from),
            "valid_to": tell_day(other.valid_to),
        },
    )  # fmt: skip
