"""What the conditions of a readable document mean: whether they parse, fit the questions, and can be settled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from followup.questionnaires.expressions import ExpressionError, list_paths, parse_expression
from followup.questionnaires.schema.faults import Faults
from followup.questionnaires.typecheck import Checker, Known, TypeFault


def check_expressions(
    faults: Faults, document: Mapping[str, Any], known: Mapping[str, Known], places: Mapping[str, str]
) -> None:
    for pointer, text, owner in _list_expressions(document, known, places):
        if not text.strip():
            continue  # told as an empty field
        try:
            Checker(known, owner).require_condition(parse_expression(text))
        except ExpressionError as error:
            place = f"第 {error.position + 1} 个字符处：{error.message}"
            faults.fail(pointer, "expression", place, error.cure)
        except TypeFault as fault:
            faults.fail(pointer, "expression", fault.message, fault.cure)


def _list_expressions(
    document: Mapping[str, Any], known: Mapping[str, Known], places: Mapping[str, str]
) -> Iterator[tuple[str, str, Known | None]]:
    for link_id, owner in known.items():
        place = places[link_id]
        for index, rule in enumerate(owner.item.get("rules", [])):
            yield f"{place}/rules/{index}/when", rule["when"], owner
        if "show_if" in owner.item:
            yield f"{place}/show_if", owner.item["show_if"], owner
    for index, rule in enumerate(document.get("rules", [])):
        yield f"/rules/{index}/when", rule["when"], None


def check_cycles(
    faults: Faults, known: Mapping[str, Known], places: Mapping[str, str], parents: Mapping[str, str | None]
) -> None:
    """Conditions that wait for each other have no settled answer. Every condition parses."""
    settled: set[str] = set()

    def visit(link_id: str, trail: tuple[str, ...]) -> bool:
        if link_id in trail:
            circle = " → ".join((*trail[trail.index(link_id) :], link_id))
            faults.fail(
                f"{places[link_id]}/show_if", "cycle", f"显示条件互相等待：{circle}", "请去掉其中一个条件"
            )
            return False
        if link_id in settled:
            return True
        if not all(visit(needed, (*trail, link_id)) for needed in _list_needed(link_id, known, parents)):
            return False
        settled.add(link_id)
        return True

    for link_id in known:
        if not visit(link_id, ()):
            return


def _list_needed(
    link_id: str, known: Mapping[str, Known], parents: Mapping[str, str | None]
) -> Iterator[str]:
    parent = parents[link_id]
    if parent is not None:
        yield parent
    show_if = known[link_id].item.get("show_if")
    for path in list_paths(parse_expression(show_if)) if show_if and show_if.strip() else ():
        if path.back == 0 and path.names[0] not in ("patient", "task"):
            yield link_id if path.names[0] == "value" else path.names[0]
