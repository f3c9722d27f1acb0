"""Which fields of a quarantined event a person may put right, and doing it. Pure; pointers are RFC 6901."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from integrations.intake.contracts import CanonicalEvent
from kernel.clock import SHANGHAI
from kernel.errors import FieldError, InvalidInput
from kernel.masking import mask_id_no, mask_identifier, mask_name, mask_phone

_MAX_LENGTH = 500


@dataclass(frozen=True, slots=True)
class CorrectableField:
    """`kind` is text, date (YYYY-MM-DD) or datetime (ISO 8601; without offset it is Asia/Shanghai)."""

    pointer: str
    label: str
    kind: str
    value_masked: str


def _mask_address(text: str) -> str:
    return text[:6] + "***" if text else ""


def _show(text: str) -> str:
    return text


# pattern, label, kind, mask, offered even when no problem names it
_FIELDS: tuple[tuple[re.Pattern[str], str, str, Callable[[str], str], bool], ...] = (
    (re.compile(r"/patient/name"), "姓名", "text", mask_name, True),
    (re.compile(r"/patient/birth_date"), "出生日期", "date", lambda text: f"{text[:4]}-**-**" if text else "", True),
    (re.compile(r"/patient/resident_id_text"), "身份证号", "text", mask_id_no, True),
    (re.compile(r"/patient/local_id"), "病历号", "text", mask_identifier, True),
    (re.compile(r"/patient/contacts/\d+/name"), "联系人姓名", "text", mask_name, False),
    (re.compile(r"/patient/phones/\d+/text"), "电话", "text", mask_phone, False),
    (re.compile(r"/patient/addresses/\d+/text"), "地址", "text", _mask_address, False),
    (re.compile(r"/merge/retired_local_id"), "被合并的病历号", "text", mask_identifier, True),
    (re.compile(r"/encounter/visit_no"), "就诊号", "text", _show, True),
    (re.compile(r"/encounter/admit_at"), "入院时间", "datetime", _show, True),
    (re.compile(r"/encounter/discharge_at"), "出院时间", "datetime", _show, True),
    (re.compile(r"/encounter/department_name"), "科室名称", "text", _show, True),
    (re.compile(r"/encounter/ward_name"), "病区名称", "text", _show, True),
    (re.compile(r"/encounter/attending/name"), "主治医生姓名", "text", _show, True),
    (re.compile(r"/diagnoses/\d+/name"), "诊断名称", "text", _show, False),
    (re.compile(r"/operations/\d+/name"), "手术名称", "text", _show, False),
    (re.compile(r"/lab_reports/\d+/results/\d+/value_text"), "检验结果", "text", _show, False),
)  # fmt: skip
_ALWAYS = tuple(pattern.pattern for pattern, _, _, _, always in _FIELDS if always)


def pointer_of(field: str) -> str:
    """`patient.addresses[0].text` (rules.Problem.field) as a JSON pointer."""
    return "/" + re.sub(r"\[(\d+)\]", r".\1", field).replace(".", "/") if field else ""


def list_fields(event: CanonicalEvent, problems: Iterable[str]) -> list[CorrectableField]:
    """What may be corrected: the fields that `problems` (contract paths) name first, then the usual ones."""
    pointers = dict.fromkeys([*map(pointer_of, problems), *_ALWAYS])
    fields = (_describe(event, pointer) for pointer in pointers)
    return [field for field in fields if field is not None]


def mask_value(pointer: str, value: str) -> str:
    found = _rule_of(pointer)
    return found[3](value) if found else ""


def correct_event(event: CanonicalEvent, corrections: Mapping[str, Any]) -> CanonicalEvent:
    """The event with the values put in. Raises InvalidInput naming every pointer that cannot be set so."""
    errors: list[FieldError] = []
    for pointer, value in corrections.items():
        try:
            rule = _rule_of(pointer)
            if rule is None:
                raise ValueError("此项不能在此更正")
            event = _set(event, pointer.split("/")[1:], _read(rule[2], value))
        except ValueError as error:
            errors.append(FieldError(body_pointer(pointer), "invalid_correction", str(error)))
    if errors:
        raise InvalidInput(errors[0].message, errors=errors)
    return event


def body_pointer(pointer: str) -> str:
    """Where a correction stands in the request: its key holds slashes, which RFC 6901 writes as ~1."""
    return "/corrections/" + pointer.replace("~", "~0").replace("/", "~1")


def _rule_of(pointer: str) -> Any:
    return next((rule for rule in _FIELDS if rule[0].fullmatch(pointer)), None)


def _describe(event: CanonicalEvent, pointer: str) -> CorrectableField | None:
    rule = _rule_of(pointer)
    if rule is None:
        return None
    try:
        value = _get(event, pointer.split("/")[1:])
    except ValueError:
        return None
    if isinstance(value, datetime):
        value = value.astimezone(SHANGHAI)
    text = value.isoformat() if isinstance(value, date) else str(value or "")
    return CorrectableField(pointer, rule[1], rule[2], rule[3](text))


def _get(target: Any, steps: list[str]) -> Any:
    for step in steps:
        target = _step_into(target, step)
    return target


def _step_into(target: Any, step: str) -> Any:
    if isinstance(target, tuple):
        if int(step) >= len(target):
            raise ValueError("报文中没有此项")
        return target[int(step)]
    if target is None:
        raise ValueError("报文中没有此项")
    return getattr(target, step)


def _set(target: Any, steps: list[str], value: Any) -> Any:
    """A copy with one place changed: the contract's rows are frozen."""
    step, *rest = steps
    inner = _set(_step_into(target, step), rest, value) if rest else value
    if isinstance(target, tuple):
        place = int(step)
        return (*target[:place], inner, *target[place + 1 :])
    if target is None:
        raise ValueError("报文中没有此项")
    return replace(target, **{step: inner})


def _read(kind: str, value: Any) -> Any:
    if not isinstance(value, str) or len(value) > _MAX_LENGTH:
        raise ValueError(f"应为文字，最多 {_MAX_LENGTH} 字")
    text = value.strip()
    if kind == "text":
        return text
    if not text:
        return None
    try:
        if kind == "date":
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
    except ValueError:
        expected = "YYYY-MM-DD" if kind == "date" else "YYYY-MM-DDTHH:MM"
        raise ValueError(f"应为 {expected} 格式") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
