"""The texts that screening writes into each enrolment and task: made once per version, filled in by SQL."""

from typing import Any, Final

import orjson

from followup.programmes.contracts import StepPlan, VersionPlan

# Stand in a task's reason where SQL puts the anchor's day, and of a periodic step its number and day.
DAY_MARK: Final = "@@anchor_on@@"
NUMBER_MARK: Final = "@@number@@"
REPEATED_DAY_MARK: Final = "@@day@@"
ANCHOR_NAMES: Final = {"discharge": "出院日", "operation": "手术日", "enrolment": "入组日"}
NO_OPERATION: Final = f"{ANCHOR_NAMES['discharge']}（无手术日期）"

# Told when the step's owner could not be found: the ward has it without assignee, or the centre has it.
WARD_NOTES: Final = {
    "attending": "未找到主管医生的工号，任务归出院病区，未指定责任人",
    "nurse": "未找到责任护士的工号，任务归出院病区，未指定责任人",
}
CENTRE_NOTES: Final = {
    "hospital": "出院病区不详，由随访中心负责",
    "attending": "出院病区不详，由随访中心负责",
    "nurse": "出院病区不详，由随访中心负责",
    "community": "居住地尚未确定，由随访中心负责",
    "named": "指定人员已停用或未分配病区，由随访中心负责",
}


def enrolment_reason(plan: VersionPlan) -> dict[str, Any]:
    return {"programme": plan.key, "version": plan.version}


def task_reason(plan: VersionPlan, step: StepPlan, *, anchor_found: bool) -> dict[str, Any]:
    """`why` in Chinese: which path and step, counted from which day, which criteria were met."""
    anchor = ANCHOR_NAMES[step.anchor]
    if step.anchor == "operation" and not anchor_found:
        anchor = NO_OPERATION
    day, round_text = str(step.day), ""
    if step.repeat_every is not None:
        day, round_text = (
            REPEATED_DAY_MARK,
            f"，每 {step.repeat_every} 天一次，本次为第 {NUMBER_MARK} 次",
        )
    return {
        "programme": plan.key,
        "version": plan.version,
        "step": step.code,
        "anchor": step.anchor if anchor_found else "discharge",
        "anchor_on": DAY_MARK,
        "why": [
            f"{plan.name}：{step.name}",
            f"{anchor} {DAY_MARK} 起第 {day} 天{round_text}，可提前 {step.window_before} 天、推后"
            f" {step.window_after} 天",
            *plan.criteria_text,
        ],
    }


def dump(value: object) -> str:
    return orjson.dumps(value).decode()


def window_ends(plan: VersionPlan, anchor: str) -> tuple[list[int], list[list[str]]]:
    """Days from the anchor to each step's last window's end, ascending, and which steps are over when the first n of
    them are. A periodic step without an end is never over."""
    found = sorted(
        (last + step.window_after, step.seq, step.code)
        for step in plan.steps
        if step.anchor == anchor and (last := last_day(step)) is not None
    )
    return [end for end, _, _ in found], [[code for _, _, code in found[:n]] for n in range(len(found) + 1)]


def last_day(step: StepPlan) -> int | None:
    """The day of the step's last repetition; None: it goes on as long as the patient is enrolled."""
    if step.repeat_every is None:
        return step.day
    counts = []
    if step.repeat_times is not None:
        counts.append(step.repeat_times)
    if step.repeat_until is not None:
        counts.append(1 + max(step.repeat_until - step.day, 0) // step.repeat_every)
    return step.day + (min(counts) - 1) * step.repeat_every if counts else None
