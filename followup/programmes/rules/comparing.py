"""What is different between two documents, in words that a clinician reads: steps by their code, criteria as
sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from followup.programmes.criteria import describe
from followup.programmes.rules.normalising import normalise_document
from followup.programmes.rules.words import (
    ANCHORS,
    CHANNELS,
    DOCUMENT_KEYS,
    EXCLUSIONS,
    KINDS,
    MERGES,
    OWNERS,
    READMISSION_KEYS,
    READMISSIONS,
    REVISIT_LEVELS,
    STEP_KEYS,
    STEP_KINDS,
    STOP_RULES,
)


@dataclass(frozen=True, slots=True)
class Change:
    """`before` and `after` are texts to show; an added thing has no `before`, a removed one no `after`."""

    path: str
    kind: str  # added | removed | changed
    label: str
    before: str | None
    after: str | None


def diff_documents(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """The changes in the order of the document's keys; of two valid documents, however they spell their defaults."""
    old, new = normalise_document(before), normalise_document(after)
    changes: list[Change] = []
    for key in DOCUMENT_KEYS:
        if key == "steps":
            changes += _compare_steps(old["steps"], new["steps"])
        elif key == "criteria":
            changes += _compare_lists("criteria", DOCUMENT_KEYS[key], describe(old[key]), describe(new[key]))
        elif key in {"source", "metrics"}:
            changes += _compare_lists(key, DOCUMENT_KEYS[key], old[key], new[key])
        elif key == "stop":
            rules = ([STOP_RULES[rule] for rule in document["stop"]] for document in (old, new))
            changes += _compare_lists(key, DOCUMENT_KEYS[key], *rules)
        elif key == "exclusions":
            changes += _compare_values(
                (f"exclusions/{flag}", name, *("开" if d["exclusions"][flag] else "关" for d in (old, new)))
                for flag, name in EXCLUSIONS.items()
            )
        elif key == "on_readmission":
            changes += _compare_values(
                (
                    f"on_readmission/{each}",
                    name,
                    *(READMISSIONS[d["on_readmission"][each]] for d in (old, new)),
                )
                for each, name in READMISSION_KEYS.items()
            )
        else:
            words = {"kind": KINDS, "merge": MERGES}.get(key, {})
            texts = (words.get(document[key], document[key]) for document in (old, new))
            changes += _compare_values([(key, DOCUMENT_KEYS[key], *texts)])
    return changes


def _compare_values(rows: Iterable[tuple[str, ...]]) -> list[Change]:
    return [
        Change(
            path, "changed" if old and new else "added" if new else "removed", label, old or None, new or None
        )
        for path, label, old, new in rows
        if old != new
    ]


def _compare_lists(path: str, label: str, old: list[str], new: list[str]) -> list[Change]:
    """Sentences that went and sentences that came; one for one, it is a change."""
    gone, come = [each for each in old if each not in new], [each for each in new if each not in old]
    if len(gone) == len(come) == 1:
        return [Change(path, "changed", label, gone[0], come[0])]
    return [
        *(Change(path, "removed", label, text, None) for text in gone),
        *(Change(path, "added", label, None, text) for text in come),
    ]


def _compare_steps(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[Change]:
    before, after = ({step["code"]: step for step in steps} for steps in (old, new))
    changes: list[Change] = []
    for code, step in before.items():
        if code not in after:
            changes.append(Change(f"steps/{code}", "removed", _name_step(step), _describe_step(step), None))
    for code, step in after.items():
        if code not in before:
            changes.append(Change(f"steps/{code}", "added", _name_step(step), None, _describe_step(step)))
            continue
        name = _name_step(step)
        changes += _compare_values(
            (
                f"steps/{code}/{key}",
                f"{name}·{label}",
                _word(key, before[code].get(key)),
                _word(key, step.get(key)),
            )
            for key, label in STEP_KEYS.items()
        )
    kept = [[code for code in steps if code in before and code in after] for steps in (before, after)]
    if kept[0] != kept[1]:
        texts = ("、".join(before[code]["name"] for code in codes) for codes in kept)
        changes += _compare_values([("steps", "节点顺序", *texts)])
    return changes


def _name_step(step: Mapping[str, Any]) -> str:
    return f"节点 {step['code']}（{step['name']}）"


def _describe_step(step: Mapping[str, Any]) -> str:
    return "；".join(
        f"{label} {word}"
        for key, label in STEP_KEYS.items()
        if key not in {"code", "name"} and (word := _word(key, step.get(key)))
    )


def _word(key: str, value: Any) -> str:
    if key == "window":
        return f"提前 {-value[0]} 天至推后 {value[1]} 天"
    if key == "day":
        return f"第 {value} 天"
    if key == "repeat":
        return "" if value is None else _describe_repeat(value)
    if key == "revisit":
        return "" if value is None else _describe_revisit(value)
    if key == "channel":
        return "、".join(CHANNELS[each] for each in value)
    if key == "education":
        return "、".join(value)
    words = {"kind": STEP_KINDS, "anchor": ANCHORS, "owner": OWNERS}.get(key, {})
    return words.get(value, value or "")


def _describe_repeat(repeat: Mapping[str, int]) -> str:
    text = f"每 {repeat['every']} 天一次"
    if "times" in repeat:
        return f"{text}，共 {repeat['times']} 次"
    return f"{text}，到第 {repeat['until']} 天为止" if "until" in repeat else f"{text}，直到终止"


def _describe_revisit(revisit: Mapping[str, Any]) -> str:
    window = _word("window", revisit["window"])
    level = f"{revisit['level']}（{REVISIT_LEVELS[revisit['level']]}）"
    return f"首次达到 {level}时，第 {revisit['days']} 天复访，{window}"
