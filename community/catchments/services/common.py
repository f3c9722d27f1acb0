"""What every write of this room asks: one writer at a time, real places, dates in order."""

from datetime import date

from django.db import connection

from community.catchments.enums import ChangeState
from community.catchments.errors import AreaChanging
from community.catchments.models import AreaChangeStep
from divisions.codes import level_of, pad_code
from divisions.enums import DivisionLevel
from divisions.selectors import get_division
from kernel.errors import InvalidInput

_SAVE_LOCK = 0x6361_7463


def lock_writes() -> None:
    # Two overlapping primaries with an end date would pass the unique index when saved at the same moment. The
    # second key tells tenants apart.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(current_schema()))", [_SAVE_LOCK])


def read_division(text: str, pointer: str = "/division_code") -> str:
    """Twelve digits of a present county, township or village. Raises InvalidInput."""
    try:
        code = pad_code(text)
    except ValueError as error:
        raise InvalidInput.at(pointer, "invalid_division", "区划代码应为 6、9 或 12 位数字") from error
    if level_of(code) < DivisionLevel.COUNTY:
        raise InvalidInput.at(pointer, "level_too_high", "请选择县、乡镇（街道）或村（社区）")
    division = get_division(code)
    if division is None or division.valid_to is not None:
        raise InvalidInput.at(pointer, "unknown_division", "名录中没有这个区划，或已撤销")
    return code


def check_order(first: date, last: date | None, pointer: str = "/valid_to") -> None:
    if last is not None and last < first:
        raise InvalidInput.at(pointer, "before_start", f"结束日期不能早于开始日期 {first}")


def refuse_while_changing(division_code: str) -> None:
    """Raises AreaChanging: a change counts on the rows that it found."""
    waiting = AreaChangeStep.objects.filter(division_code=division_code)
    if (
        waiting.filter(change__state=ChangeState.APPLYING, done_at=None).exists()
        or waiting.filter(change__state=ChangeState.REVERTING, undone_at=None).exists()
    ):
        raise AreaChanging()


def tell_day(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
