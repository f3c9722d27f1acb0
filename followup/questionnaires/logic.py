"""Evaluation of an expression tree in Kleene's strong logic, with two kinds of nothing.

UNKNOWN: a value that a judgement needs is missing; it is never normal.
NOT_ASKED: the only missing values belong to questions that were rightly not asked (hidden by a skip rule that
is definitely false); the judgement does not apply. UNKNOWN wins when both meet.
Twin: frontend/packages/questionnaire/src/logic.ts.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import Enum
from typing import Final

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
from followup.questionnaires.values import is_date, is_time, round_value


class Nothing(Enum):
    UNKNOWN = "unknown"
    NOT_ASKED = "not_asked"


UNKNOWN: Final = Nothing.UNKNOWN
NOT_ASKED: Final = Nothing.NOT_ASKED
# What a path or an expression can be worth; an object stands for an answer with fields (bp, glucose).
Value = float | str | bool | tuple[object, ...] | dict[str, object] | Nothing
Lookup = Callable[[Path], Value]


def compute(node: Node, look_up: Lookup) -> Value:
    match node:
        case Literal(value):
            return value
        case ListLiteral(values):
            return values
        case Path():
            return look_up(node)
        case Answered(path):
            return not isinstance(look_up(path), Nothing)
        case Count(path):
            found = look_up(path)
            return found if isinstance(found, Nothing) else _count(found)
        case Not(operand):
            found = _truth(compute(operand, look_up))
            return found if isinstance(found, Nothing) else not found
        case Junction(operator, operands):
            return _join(operator == "or", [_truth(compute(operand, look_up)) for operand in operands])
        case Comparison(operator, left, right):
            return _compare(operator, compute(left, look_up), compute(right, look_up))
        case Negative(operand):
            return _calculate(0.0, (("-", compute(operand, look_up)),))
        case Arithmetic(first, rest):
            steps = tuple((operator, compute(operand, look_up)) for operator, operand in rest)
            return _calculate(compute(first, look_up), steps)


def _truth(value: Value) -> bool | Nothing:
    return value if isinstance(value, bool | Nothing) else UNKNOWN


def _count(value: Value) -> Value:
    return float(len(value)) if isinstance(value, tuple) else UNKNOWN


def _join(decisive: bool, operands: list[bool | Nothing]) -> bool | Nothing:
    if decisive in operands:
        return decisive
    if UNKNOWN in operands:
        return UNKNOWN
    return NOT_ASKED if NOT_ASKED in operands else not decisive


def _merge(left: Value, right: Value) -> Nothing | None:
    if left is UNKNOWN or right is UNKNOWN:
        return UNKNOWN
    return NOT_ASKED if left is NOT_ASKED or right is NOT_ASKED else None


def _compare(operator: str, left: Value, right: Value) -> bool | Nothing:
    nothing = _merge(left, right)
    if nothing is not None:
        return nothing
    if operator in ("in", "not in"):
        if not isinstance(right, tuple):
            return UNKNOWN
        matches = [_equal(left, member) for member in right]  # type: ignore[arg-type]
        found = True in matches
        if not found and None in matches:
            return UNKNOWN
        return found if operator == "in" else not found
    if operator in ("==", "!="):
        same = _equal(left, right)
        return UNKNOWN if same is None else same == (operator == "==")
    order = _order(left, right)
    if order is None:
        return UNKNOWN
    return {"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[operator]


def _equal(left: Value, right: Value) -> bool | None:
    """None when the two are of different kinds: a rule that compares them judges nothing."""
    if isinstance(left, bool) and isinstance(right, bool):
        return left is right
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    if _is_real(left) and _is_real(right):
        return round_value(left) == round_value(right)  # type: ignore[arg-type]
    return None


def _order(left: Value, right: Value) -> int | None:
    if _is_real(left) and _is_real(right):
        low, high = round_value(left), round_value(right)  # type: ignore[arg-type]
        return (low > high) - (low < high)
    if isinstance(left, str) and isinstance(right, str):
        both_dates = is_date(left) and is_date(right)
        if both_dates or (is_time(left) and is_time(right)):
            return (left > right) - (left < right)
    return None


def _is_real(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _calculate(first: Value, steps: tuple[tuple[str, Value], ...]) -> Value:
    total = first
    for operator, operand in steps:
        nothing = _merge(total, operand)
        if nothing is UNKNOWN:
            return UNKNOWN
        if nothing is NOT_ASKED:
            total = NOT_ASKED
            continue
        if not _is_real(total) or not _is_real(operand):
            return UNKNOWN
        total = _step(operator, float(total), float(operand))  # type: ignore[arg-type]
    return total


def _step(operator: str, left: float, right: float) -> Value:
    if operator == "/" and right == 0:
        return UNKNOWN
    match operator:
        case "+":
            result = left + right
        case "-":
            result = left - right
        case "*":
            result = left * right
        case _:
            result = left / right
    return result if math.isfinite(result) else UNKNOWN
