"""Plausible answers to any questionnaire: mostly well, now and then not. Only the demonstration uses them."""

import random
from collections.abc import Mapping
from datetime import date
from typing import Any

from followup.questionnaires.engine import evaluate

# What a recovering adult reads, where the middle of the allowed range would not be plausible.
_TYPICAL = {
    "heart_rate": (62, 88), "weight": (48, 78), "smoking": (0, 6), "drinking": (0, 1), "temperature": (36.1, 36.9),
    "distance": (300, 1500), "flexion": (95, 120), "op_day": (3, 9),
}  # fmt: skip
_SCALES_OF_TROUBLE = {"pain_rest": (0, 2), "pain_walking": (0, 3)}
# Draws until no answer alarms unasked; a form that still does is one where the patient is not quite well.
_DRAWS = 40
_LEVELS = ("E0", "E1", "E2", "E3", "E4")


def make_answers(
    document: dict[str, Any], rng: random.Random, *, troubled: bool, today: date, context: Mapping[str, Any]
) -> dict[str, Any]:
    """Answers to every item, hidden ones too (the engine prunes them). `troubled` raises one or two alarms.

    What is normal stands in each form's own rules: an answer that raises an alarm unasked is drawn again.
    """
    items = list(_flatten(document["items"]))
    judged = [i for i in items if _can_alarm(i)]
    alarming = (
        {i["link_id"] for i in rng.sample(judged, min(len(judged), rng.choice((1, 1, 2))))}
        if troubled
        else set()
    )
    by_id = {item["link_id"]: item for item in items}
    answers = {
        key: answer
        for key, item in by_id.items()
        if (answer := _answer(item, rng, today, troubled=key in alarming)) is not None
    }
    for _ in range(_DRAWS):
        found = evaluate(document, answers, [], context).findings
        loud = {f.link_id for f in found if f.link_id and f.link_id in answers and f.level >= "E2"} - alarming
        if not loud:
            break
        for key in sorted(loud):
            answers[key] = _answer(by_id[key], rng, today, troubled=False, calm=False)
    return answers


def _flatten(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of repeating groups stay empty."""
    flat: list[dict[str, Any]] = []
    for item in items:
        if item["type"] != "group":
            flat.append(item)
        elif not item.get("repeats"):
            flat += _flatten(item.get("items", []))
    return flat


def _can_alarm(item: dict[str, Any]) -> bool:
    return item["type"] == "bp" or any(o.get("level") in {"E1", "E2", "E3"} for o in item.get("options", ()))


def _answer(
    item: dict[str, Any], rng: random.Random, today: date, *, troubled: bool, calm: bool = True
) -> Any:
    """`calm`: the first normal option, a typical value; otherwise any of them."""
    kind = item["type"]
    if kind == "glucose":
        return {
            "value": round(rng.uniform(10.5, 13) if troubled else rng.uniform(4.8, 6.6), 1),
            "timing": "fasting",
        }
    if kind == "date":
        return today.isoformat() if item.get("required") else None
    if kind == "time":
        return "08:30" if item.get("required") else None
    if kind == "bp":
        high = rng.randint(148, 176) if troubled else rng.randint(112, 136)
        return {"sbp": high, "dbp": rng.randint(90, 104) if troubled else rng.randint(66, 84)}
    if kind in {"single", "multiple"}:
        options = [option for option in item["options"] if not option.get("retired")]
        wanted = _LEVELS[1:4] if troubled else _LEVELS[:1]
        fitting = [o["value"] for o in options if o.get("level", "E0") in wanted] or [options[0]["value"]]
        if not calm:
            fitting = [o["value"] for o in options if o.get("level", "E0") in _LEVELS[:2]] or fitting
        chosen = fitting[0] if calm and not troubled else rng.choice(fitting)
        return [chosen] if kind == "multiple" else chosen
    if kind == "scale":
        low, high = int(item.get("min", 0)), int(item.get("max", 10))
        if item["link_id"] in _SCALES_OF_TROUBLE or not calm:
            return rng.randint(*_SCALES_OF_TROUBLE.get(item["link_id"], (low, high)))
        if low == 0 and any("level" in rule for rule in item.get("rules", ())):
            return rng.randint(0, min(2, high))
        return rng.choices(range(low, high + 1), weights=[1 + 3 * n * n for n in range(high - low + 1)])[0]
    if kind == "number":
        low, high = _TYPICAL.get(item["link_id"], (item.get("min", 0), item.get("max", 10)))
        return (
            round(rng.uniform(low, high), int(item.get("decimals", 0)))
            if item.get("decimals")
            else rng.randint(int(low), int(high))
        )
    if kind == "text" and item.get("required"):
        return "其他情况，已在电话中说明"
    return None
