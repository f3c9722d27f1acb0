"""Criteria evaluated one encounter at a time in plain Python, straight from the document.

It shares nothing with the compiler but the grammar's words: the tests and the benchmark hold the SQL against it, and
`explain` uses it to say which condition failed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from followup.programmes.contracts import StepPlan, VersionPlan
from followup.screening.rules import first_owed_day


@dataclass(frozen=True, slots=True)
class DiagnosisFact:
    stem: str
    kind: str
    is_main: bool


@dataclass(frozen=True, slots=True)
class OperationFact:
    stem: str
    operated_on: date | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one encounter; superseded rows are left out."""

    encounter_id: int
    patient_id: int
    status: str
    kind: str
    discharged_on: date | None
    age: int | None
    sex: str
    disposition: str
    department_code: str | None
    deceased: bool
    diagnoses: tuple[DiagnosisFact, ...] = ()
    operations: tuple[OperationFact, ...] = ()


def evaluate(criteria: Mapping[str, Any], facts: Facts) -> bool:
    if "all" in criteria:
        return all(evaluate(item, facts) for item in criteria["all"])
    if "any" in criteria:
        return any(evaluate(item, facts) for item in criteria["any"])
    if "not" in criteria:
        return not evaluate(criteria["not"], facts)
    field, op, value = criteria["field"], criteria["op"], criteria["value"]
    if field in {"diagnosis", "main_diagnosis"}:
        stems = [
            d.stem
            for d in facts.diagnoses
            if (d.kind == "discharge" or (d.kind == "outpatient" and facts.kind != "inpatient"))
            and (d.is_main or field == "diagnosis")
        ]
        return any(_has_code(stem, op, value) for stem in stems)
    if field == "operation":
        return any(_has_code(o.stem, op, value) for o in facts.operations)
    if field == "deceased":
        return facts.deceased == value
    if field == "age":
        return _test_age(facts.age, op, value)
    actual = {
        "patient_kind": facts.kind,
        "sex": facts.sex,
        "disposition": facts.disposition,
        "department": facts.department_code,
    }[field]
    if op == "eq":
        return bool(actual == value)
    return actual in value if op == "in" else actual not in value


def _test_age(age: int | None, op: str, value: Any) -> bool:
    if age is None:
        return False
    if op == "between":
        return bool(value[0] <= age <= value[1])
    return bool(
        (op == "eq" and age == value)
        or (op == "gt" and age > value)
        or (op == "gte" and age >= value)
        or (op == "lt" and age < value)
        or (op == "lte" and age <= value)
    )


def _bare(code: str) -> str:
    text = code.upper().replace(".", "").strip()
    return text[:3] + text[3:].split("X")[0]


def _has_code(stem: str, op: str, value: list[str]) -> bool:
    if op == "between":
        low, high = _bare(value[0]), _bare(value[1])
        cut = stem[: len(low)]
        well_formed = re.match(r"[A-Z][0-9][0-9A-Z]+$" if low[0].isalpha() else r"[0-9]+$", cut)
        return len(cut) == len(low) and bool(well_formed) and low <= cut <= high
    return any(stem.startswith(_bare(code)) for code in value)


def find_failure(criteria: Mapping[str, Any], facts: Facts) -> Mapping[str, Any] | None:
    """The first condition, in reading order, because of which the whole is false; None when it is true."""
    if evaluate(criteria, facts):
        return None
    for item in criteria.get("all", ()):
        if not evaluate(item, facts):
            return find_failure(item, facts)
    return criteria


def is_eligible(plan: VersionPlan, facts: Facts) -> bool:
    return find_ineligibility(plan, facts) is None and evaluate(plan.criteria, facts)


def find_ineligibility(plan: VersionPlan, facts: Facts) -> str | None:
    """What stands before any criteria, as a Chinese sentence."""
    if facts.status != "discharged" or facts.discharged_on is None:
        return "尚未出院，或出院已取消"
    if facts.deceased or facts.disposition == "death":
        return "患者已死亡，不纳入随访"
    if facts.discharged_on < plan.starts_on:
        return f"出院早于本路径启用日 {plan.starts_on:%Y-%m-%d}"
    return None


@dataclass(frozen=True, slots=True)
class ExpectedTask:
    step_id: int
    due_on: date
    window_start: date
    window_end: date


def plan_tasks(plan: VersionPlan, facts: Facts, today: date) -> tuple[list[ExpectedTask], list[StepPlan]]:
    """The tasks owed, and the steps skipped because their window is over."""
    assert facts.discharged_on is not None
    owed_from = first_owed_day(discharged_on=facts.discharged_on, today=today)
    operated_on = find_anchor_operation(plan.criteria, facts.operations)
    tasks, skipped = [], []
    for step in plan.steps:
        anchor = operated_on if step.anchor == "operation" and operated_on else facts.discharged_on
        due = anchor + timedelta(days=step.day)
        task = ExpectedTask(
            step.id, due, due - timedelta(days=step.window_before), due + timedelta(days=step.window_after)
        )
        if task.window_end >= owed_from:
            tasks.append(task)
        else:
            skipped.append(step)
    return tasks, skipped


def find_anchor_operation(criteria: Mapping[str, Any], operations: Iterable[OperationFact]) -> date | None:
    """The latest day of an operation that the criteria ask for, of any operation when they ask for none."""
    wanted = list(_operation_leaves(criteria))
    days = [
        o.operated_on
        for o in operations
        if o.operated_on
        and (not wanted or any(_has_code(o.stem, leaf["op"], leaf["value"]) for leaf in wanted))
    ]
    return max(days, default=None)


def _operation_leaves(criteria: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    for key in ("all", "any"):
        for item in criteria.get(key, ()):
            yield from _operation_leaves(item)
    if criteria.get("field") == "operation":
        yield criteria
