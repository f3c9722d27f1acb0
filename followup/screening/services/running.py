"""Screening runs: all that changed, slice by slice, or one encounter at once.

A run may be long (a first one, over years of discharges), a job's lease is short, and whoever holds a transaction for
ten minutes loses ten minutes' work to a restart. So a run is a *pass*: one transaction per slice of encounters, and a
last one that moves the watermarks. What a killed pass has made stays, complete with its tasks; as the watermarks have
not moved, the next run goes over everything again and finds it there by its natural keys. The daily job and
a run that a person starts hand the pass on from job to job (`screening.slice`): each commits its slice and its
successor together, well within its lease.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from access.actor import SYSTEM, Actor
from followup.programmes.contracts import VersionPlan
from followup.programmes.enums import Merge
from followup.programmes.selectors import list_active_versions, list_periodic_versions
from followup.screening import selectors
from followup.screening.models import RunTrigger, ScreeningRun, ScreeningWatermark
from followup.screening.planning import compile_plan, find_likely
from followup.screening.services.enrolling import settle_reopened
from followup.screening.services.pausing import pause_for_admission
from followup.screening.statement import (
    Scope,
    Statement,
    build_extension,
    build_match,
    build_run,
)
from followup.worklist.services import contacts
from followup.worklist.services.holding import settle_holds
from kernel import clock, jobs
from trail.services import record

# Encounters of one slice: some ten seconds of work with 200 programmes.
SLICE = 50_000


@dataclass(frozen=True, slots=True)
class Pass:
    """Where a run stands; plain values, as a job carries it to the next."""

    trigger: str
    started_at: str
    horizon: int  # the watermark when it is done
    revision_from: int
    # Watermark and versions that share it, still to be worked off; the first is in work above `after_id`.
    groups: list[tuple[int, list[int]]]
    last_id: int
    after_id: int = 0
    versions: tuple[int, ...] = ()  # screened to the end
    programmes: int = 0
    enrolled: int = 0
    tasks: int = 0
    run_id: int | None = None  # the row that somebody watches
    extended_to: int | None = None  # daily, when all is screened: repetitions are made up to this enrolment


@transaction.atomic
def start_run(*, actor: Actor) -> ScreeningRun:
    """Have a run done by jobs; the row, whose counts grow until it has `finished_at`. Raises CentreMissing."""
    selectors.get_desk()
    progress = begin_pass(trigger=RunTrigger.MANUAL)
    run = _run_of(progress, actor)
    run.save()
    jobs.enqueue("screening.slice", progress=asdict(replace(progress, run_id=run.pk)))
    record(
        actor_id=actor.id or None, actor_name=actor.name, action="screening.run.started",
        object_type="screening_run", object_id=run.pk, trigger=progress.trigger,
    )  # fmt: skip
    return run


def _run_of(progress: Pass, actor: Actor) -> ScreeningRun:
    """The row that somebody watches, or a new one that is not saved yet."""
    if progress.run_id is not None:
        return ScreeningRun.objects.select_for_update().get(pk=progress.run_id)
    return ScreeningRun(
        trigger=progress.trigger,
        started_at=datetime.fromisoformat(progress.started_at),
        revision_from=progress.revision_from,
        programmes=progress.programmes,
        started_by_name=actor.name,
    )


def run_screening(*, actor: Actor, trigger: str = RunTrigger.MANUAL) -> ScreeningRun:
    """Screen what changed since each version's watermark; the run's counts. Raises CentreMissing."""
    progress = begin_pass(trigger=trigger)
    while progress.groups:
        progress = work_slice(progress)
    return finish_pass(progress, actor=actor)


def begin_pass(*, trigger: str) -> Pass:
    plans = list_active_versions()
    marks = selectors.get_watermarks()
    horizon, newest = _read_horizon()
    # A dump restored into another cluster counts transactions from anew: a mark from the future is no mark.
    marks = {version_id: mark for version_id, mark in marks.items() if mark <= newest}
    return Pass(
        trigger=str(trigger),
        started_at=clock.now().isoformat(),
        horizon=horizon,
        revision_from=min((marks.get(plan.id, 0) for plan in plans), default=0),
        groups=_group_by_mark(plans, marks),
        last_id=_read_last_id(),
        programmes=len(plans),
    )


@transaction.atomic
def work_slice(progress: Pass) -> Pass:
    """The next slice of the first group, and where the pass stands then. Raises CentreMissing."""
    _tune_statement()
    # One slice at a time per tenant: a second run waits, then finds nothing new. Discharge events do not wait.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('screening:' || current_schema(), 0))")
    (mark, version_ids), *others = progress.groups
    # A version that was paused or replaced meanwhile drops out, and keeps the mark that it had.
    plans = [plan for plan in list_active_versions() if plan.id in version_ids]
    to_id = _find_end(mark, progress.after_id)
    is_last = to_id is None or to_id >= progress.last_id or not plans
    enrolled = tasks = 0
    if plans:
        is_whole = is_last and progress.after_id == 0
        ids = None if is_whole else (progress.after_id, progress.last_id if is_last else to_id or 0)
        enrolled, tasks = _screen(plans, Scope(_earliest(plans), revision=mark, ids=ids))
    kept = [plan.id for plan in plans]
    return replace(
        progress,
        groups=others if is_last else [(mark, kept), *others],
        after_id=0 if is_last else to_id or 0,
        versions=(*progress.versions, *kept) if is_last else progress.versions,
        enrolled=progress.enrolled + enrolled,
        tasks=progress.tasks + tasks,
    )


@transaction.atomic
def finish_pass(progress: Pass, *, actor: Actor) -> ScreeningRun:
    """Move the watermarks: what was screened up to the pass's horizon need not be looked at again."""
    ScreeningWatermark.objects.bulk_create(
        [ScreeningWatermark(version_id=pk, revision=progress.horizon) for pk in progress.versions],
        update_conflicts=True,
        unique_fields=["version"],
        update_fields=["revision"],
    )
    run = _run_of(progress, actor)
    run.finished_at, run.revision_to = clock.now(), progress.horizon
    run.enrolled, run.tasks_made = progress.enrolled, progress.tasks
    run.save()
    record(
        actor_id=actor.id or None, actor_name=actor.name, action="screening.run.finished",
        object_type="screening_run", object_id=run.pk, trigger=progress.trigger, enrolled=progress.enrolled,
        tasks=progress.tasks,
    )  # fmt: skip
    return run


