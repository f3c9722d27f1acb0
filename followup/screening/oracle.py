"""Criteria evaluated one encounter at a time in plain Python, straight from the document.

It shares nothing with the compiler but the grammar's words: the tests and the benchmark hold the SQL against it, and
`explain` uses it to say which condition failed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from followup.programmes.contracts import StepPlan, VersionPlan
from followup.screening.rules import HORIZON_DAYS, NORMAL_LAB_FLAGS, first_owed_day
from records.enums import FlagKind


@dataclass(frozen=True, slots=True)
class DiagnosisFact:
    stem: str
    kind: str
    is_main: bool
    name: str = ""


@dataclass(frozen=True, slots=True)
class OperationFact:
    stem: str
    operated_on: date | None
    name: str = ""


@dataclass(frozen=True, slots=True)
class RegisterFact:
    register: str
    until: date | None


@dataclass(frozen=True, slots=True)
class LabFact:
    """One result of the patient; `order` grows with the time of the report."""

    code: str
    value: Decimal | None
    flag: str
    reported_on: date | None
    of_stay: bool
    order: int


@dataclass(frozen=True, slots=True)
class EnrolmentFact:
    """An enrolment of the patient by another stay."""

    key: str
    state: str
    enrolled_on: date


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
    ward_code: str | None = None
    institution_id: int | None = None
    institution_code: str | None = None
    attending_no: str = ""
    nurse_no: str = ""
    admitted_on: date | None = None
    labels: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    registers: tuple[RegisterFact, ...] = ()
    labs: tuple[LabFact, ...] = ()
    enrolments: tuple[EnrolmentFact, ...] = ()
    # The diagnoses of the patient's earlier stays.
    earlier_stems: tuple[str, ...] = ()


def evaluate(criteria: Mapping[str, Any], facts: Facts) -> bool:
    if "all" in criteria:
        return all(evaluate(item, facts) for item in criteria["all"])
    if "any" in criteria:
        return any(evaluate(item, facts) for item in criteria["any"])
    if "not" in criteria:
        return not evaluate(criteria["not"], facts)
    field, op, value = criteria["field"], criteria["op"], criteria["value"]
    if field == "deceased":
        return bool(facts.deceased == value)
    if field == "lab":
        return _test_lab(facts, op, value, criteria.get("within_days"))
    if field in {"age", "stay_days", "discharged_on", "admitted_on"}:
        return _test_amount(facts, field, op, value)
    if field in {"diagnosis_text", "operation_text"}:
        rows: Iterable[Any] = facts.operations if field == "operation_text" else stay_diagnoses(facts)
        return any(_capitals(word) in _capitals(row.name) for row in rows for word in value)
    if field in {"diagnosis", "main_diagnosis", "operation", "earlier_diagnosis"}:
        return any(_has_code(stem, op, value) for stem in _stems(facts, field))
    return _test_membership(facts, field, op, value, criteria.get("within_days"))


def stay_diagnoses(facts: Facts) -> list[DiagnosisFact]:
    return [
        d
        for d in facts.diagnoses
        if d.kind == "discharge" or (d.kind == "outpatient" and facts.kind != "inpatient")
    ]


def _stems(facts: Facts, field: str) -> list[str]:
    if field == "operation":
        return [o.stem for o in facts.operations]
    if field == "earlier_diagnosis":
        return list(facts.earlier_stems)
    return [d.stem for d in stay_diagnoses(facts) if d.is_main or field == "diagnosis"]


def _capitals(text: str) -> str:
    return re.sub("[a-z]", lambda found: found.group().upper(), text)


def _test_membership(facts: Facts, field: str, op: str, value: Any, within_days: int | None) -> bool:
    wanted = {value} if op == "eq" else set(value)
    if field == "enrolled":
        borne = {one.key for one in facts.enrolments if _counts(one, facts, within_days)}
    elif field == "register":
        borne = {
            one.register
            for one in facts.registers
            if one.until is None or (facts.discharged_on is not None and one.until > facts.discharged_on)
        }
    elif field in {"label", "flag"}:
        borne = set(facts.labels if field == "label" else facts.flags)
    else:
        single = {
            "patient_kind": facts.kind,
            "sex": facts.sex,
            "disposition": facts.disposition,
            "department": facts.department_code,
            "ward": facts.ward_code,
            "institution": facts.institution_code,
            "attending": facts.attending_no,
        }[field]
        borne = set() if single is None else {single}
    return bool(wanted & borne) != (op == "not_in")


def _counts(enrolment: EnrolmentFact, facts: Facts, within_days: int | None) -> bool:
    if enrolment.state in {"active", "paused"}:
        return True
    if within_days is None or facts.discharged_on is None:
        return False
    return enrolment.enrolled_on >= facts.discharged_on - timedelta(days=within_days)


def _test_amount(facts: Facts, field: str, op: str, value: Any) -> bool:
    if field == "age":
        return _compare(facts.age, op, value)
    if field == "stay_days":
        if facts.discharged_on is None or facts.admitted_on is None:
            return False
        return _compare((facts.discharged_on - facts.admitted_on).days, op, value)
    day = facts.discharged_on if field == "discharged_on" else facts.admitted_on
    limits = [date.fromisoformat(text) for text in (value if op == "between" else [value])]
    return _compare(day, op, limits if op == "between" else limits[0])


def _test_lab(facts: Facts, op: str, value: Mapping[str, Any], within_days: int | None) -> bool:
    latest = find_lab(facts, value["code"], within_days)
    if latest is None:
        return False
    if op == "flagged":
        return latest.flag not in NORMAL_LAB_FLAGS
    if op == "between":
        return _compare(latest.value, op, [Decimal(str(limit)) for limit in value["value"]])
    return _compare(latest.value, op, Decimal(str(value["value"])))


def find_lab(facts: Facts, code: str, within_days: int | None) -> LabFact | None:
    """The latest result of that code: of the stay, or of so many days before the discharge."""
    results = [lab for lab in facts.labs if lab.code == code]
    if within_days is None:
        results = [lab for lab in results if lab.of_stay]
    else:
        end = facts.discharged_on
        results = [
            lab
            for lab in results
            if lab.reported_on is not None
            and end is not None
            and timedelta(0) <= end - lab.reported_on <= timedelta(days=within_days)
        ]
    return max(results, key=lambda lab: lab.order, default=None)


def _compare(given: Any, op: str, value: Any) -> bool:
    if given is None:
        return False
    if op == "between":
        return bool(value[0] <= given <= value[1])
    return bool(
        (op == "eq" and given == value)
        or (op == "gt" and given > value)
        or (op == "gte" and given >= value)
        or (op == "lt" and given < value)
        or (op == "lte" and given <= value)
    )


def _bare(code: str) -> str:
    text = re.sub("[^0-9A-Z]", "", code.upper())
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


def is_of_line(plan: VersionPlan, facts: Facts) -> bool:
    """A member institution's own line screens its discharges in place of the county's."""
    if plan.institution_id is not None:
        return facts.institution_id == plan.institution_id
    return facts.institution_id is None or facts.institution_id not in plan.excluded_institution_ids


def is_dead(facts: Facts) -> bool:
    return facts.deceased or facts.disposition == "death" or "deceased" in facts.flags


def find_ineligibility(plan: VersionPlan, facts: Facts) -> str | None:
    """What stands before any criteria, as a Chinese sentence."""
    if facts.status == "cancelled":
        return "该次就诊已取消"
    if facts.status != "discharged":
        return "尚未出院，或出院已取消"
    if facts.discharged_on is None:
        return "病案没有出院日期"
    if is_dead(facts):
        return "患者已死亡，不纳入随访"
    if facts.discharged_on < plan.starts_on:
        return f"出院早于本路径启用日 {plan.starts_on:%Y-%m-%d}"
    if not is_of_line(plan, facts):
        return "出院机构不适用本路径的这一版本"
    borne = [FlagKind(flag).label for flag in plan.excluded_flags if flag in facts.flags]
    if borne:
        return f"患者有“{'、'.join(borne)}”标识，本路径不纳入"
    return None


@dataclass(frozen=True, slots=True)
class ExpectedTask:
    step_id: int
    number: int
    due_on: date
    window_start: date
    window_end: date


def plan_tasks(
    plan: VersionPlan, facts: Facts, today: date, *, enrolled_on: date | None = None
) -> tuple[list[ExpectedTask], list[StepPlan]]:
    """The tasks owed, and the steps skipped because their last window is over."""
    assert facts.discharged_on is not None
    owed_from = first_owed_day(discharged_on=facts.discharged_on, today=today)
    operated_on = find_anchor_operation(plan.criteria, facts.operations)
    anchors = {"operation": operated_on or facts.discharged_on, "enrolment": enrolled_on or today}
    tasks, skipped = [], []
    for step in plan.steps:
        anchor = anchors.get(step.anchor, facts.discharged_on)
        found, is_over = [], False
        for number, day in _days_of(step):
            due = anchor + timedelta(days=day)
            if number > 1 and due > today + timedelta(days=HORIZON_DAYS):
                break
            end = due + timedelta(days=step.window_after)
            if end >= owed_from:
                start = due - timedelta(days=step.window_before)
                found.append(ExpectedTask(step.id, number, due, start, end))
        else:
            is_over = not found
        tasks += found
        if is_over:
            skipped.append(step)
    return tasks, skipped


def _days_of(step: StepPlan) -> Iterable[tuple[int, int]]:
    """Number and day, counted from the anchor, of each repetition; of most steps there is one."""
    yield 1, step.day
    if step.repeat_every is None:
        return
    number, day = 2, step.day + step.repeat_every
    while (step.repeat_times is None or number <= step.repeat_times) and (
        step.repeat_until is None or day <= step.repeat_until
    ):
        yield number, day
        number, day = number + 1, day + step.repeat_every


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
