"""Static check of expressions against the items they speak of.

A rule that names a question or an option that is not there, or compares a number with a word, would silently
never fire; it is refused when the document is saved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from followup.questionnaires.expressions import (
    Answered,
    Arithmetic,
    Comparison,
    Count,
    Junction,
    ListLiteral,
    Literal,
    Negative,
    Node,
    Not,
    Path,
)
from followup.questionnaires.values import GLUCOSE_TIMINGS, is_date, is_time

# `patient.sex` has the codes of FHIR R4 administrative-gender.
SEXES: Final = ("male", "female", "other", "unknown")


@dataclass(frozen=True, slots=True)
class Kind:
    """number, boolean, text, date, time, list, object or rows; `codes` when only these words can occur."""

    name: str
    codes: tuple[str, ...] | None = None


NUMBER: Final = Kind("number")
BOOLEAN: Final = Kind("boolean")
CONTEXT_KINDS: Final[Mapping[tuple[str, ...], Kind]] = {
    ("patient", "age"): NUMBER,
    ("patient", "sex"): Kind("text", SEXES),
    ("task", "day"): NUMBER,
}
FIELD_KINDS: Final[Mapping[tuple[str, str], Kind]] = {
    ("bp", "sbp"): NUMBER,
    ("bp", "dbp"): NUMBER,
    ("glucose", "value"): NUMBER,
    ("glucose", "timing"): Kind("text", GLUCOSE_TIMINGS),
}


@dataclass(frozen=True, slots=True)
class Known:
    """An item as expressions see it: `row` names the repeated group that it is in."""

    item: Mapping[str, Any]
    row: str | None


class TypeFault(ValueError):
    def __init__(self, message: str, cure: str) -> None:
        super().__init__(message)
        self.message = message
        self.cure = cure


class Checker:
    """Checks expressions of one owner: an item (whose answer is `value`), or the form (None)."""

    def __init__(self, known: Mapping[str, Known], owner: Known | None) -> None:
        self.known = known
        self.owner = owner

    def require_condition(self, node: Node) -> None:
        if self.infer(node).name != "boolean":
            raise TypeFault("这不是一个能判断真假的条件", "请写成比较，例如 pain >= 4，或 answered(pain)")

    def infer(self, node: Node) -> Kind:
        match node:
            case Literal(value):
                return _kind_of_literal(value)
            case ListLiteral(values):
                kinds = {_kind_of_literal(value).name == "number" for value in values}
                if len(kinds) > 1:
                    raise TypeFault("列表里数字和文字混在一起", "请全部写数字，或全部写带引号的选项值")
                return Kind("list", None if True in kinds else tuple(str(value) for value in values))
            case Path():
                return self.infer_path(node)
            case Answered(path):
                self.infer_path(path)
                return BOOLEAN
            case Count(path):
                if self.infer_path(path).name not in ("list", "rows"):
                    raise TypeFault("count 只能数多选题、照片和可重复的组", "请换成这类题目")
                return NUMBER
            case Not(operand):
                self.require_condition(operand)
                return BOOLEAN
            case Junction(_, operands):
                for operand in operands:
                    self.require_condition(operand)
                return BOOLEAN
            case Negative(operand):
                self._require_number(operand)
                return NUMBER
            case Arithmetic(first, rest):
                self._require_number(first)
                for _, operand in rest:
                    self._require_number(operand)
                return NUMBER
            case Comparison(operator, left, right):
                self._check_comparison(operator, left, right)
                return BOOLEAN

    def infer_path(self, path: Path) -> Kind:
        root, *fields = path.names
        if root in ("patient", "task"):
            if path.names not in CONTEXT_KINDS or path.back:
                raise TypeFault(
                    f"没有 {'.'.join(path.names)} 这个值", "可用：patient.age、patient.sex、task.day"
                )
            return CONTEXT_KINDS[path.names]
        target = self.owner if root == "value" else self.known.get(root)
        if target is None:
            cure = "value 只能写在题目自己的规则里" if root == "value" else "请核对题目编号 link_id"
            raise TypeFault(f"没有题目 {root}", cure)
        here = self.owner.row if self.owner is not None else None
        if target.row is not None and (target.row != here or path.back):
            raise TypeFault(
                f"题目 {root} 在可重复的组里", "只能在同一组的题目里引用它，且不能用 prev；组外可用 count"
            )
        return _kind_of_item(target.item, tuple(fields))

    def _require_number(self, node: Node) -> None:
        if self.infer(node).name != "number":
            raise TypeFault("加减乘除只能用于数字", "请引用数字题、评分题，或 bp.sbp 这样的数值")

    def _check_comparison(self, operator: str, left: Node, right: Node) -> None:
        kinds = self.infer(left), self.infer(right)
        if operator in ("in", "not in"):
            self._check_membership(*kinds, right)
            return
        names = {kind.name for kind in kinds}
        if names & {"list", "rows", "object"}:
            raise TypeFault(
                f"{operator} 不能用于多选题、血压或组",
                "多选题请写 'a' in 题目；血压请写 bp.sbp；条数请用 count",
            )
        words = {"text", "date", "time"}
        if len(names) > 1 and not names <= words:
            raise TypeFault("比较的两边类型不同", "数字和数字比，选项值要加引号")
        if operator in ("==", "!="):
            _check_codes(kinds[0], kinds[1])
        elif names == {"text"} or "boolean" in names:
            raise TypeFault("文字和真假没有大小", "请改用 == 或 !=")

    def _check_membership(self, member: Kind, group: Kind, right: Node) -> None:
        if group.name != "list":
            raise TypeFault(
                "in 的右边要是多选题或列表", "例如 'bleeding' in symptoms，或 wound in ['red', 'open']"
            )
        if member.name not in ("number", "text", "date", "time"):
            raise TypeFault("in 的左边要是一个数字或文字", "例如 'bleeding' in symptoms")
        is_numeric = isinstance(right, ListLiteral) and isinstance(right.values[0], float)
        if is_numeric != (member.name == "number"):
            raise TypeFault("in 两边类型不同", "数字对数字，文字对文字")
        _check_codes(member, Kind("text", group.codes))


def _kind_of_literal(value: float | str | bool) -> Kind:
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, float):
        return NUMBER
    if is_date(value):
        return Kind("date", (value,))
    return Kind("time" if is_time(value) else "text", (value,))


def _kind_of_item(item: Mapping[str, Any], fields: tuple[str, ...]) -> Kind:
    kind = item["type"]
    if fields:
        found = FIELD_KINDS.get((kind, fields[0])) if len(fields) == 1 else None
        if found is None:
            raise TypeFault(
                f"题目 {item['link_id']} 没有 {'.'.join(fields)}", "血压有 sbp、dbp，血糖有 value、timing"
            )
        return found
    if kind == "display" or (kind == "group" and not item.get("repeats")):
        raise TypeFault(f"{item['link_id']} 没有答案，不能写进条件", "请引用要回答的题目")
    codes = tuple(option["value"] for option in item.get("options", ()))
    match kind:
        case "number" | "scale":
            return NUMBER
        case "single":
            return Kind("text", codes)
        case "multiple":
            return Kind("list", codes)
        case "photo":
            return Kind("list")
        case "group":
            return Kind("rows")
        case "bp" | "glucose":
            return Kind("object")
        case _:
            return Kind(kind)


def _check_codes(left: Kind, right: Kind) -> None:
    """Where both sides are closed lists of words, the smaller must lie within the larger."""
    if left.codes is None or right.codes is None:
        return
    small, large = sorted((set(left.codes), set(right.codes)), key=len)
    strange = sorted(small - large)
    if strange:
        raise TypeFault(f"没有选项 {'、'.join(strange)}", f"可用：{'、'.join(sorted(large))}")
