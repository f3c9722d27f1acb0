"""Leased work items. PostgreSQL holds the truth; Celery only wakes workers and may forget everything.

A handler's effects and the mark *done* commit together, guarded by the lease token: a worker that lost its lease
cannot commit. So a handler needs to be idempotent only in what it does outside the database.

Every start counts as an attempt and is committed before the handler runs, so a job that kills its worker is given
up after `max_attempts` too; each further attempt has a lease twice as long, so a long job is not lost for ever.
"""

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from kernel import clock
from kernel.models import Job, JobState
from kernel.tenancy import bound_schema

logger = logging.getLogger("kernel.jobs")
LEASE_SECONDS = 120
_MAX_DOUBLINGS = 6
_BACKOFF_SECONDS = (5, 15, 60, 300, 900, 3600, 3600, 3600)


Handler = Callable[..., object]
_handlers: dict[str, Handler] = {}
_wake: Callable[[str], None] | None = None


class JobLost(Exception):
    """The lease ran out and another worker took the job; this worker's work is rolled back."""


class JobAbandoned(Exception):
    """No attempt is left: each one ended with its worker, so none could say why."""


@dataclass(frozen=True, slots=True)
class TurnReport:
    done: int
    failed: int
    more: bool


def register(name: str, handler: Handler) -> None:
    """Called by config/wiring.py only, so that one page shows every job."""
    if name in _handlers and _handlers[name] is not handler:
        raise ValueError(f"job {name!r} has two handlers")
    _handlers[name] = handler


def registered_names() -> frozenset[str]:
    return frozenset(_handlers)


def set_wake(wake: Callable[[str], None] | None) -> None:
    """`wake(schema)` is called after a commit that enqueued work; losing a wake-up only delays it."""
    global _wake
    _wake = wake


def enqueue(
    name: str, *, key: str | None = None, run_at: datetime | None = None, max_attempts: int = 8, **args: Any
) -> bool:
    """Put a job of the bound tenant down in the present transaction. False when `key` was there already."""
    if name not in _handlers:
        raise LookupError(f"no handler is wired for job {name!r} (config/wiring.py)")
    moment = clock.now()
    values: list[Any] = [name, key, Jsonb(args), run_at or moment, moment, max_attempts]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO kernel_job (name, key, args, state, run_at, created_at, attempts, max_attempts, last_error)
            VALUES (%s, %s, %s, 'queued', %s, %s, 0, %s, '')
            ON CONFLICT (key) DO NOTHING
            """,
            values,
        )
        added = cursor.rowcount == 1
    if added and _wake is not None and (run_at is None or run_at <= moment):
        # The schema is captured now: inside on_commit the connection may already be bound elsewhere.
        schema, wake = bound_schema(), _wake
        transaction.on_commit(lambda: wake(schema), robust=True)
    return added


def _lease(limit: int) -> list[Job]:
    moment = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE kernel_job SET state = 'running', lease_token = gen_random_uuid(), lease_until = %s
             WHERE id IN (SELECT id FROM kernel_job
                           WHERE state IN ('queued', 'running') AND run_at <= %s
                             AND (state = 'queued' OR lease_until < %s)
                           ORDER BY run_at, id LIMIT %s FOR UPDATE SKIP LOCKED)
            RETURNING id
            """,
            [moment + timedelta(seconds=LEASE_SECONDS), moment, moment, limit],
        )
        ids = [row[0] for row in cursor.fetchall()]
    return list(Job.objects.filter(pk__in=ids).order_by("run_at", "id"))


def _update_held(job: Job, **changes: Any) -> None:
    held = Job.objects.filter(pk=job.pk, lease_token=job.lease_token)
    if not held.update(**changes):
        raise JobLost(f"job {job.pk} ({job.name})")


def _start(job: Job) -> None:
    """Count the attempt and renew the lease: the job may have waited behind slow ones of its batch."""
    job.attempts += 1
    lease = timedelta(seconds=LEASE_SECONDS * 2 ** min(job.attempts - 1, _MAX_DOUBLINGS))
    _update_held(job, attempts=job.attempts, lease_until=clock.now() + lease)
    if job.attempts > job.max_attempts:
        raise JobAbandoned(f"given up: {job.max_attempts} attempts ended without a word (worker lost)")


def _finish(job: Job, **changes: Any) -> None:
    _update_held(job, lease_token=None, lease_until=None, **changes)


def _execute(job: Job) -> bool:
    handler = _handlers.get(job.name)
    try:
        _start(job)
        if handler is None:
            raise LookupError(f"no handler is wired for job {job.name!r}")
        with transaction.atomic():
            handler(**job.args)
            _finish(job, state=JobState.DONE, finished_at=clock.now(), last_error="")
        return True
    except JobLost:
        logger.warning("lease of job %s (%s) was lost", job.pk, job.name)
        return False
    except Exception as error:  # the job's fault must not stop the turn
        logger.exception("job %s (%s) failed, attempt %s", job.pk, job.name, job.attempts)
        dead = job.attempts >= job.max_attempts
        delay = _BACKOFF_SECONDS[min(job.attempts, len(_BACKOFF_SECONDS)) - 1]
        text = "".join(traceback.format_exception_only(error)).replace("\0", "").strip()[:2000]
        try:
            _finish(
                job,
                state=JobState.DEAD if dead else JobState.QUEUED,
                run_at=clock.now() + timedelta(seconds=delay),
                last_error=text,
                finished_at=clock.now() if dead else None,
            )
        except JobLost:
            logger.warning("lease of job %s (%s) was lost", job.pk, job.name)
        return False


def run_turn(limit: int = 20) -> TurnReport:
    """Work off up to `limit` due jobs of the bound tenant, then let the next tenant have its turn."""
    require_binding()
    jobs = _lease(limit)
    done = sum(_execute(job) for job in jobs)
    return TurnReport(done=done, failed=len(jobs) - done, more=len(jobs) == limit)


def drain(limit: int = 10_000) -> int:
    """Run until nothing is due (tests, the demo, a command); returns how many jobs were done."""
    total = 0
    while total < limit:
        report = run_turn(50)
        total += report.done
        if not report.more and report.done == 0:
            break
    return total


def has_due_work() -> bool:
    moment = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM kernel_job WHERE state IN ('queued', 'running') AND run_at <= %s"
            " AND (state = 'queued' OR lease_until < %s))",
            [moment, moment],
        )
        return bool(cursor.fetchone()[0])


def require_binding() -> None:
    if not bound_schema():
        raise RuntimeError("no schema is bound: a job runs for one tenant or not at all")
