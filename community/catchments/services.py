"""Entering who looks after a place. Saving the same again changes nothing."""

from datetime import date
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from access.actor import Actor
from community.catchments.errors import CatchmentOverlap
from community.catchments.models import Catchment, CatchmentRole, ClinicianArea
from community.catchments.rules import default_valid_from, do_overlap
from divisions.codes import level_of, pad_code
from divisions.enums import DivisionLevel
from divisions.selectors import get_division
from kernel import clock
from kernel.errors import InvalidInput
from trail.services import record

_SAVE_LOCK = 0x6361_7463
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
) -> Catchment:
    """Enter an institution for a county, township or village; `valid_to` is the last day.

    Without `valid_from` the row that holds today is meant, else a new one from a year ago: an onboarding takes over
    the existing work. With it, the row that began on that day gets this end.
    Raises InvalidInput, CatchmentOverlap (another primary of the division in these days).
    """
    if role not in CatchmentRole.values:
        raise InvalidInput.at("/role", "unknown_role", "角色应为 primary（主责）或 backup（备选）")
    code = _read_division(division_code)
    _lock()
    rows = Catchment.objects.filter(institution_id=institution_id, division_code=code, role=role)
    row = _find(rows, valid_from) or Catchment(
        institution_id=institution_id, division_code=code, role=role,
        valid_from=valid_from or default_valid_from(clock.today()),
    )  # fmt: skip
    if row.pk is not None and row.valid_to == valid_to:
        return row
    row.valid_to = valid_to
    _check_dates(row.valid_from, valid_to)
    if role == CatchmentRole.PRIMARY:
        _refuse_overlap(row)
    row.save()
    if not Catchment.objects.filter(pk=row.pk, institution__is_active=True).exists():
        raise InvalidInput.at("/institution_id", "unknown_institution", "没有这家机构，或机构已停用")
    record(
        actor_id=actor.id, actor_name=actor.name, action="catchments.catchment.saved", object_type="catchment",
        object_id=row.pk, institution=institution_id, division=code, role=str(role),
        valid_from=row.valid_from.isoformat(), valid_to=valid_to.isoformat() if valid_to else None,
    )  # fmt: skip
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

    Raises InvalidInput, also where the clinician does not work at the institution of the team.
    """
    code = _read_division(division_code)
    _lock()
    rows = ClinicianArea.objects.filter(staff_id=staff_id, ward_id=ward_id, division_code=code)
    row = _find(rows, valid_from) or ClinicianArea(
        staff_id=staff_id, ward_id=ward_id, division_code=code,
        valid_from=valid_from or default_valid_from(clock.today()),
    )  # fmt: skip
    if row.pk is not None and row.valid_to == valid_to:
        return row
    row.valid_to = valid_to
    _check_dates(row.valid_from, valid_to)
    row.save()
    places = ClinicianArea.objects.filter(pk=row.pk, staff__is_active=True, ward__is_active=True)
    place = places.values_list("staff__institution_id", "ward__department__institution_id").first()
    if place is None:
        raise InvalidInput.at("/staff_id", "unknown_staff", "没有这名工作人员或团队，或已停用")
    if place[0] != place[1]:
        raise InvalidInput.at("/ward_id", "other_institution", "该人员不在团队所属的机构工作")
    record(
        actor_id=actor.id, actor_name=actor.name, action="catchments.clinician_area.saved",
        object_type="clinician_area", object_id=row.pk, staff=staff_id, ward=ward_id, division=code,
        valid_from=row.valid_from.isoformat(), valid_to=valid_to.isoformat() if valid_to else None,
    )  # fmt: skip
    return row


def _lock() -> None:
    # Two overlapping primaries with an end date would pass the unique index when saved at the same moment. The
    # second key tells tenants apart.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(current_schema()))", [_SAVE_LOCK])


def _find(rows: QuerySet[Row, Row], valid_from: date | None) -> Row | None:
    if valid_from is not None:
        return rows.filter(valid_from=valid_from).first()
    today = clock.today()
    return rows.filter(Q(valid_to=None) | Q(valid_to__gte=today), valid_from__lte=today).order_by("pk").last()


def _read_division(text: str) -> str:
    try:
        code = pad_code(text)
    except ValueError as error:
        raise InvalidInput.at(
            "/division_code", "invalid_division", "区划代码应为 6、9 或 12 位数字"
        ) from error
    if level_of(code) < DivisionLevel.COUNTY:
        raise InvalidInput.at("/division_code", "level_too_high", "请选择县、乡镇（街道）或村（社区）")
    division = get_division(code)
    if division is None or division.valid_to is not None:
        raise InvalidInput.at("/division_code", "unknown_division", "名录中没有这个区划，或已撤销")
    return code


def _check_dates(valid_from: date, valid_to: date | None) -> None:
    if valid_to is not None and valid_to < valid_from:
        raise InvalidInput.at("/valid_to", "before_start", "结束日期不能早于开始日期")


def _refuse_overlap(row: Catchment) -> None:
    others = Catchment.objects.filter(division_code=row.division_code, role=CatchmentRole.PRIMARY)
    for other in others.exclude(pk=row.pk).select_related("institution"):
        if do_overlap((row.valid_from, row.valid_to), (other.valid_from, other.valid_to)):
            raise CatchmentOverlap(
                f"{other.institution.name}在这段时间已是该区划的主责机构，请先结束原来的归属"
            )
