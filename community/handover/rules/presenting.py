"""A packet in words. Numbers of a person are masked: whoever needs them unmasks the record, with a reason."""

from collections.abc import Callable, Mapping
from typing import Any

from community.handover.rules.catalogue import FIELDS
from kernel.masking import mask_id_no, mask_identifier, mask_phone

_SEX = {"M": "男", "F": "女", "U": "未知"}
_OWNERS = {"self": "本人", "spouse": "配偶", "child": "子女", "parent": "父母", "other": "其他联系人"}
_MASKED = frozenset({"patient.id_no", "patient.phones", "encounter.inpatient_no"})
_DISPOSITIONS = {
    "home": "医嘱离院", "transfer": "医嘱转院", "to_community": "转社区卫生服务机构/乡镇卫生院",
    "against_advice": "非医嘱离院", "death": "死亡", "other": "其他",
}  # fmt: skip
_STATES = {"done": "已完成", "partial": "部分完成", "failed": "未完成", "lost": "失访", "exempt": "免随访"}


def present_packet(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """{key, name, sensitive, masked, lines} of each field that the packet holds, in the order of the catalogue."""
    return [
        {
            "key": key,
            "name": field.name,
            "sensitive": field.sensitive,
            "masked": key in _MASKED,
            "lines": _LINES[key](facts[key]),
        }
        for key, field in FIELDS.items()
        if key in facts
    ]


def present_result(result: Mapping[str, Any]) -> dict[str, Any]:
    """A result as it came back: what the agreement does not let cross is not there."""
    return {
        "step": result.get("step", ""),
        "due_on": result.get("due_on"),
        "closed_on": result.get("closed_on"),
        "state": result.get("state", ""),
        "state_name": _STATES.get(str(result.get("state", "")), ""),
        "level": result.get("level") or None,
        "conclusion": result.get("conclusion") or None,
        "attempts": result.get("attempts", []),
        "answers": result.get("answers", []),
    }


def _day(text: Any) -> str:
    return str(text)[:10]


def _period(value: Mapping[str, Any]) -> list[str]:
    lines = []
    if value.get("admitted_at"):
        lines.append(f"入院 {_day(value['admitted_at'])}")
    if value.get("discharged_at"):
        lines.append(f"出院 {_day(value['discharged_at'])}")
    return lines or ["在院或门诊"]


def _place(value: Mapping[str, Any]) -> list[str]:
    parts = [value.get("department"), value.get("ward")]
    if value.get("attending"):
        parts.append(f"主管医生 {value['attending']}")
    return [" ".join(part for part in parts if part)]


def _diagnosis(row: Mapping[str, Any]) -> str:
    return f"{row['name'] or row['code']}" + ("（主要诊断）" if row.get("is_main") else "")


def _lab(row: Mapping[str, Any]) -> str:
    return f"{row['name']} {row['value']}{row.get('unit', '')} {row.get('flag', '')}".strip()


def _programme(row: Mapping[str, Any]) -> str:
    steps = "、".join(f"{step['name']}（{step['due_on']}）" for step in row["steps"])
    return f"{row['name']}：{steps or '无剩余节点'}"


def _result(row: Mapping[str, Any]) -> str:
    parts = [row["step"], _STATES.get(row["state"], row["state"]), row.get("level"), row.get("conclusion")]
    return f"{row.get('closed_on') or ''} {'，'.join(str(part) for part in parts if part)}".strip()


_LINES: dict[str, Callable[[Any], list[str]]] = {
    "patient.name": lambda value: [value],
    "patient.sex": lambda value: [_SEX.get(value, value)],
    "patient.birth_date": lambda value: [value],
    "patient.id_no": lambda value: [mask_id_no(value)],
    "patient.phones": lambda value: [
        f"{_OWNERS.get(row['owner'], row['owner'])} {mask_phone(row['number'])}" for row in value
    ],
    "patient.address": lambda value: [row["text"] for row in value],
    "encounter.period": _period,
    "encounter.place": _place,
    "encounter.disposition": lambda value: [_DISPOSITIONS.get(value, value)],
    "encounter.inpatient_no": lambda value: [mask_identifier(value)],
    "diagnoses": lambda value: [_diagnosis(row) for row in value],
    "operations": lambda value: [
        f"{row['name'] or row['code']}" + (f"（{_day(row['at'])}）" if row.get("at") else "") for row in value
    ],
    "labs.abnormal": lambda value: [_lab(row) for row in value],
    "plan.programmes": lambda value: [_programme(row) for row in value],
    "plan.results": lambda value: [_result(row) for row in value],
}
