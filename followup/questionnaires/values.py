"""Answers as values: rounding, blanks and the check of one answer against its item.

The TypeScript twin (frontend/packages/questionnaire/src/values.ts) is kept word for word in step; the
shared vectors and the property test hold both to it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

ITEM_TYPES: Final = (
    "display", "text", "number", "date", "time", "single", "multiple",
    "scale", "bp", "glucose", "photo", "group",
)  # fmt: skip
LEVELS: Final = ("E0", "E1", "E2", "E3", "E4")
GLUCOSE_TIMINGS: Final = ("fasting", "after_meal", "random")
# Plausible, not normal: outside these a value is a typing error (own limits, wide enough for the living).
FIELD_LIMITS: Final = {"sbp": (50, 300), "dbp": (20, 200), "glucose": (0.5, 60)}
TEXT_LIMIT: Final = 2000
NUMBER_LIMIT: Final = 10**15
ROW_LIMIT: Final = 50
DEPTH_LIMIT: Final = 8
# Named, because str.strip() and String.trim() disagree about what is white.
WHITESPACE: Final = " \t\r\n\u3000"

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIME = re.compile(r"([0-9]{2}):([0-9]{2})")
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

Item = Mapping[str, Any]
Usable = float | str | tuple[Any, ...] | dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class AnswerError:
    """A fault in an answer: where (JSON pointer into the answers), which, and what to do."""

    pointer: str
    code: str
    message: str


def round_value(value: float) -> float:
    """Round half up to 6 decimals; the same IEEE steps as the twin, unlike round() and toFixed()."""
    if abs(value) >= NUMBER_LIMIT:
        return value
    return math.floor(value * 1e6 + 0.5) / 1e6 + 0.0


def format_number(value: float) -> str:
    return f"{round_value(float(value)):.6f}".rstrip("0").rstrip(".")


def is_number(value: object) -> bool:
    """NaN, infinities, booleans and numbers a double cannot hold exactly are no numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -NUMBER_LIMIT < value < NUMBER_LIMIT


def is_date(text: str) -> bool:
    match = _DATE.fullmatch(text)
    if match is None:
        return False
    year, month, day = (int(part) for part in match.groups())
    if year < 1 or not 1 <= month <= 12:
        return False
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 1 <= day <= _DAYS[month - 1] + (1 if leap else 0)


def is_time(text: str) -> bool:
    match = _TIME.fullmatch(text)
    return match is not None and int(match[1]) < 24 and int(match[2]) < 60


def is_blank(value: object, depth: int = 0) -> bool:
    """Nothing was answered: null, white text, an empty list, an object without one filled field.

    No answer is deeper than DEPTH_LIMIT objects; what is deeper is rubbish, and not followed down.
    """
    if value is None:
        return True
    if isinstance(value, str):
        return not value.strip(WHITESPACE)
    if isinstance(value, Mapping):
        return depth < DEPTH_LIMIT and all(is_blank(field, depth + 1) for field in value.values())
    if isinstance(value, Sequence):
        return len(value) == 0
    return False


