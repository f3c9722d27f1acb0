"""One condition's value: checked by the kind of its field, and brought into the form that Leaf holds."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, Final

from followup.programmes.criteria.codes import CodeFault, expand_range, read_prefix
from followup.programmes.criteria.nodes import Leaf
from followup.programmes.criteria.texts import UNSTORABLE
from followup.programmes.criteria.vocabulary import FIELDS, REFERENCES, FieldSpec

MAX_VALUES: Final = 200
MAX_WORDS: Final = 20
MAX_TEXT: Final = 40
MAX_WITHIN_DAYS: Final = 3650
MAX_LAB_NUMBER: Final = 1_000_000
_EARLIEST, _LATEST = date(1990, 1, 1), date(2100, 12, 31)

# pointer, code, message, cure
Fail = Callable[[str, str, str, str], None]


def suggest(given: object, known: Iterable[str]) -> str:
    words = list(known)
    close = difflib.get_close_matches(str(given), words, n=1)
    return f"是否想写 {close[0]}？" if close else f"可用：{'、'.join(words)}"


def parse_value(
    field: str, op: str, value: Any, within_days: int | None, pointer: str, fail: Fail
) -> Leaf | None:
    """The leaf, or None after `fail` was called with everything that is wrong."""
    spec = FIELDS[field]
    if spec.type == "boolean":
        return _parse_boolean(spec, op, value, pointer, fail)
    if spec.type == "integer":
        return _parse_integer(spec, op, value, pointer, fail)
    if spec.type == "date":
        return _parse_date(spec, op, value, pointer, fail)
    if spec.type == "lab":
        return _parse_lab(op, value, within_days, pointer, fail)
    if op == "between":
        return _parse_code_range(spec, value, pointer, fail)
    return _parse_list(spec, op, value, within_days, pointer, fail)


def parse_within_days(spec: FieldSpec, value: object, pointer: str, fail: Fail) -> int | None:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MAX_WITHIN_DAYS:
        fail(
            pointer, "invalid_days", f"天数 {value!r} 不对",
            f"请填 1 到 {MAX_WITHIN_DAYS} 的整数，或删去 within_days",
        )  # fmt: skip
        return None
    return value


def _parse_boolean(spec: FieldSpec, op: str, value: object, pointer: str, fail: Fail) -> Leaf | None:
    if isinstance(value, bool):
        return Leaf(spec.field, op, value)
    fail(pointer, "not_a_boolean", f"{spec.field} 的值应为 true 或 false", "请改为 true 或 false")
    return None


def _read_pair(op: str, value: Any, example: str, pointer: str, fail: Fail) -> list[Any] | None:
    """[value], or the two ends of a range."""
    if op != "between":
        return [value]
    if isinstance(value, list) and len(value) == 2:
        return value
    fail(pointer, "not_a_range", "between 的值应为 [下限, 上限]", f"请写成如 {example}")
    return None


def _refuse_reversed(name: str, low: Any, high: Any, later: str, pointer: str, fail: Fail) -> None:
    fail(
        pointer, "reversed_range", f"{name}范围写反了：{low} {later} {high}", f"请写成 [{high}, {low}]",
    )  # fmt: skip


def _parse_integer(spec: FieldSpec, op: str, value: Any, pointer: str, fail: Fail) -> Leaf | None:
    numbers = _read_pair(op, value, "[18, 65]", pointer, fail)
    if numbers is None:
        return None
    code = "invalid_age" if spec.field == "age" else "invalid_number"
    for i, number in enumerate(numbers):
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= spec.highest:
            place = f"{pointer}/{i}" if op == "between" else pointer
            fail(place, code, f"{spec.label} {number!r} 不对", f"请填 0 到 {spec.highest} 的整数")
            return None
    if op == "between" and numbers[0] > numbers[1]:
        _refuse_reversed(spec.label, numbers[0], numbers[1], "大于", pointer, fail)
        return None
    return Leaf(spec.field, op, tuple(numbers) if op == "between" else value)


def _parse_date(spec: FieldSpec, op: str, value: Any, pointer: str, fail: Fail) -> Leaf | None:
    given = _read_pair(op, value, '["2026-01-01", "2026-03-31"]', pointer, fail)
    if given is None:
        return None
    days: list[date] = []
    for i, text in enumerate(given):
        day = _read_day(text)
        if day is None:
            place = f"{pointer}/{i}" if op == "between" else pointer
            fail(place, "invalid_date", f"日期 {text!r} 不对", '请写成年-月-日的文字，如 "2026-11-01"')
            return None
        days.append(day)
    if op == "between" and days[0] > days[1]:
        _refuse_reversed(spec.label, days[0], days[1], "晚于", pointer, fail)
        return None
    return Leaf(spec.field, op, tuple(days) if op == "between" else days[0])


def _read_day(text: object) -> date | None:
    if not isinstance(text, str) or len(text) != 10:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if _EARLIEST <= day <= _LATEST else None


def _parse_lab(op: str, value: Any, within_days: int | None, pointer: str, fail: Fail) -> Leaf | None:
    keys = {"code"} if op == "flagged" else {"code", "value"}
    example = '{"code": "HbA1c"}' if op == "flagged" else '{"code": "HbA1c", "value": 7}'
    if not isinstance(value, dict) or set(value) != keys:
        fail(pointer, "invalid_lab", f"检验条件的值应只含 {'、'.join(sorted(keys))}", f"请写成如 {example}")
        return None
    code = value["code"]
    if not _is_text(code):
        fail(f"{pointer}/code", "invalid_value", f"检验项目编码 {code!r} 不对", "请填检验报告里的项目编码")
        return None
    if op == "flagged":
        return Leaf("lab", op, (code, None), within_days=within_days)
    numbers = _read_pair(op, value["value"], "[3.9, 6.1]", f"{pointer}/value", fail)
    if numbers is None:
        return None
    for i, number in enumerate(numbers):
        if not _is_lab_number(number):
            place = f"{pointer}/value/{i}" if op == "between" else f"{pointer}/value"
            fail(place, "invalid_number", f"检验结果 {number!r} 不对", "请填数字，如 7 或 6.5")
            return None
    if op == "between" and numbers[0] > numbers[1]:
        _refuse_reversed("检验结果", numbers[0], numbers[1], "大于", f"{pointer}/value", fail)
        return None
    result = tuple(numbers) if op == "between" else numbers[0]
    return Leaf("lab", op, (code, result), within_days=within_days)


def _is_lab_number(number: object) -> bool:
    return (
        isinstance(number, int | float)
        and not isinstance(number, bool)
        and math.isfinite(number)
        and abs(number) <= MAX_LAB_NUMBER
    )


def _is_text(value: object) -> bool:
    return (
        isinstance(value, str)
        and 1 <= len(value) <= MAX_TEXT
        and value == value.strip()
        and UNSTORABLE.search(value) is None
    )


def _parse_code_range(spec: FieldSpec, value: Any, pointer: str, fail: Fail) -> Leaf | None:
    if not isinstance(value, list) or len(value) != 2:
        fail(pointer, "not_a_range", "between 的值应为 [起, 止]", "请写成如 [I10, I15]")
        return None
    try:
        prefixes = expand_range(value[0], value[1], is_operation=spec.type == "operation_code")
    except CodeFault as fault:
        fail(pointer, fault.code, str(fault), "请核对范围")
        return None
    return Leaf(spec.field, "between", tuple(value), prefixes)


def _parse_list(
    spec: FieldSpec, op: str, value: Any, within_days: int | None, pointer: str, fail: Fail
) -> Leaf | None:
    values = [value] if op == "eq" else value
    most = MAX_WORDS if spec.type == "words" else MAX_VALUES
    if not isinstance(values, list):
        fail(pointer, "not_a_list", f"{op} 的值应当是列表", "请写成 [值, 值]")
        return None
    if not values:
        fail(pointer, "empty_list", "列表是空的", "请至少写一个值，或删去这个条件")
        return None
    if len(values) > most:
        cure = "请拆成几个条件" if spec.type == "words" else "请用更短的前缀或范围"
        fail(pointer, "too_many_values", f"共 {len(values)} 个值，最多 {most} 个", cure)
        return None
    found = [
        _check_value(spec, each, pointer if op == "eq" else f"{pointer}/{i}", fail)
        for i, each in enumerate(values)
    ]
    if any(each is None for each in found):
        return None
    is_code = spec.type in {"diagnosis_code", "operation_code"}
    prefixes = tuple(dict.fromkeys(each for each in found if each is not None)) if is_code else ()
    return Leaf(spec.field, op, values[0] if op == "eq" else tuple(values), prefixes, within_days)


def _check_value(spec: FieldSpec, value: object, place: str, fail: Fail) -> str | None:
    """The value (a code as its normalised prefix); None after `fail`."""
    if spec.type in {"diagnosis_code", "operation_code"}:
        try:
            return read_prefix(value, is_operation=spec.type == "operation_code")
        except CodeFault as fault:
            fail(place, fault.code, str(fault), "请核对编码")
        return None
    if spec.choices is not None:
        if isinstance(value, str) and value in spec.choices:
            return value
        fail(
            place, "unknown_value", f"字段 {spec.field} 没有取值 {value!r}", suggest(value, spec.choices),
        )  # fmt: skip
        return None
    if isinstance(value, str) and _is_text(value):
        return value
    if spec.type == "words":
        fail(
            place, "invalid_value", f"词语 {value!r} 不对", f"请填 1 到 {MAX_TEXT} 字的词语，前后不留空格",
        )  # fmt: skip
        return None
    name = REFERENCES[spec.type]
    fail(place, "invalid_value", f"{name} {value!r} 不对", f"请填本机构字典里的{name}（文字）")
    return None
