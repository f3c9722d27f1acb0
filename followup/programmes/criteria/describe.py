"""Criteria as Chinese sentences: what a clinician reads before signing, and what each task says about itself."""

from __future__ import annotations

from followup.programmes.criteria.grammar import CHOICES, parse_criteria
from followup.programmes.criteria.nodes import AllOf, Leaf, Node, Not

_FIELDS = {
    "patient_kind": "就诊类别",
    "sex": "性别",
    "disposition": "离院方式",
    "department": "出院科室",
    "age": "年龄",
    "diagnosis": "出院诊断",
    "main_diagnosis": "主要诊断",
    "operation": "手术操作",
}
_COMPARISONS = {"eq": "等于", "gt": "大于", "gte": "不小于", "lt": "小于", "lte": "不大于"}


def describe(criteria: object) -> list[str]:
    """One sentence per condition of the outermost `all`. Raises InvalidInput on faulty criteria."""
    node = parse_criteria(criteria)
    items = node.items if isinstance(node, AllOf) else (node,)
    return [sentence_of(item) for item in items]


def sentence_of(node: Node) -> str:
    if isinstance(node, Leaf):
        return _describe_leaf(node)
    if isinstance(node, Not):
        return f"不符合（{sentence_of(node.item)}）"
    joiner = "，且" if isinstance(node, AllOf) else "，或"
    parts = [sentence_of(item) for item in node.items]
    return parts[0] if len(parts) == 1 else f"（{joiner.join(parts)}）"


def _describe_leaf(leaf: Leaf) -> str:
    if leaf.field == "deceased":
        return "患者已死亡" if leaf.value else "患者在世"
    name = _FIELDS[leaf.field]
    if leaf.op == "between":
        unit = " 岁" if leaf.field == "age" else ""
        return f"{name}在 {leaf.value[0]} 至 {leaf.value[1]}{unit}之间（含）"
    if leaf.field == "age":
        return f"{name}{_COMPARISONS[leaf.op]} {leaf.value} 岁"
    values = (leaf.value,) if leaf.op == "eq" else leaf.value
    words = "、".join(CHOICES.get(leaf.field, {}).get(value, value) for value in values)
    if leaf.op in {"stem_in", "prefix_in"}:
        return f"{name}编码以 {words} 开头"
    if leaf.op == "not_in":
        return f"{name}不是{words}"
    return f"{name}为{words}" if len(values) == 1 else f"{name}为{words}之一"
