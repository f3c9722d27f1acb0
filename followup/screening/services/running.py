from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import orjson
from django.db import connection, transaction

from access.actor import SYSTEM, Actor
from followup.programmes.contracts import VersionPlan
from followup.programmes.selectors import list_active_versions
from followup.screening import selectors
from followup.screening.compiler import CompiledCriteria, compile_criteria
from followup.screening.models import RunTrigger, ScreeningRun, ScreeningWatermark
from followup.screening.statement import Scope, build_prefilter, build_run
from kernel import clock
from trail.services import record


@transaction.atomic
def run_screening(*, actor: Actor, trigger: str = RunTrigger.MANUAL) -> ScreeningRun:
    """Screen what changed since each version's watermark; the run's counts. Raises CentreMissing.

    One transaction: a crash leaves neither enrolments without tasks nor a watermark ahead of its work.
    """
    _begin_run()
    # Read after the lock: the run that we waited for has moved it.
    started_at = clock.now()
    plans = list_active_versions()
    marks = selectors.get_watermarks()
    horizon, newest = _read_horizon()
    # A dump restored into another cluster counts transactions from anew: a mark from the future is no mark.
    marks = {version_id: mark for version_id, mark in marks.items() if mark <= newest}
    enrolled = tasks = 0
    for mark, group in _group_by_mark(plans, marks):
        made = _screen(group, Scope(_earliest(group), revision=mark))
        enrolled, tasks = enrolled + made[0], tasks + made[1]
    ScreeningWatermark.objects.bulk_create(
        [ScreeningWatermark(version_id=plan.id, revision=horizon) for plan in plans],
        update_conflicts=True,
        unique_fields=["version"],
        update_fields=["revision"],
    )
    run = ScreeningRun.objects.create(
        trigger=trigger,
        started_at=started_at,
        finished_at=clock.now(),
        revision_from=min((marks.get(plan.id, 0) for plan in plans), default=0),
        revision_to=horizon,
        programmes=len(plans),
        enrolled=enrolled,
        tasks_made=tasks,
        started_by_name=actor.name,
    )
    record(
        actor_id=actor.id or None, actor_name=actor.name, action="screening.run.finished",
        object_type="screening_run", object_id=run.pk, trigger=str(trigger), enrolled=enrolled, tasks=tasks,
    )  # fmt: skip
    return run


@transaction.atomic
def screen_encounter(*, encounter_id: int, patient_id: int | None = None, **_: Any) -> int:
    """Enrol one encounter at once (events encounter.discharged, patient.routed); how many programmes took it.

    The same statement as a run's, over the few programmes whose codes the encounter has. Raises CentreMissing.
    """
    _tune_statement()
    plans = list_active_versions()
    if not plans:
        return 0
    scope = Scope(_earliest(plans), encounter_id=encounter_id)
    statement, values = build_prefilter([_compile(plan) for plan in plans], scope=scope)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        likely = [plans[row[0] - 1] for row in cursor.fetchall()]
    enrolled, tasks = _screen(likely, scope)
    if enrolled:
        record(
            actor_id=None, actor_name=SYSTEM.name, action="screening.encounter.enrolled",
            object_type="encounter", object_id=encounter_id, enrolled=enrolled, tasks=tasks,
        )  # fmt: skip
    return enrolled


def _begin_run() -> None:
    """One run at a time per tenant: the second waits, then finds nothing new. Discharge events do not wait."""
    _tune_statement()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('screening:' || current_schema(), 0))")


def _tune_statement() -> None:
    """For this transaction: compiling 200 programmes' conditions to machine code costs more than running them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('jit', 'off', true), set_config('work_mem', '64MB', true)")


def _read_horizon() -> tuple[int, int]:
    """(watermark for the next run, newest transaction so far).

    An encounter's revision is the id of the transaction that last changed it. Everything below the snapshot's xmin
    has ended, so this run sees it if it committed. What is at or above may still be running: it commits later, with
    a revision at or above the watermark, and the next run meets it. A clock or a sequence would miss the transaction
    that drew its number early and committed late. Taken before the statement reads: an older xmin is only too careful.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint"
            " FROM pg_current_snapshot() AS s"
        )
        row = cursor.fetchone()
        return row[0], row[1]


def _group_by_mark(
    plans: Sequence[VersionPlan], marks: dict[int, int]
) -> list[tuple[int, list[VersionPlan]]]:
    """Versions with the same watermark share a statement: a new programme must not make the others reread all."""
    groups: dict[int, list[VersionPlan]] = {}
    for plan in plans:
        groups.setdefault(marks.get(plan.id, 0), []).append(plan)
    return sorted(groups.items())


def _earliest(plans: Sequence[VersionPlan]) -> date:
    return min(plan.starts_on for plan in plans)


def _screen(plans: Sequence[VersionPlan], scope: Scope) -> tuple[int, int]:
    if not plans:
        return 0, 0
    statement, values = build_run(
        plans,
        [_compile(plan) for plan in plans],
        scope=scope,
        watermarks={},  # one group has one watermark, and the scope carries it
        desk=selectors.get_desk(),
        today=clock.today(),
        now=clock.now(),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
        return row[0], row[1]


def _compile(plan: VersionPlan) -> CompiledCriteria:
    return _compile_text(orjson.dumps(plan.criteria))


@lru_cache(maxsize=4096)
def _compile_text(criteria: bytes) -> CompiledCriteria:
    return compile_criteria(orjson.loads(criteria))
