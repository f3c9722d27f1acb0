"""Plausible answers to any questionnaire: mostly well, now and then not. Only the demonstration uses them."""

import random
from typing import Any

# What a recovering adult reads, where the middle of the allowed range would not be plausible.
_TYPICAL = {
    "heart_rate": (62, 88), "weight": (48, 78), "smoking": (0, 6), "drinking": (0, 1), "temperature": (36.1, 36.9),
    "distance": (300, 1500), "flexion": (95, 120), "op_day": (3, 9),
}  # fmt: skip
_SCALES_OF_TROUBLE = {"pain_rest": (0, 2), "pain_walking": (0, 3)}
_LEVELS = ("E0", "E1", "E2", "E3", "E4")


def make_answers(document: dict[str, Any], rng: random.Random, *, troubled: bool) -> dict[str, Any]:
    """Answers to every item, hidden ones too (the engine prunes them). `troubled` raises one or two alarms."""
    items = list(_flatten(document["items"]))
    judged = [i for i in items if _can_alarm(i)]
    alarming = (
        {i["link_id"] for i in rng.sample(judged, min(len(judged), rng.choice((1, 1, 2))))}
        if troubled
        else set()
    )
    return {
        item["link_id"]: answer
        for item in items
        if (answer := _answer(item, rng, troubled=item["link_id"] in alarming)) is not None
    }


def _flatten(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    flat: list[dict[str, Any]] = []
    for item in items:
        flat += [item] if item["type"] != "group" else _flatten(item.get("items", []))
    return flat


def _can_alarm(item: dict[str, Any]) -> bool:
    return item["type"] == "bp" or any(o.get("level") in {"E1", "E2", "E3"} for o in item.get("options", ()))


def _answer(item: dict[str, Any], rng: random.Random, *, troubled: bool) -> Any:
    kind = item["type"]
    if kind == "bp":
        high = rng.randint(148, 176) if troubled else rng.randint(112, 136)
        return {"sbp": high, "dbp": rng.randint(90, 104) if troubled else rng.randint(66, 84)}
    if kind in {"single", "multiple"}:
        options = item["options"]
        wanted = _LEVELS[1:4] if troubled else _LEVELS[:1]
        fitting = [o["value"] for o in options if o.get("level", "E0") in wanted] or [options[0]["value"]]
        chosen = rng.choice(fitting) if troubled else fitting[0]
        return [chosen] if kind == "multiple" else chosen
    if kind == "scale":
        low, high = int(item.get("min", 0)), int(item.get("max", 10))
        if item["link_id"] in _SCALES_OF_TROUBLE:
            return rng.randint(*_SCALES_OF_TROUBLE[item["link_id"]])
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