def escape_pointer(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")


def check_answer(item: Item, value: object, pointer: str) -> tuple[Usable, list[AnswerError]]:
    """Return what expressions may use of an answer, and its faults.

    A value of the wrong type or a code that is no option is of no use (unknown to every rule); a number
    out of range stays usable, so that an alarm in it is still raised while the fault is being cleared.
    """
    if is_blank(value):
        return None, []
    return _CHECKS[item["type"]](item, value, pointer)


def _fail(pointer: str, code: str, message: str) -> tuple[Usable, list[AnswerError]]:
    return None, [AnswerError(pointer, code, message)]


def _check_text(item: Item, value: object, pointer: str) -> tuple[Usable, list[AnswerError]]:
    if not isinstance(value, str):
        return _fail(pointer, "type", "请填写文字")
    longest = int(item.get("max", TEXT_LIMIT))
    shortest = int(item.get("min", 0))
    errors = []
    if len(value) > longest:
        errors.append(AnswerError(pointer, "max", f"最多 {longest} 个字"))
    if len(value) < shortest:
        errors.append(AnswerError(pointer, "min", f"至少 {shortest} 个字"))
    return value, errors


def _check_range(value: float, low: float | None, high: float | None, pointer: str) -> list[AnswerError]:
    if low is not None and value < round_value(low):
        return [AnswerError(pointer, "min", f"不能小于 {format_number(low)}")]
    if high is not None and value > round_value(high):
        return [AnswerError(pointer, "max", f"不能大于 {format_number(high)}")]
    return []


def _check_number(item: Item, value: object, pointer: str) -> tuple[Usable, list[AnswerError]]:
    if not is_number(value):
        return _fail(pointer, "type", "请填写数字")
    number = round_value(float(value))  # type: ignore[arg-type]
    errors = _check_range(number, item.get("min"), item.get("max"), pointer)
    decimals = item.get("decimals", 0 if item["type"] == "scale" else None)
    if decimals is not None:
        scaled = round_value(number * 10**decimals)
        if scaled != math.floor(scaled):
            errors.append(
                AnswerError(pointer, "decimals", f"最多 {decimals} 位小数" if decimals else "请填写整数")
            )
    return number, errors


def _check_date(item: Item, value: object, pointer: str) -> tuple[Usable, list[AnswerError]]:
    if not isinstance(value, str) or not is_date(value):
        return _fail(pointer, "type", "日期要写成 2026-01-31 的样子")
    return value, []


def _check_time(item: Item, value: object, pointer: str) -> tuple[Usable, list[AnswerError]]:
    if not isinstance(value, str) or not is_time(value):
        return _fail(pointer, "type", "时间要写成 08:30 的样子")
    return value, []


def _check_single(item: Item, value: object, pointer: str) -> tuple[Usable, list[AnswerError]]:
    if not isinstance(value, str):
        return _fail(pointer, "type", "请选择一项")
    option = next((one for one in item["options"] if one["value"] == value), None)
    if option is None:
        return _fail(pointer, "option", "没有这个选项，请重新选择")
    return value, _check_retired([option], pointer)


def _check_retired(chosen: Sequence[Item], pointer: str) -> list[AnswerError]:
    """The answer stays usable: what it alarms is alarmed while somebody chooses again."""
    return [
        AnswerError(pointer, "option_retired", f"选项“{option['label']}”已停用，请重新选择")
        for option in chosen
        if option.get("retired")
    ]


def _check_multiple(item: Item, value: object, pointer: str) -> tuple[Usable, list[AnswerError]]:
    if not isinstance(value, list | tuple) or not all(isinstance(code, str) for code in value):
        return _fail(pointer, "type", "请选择一项或多项")
    options = {option["value"]: option for option in item["options"]}
    if any(code not in options for code in value):
        return _fail(pointer, "option", "没有这个选项，请重新选择")
    errors = _check_retired([option for code, option in options.items() if code in value], pointer)
    if len(set(value)) != len(value):
        errors.append(AnswerError(pointer, "duplicate", "同一选项只能选一次"))
    if len(value) > 1 and any(options[code].get("exclusive") for code in value):
        errors.append(AnswerError(pointer, "exclusive", "选了“无”一类的选项，就不能再选其他"))
    return tuple(value), errors + _check_count(item, len(value), pointer, "项")


def _check_count(item: Item, count: int, pointer: str, word: str) -> list[AnswerError]:
    if "min" in item and count < item["min"]:
        return [AnswerError(pointer, "min", f"至少 {format_number(item['min'])} {word}")]
    if "max" in item and count > item["max"]:
        return [AnswerError(pointer, "max", f"最多 {format_number(item['max'])} {word}")]
    return []


def _check_bp(item: Item, value: object, pointer: str) -> tuple[Usable, list[AnswerError]]:
    if not isinstance(value, Mapping):
        return _fail(pointer, "type", "请填写收缩压和舒张压")
    usable: dict[str, Any] = {}
    errors: list[AnswerError] = []
    for field, word in (("sbp", "收缩压"), ("dbp", "舒张压")):
        raw = value.get(field)
        place = f"{pointer}/{field}"
        if is_blank(raw):
            errors.append(AnswerError(place, "incomplete", f"还缺{word}"))
        elif not is_number(raw):
            errors.append(AnswerError(place, "type", "请填写数字"))
        else:
            usable[field] = round_value(float(raw))  # type: ignore[arg-type]
            errors += _check_range(usable[field], *FIELD_LIMITS[field], place)
    if len(usable) == 2 and usable["dbp"] >= usable["sbp"]:
        errors.append(AnswerError(pointer, "order", "舒张压应低于收缩压，请核对"))
    return usable or None, errors


def _check_glucose(item: Item, value: object, pointer: str) -> tuple[Usable, list[AnswerError]]:
    if not isinstance(value, Mapping):
        return _fail(pointer, "type", "请填写血糖值和测量时间")
    usable: dict[str, Any] = {}
    errors: list[AnswerError] = []
    raw, timing = value.get("value"), value.get("timing")
    if is_blank(raw):
        errors.append(AnswerError(f"{pointer}/value", "incomplete", "还缺血糖值"))
    elif not is_number(raw):
        errors.append(AnswerError(f"{pointer}/value", "type", "请填写数字"))
    else:
        usable["value"] = round_value(float(raw))  # type: ignore[arg-type]
        errors += _check_range(usable["value"], *FIELD_LIMITS["glucose"], f"{pointer}/value")
    if is_blank(timing):
        errors.append(AnswerError(f"{pointer}/timing", "incomplete", "还缺测量时间"))
    elif timing not in GLUCOSE_TIMINGS:
        errors.append(AnswerError(f"{pointer}/timing", "option", "没有这个选项，请重新选择"))
    else:
        usable["timing"] = timing
    return usable or None, errors


def _check_photo(item: Item, value: object, pointer: str) -> tuple[Usable, list[AnswerError]]:
    if not isinstance(value, list | tuple) or not all(isinstance(key, str) and key for key in value):
        return _fail(pointer, "type", "请上传照片")
    return tuple(value), _check_count(item, len(value), pointer, "张")


def _check_rows(item: Item, value: object, pointer: str) -> tuple[Usable, list[AnswerError]]:
    if not isinstance(value, list | tuple) or not all(isinstance(row, Mapping) for row in value):
        return _fail(pointer, "type", "请逐条填写")
    if len(value) > ROW_LIMIT:
        return _fail(pointer, "max", f"最多 {ROW_LIMIT} 条")
    return tuple(value), _check_count(item, len(value), pointer, "条")


_CHECKS: Final[dict[str, Callable[[Item, object, str], tuple[Usable, list[AnswerError]]]]] = {
    "text": _check_text,
    "number": _check_number,
    "scale": _check_number,
    "date": _check_date,
    "time": _check_time,
    "single": _check_single,
    "multiple": _check_multiple,
    "bp": _check_bp,
    "glucose": _check_glucose,
    "photo": _check_photo,
    "group": _check_rows,
}
