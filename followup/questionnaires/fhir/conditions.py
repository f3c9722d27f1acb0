"""show_if ↔ enableWhen: a flat row of comparisons with constants, all or any; nothing else has a FHIR form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from followup.questionnaires.expressions import (
    Answered,
    Comparison,
    Junction,
    ListLiteral,
    Literal,
    Node,
    Not,
    Path,
    parse_expression,
)
from followup.questionnaires.values import format_number, is_date, is_number, is_time

Item = Mapping[str, Any]
_TO_FHIR: Final = {"==": "=", "!=": "!=", ">": ">", "<": "<", ">=": ">=", "<=": "<="}
_FROM_FHIR: Final = {fhir: ours for ours, fhir in _TO_FHIR.items()}
_UNANSWERABLE: Final = ("display", "group", "bp", "glucose")


def write_conditions(show_if: str, items: Mapping[str, Item]) -> tuple[list[dict[str, Any]], str] | None:
    """enableWhen and enableBehavior; None when FHIR has no words for the condition."""
    node = parse_expression(show_if)
    behaviour = "all"
    operands: tuple[Node, ...] = (node,)
    if isinstance(node, Junction):
        behaviour, operands = ("all" if node.operator == "and" else "any"), node.operands
    written: list[dict[str, Any]] = []
    for operand in operands:
        found = _write_one(operand, items)
        if found is None:
            return None
        needed, conditions = found
        if len(conditions) > 1 and needed != behaviour:
            if len(operands) > 1:
                return None
            behaviour = needed
        written += conditions
    return written, behaviour


def _write_one(node: Node, items: Mapping[str, Item]) -> tuple[str, list[dict[str, Any]]] | None:
    match node:
        case Answered(Path((name,), 0)) if _is_answerable(items.get(name)):
            return "all", [{"question": name, "operator": "exists", "answerBoolean": True}]
        case Not(Answered(Path((name,), 0))) if _is_answerable(items.get(name)):
            return "all", [{"question": name, "operator": "exists", "answerBoolean": False}]
        case Comparison("in", Literal(str(code)), Path((name,), 0)) if name in items:
            return "all", [{"question": name, "operator": "=", "answerCoding": {"code": code}}]
        case Comparison(("in" | "not in") as word, Path(names, 0), ListLiteral(values)):
            operator, behaviour = ("=", "any") if word == "in" else ("!=", "all")
            written = [_compare(names, operator, value, items) for value in values]
            kept = [condition for condition in written if condition is not None]
            return (behaviour, kept) if len(kept) == len(written) else None
        case Comparison(operator, Path(names, 0), Literal(value)) if operator in _TO_FHIR:
            condition = _compare(names, _TO_FHIR[operator], value, items)
            return ("all", [condition]) if condition is not None else None
        case _:
            return None


def _is_answerable(item: Item | None) -> bool:
    return item is not None and item["type"] not in _UNANSWERABLE


def _compare(
    names: Sequence[str], operator: str, value: object, items: Mapping[str, Item]
) -> dict[str, Any] | None:
    item = items.get(names[0])
    if item is None or isinstance(value, bool):
        return None
    condition: dict[str, Any] = {"question": ".".join(names), "operator": operator}
    kind = item["type"] if len(names) == 1 else {"timing": "single"}.get(names[1], "number")
    if kind in ("number", "scale") and isinstance(value, float):
        whole = len(names) == 1 and item.get("decimals", 0 if kind == "scale" else None) == 0
        if whole and value % 1:
            return None
        return condition | ({"answerInteger": int(value)} if whole else {"answerDecimal": value})
    if kind == "single" and isinstance(value, str):
        return condition | {"answerCoding": {"code": value}}
    word = {"date": "answerDate", "time": "answerTime", "text": "answerString"}.get(kind)
    if word is None or not isinstance(value, str):
        return None
    return condition | {word: f"{value}:00" if kind == "time" else value}


def read_condition(condition: Item, target: Item, options: Mapping[str, str]) -> str | None:
    """One enableWhen about a question of ours as an expression; `options`: FHIR code → our value.

    None when it has no equivalent.
    """
    name, kind, operator = str(target["link_id"]), target["type"], condition.get("operator")
    answers = [condition[key] for key in condition if str(key).startswith("answer")]
    if len(answers) != 1 or kind == "display" or (kind == "group" and not target.get("repeats")):
        return None
    answer = answers[0]
    if operator == "exists":
        if not isinstance(answer, bool):
            return None
        return f"answered({name})" if answer else f"not answered({name})"
    if not isinstance(operator, str) or operator not in _FROM_FHIR:
        return None
    word = _FROM_FHIR[operator]
    if kind in ("single", "multiple"):
        return _read_choice(name, kind, word, answer, options)
    if isinstance(answer, Mapping):  # Quantity
        answer = answer.get("value")
    if kind in ("number", "scale"):
        text = _write_number(answer)
        return f"{name} {word} {text}" if text is not None else None
    if not isinstance(answer, str):
        return None
    if kind == "date" and is_date(answer[:10]):
        return f"{name} {word} '{answer[:10]}'"
    if kind == "time" and is_time(answer[:5]):
        return f"{name} {word} '{answer[:5]}'"
    quoted = quote(answer)
    return f"{name} {word} {quoted}" if kind == "text" and word in ("==", "!=") and quoted else None


def _read_choice(name: str, kind: str, word: str, answer: object, options: Mapping[str, str]) -> str | None:
    if isinstance(answer, Mapping):
        answer = answer.get("code")
    code = ("true" if answer else "false") if isinstance(answer, bool) else str(answer)
    quoted = quote(options[code]) if code in options else None
    if quoted is None or word not in ("==", "!="):
        return None
    if kind == "single":
        return f"{name} {word} {quoted}"
    return f"{quoted} {'in' if word == '==' else 'not in'} {name}"


def _write_number(value: object) -> str | None:
    if not is_number(value):
        return None
    return format_number(float(value))  # type: ignore[arg-type]


def quote(text: str) -> str | None:
    """As a word of an expression; None for what no quotes can hold."""
    if "\n" in text:
        return None
    if "'" not in text:
        return f"'{text}'"
    return f'"{text}"' if '"' not in text else None
