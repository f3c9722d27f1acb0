"""Criteria as Chinese sentences: what a clinician reads before signing, and what each task says about itself."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from followup.programmes.criteria.grammar import parse_criteria
from followup.programmes.criteria.nodes import AllOf, Leaf, Node, Not
from followup.programmes.criteria.vocabulary import FIELDS, FieldSpec

_COMPARISONS = {"eq": "等于", "gt": "大于", "gte": "不小于", "lt": "小于", "lte": "不大于"}
_DATE_COMPARISONS = {"gte": "不早于", "lte": "不晚于"}
_TEXTS = {"diagnosis_text": "任一诊断名称", "operation_text": "任一手术名称"}


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
    spec = FIELDS[leaf.field]
    if spec.type == "boolean":
        return "患者已死亡" if leaf.value else "患者在世"
    if spec.type == "lab":
        return _describe_lab(leaf)
    if spec.type == "date" and leaf.op != "between":
        return f"{spec.label}{_DATE_COMPARISONS[leaf.op]} {leaf.value}"
    if leaf.op == "between":
        unit = f" {spec.unit}" if spec.unit else ""
        return f"{spec.label}在 {leaf.value[0]} 至 {leaf.value[1]}{unit}之间（含）"
    if spec.type == "integer":
        return f"{spec.label}{_COMPARISONS[leaf.op]} {leaf.value} {spec.unit}"
    return _describe_values(leaf, spec)


def _describe_values(leaf: Leaf, spec: FieldSpec) -> str:
    values = (leaf.value,) if leaf.op == "eq" else leaf.value
    choices = spec.choices or {}
    words = "、".join(choices.get(value, value) for value in values)
    one = len(values) == 1
    if leaf.op in {"stem_in", "prefix_in"}:
        return f"{spec.label}编码以 {words} 开头"
    if leaf.op == "contains_any":
        return f"{_TEXTS[leaf.field]}含“{words}”" + ("" if one else "之一")
    if leaf.field == "enrolled":
        when = "现在" if leaf.within_days is None else f"近 {leaf.within_days} 天内"
        return f"{when}{'未在' if leaf.op == 'not_in' else '已在'}随访路径 {words}{'' if one else ' 之一'} 中"
    if leaf.field in {"label", "flag"}:
        return f"{spec.label}{'不含' if leaf.op == 'not_in' else '含'}{words}" + ("" if one else "之一")
    if leaf.field == "register":
        return f"{'未' if leaf.op == 'not_in' else '已'}登记为{words}" + ("" if one else "之一")
    if leaf.op == "not_in":
        return f"{spec.label}不是{words}"
    return f"{spec.label}为{words}" if one else f"{spec.label}为{words}之一"


def _describe_lab(leaf: Leaf) -> str:
    code, number = leaf.value
    when = "本次就诊" if leaf.within_days is None else f"出院前 {leaf.within_days} 天内"
    name = f"{when}检验 {code} 最近一次结果"
    if leaf.op == "flagged":
        return f"{name}报告为异常"
    if leaf.op == "between":
        return f"{name}在 {_plain(number[0])} 至 {_plain(number[1])} 之间（含）"
    return f"{name}{_COMPARISONS[leaf.op]} {_plain(number)}"


def _plain(number: Any) -> str:
    return f"{Decimal(str(number)).normalize():f}"
