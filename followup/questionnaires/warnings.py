"""What is allowed and yet hardly meant: shown beside the faults, and no reason to refuse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from followup.questionnaires.expressions import (
    Comparison,
    Junction,
    Literal,
    Node,
    Not,
    Path,
    list_paths,
    parse_expression,
)
from followup.questionnaires.schema import DocumentError


def find_warnings(document: Mapping[str, Any]) -> list[DocumentError]:
    """Of a valid document (schema.validate_document)."""
    known = {item["link_id"]: item for _, item in _list_items(document["items"], "/items")}
    found: list[DocumentError] = []
    for pointer, text, owner in _list_conditions(document):
        found += _judge_condition(pointer, parse_expression(text), owner, known)
    found += _find_repeated_rules(document)
    found += _find_dead_bands(document)
    return found


def _list_items(items: list[dict[str, Any]], pointer: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for index, item in enumerate(items):
        place = f"{pointer}/{index}"
        yield place, item
        yield from _list_items(item.get("items", []), f"{place}/items")


def _list_conditions(document: Mapping[str, Any]) -> Iterator[tuple[str, str, str | None]]:
    for place, item in _list_items(document["items"], "/items"):
        if item.get("retired"):
            continue
        if "show_if" in item:
            yield f"{place}/show_if", item["show_if"], item["link_id"]
        for index, rule in enumerate(item.get("rules", [])):
            yield f"{place}/rules/{index}/when", rule["when"], item["link_id"]
    for index, rule in enumerate(document.get("rules", [])):
        yield f"/rules/{index}/when", rule["when"], None


def _judge_condition(
    pointer: str, node: Node, owner: str | None, known: Mapping[str, dict[str, Any]]
) -> Iterator[DocumentError]:
    retired = {path.names[0] for path in list_paths(node) if not path.back} & {
        link_id for link_id, item in known.items() if item.get("retired")
    }
    for link_id in sorted(retired):
        yield DocumentError(
            pointer, "retired_item", f"条件引用的题目 {link_id} 已停用，不会再有答案", "请改写或删去这个条件"
        )
    if node == Literal(value=False):
        yield DocumentError(pointer, "never", "这个条件永远不成立", "请改写条件，或把题目标为停用")
    for comparison in _list_needed_comparisons(node):
        if _is_out_of_reach(comparison, owner, known):
            yield DocumentError(
                pointer, "never", "条件里的数字超出这道题允许的范围，永远不成立", "请核对界限和条件"
            )


def _list_needed_comparisons(node: Node) -> Iterator[Comparison]:
    """Those that must be true for the whole to be true."""
    match node:
        case Comparison():
            yield node
        case Junction("and", operands):
            for operand in operands:
                yield from _list_needed_comparisons(operand)
        case Not():
            return


def _is_out_of_reach(node: Comparison, owner: str | None, known: Mapping[str, dict[str, Any]]) -> bool:
    match node:
        case Comparison(operator, Path((name,), 0), Literal(float(limit))):
            item = known.get(owner if name == "value" and owner is not None else name, {})
        case _:
            return False
    if item.get("type") not in ("number", "scale"):
        return False
    low, high = item.get("min"), item.get("max")
    above = high is not None and (limit > high or (limit == high and operator == ">"))
    below = low is not None and (limit < low or (limit == low and operator == "<"))
    return (operator in (">", ">=", "==") and above) or (operator in ("<", "<=", "==") and below)


def _find_repeated_rules(document: Mapping[str, Any]) -> Iterator[DocumentError]:
    holders: list[tuple[str, Mapping[str, Any]]] = [*_list_items(document["items"], "/items"), ("", document)]
    for place, holder in holders:
        seen: dict[str, int] = {}
        for index, rule in enumerate(holder.get("rules", [])):
            first = seen.setdefault(rule["when"].strip(), index)
            if first != index:
                yield DocumentError(
                    f"{place}/rules/{index}/when",
                    "repeated",
                    f"与第 {first + 1} 条规则的条件相同，同一情形会提示两次",
                    "请合并成一条规则",
                )


def _find_dead_bands(document: Mapping[str, Any]) -> Iterator[DocumentError]:
    """A band beyond the highest sum that can be reached; only for sums of choices and scales."""
    score = document.get("score")
    if not score or score["method"] != "sum":
        return
    known = {item["link_id"]: item for _, item in _list_items(document["items"], "/items")}
    most = 0.0
    for link_id in score["items"]:
        item = known[link_id]
        points = [option["score"] for option in item.get("options", [])]
        if item["type"] == "multiple":
            most += sum(point for point in points if point > 0)
        elif points or "max" in item:
            most += max(0, *points) if points else max(0, item["max"])
        else:
            return
    below: float | None = None
    for index, band in enumerate(score.get("bands", [])):
        if below is not None and below >= most:
            yield DocumentError(
                f"/score/bands/{index}", "never", f"总分最高 {most:g}，到不了这一级", "请核对分级的界限"
            )
        below = band.get("to")
