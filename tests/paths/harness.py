"""Golden files (format: followup/programmes/library/README.md): what each shipped path and form must do."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from followup.programmes.library import read_library
from followup.questionnaires.engine import Evaluation, evaluate
from followup.questionnaires.expressions import (
    Arithmetic,
    Comparison,
    Junction,
    Literal,
    Negative,
    Node,
    Not,
    parse_expression,
)
from followup.questionnaires.expressions import Path as ExpressionPath

GOLDEN = Path(__file__).parent / "golden"
BLOCKS = Path(__file__).parents[2] / "followup" / "programmes" / "library" / "blocks"
BLOCKS_FILE = "blocks"
_SEXES = {"M": "male", "F": "female", "male": "male", "female": "female"}
_MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _load(path: Path) -> dict[str, Any]:
    with path.open(encoding="utf-8") as stream:
        found: dict[str, Any] = yaml.load(stream, Loader=_LOADER)
    return found


@lru_cache(maxsize=1)
def load_golden() -> dict[str, dict[str, Any]]:
    """By file name, which is the programme's key (or `blocks`)."""
    return {path.stem: _load(path) for path in sorted(GOLDEN.glob("*.yaml"))}


@lru_cache(maxsize=1)
def load_forms() -> dict[str, dict[str, Any]]:
    """Every questionnaire of the library, and each block as a questionnaire of its own."""
    forms = {document["key"]: document for document in read_library("questionnaires")}
    return forms | {name: {"key": name, "title": name, **block} for name, block in load_blocks().items()}


@lru_cache(maxsize=1)
def load_blocks() -> dict[str, dict[str, Any]]:
    return {path.stem: _load(path) for path in sorted(BLOCKS.glob("*.yaml"))}


def list_golden_forms() -> list[tuple[str, str]]:
    """(golden file, form) of every described form."""
    return [(name, form) for name, golden in load_golden().items() for form in golden.get("forms", {})]


class FormGolden:
    """One form's golden part, with the means to judge its cases."""

    def __init__(self, file: str, form: str) -> None:
        golden = load_golden()[file]
        self.key = form
        self.document = load_forms()[form]
        self.spec: dict[str, Any] = golden["forms"][form]
        stay = golden.get("discharge", {})
        self.context = {"age": stay.get("age", 60), "sex": stay.get("sex", "M"), "day": 3}
        self.context |= self.spec.get("context", {})

    @property
    def cases(self) -> list[dict[str, Any]]:
        return [*self.spec.get("cases", []), *self.spec.get("boundaries", [])]

    def answers(self, changed: Mapping[str, Any] | None = None) -> dict[str, Any]:
        both = {**self.spec["normal"], **(changed or {})}
        return {name: value for name, value in both.items() if value is not None}

    def judge(self, answers: Mapping[str, Any], case: Mapping[str, Any] | None = None) -> Evaluation:
        told = self.context | {k: v for k, v in (case or {}).items() if k in ("day", "age", "sex")}
        context = {
            "patient": {"age": told["age"], "sex": _SEXES[told["sex"]]},
            "task": {"day": told["day"]},
        }
        return evaluate(self.document, answers, (case or {}).get("previous"), context)

    def judge_case(self, case: Mapping[str, Any]) -> Evaluation:
        return self.judge(self.answers(case.get("set")), case)


def walk(
    items: Sequence[Mapping[str, Any]], pointer: str = "/items"
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(JSON pointer, item), groups opened."""
    for index, item in enumerate(items):
        yield f"{pointer}/{index}", item
        yield from walk(item.get("items", ()), f"{pointer}/{index}/items")


def _is_of_block(item: Mapping[str, Any]) -> bool:
    bare = {name: value for name, value in item.items() if name != "show_if"}
    return any(
        bare == {name: value for name, value in one.items() if name != "show_if"}
        for block in load_blocks().values()
        for one in block["items"]
    )


def list_signals(document: Mapping[str, Any]) -> dict[str, str]:
    """Pointer → what it is, of every option, rule and band that raises something; what comes from a block unchanged
    only when the document is that block."""
    is_block = document["key"] in load_blocks()
    block_rules = [rule for block in load_blocks().values() for rule in block.get("rules", ())]
    found: dict[str, str] = {}
    for pointer, item in walk(document["items"]):
        if not is_block and _is_of_block(item):
            continue
        for index, option in enumerate(item.get("options", ())):
            if option.get("level", "E0") > "E0":
                found[f"{pointer}/options/{index}"] = f"{item['link_id']}={option['value']}"
        for index, rule in enumerate(item.get("rules", ())):
            found[f"{pointer}/rules/{index}"] = f"{item['link_id']}: {rule['when']}"
    for index, rule in enumerate(document.get("rules", ())):
        if is_block or rule not in block_rules:
            found[f"/rules/{index}"] = rule["when"]
    for index, band in enumerate(document.get("score", {}).get("bands", ())):
        if band.get("level", "E0") > "E0":
            found[f"/score/bands/{index}"] = band["label"]
    return found


def list_edges(document: Mapping[str, Any]) -> set[tuple[str, float, float]]:
    """(answer path, number, its neighbour on the other side) of each simple comparison in a rule of the document."""
    items = {item["link_id"]: item for _, item in walk(document["items"])}
    signals = list_signals(document)
    found: set[tuple[str, float, float]] = set()
    for pointer, item in walk(document["items"]):
        for index, rule in enumerate(item.get("rules", ())):
            if f"{pointer}/rules/{index}" in signals:
                found |= set(_edges_of(rule["when"], item["link_id"], items))
    for index, rule in enumerate(document.get("rules", ())):
        if f"/rules/{index}" in signals:
            found |= set(_edges_of(rule["when"], None, items))
    return found


def _edges_of(
    text: str, owner: str | None, items: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[str, float, float]]:
    for operator, path, number in _comparisons(parse_expression(text)):
        if path.back or path.names[0] in ("patient", "task") or operator in ("==", "!="):
            continue
        names = (owner, *path.names[1:]) if path.names[0] == "value" and owner else path.names
        item = items.get(str(names[0]))
        if item is None:
            continue
        step = _step(item)
        other = number - step if operator in (">=", "<") else number + step
        low, high = item.get("min", float("-inf")), item.get("max", float("inf"))
        if low <= number <= high and low <= other <= high:
            yield ".".join(map(str, names)), number, round(other, 6)


def _step(item: Mapping[str, Any]) -> float:
    if item["type"] == "bp" or item["type"] == "scale":
        return 1.0
    if item["type"] == "glucose":
        return 0.1
    return float(10 ** -item.get("decimals", 1))


def _comparisons(node: Node) -> Iterator[tuple[str, ExpressionPath, float]]:
    """Every comparison of one answer with one number."""
    if isinstance(node, Junction):
        for operand in node.operands:
            yield from _comparisons(operand)
    elif isinstance(node, Not | Negative):
        yield from _comparisons(node.operand)
    elif isinstance(node, Comparison):
        left, right, operator = node.left, node.right, node.operator
        if isinstance(left, Literal):
            left, right, operator = right, left, _MIRROR.get(operator, operator)
        if isinstance(left, Arithmetic) and not left.rest:
            left = left.first
        if (
            isinstance(left, ExpressionPath)
            and isinstance(right, Literal)
            and isinstance(right.value, int | float)
            and not isinstance(right.value, bool)
        ):
            yield operator, left, float(right.value)


def read_path(answers: Mapping[str, Any], path: str) -> object:
    found: Any = answers
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def as_day(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))
