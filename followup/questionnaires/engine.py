"""Judge the answers to a questionnaire: what is shown, what is wrong, how grave it is, may the task close.

Pure: document, answers, earlier answers and context come in as arguments; nothing else is read.
Twin: frontend/packages/questionnaire/src/engine.ts. The server's result is the one that counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, cast

from followup.questionnaires.expressions import Path, parse_expression
from followup.questionnaires.logic import NOT_ASKED, UNKNOWN, Nothing, Value, compute
from followup.questionnaires.ordering import order_questions
from followup.questionnaires.values import (
    AnswerError,
    Item,
    check_answer,
    escape_pointer,
    is_blank,
    is_number,
    round_value,
)

CONTEXT_NAMES: Final = ("patient", "task")
# An auto-closed task may carry advice (E1); E2 and above need a person (clinical-paths.md, section 1).
AUTO_CLOSE_LIMIT: Final = "E1"

Document = Mapping[str, Any]
Answers = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something abnormal; `rule` is the JSON pointer of the option, rule or band in the document."""

    link_id: str | None
    level: str
    prompt: str
    advice: str
    rule: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`visible` and `missing_required` name items, in a repeated group with their row: meds[0].name."""

    visible: tuple[str, ...]
    pruned_answers: dict[str, Any]
    errors: tuple[AnswerError, ...]
    missing_required: tuple[str, ...]
    level: str
    findings: tuple[Finding, ...]
    unknown_rules: tuple[str, ...]
    score: float | None
    band: str | None
    complete: bool
    can_auto_close: bool

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True)
class _Slot:
    """One place for an answer: an item, or an item in one row of a repeated group."""

    key: str
    item: Item
    rule_pointer: str
    answer_pointer: str
    parent: _Slot | None
    row: str
    raw: Any = None
    value: Value = UNKNOWN
    errors: list[AnswerError] = field(default_factory=list)
    state: str = "shown"  # shown, hidden (rightly not asked), undecided (its condition is unknown)


def evaluate(
    document: Document,
    answers: Answers,
    previous: Answers | Sequence[Answers] | None = None,
    context: Mapping[str, Mapping[str, Any]] | None = None,
) -> Evaluation:
    """Evaluate answers against a valid document (schema.validate_document).

    `previous` holds the pruned answers of earlier rounds, newest first; the caller leaves out those too old
    to count as consecutive. `context` gives patient.age, patient.sex and task.day.
    """
    if previous is None:
        rounds: Sequence[Answers] = ()
    else:
        rounds = [previous] if isinstance(previous, Mapping) else previous
    return _Evaluator(document, answers, rounds, context or {}).run()


class _Evaluator:
    def __init__(
        self,
        document: Document,
        answers: Answers,
        previous: Sequence[Answers],
        context: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self.document = document
        self.answers = answers
        self.previous = previous
        self.context = context
        self.slots = list(self._make_slots(document["items"], "/items", answers, "", "", None))
        self.by_key = {slot.key: slot for slot in self.slots}
        self.findings: list[Finding] = []
        # A dict for its order: one entry per rule, however many rows it is unknown in.
        self.unknown_rules: dict[str, None] = {}

    def _make_slots(
        self,
        items: Sequence[Item],
        rules_at: str,
        source: Answers,
        answers_at: str,
        row: str,
        parent: _Slot | None,
    ) -> Iterator[_Slot]:
        for index, item in enumerate(items):
            link_id = item["link_id"]
            slot = _Slot(
                f"{row}{link_id}",
                item,
                f"{rules_at}/{index}",
                f"{answers_at}/{escape_pointer(link_id)}",
                parent,
                row,
            )
            if _takes_answer(item):
                slot.raw = source.get(link_id)
                usable, slot.errors = check_answer(item, slot.raw, slot.answer_pointer)
                slot.value = UNKNOWN if usable is None else usable
            yield slot
            if item["type"] != "group":
                continue
            children, rules = item["items"], f"{slot.rule_pointer}/items"
            if not item.get("repeats"):
                yield from self._make_slots(children, rules, source, answers_at, row, slot)
                continue
            for number, answer_row in enumerate(_list_rows(slot)):
                place = f"{slot.answer_pointer}/{number}"
                yield from self._make_slots(
                    children, rules, answer_row, place, f"{slot.key}[{number}].", slot
                )

    def run(self) -> Evaluation:
        self._settle_visibility()
        for slot in self.slots:
            self._judge_slot(slot)
        self._judge_rules(self.document.get("rules", ()), "/rules", None)
        score, band = self._score()
        shown = [slot for slot in self.slots if slot.state == "shown"]
        missing = tuple(slot.key for slot in shown if slot.item.get("required") and is_blank(slot.raw))
        errors = [error for slot in shown for error in slot.errors]
        errors += self._list_unknown_answers()
        level = max((finding.level for finding in self.findings), default="E0")
        complete = not missing
        return Evaluation(
            visible=tuple(slot.key for slot in shown),
            pruned_answers=self._prune(self.document["items"], self.answers, ""),
            errors=tuple(errors),
            missing_required=missing,
            level=level,
            findings=tuple(self.findings),
            unknown_rules=tuple(self.unknown_rules),
            score=score,
            band=band,
            complete=complete,
            can_auto_close=complete and not errors and not self.unknown_rules and level <= AUTO_CLOSE_LIMIT,
        )

    def _settle_visibility(self) -> None:
        """Once each, in the order in which conditions ask for one another."""
        by_name: dict[str, list[_Slot]] = {}
        for slot in self.slots:
            by_name.setdefault(slot.item["link_id"], []).append(slot)
        for link_id in order_questions(self.document["items"]):
            for slot in by_name.get(link_id, ()):
                slot.state = self._decide_state(slot)

    def _decide_state(self, slot: _Slot) -> str:
        if slot.item.get("retired"):
            return "hidden"
        if slot.parent is not None and slot.parent.state != "shown":
            return slot.parent.state
        if "show_if" not in slot.item:
            return "shown"
        found = compute(parse_expression(slot.item["show_if"]), self._look_up_for(slot))
        if found is True:
            return "shown"
        return "hidden" if found is False or found is NOT_ASKED else "undecided"

    def _look_up_for(self, slot: _Slot | None) -> Callable[[Path], Value]:
        """Names mean: `value` the item itself, then the same row, then the form, then the context."""

        def look_up(path: Path) -> Value:
            root, *fields = path.names
            if root in CONTEXT_NAMES:
                return self._read_context(root, fields)
            target = slot if root == "value" else None
            if target is None and slot is not None:
                target = self.by_key.get(f"{slot.row}{root}")
            target = target or self.by_key.get(root)
            if target is None:
                return UNKNOWN
            if path.back:
                return _read_fields(self._read_previous(target, path.back), fields)
            if target.state != "shown":
                return NOT_ASKED if target.state == "hidden" else UNKNOWN
            return _read_fields(target.value, fields)

        return look_up

    def _read_context(self, root: str, fields: Sequence[str]) -> Value:
        group = self.context.get(root)
        found = group.get(fields[0]) if isinstance(group, Mapping) and len(fields) == 1 else None
        if isinstance(found, str) and found:
            return found
        return round_value(float(found)) if found is not None and is_number(found) else UNKNOWN

    def _read_previous(self, slot: _Slot, back: int) -> Value:
        if back > len(self.previous) or slot.row:
            return UNKNOWN
        usable, _ = check_answer(slot.item, self.previous[back - 1].get(slot.item["link_id"]), "")
        return UNKNOWN if usable is None else usable

    def _judge_slot(self, slot: _Slot) -> None:
        parent_shown = slot.parent is None or slot.parent.state == "shown"
        if slot.state == "undecided" and parent_shown:
            self.unknown_rules[f"{slot.rule_pointer}/show_if"] = None
        if slot.state != "shown":
            return
        chosen = slot.value if isinstance(slot.value, tuple) else (slot.value,)
        for index, option in enumerate(slot.item.get("options", ())):
            level = option.get("level", "E0")
            if option["value"] in chosen and level > "E0":
                prompt = option.get("prompt") or option["label"]
                rule = f"{slot.rule_pointer}/options/{index}"
                self.findings.append(Finding(slot.key, level, prompt, option.get("advice", ""), rule))
        self._judge_rules(slot.item.get("rules", ()), f"{slot.rule_pointer}/rules", slot)

    def _judge_rules(self, rules: Sequence[Mapping[str, Any]], rules_at: str, slot: _Slot | None) -> None:
        look_up = self._look_up_for(slot)
        for index, rule in enumerate(rules):
            found = compute(parse_expression(rule["when"]), look_up)
            if found is True:
                key = slot.key if slot is not None else None
                self.findings.append(
                    Finding(key, rule["level"], rule["prompt"], rule.get("advice", ""), f"{rules_at}/{index}")
                )
            elif found is not False and found is not NOT_ASKED:
                self.unknown_rules[f"{rules_at}/{index}"] = None

    def _score(self) -> tuple[float | None, str | None]:
        """Never a partial sum: one asked question without a usable answer leaves the score unknown."""
        rule = self.document.get("score")
        if rule is None:
            return None, None
        asked = [self.by_key[link_id] for link_id in rule["items"] if self.by_key[link_id].state != "hidden"]
        points = [_read_points(slot) if slot.state == "shown" else None for slot in asked]
        if not points or None in points:
            if points:
                self.unknown_rules["/score"] = None
            return None, None
        total = 0.0
        for point in points:
            total += point or 0.0
        score = round_value(total / len(points) if rule["method"] == "mean" else total)
        for index, band in enumerate(rule.get("bands", ())):
            if "to" not in band or score <= round_value(band["to"]):
                level = band.get("level", "E0")
                if level > "E0":
                    prompt = band.get("prompt") or band["label"]
                    place = f"/score/bands/{index}"
                    self.findings.append(Finding(None, level, prompt, band.get("advice", ""), place))
                return score, band["label"]
        return score, None

    def _list_unknown_answers(self) -> list[AnswerError]:
        """Answers to questions that the document does not have; in the twin's order (UTF-16 units)."""
        known = {slot.answer_pointer for slot in self.slots if _takes_answer(slot.item)}
        sources: list[tuple[str, Answers]] = [("", self.answers)]
        for slot in self.slots:
            if slot.item["type"] == "group" and slot.state == "shown":
                rows = enumerate(_list_rows(slot))
                sources += [(f"{slot.answer_pointer}/{number}", row) for number, row in rows]
        errors = []
        for place, source in sources:
            for name in sorted(source, key=lambda text: text.encode("utf-16-be", "surrogatepass")):
                pointer = f"{place}/{escape_pointer(name)}"
                if pointer not in known:
                    errors.append(AnswerError(pointer, "unknown_item", "问卷里没有这道题"))
        return errors

    def _prune(self, items: Sequence[Item], source: Answers, row: str) -> dict[str, Any]:
        """Keep what was answered to questions that are shown, as it was given."""
        kept: dict[str, Any] = {}
        for item in items:
            link_id = item["link_id"]
            slot = self.by_key[f"{row}{link_id}"]
            if slot.state != "shown":
                continue
            if item["type"] == "group" and not item.get("repeats"):
                kept.update(self._prune(item["items"], source, row))
            elif item["type"] == "group" and isinstance(slot.value, tuple):
                kept[link_id] = [
                    self._prune(item["items"], answer_row, f"{slot.key}[{number}].")
                    for number, answer_row in enumerate(_list_rows(slot))
                ]
            elif item["type"] != "display" and not is_blank(slot.raw):
                kept[link_id] = slot.raw
        return kept


def _takes_answer(item: Item) -> bool:
    return item["type"] != "display" and (item["type"] != "group" or bool(item.get("repeats")))


def _list_rows(slot: _Slot) -> Sequence[Answers]:
    return cast(Sequence[Answers], slot.value) if isinstance(slot.value, tuple) else ()


def _read_fields(value: Value, fields: Sequence[str]) -> Value:
    if not fields or isinstance(value, Nothing):
        return value
    if len(fields) > 1 or not isinstance(value, dict):
        return UNKNOWN
    return value.get(fields[0], UNKNOWN)  # type: ignore[return-value]


def _read_points(slot: _Slot) -> float | None:
    """Numbers and scales count their value, choices the scores of what was chosen."""
    if isinstance(slot.value, Nothing):
        return None
    if "options" not in slot.item:
        return float(slot.value) if isinstance(slot.value, float) else None
    chosen = slot.value if isinstance(slot.value, tuple) else (slot.value,)
    points = 0.0
    for option in slot.item["options"]:
        if option["value"] in chosen:
            points += option.get("score", 0)
    return points
