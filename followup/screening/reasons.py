"""The texts that screening writes into each enrolment and task: made once per version, filled in by SQL."""

from typing import Any

import orjson

from followup.programmes.contracts import StepPlan, VersionPlan

# Stands in a task's reason where SQL puts the anchor's day.
DAY_MARK = "@@anchor_on@@"
ANCHOR_NAMES = {"discharge": "出院日", "operation": "手术日"}


def enrolment_reason(plan: VersionPlan) -> dict[str, Any]:
    return {"programme": plan.key, "version": plan.version}


def task_reason(plan: VersionPlan, step: StepPlan, *, anchor_found: bool) -> dict[str, Any]:
    """`why` in Chinese: which path and step, counted from which day, which criteria were met."""
    anchor = ANCHOR_NAMES[step.anchor]
    if step.anchor == "operation" and not anchor_found:
        anchor = "出院日（无手术日期）"
    day = (
        f"{anchor} {DAY_MARK} 起第 {step.day} 天，可提前 {step.window_before} 天、推后 {step.window_after} 天"
    )
    return {
        "programme": plan.key,
        "version": plan.version,
        "step": step.code,
        "anchor": step.anchor if anchor_found else "discharge",
        "anchor_on": DAY_MARK,
        "why": [f"{plan.name}：{step.name}", day, *plan.criteria_text],
    }


def dump(value: object) -> str:
    return orjson.dumps(value).decode()


def window_ends(plan: VersionPlan, anchor: str) -> tuple[list[int], list[list[str]]]:
    """Days from the anchor to each window's end, ascending, and which steps are over when the first n of them are."""
    steps = sorted(
        (s for s in plan.steps if s.anchor == anchor), key=lambda s: (s.day + s.window_after, s.seq)
    )
    ends = [s.day + s.window_after for s in steps]
    return ends, [[s.code for s in steps[:n]] for n in range(len(steps) + 1)]