@transaction.atomic
def continue_pass(*, progress: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
    """One job's share of a run: the next slice, and what the next job is to go on with; None: all is done.

    A daily run goes on to the repetitions that have come within the horizon, slice by slice too.
    """
    if progress is None:
        state = begin_pass(trigger=RunTrigger.DAILY)
    else:
        groups = [(mark, list(ids)) for mark, ids in progress["groups"]]
        state = Pass(**{**progress, "groups": groups, "versions": tuple(progress["versions"])})
    if state.extended_to is None:
        if state.groups:
            state = work_slice(state)
        if state.groups:
            if state.run_id is not None:
                watched = ScreeningRun.objects.filter(pk=state.run_id)
                watched.update(enrolled=state.enrolled, tasks_made=state.tasks)
            return asdict(state)
        finish_pass(state, actor=SYSTEM)
        if state.trigger != RunTrigger.DAILY:
            return None
    _, reached = extend_slice(after_id=state.extended_to or 0)
    return None if reached is None else asdict(replace(state, extended_to=reached))


@transaction.atomic
def screen_encounter(*, encounter_id: int, patient_id: int | None = None, **_: Any) -> int:
    """Enrol one encounter at once (events encounter.discharged, patient.routed); how many programmes took it.

    The same statement as a run's, over the few programmes whose criteria it meets: of 200 its codes leave a handful,
    their criteria one or two, and only of those the texts of steps and reasons are sent. Raises CentreMissing.
    """
    _tune_statement()
    plans = list_active_versions()
    owner, likely = find_likely(plans, encounter_id=encounter_id)
    if not likely:
        return 0
    scope = Scope(_earliest(likely), encounter_id=encounter_id)
    with connection.cursor() as cursor:
        cursor.execute(*build_match([compile_plan(plan) for plan in likely], scope=scope))
        matched = [likely[row[0] - 1] for row in cursor.fetchall()]
    if not matched:
        return 0
    enrolled, tasks = _screen(matched, scope, patient_id=owner)
    if enrolled:
        record(
            actor_id=None, actor_name=SYSTEM.name, action="screening.encounter.enrolled",
            object_type="encounter", object_id=encounter_id, enrolled=enrolled, tasks=tasks,
        )  # fmt: skip
    return enrolled


def extend_repetitions() -> int:
    """The next repetitions of periodic steps, as far as the horizon; how many tasks. Raises CentreMissing.

    Each is found by its number, so a day that was left out is made up for, and a second run of the same day adds none.
    """
    made, reached = extend_slice(after_id=0)
    while reached is not None:
        more, reached = extend_slice(after_id=reached)
        made += more
    return made


@transaction.atomic
def extend_slice(*, after_id: int) -> tuple[int, int | None]:
    """The same for the next SLICE enrolments above that id: how many tasks, and up to which enrolment; None: all."""
    plans = list_periodic_versions()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(id), count(*) FROM (SELECT id FROM programmes_enrolment WHERE id > %s AND state = 'active'"
            " AND version_id = ANY(%s::bigint[]) ORDER BY id LIMIT %s) AS slice",
            [after_id, [plan.id for plan in plans], SLICE],
        )
        to_id, count = cursor.fetchone()
    if to_id is None:
        return 0, None
    _tune_statement()
    ids = (after_id, int(to_id))
    row = _execute(
        build_extension(plans, ids=ids, desk=selectors.get_desk(), today=clock.today(), now=clock.now())
    )
    if row[2]:
        settle_holds(patient_ids=row[2])
        _regroup(plans, patient_ids=row[2])
    return int(row[1]), ids[1] if count == SLICE else None


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


def _read_last_id() -> int:
    """Read after the horizon: an encounter with a higher id was written after it, and is the next run's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(max(id), 0) FROM records_encounter")
        return int(cursor.fetchone()[0])


def _find_end(mark: int, after_id: int) -> int | None:
    """The last id of the slice above `after_id`; None: what changed since the mark is little enough for one go."""
    if after_id == 0 and mark > 0:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM (SELECT 1 FROM records_encounter WHERE revision >= %s LIMIT %s) AS changed",
                [mark, SLICE + 1],
            )
            if cursor.fetchone()[0] <= SLICE:
                return None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(id) FROM (SELECT id FROM records_encounter WHERE id > %s ORDER BY id LIMIT %s) AS slice",
            [after_id, SLICE],
        )
        row = cursor.fetchone()
        return None if row[0] is None else int(row[0])


def _group_by_mark(plans: Sequence[VersionPlan], marks: Mapping[int, int]) -> list[tuple[int, list[int]]]:
    """Versions with the same watermark share a statement: a new programme must not make the others reread all."""
    groups: dict[int, list[int]] = {}
    for plan in plans:
        groups.setdefault(marks.get(plan.id, 0), []).append(plan.id)
    return sorted(groups.items())


def _earliest(plans: Sequence[VersionPlan]) -> date:
    return min(plan.starts_on for plan in plans)


def _screen(plans: Sequence[VersionPlan], scope: Scope, *, patient_id: int | None = None) -> tuple[int, int]:
    enrolled, tasks, first_new, reopened, held, stays = _execute(
        build_run(
            plans,
            [compile_plan(plan) for plan in plans],
            scope=scope,
            desk=selectors.get_desk(),
            today=clock.today(),
            now=clock.now(),
        )
    )
    if reopened:
        settle_reopened(_list_reopened(reopened))
    if held:
        settle_holds(patient_ids=held)
    for stay in stays or []:
        pause_for_admission(encounter_id=stay)
    if patient_id is not None:
        _regroup(plans, patient_ids=[patient_id] if enrolled else [])
    else:
        _regroup(plans, patient_ids=reopened or [], enrolments_from=first_new)
    return enrolled, tasks


def _list_reopened(patient_ids: Sequence[int]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM programmes_enrolment WHERE patient_id = ANY(%s::bigint[]) AND state = 'active'"
            " AND generation > 0 ORDER BY id",
            [list(patient_ids)],
        )
        return [row[0] for row in cursor.fetchall()]


def _regroup(
    plans: Sequence[VersionPlan], *, patient_ids: Sequence[int], enrolments_from: int | None = None
) -> None:
    """Tasks of the same days become one contact, in the same transaction: nobody calls a patient twice for them."""
    if (patient_ids or enrolments_from is not None) and any(plan.merge != Merge.NONE for plan in plans):
        contacts.regroup(patient_ids=patient_ids, enrolments_from=enrolments_from)


def _execute(statement: Statement) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(*statement)
        row: tuple[Any, ...] = cursor.fetchone()
        return row
