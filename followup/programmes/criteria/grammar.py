"""What criteria may say, and the faults of what they may not: each with its place, what is wrong and the cure.

field            op                                        value
patient_kind     eq | in | not_in                          inpatient, outpatient, emergency, checkup
sex              eq | in | not_in                          M, F, U
disposition      eq | in | not_in                          home, transfer, to_community, against_advice, death, other
department       eq | in | not_in                          department codes of this tenant
deceased         eq                                        true, false
age              eq | gt | gte | lt | lte | between        whole years at discharge; between: [low, high], both included
diagnosis        stem_in | prefix_in | between             ICD-10 prefixes; between: [I10, I15]
main_diagnosis   the same, the main discharge diagnosis only
operation        stem_in | prefix_in | between             ICD-9-CM-3 prefixes
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from followup.programmes.criteria.codes import CodeFault, expand_range, read_prefix
from followup.programmes.criteria.nodes import AllOf, AnyOf, Leaf, Node, Not
from kernel.errors import FieldError, InvalidInput

MAX_DEPTH: Final = 8
MAX_LEAVES: Final = 60
MAX_VALUES: Final = 200
MAX_AGE: Final = 130

CHOICES: Final[Mapping[str, Mapping[str, str]]] = {
    "patient_kind": {"inpatient": "住院", "outpatient": "门诊", "emergency": "急诊", "checkup": "体检"},
    "sex": {"M": "男", "F": "女", "U": "未知"},
    "disposition": {
        "home": "医嘱离院", "transfer": "医嘱转院", "to_community": "转社区卫生服务机构/乡镇卫生院",
        "against_advice": "非医嘱离院", "death": "死亡", "other": "其他",
    },
}  # fmt: skip
_CHOICE_OPS = ("eq", "in", "not_in")
_CODE_OPS = ("stem_in", "prefix_in", "between")
OPERATORS: Final[Mapping[str, tuple[str, ...]]] = {
    "patient_kind": _CHOICE_OPS,
    "sex": _CHOICE_OPS,
    "disposition": _CHOICE_OPS,
    "department": _CHOICE_OPS,
    "deceased": ("eq",),
    "age": ("eq", "gt", "gte", "lt", "lte", "between"),
    "diagnosis": _CODE_OPS,
    "main_diagnosis": _CODE_OPS,
    "operation": _CODE_OPS,
}
CODE_FIELDS: Final = frozenset({"diagnosis", "main_diagnosis", "operation"})
_LEAF_KEYS = frozenset({"field", "op", "value"})


@dataclass(frozen=True, slots=True)
class CriteriaFault:
    """One fault. `pointer` is an RFC 6901 pointer into the criteria."""

    pointer: str
    code: str
    message: str
    cure: str


def validate(criteria: object) -> list[CriteriaFault]:
    """Every fault in reading order; empty means valid."""
    return _Parser().run(criteria)[1]


def parse_criteria(criteria: object, pointer: str = "/criteria") -> Node:
    """The tree. Raises InvalidInput with every fault, its pointers below `pointer`."""
    node, faults = _Parser().run(criteria)
    if faults or node is None:
        raise InvalidInput(
            "筛选条件有误",
            errors=[FieldError(pointer + f.pointer, f.code, f"{f.message}；{f.cure}") for f in faults],
        )
    return node


class _Parser:
    def __init__(self) -> None:
        self.faults: list[CriteriaFault] = []
        self.leaves = 0

    def fail(self, pointer: str, code: str, message: str, cure: str) -> None:
        self.faults.append(CriteriaFault(pointer, code, message, cure))

    def run(self, criteria: object) -> tuple[Node | None, list[CriteriaFault]]:
        node = self.parse(criteria, "", 1)
        if self.leaves > MAX_LEAVES:
            cure = "请合并同一字段的条件，或拆成几个随访路径"
            self.fail("", "too_many_conditions", f"共 {self.leaves} 个条件，最多 {MAX_LEAVES} 个", cure)
        return (None if self.faults else node), self.faults

    def parse(self, raw: object, pointer: str, depth: int) -> Node | None:
        if not isinstance(raw, Mapping):
            self.fail(
                pointer, "not_an_object", "条件应当是一个对象", "请写成 {field, op, value}，或 all、any、not"
            )
            return None
        if depth > MAX_DEPTH:
            self.fail(pointer, "too_deep", f"条件嵌套超过 {MAX_DEPTH} 层", "请把内层条件合并到上一层")
            return None
        keys = set(raw)
        groups = keys & {"all", "any", "not"}
        if len(groups) == 1 and len(keys) == 1:
            key = next(iter(groups))
            if key == "not":
                item = self.parse(raw["not"], f"{pointer}/not", depth + 1)
                return Not(item) if item is not None else None
            return self.parse_group(raw[key], key, f"{pointer}/{key}", depth)
        if groups:
            self.fail(
                pointer, "mixed_group", "all、any、not 应单独出现", "请把其余内容移到列表里，作为另一个条件"
            )
            return None
        return self.parse_leaf(raw, pointer)

    def parse_group(self, raw: object, key: str, pointer: str, depth: int) -> Node | None:
        if not isinstance(raw, list):
            self.fail(pointer, "not_a_list", f"{key} 的值应当是列表", "请写成 [条件, 条件]")
            return None
        if not raw:
            self.fail(pointer, "empty_list", f"{key} 的列表是空的", "请至少写一个条件，或删去这一层")
            return None
        items = [self.parse(item, f"{pointer}/{i}", depth + 1) for i, item in enumerate(raw)]
        parsed = tuple(item for item in items if item is not None)
        if key == "any":
            return AnyOf(parsed)
        self.check_age_bounds(parsed, pointer)
        return AllOf(parsed)

    def check_age_bounds(self, items: Sequence[Node], pointer: str) -> None:
        low, high = 0, MAX_AGE
        for item in items:
            if isinstance(item, Leaf) and item.field == "age" and item.op != "between":
                value = int(item.value)
                low = max(low, {"gte": value, "gt": value + 1, "eq": value}.get(item.op, 0))
                high = min(high, {"lte": value, "lt": value - 1, "eq": value}.get(item.op, MAX_AGE))
        if low > high:
            self.fail(
                pointer,
                "reversed_range",
                f"年龄条件无人满足：不小于 {low} 岁且不大于 {high} 岁",
                "请对调上下限",
            )

    def parse_leaf(self, raw: Mapping[Any, Any], pointer: str) -> Leaf | None:
        self.leaves += 1
        for key in sorted(str(k) for k in raw if k not in _LEAF_KEYS):
            self.fail(
                f"{pointer}/{key}", "unknown_key", f"不认识的内容 {key}", "条件只有 field、op、value 三项"
            )
            return None
        missing = [key for key in ("field", "op", "value") if key not in raw]
        if missing:
            self.fail(pointer, "missing_key", f"缺少 {'、'.join(missing)}", "条件要有 field、op、value 三项")
            return None
        field, op = raw["field"], raw["op"]
        if not isinstance(field, str) or field not in OPERATORS:
            cure = _suggest(field, OPERATORS)
            self.fail(f"{pointer}/field", "unknown_field", f"不认识的字段 {field!r}", cure)
            return None
        if not isinstance(op, str) or op not in OPERATORS[field]:
            cure = _suggest(op, OPERATORS[field])
            self.fail(f"{pointer}/op", "unknown_operator", f"字段 {field} 没有运算 {op!r}", cure)
            return None
        return self.parse_value(field, op, raw["value"], f"{pointer}/value")

    def parse_value(self, field: str, op: str, value: Any, pointer: str) -> Leaf | None:
        if field == "deceased":
            if isinstance(value, bool):
                return Leaf(field, op, value)
            self.fail(pointer, "not_a_boolean", "deceased 的值应为 true 或 false", "请改为 true 或 false")
            return None
        if field == "age":
            return self.parse_age(op, value, pointer)
        if op == "between":
            return self.parse_code_range(field, value, pointer)
        values = [value] if op == "eq" else value
        if not isinstance(values, list):
            self.fail(pointer, "not_a_list", f"{op} 的值应当是列表", "请写成 [值, 值]")
            return None
        if not values:
            self.fail(pointer, "empty_list", "列表是空的", "请至少写一个值，或删去这个条件")
            return None
        if len(values) > MAX_VALUES:
            self.fail(
                pointer,
                "too_many_values",
                f"共 {len(values)} 个值，最多 {MAX_VALUES} 个",
                "请用更短的前缀或范围",
            )
            return None
        return self.parse_list(field, op, values, pointer)

    def parse_list(self, field: str, op: str, values: list[Any], pointer: str) -> Leaf | None:
        place = (lambda i: pointer) if op == "eq" else (lambda i: f"{pointer}/{i}")
        before = len(self.faults)
        prefixes: list[str] = []
        for i, value in enumerate(values):
            if field in CODE_FIELDS:
                try:
                    prefixes.append(read_prefix(value, is_operation=field == "operation"))
                except CodeFault as fault:
                    self.fail(place(i), fault.code, str(fault), "请核对编码")
            elif field == "department":
                if not isinstance(value, str) or not 1 <= len(value) <= 40:
                    self.fail(
                        place(i),
                        "invalid_value",
                        f"科室编码 {value!r} 不对",
                        "请填机构字典里的科室编码（文字）",
                    )
            elif not isinstance(value, str) or value not in CHOICES[field]:
                cure = _suggest(value, CHOICES[field])
                self.fail(place(i), "unknown_value", f"字段 {field} 没有取值 {value!r}", cure)
        if len(self.faults) > before:
            return None
        plain = values[0] if op == "eq" else tuple(values)
        return Leaf(field, op, plain, tuple(dict.fromkeys(prefixes)))

    def parse_age(self, op: str, value: Any, pointer: str) -> Leaf | None:
        ages = value if op == "between" else [value]
        if not isinstance(ages, list) or (op == "between" and len(ages) != 2):
            self.fail(pointer, "not_a_range", "between 的值应为 [下限, 上限]", "请写成如 [18, 65]")
            return None
        for i, age in enumerate(ages):
            if isinstance(age, bool) or not isinstance(age, int) or not 0 <= age <= MAX_AGE:
                place = f"{pointer}/{i}" if op == "between" else pointer
                self.fail(place, "invalid_age", f"年龄 {age!r} 不对", f"请填 0 到 {MAX_AGE} 的整数")
                return None
        if op == "between" and ages[0] > ages[1]:
            message = f"年龄范围写反了：{ages[0]} 大于 {ages[1]}"
            self.fail(pointer, "reversed_range", message, f"请写成 [{ages[1]}, {ages[0]}]")
            return None
        return Leaf("age", op, tuple(ages) if op == "between" else value)

    def parse_code_range(self, field: str, value: Any, pointer: str) -> Leaf | None:
        if not isinstance(value, list) or len(value) != 2:
            self.fail(pointer, "not_a_range", "between 的值应为 [起, 止]", "请写成如 [I10, I15]")
            return None
        try:
            prefixes = expand_range(value[0], value[1], is_operation=field == "operation")
        except CodeFault as fault:
            self.fail(pointer, fault.code, str(fault), "请核对范围")
            return None
        return Leaf(field, "between", tuple(value), prefixes)


def _suggest(given: object, known: Mapping[str, Any] | Sequence[str]) -> str:
    close = difflib.get_close_matches(str(given), list(known), n=1)
    return f"是否想写 {close[0]}？" if close else f"可用：{'、'.join(known)}"
