"""The shape of criteria, and the faults of what they may not be: each with its place, what is wrong and the cure.

The words (fields, operators, values) are in vocabulary.py; here are the groups, the limits and the reading order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from followup.programmes.criteria.nodes import AllOf, AnyOf, Leaf, Node, Not
from followup.programmes.criteria.texts import escape_pointer, mask_unstorable
from followup.programmes.criteria.values import parse_value, parse_within_days, suggest
from followup.programmes.criteria.vocabulary import DAYS_FIELDS, FIELDS, OPERATORS
from kernel.errors import FieldError, InvalidInput

MAX_DEPTH: Final = 8
MAX_LEAVES: Final = 60
# Whoever gets more than these wrong reads no further; a body of megabytes must not answer with more of them.
MAX_FAULTS: Final = 50
_LEAF_KEYS = frozenset({"field", "op", "value", "within_days"})


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
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(CriteriaFault(pointer, code, message, cure))

    def run(self, criteria: object) -> tuple[Node | None, list[CriteriaFault]]:
        node = self.parse(criteria, "", 1)
        if self.leaves > MAX_LEAVES:
            cure = "请合并同一字段的条件，或拆成几个随访路径"
            fault = CriteriaFault(
                "", "too_many_conditions", f"共 {self.leaves} 个条件，最多 {MAX_LEAVES} 个", cure
            )
            self.faults.insert(0, fault)
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
        return AnyOf(parsed) if key == "any" else AllOf(parsed)

    def parse_leaf(self, raw: Mapping[Any, Any], pointer: str) -> Leaf | None:
        self.leaves += 1
        if self.leaves > MAX_LEAVES:
            return None
        for key in sorted(str(k) for k in raw if k not in _LEAF_KEYS):
            cure = suggest(key, sorted(_LEAF_KEYS))
            place = f"{pointer}/{escape_pointer(key)}"
            self.fail(place, "unknown_key", f"不认识的内容 {mask_unstorable(key)}", cure)
            return None
        missing = [key for key in ("field", "op", "value") if key not in raw]
        if missing:
            self.fail(pointer, "missing_key", f"缺少 {'、'.join(missing)}", "条件要有 field、op、value 三项")
            return None
        field, op = raw["field"], raw["op"]
        if not isinstance(field, str) or field not in OPERATORS:
            self.fail(
                f"{pointer}/field", "unknown_field", f"不认识的字段 {field!r}", suggest(field, OPERATORS)
            )
            return None
        if not isinstance(op, str) or op not in OPERATORS[field]:
            cure = suggest(op, OPERATORS[field])
            self.fail(f"{pointer}/op", "unknown_operator", f"字段 {field} 没有运算 {op!r}", cure)
            return None
        within_days = None
        if "within_days" in raw:
            place = f"{pointer}/within_days"
            if field not in DAYS_FIELDS:
                cure = f"within_days 只用于 {'、'.join(DAYS_FIELDS)}，请删去"
                self.fail(place, "unknown_key", f"字段 {field} 不能限定天数", cure)
                return None
            within_days = parse_within_days(FIELDS[field], raw["within_days"], place, self.fail)
            if within_days is None:
                return None
        return parse_value(field, op, raw["value"], within_days, f"{pointer}/value", self.fail)
