"""The three statements that are put together from the parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from psycopg import sql

from followup.programmes.contracts import VersionPlan
from followup.programmes.enums import REOPENABLE
from followup.screening.compiler import CompiledCriteria, Parameters, compile_criteria, compile_node
from followup.screening.rules import FRESH_DAYS, MOST_GENERATIONS
from followup.screening.statement import enrolments, tasks
from followup.screening.statement.hits import build_hits
from followup.screening.statement.scope import Desk, Scope, Statement


def build_match(compiled: Sequence[CompiledCriteria], *, scope: Scope) -> Statement:
    """Which of the plans (numbers from 1) the encounters of the scope meet, one row each: the front of a run."""
    parameters = Parameters()
    residuals = {
        order: compile_node(each.residual, parameters) for order, each in enumerate(compiled, start=1)
    }
    hits, values = build_hits(compiled, scope, residuals)
    statement = sql.SQL("SELECT DISTINCT ord FROM ({}) AS hit ORDER BY ord").format(hits)
    return statement, scope.values() | values | parameters.values


def build_run(
    plans: Sequence[VersionPlan],
    compiled: Sequence[CompiledCriteria],
    *,
    scope: Scope,
    desk: Desk,
    today: date,
    now: datetime,
) -> Statement:
    """Returns (statement, parameters). It answers one row: enrolments made, tasks made, the first new enrolment's
    id, the patients of those that were taken up again, those whose tasks a flag holds back, and the stays in
    which the patients lie now."""
    parameters = Parameters()
    residuals = {
        order: compile_node(each.residual, parameters) for order, each in enumerate(compiled, start=1)
    }
    hits, hit_values = build_hits(compiled, scope, residuals)
    statement = sql.SQL(
        "WITH spec AS ({spec}), hit AS ({hit}), pair AS ({pair}), chosen AS ({chosen}), made AS ({made}),"
        " task AS ({task}) SELECT (SELECT count(*) FROM made), (SELECT count(*) FROM task),"
        " (SELECT min(id) FROM made WHERE generation = 0),"
        " (SELECT array_agg(DISTINCT patient_id) FROM made WHERE generation > 0),"
        " (SELECT array_agg(DISTINCT m.patient_id) FROM made m JOIN records_patientflag f"
        " ON f.patient_id = m.patient_id AND f.kind = 'moved_out' AND f.lifted_at IS NULL),"
        " (SELECT array_agg(DISTINCT n.id) FROM made m JOIN records_encounter n"
        " ON n.patient_id = m.patient_id AND n.kind = 'inpatient' AND n.status = 'open')"
    ).format(
        spec=enrolments.SPEC,
        hit=hits,
        pair=enrolments.PAIR,
        chosen=sql.SQL(enrolments.CHOSEN).format(
            operation=enrolments.join_operation(plans, compiled, parameters),
            slice=scope.slice_of_encounters(),
        ),
        made=enrolments.MADE,
        task=tasks.build_tasks([step for plan in plans for step in plan.steps]),
    )
    values = {
        "today": today, "now": now, "fresh": FRESH_DAYS, "most_generations": MOST_GENERATIONS - 1,
        "reopenable": [str(code) for code in REOPENABLE],
    }  # fmt: skip
    return statement, (
        values
        | enrolments.spec_values(plans)
        | enrolments.reason_values(plans)
        | tasks.task_values(plans, desk=desk, today=today)
        | scope.values()
        | hit_values
        | parameters.values
    )


def build_tasks_for(
    plans: Sequence[VersionPlan], *, enrolment_ids: Sequence[int], desk: Desk, today: date, now: datetime
) -> Statement:
    """The tasks that existing active enrolments lack: made by hand, resumed, or opened for another generation.

    `plans` are their versions. Answers one row: enrolments looked at, tasks made, their patients.
    """
    statement, values = _build_for_existing(
        plans, which=sql.SQL("AND x.id = ANY(%(enrolment_ids)s::bigint[])"), after_made=False, desk=desk,
        today=today, now=now,
    )  # fmt: skip
    return statement, values | {"enrolment_ids": list(enrolment_ids)}


def build_extension(
    plans: Sequence[VersionPlan], *, ids: tuple[int, int], desk: Desk, today: date, now: datetime
) -> Statement:
    """The repetitions of periodic steps that have come within the horizon since the last time, of the enrolments above
    the first id, up to the second.

    Answers one row: enrolments looked at, tasks made, their patients.
    """
    periodic = [
        replace(plan, steps=tuple(step for step in plan.steps if step.repeat_every is not None))
        for plan in plans
    ]
    statement, values = _build_for_existing(
        [plan for plan in periodic if plan.steps], which=sql.SQL("AND x.id > %(after_id)s AND x.id <= %(to_id)s"),
        after_made=True, desk=desk, today=today, now=now,
    )  # fmt: skip
    return statement, values | {"after_id": ids[0], "to_id": ids[1]}


def _build_for_existing(
    plans: Sequence[VersionPlan],
    *,
    which: sql.SQL,
    after_made: bool,
    desk: Desk,
    today: date,
    now: datetime,
) -> Statement:
    parameters = Parameters()
    compiled = [compile_criteria(plan.criteria) for plan in plans]
    statement = sql.SQL(
        "WITH spec AS ({spec}), made AS ({made}), task AS ({task}) SELECT (SELECT count(*) FROM made),"
        " (SELECT count(*) FROM task), (SELECT array_agg(DISTINCT patient_id) FROM task)"
    ).format(
        spec=enrolments.SPEC,
        made=sql.SQL(enrolments.EXISTING).format(
            operation=enrolments.join_operation(plans, compiled, parameters), which=which
        ),
        task=tasks.build_tasks(
            [step for plan in plans for step in plan.steps], after_made=after_made, existing=True
        ),
    )
    values = {"today": today, "now": now, "fresh": FRESH_DAYS}
    return statement, (
        values
        | enrolments.spec_values(plans)
        | tasks.task_values(plans, desk=desk, today=today)
        | parameters.values
    )
