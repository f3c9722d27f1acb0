"""Pure rules of programme documents."""

from collections.abc import Mapping
from typing import Any

from followup.programmes.criteria import validate
from followup.programmes.enums import Anchor, Owner, ProgrammeKind
from kernel.errors import FieldError

CHANNELS = frozenset("TWSV")
MAX_STEPS = 60
MAX_DAY = 3650


def find_document_faults(document: Mapping[str, Any]) -> list[FieldError]:
    """Every fault of a programme document, with JSON pointers."""
    faults: list[FieldError] = []
    for key, limit in (("key", 60), ("name", 120)):
        if not isinstance(document.get(key), str) or not 1 <= len(document[key]) <= limit:
            faults.append(FieldError(f"/{key}", "invalid_text", f"请填写 {key}，不超过 {limit} 字"))
    if document.get("kind") not in ProgrammeKind.values:
        faults.append(FieldError("/kind", "unknown_value", f"类别应为：{'、'.join(ProgrammeKind.values)}"))
    faults += [
        FieldError(f"/criteria{f.pointer}", f.code, f"{f.message}；{f.cure}")
        for f in validate(document.get("criteria"))
    ]
    steps = document.get("steps")
    if not isinstance(steps, list) or not 1 <= len(steps) <= MAX_STEPS:
        faults.append(FieldError("/steps", "invalid_steps", f"随访节点应有 1 到 {MAX_STEPS} 个"))
        return faults
    seen: set[object] = set()
    for i, step in enumerate(steps):
        faults += _find_step_faults(step, f"/steps/{i}")
        code = step.get("code") if isinstance(step, Mapping) else None
        if code in seen:
            faults.append(FieldError(f"/steps/{i}/code", "duplicate", f"节点编码 {code} 重复，请改用另一个"))
        seen.add(code)
    return faults


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _find_step_faults(step: Any, pointer: str) -> list[FieldError]:
    if not isinstance(step, Mapping):
        return [FieldError(pointer, "not_an_object", "随访节点应当是一个对象")]
    faults: list[FieldError] = []
    for key, limit in (("code", 40), ("name", 80)):
        if not isinstance(step.get(key), str) or not 1 <= len(step[key]) <= limit:
            faults.append(FieldError(f"{pointer}/{key}", "invalid_text", f"请填写 {key}，不超过 {limit} 字"))
    if step.get("anchor", "discharge") not in Anchor.values:
        faults.append(FieldError(f"{pointer}/anchor", "unknown_value", "起算日应为 discharge 或 operation"))
    if step.get("owner") not in Owner.values:
        faults.append(
            FieldError(f"{pointer}/owner", "unknown_value", "负责方应为 hospital、community 或 centre")
        )
    if not _is_whole(step.get("day")) or not 0 <= step["day"] <= MAX_DAY:
        faults.append(FieldError(f"{pointer}/day", "out_of_range", f"天数应为 0 到 {MAX_DAY} 的整数"))
    window = step.get("window", [0, 0])
    if (
        not isinstance(window, list)
        or len(window) != 2
        or not all(map(_is_whole, window))
        or not -MAX_DAY <= window[0] <= 0 <= window[1] <= MAX_DAY
    ):
        message = "窗口应为 [提前, 推后]，如 [-2, 3]：前一个不大于 0，后一个不小于 0"
        faults.append(FieldError(f"{pointer}/window", "invalid_window", message))
    channels = step.get("channel")
    if not isinstance(channels, list) or not channels or any(c not in CHANNELS for c in channels):
        faults.append(
            FieldError(f"{pointer}/channel", "unknown_value", "渠道应为 T、W、S、V 的列表，至少一个")
        )
    return faults
