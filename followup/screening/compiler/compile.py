"""One programme's criteria as a *driver* and a *residual*.

The driver is a set of code prefixes that the criteria imply: whoever meets the criteria has one of them. Joining
the diagnoses and operations once with the drivers of all programmes gives the few (encounter, programme) pairs that
need looking at; the residual is what the driver does not already prove, evaluated per pair. So 200 programmes cost
one pass, not 200. Criteria without a driver (all inpatients over 60) are evaluated per encounter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from psycopg import sql

from followup.programmes.criteria import AllOf, AnyOf, Leaf, Node, Not, leaves_of, parse_criteria
from followup.screening.compiler.leaves import LEAVES
from followup.screening.compiler.parameters import Parameters

TRUE: Final = sql.SQL("true")
# A prefix is looked up by its head (hash join), then compared in full.
DIAGNOSIS_HEAD: Final = 3
OPERATION_HEAD: Final = 2


@dataclass(frozen=True, slots=True)
class Driver:
    source: str  # diagnosis | main_diagnosis | operation
    prefix: str


@dataclass(frozen=True, slots=True)
class CompiledCriteria:
    driver: tuple[Driver, ...] | None
    residual: Node | None  # None: the driver says it all
    # Which operations a step that counts from 手术日 counts from; empty: any.
    anchor_prefixes: tuple[str, ...]


def compile_criteria(criteria: Mapping[str, Any]) -> CompiledCriteria:
    """Raises InvalidInput on faulty criteria."""
    node = parse_criteria(criteria)
    found = _find_driver(node)
    operations = [leaf for leaf in _positive_leaves(node) if leaf.field == "operation"]
    anchors = tuple(dict.fromkeys(prefix for leaf in operations for prefix in leaf.prefixes))
    if found is None:
        return CompiledCriteria(None, node, anchors)
    driver, residual = found
    return CompiledCriteria(tuple(dict.fromkeys(driver)), residual, anchors)


def _positive_leaves(node: Node) -> list[Leaf]:
    return list(leaves_of(node, positive_only=True))


_SELECTIVITY: Final = {"operation": 0, "main_diagnosis": 1, "diagnosis": 2}


def _find_driver(node: Node) -> tuple[list[Driver], Node | None] | None:
    if isinstance(node, Leaf):
        if node.field in _SELECTIVITY:
            return [Driver(node.field, prefix) for prefix in node.prefixes], None
        return None
    if isinstance(node, Not):
        return None
    found = [_find_driver(item) for item in node.items]
    if isinstance(node, AnyOf):
        if any(each is None for each in found):
            return None
        drivers = [driver for each in found if each for driver in each[0]]
        return drivers, (None if all(each and each[1] is None for each in found) else node)
    candidates = [(i, each) for i, each in enumerate(found) if each is not None]
    if not candidates:
        return None
    chosen, (drivers, rest) = min(
        candidates, key=lambda c: (max(_SELECTIVITY[d.source] for d in c[1][0]), len(c[1][0]))
    )
    others = [item for i, item in enumerate(node.items) if i != chosen]
    if rest is not None:
        others.append(rest)
    return drivers, (AllOf(tuple(others)) if others else None)


def compile_node(node: Node | None, parameters: Parameters) -> sql.Composable:
    """A boolean over `e` (records_encounter) and `p` (records_patient) that is never NULL."""
    if node is None:
        return TRUE
    if isinstance(node, Leaf):
        return LEAVES[node.field](node, parameters)
    if isinstance(node, Not):
        return sql.SQL("(NOT {})").format(compile_node(node.item, parameters))
    joiner = sql.SQL(" AND " if isinstance(node, AllOf) else " OR ")
    return sql.SQL("({})").format(joiner.join(compile_node(item, parameters) for item in node.items))


def compile_switch(cases: list[tuple[int, sql.Composable]]) -> sql.Composable:
    """`CASE` over the plan's number as a search tree: 200 programmes cost 8 comparisons, not 200. `cases` sorted."""
    if len(cases) == 1:
        return cases[0][1]
    middle = len(cases) // 2
    return sql.SQL("CASE WHEN s.ord < {} THEN {} ELSE {} END").format(
        sql.Literal(cases[middle][0]), compile_switch(cases[:middle]), compile_switch(cases[middle:])
    )
