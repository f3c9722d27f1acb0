"""Celery executes and ticks, nothing more: what is due is decided in PostgreSQL (kernel.jobs, kernel.schedules)."""

import logging
import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

logger = logging.getLogger("config.celery")
app = Celery("jieli")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = {"sweep": {"task": "jieli.sweep", "schedule": 5.0, "options": {"expires": 10}}}
app.conf.worker_prefetch_multiplier = 1
_TURN_JOBS = 20
PUBLIC = "public"


@app.task(name="jieli.sweep")
def sweep() -> int:
    """Find tenants with due work that no wake-up told of (a lost message, a schedule, a dead worker)."""
    from django.db import DatabaseError

    from kernel import jobs, schedules
    from kernel.tenancy import bind_schema
    from tenants.registry.selectors import list_active_schemas

    count = 0
    for schema in list_active_schemas():
        try:
            with bind_schema(schema):
                schedules.enqueue_due()
                due = jobs.has_due_work()
        except DatabaseError:  # one tenant's trouble must not keep the others waiting
            logger.exception("sweep of %s failed", schema)
            continue
        if due:
            wake(schema)
            count += 1
    return count


@app.task(name="jieli.serve_turn")
def serve_turn(schema: str) -> None:
    """One turn of one tenant; what is left goes to the back of the queue, so that tenants take turns."""
    from django.core.cache import cache

    from kernel import jobs
    from kernel.tenancy import bind_schema

    with bind_schema(PUBLIC):
        cache.delete(_token(schema))
    with bind_schema(schema):
        report = jobs.run_turn(_TURN_JOBS)
    if report.more:
        wake(schema)


def _token(schema: str) -> str:
    return f"turn:{schema}"


def wake(schema: str) -> None:
    """Queue one turn for the tenant unless one is waiting already. Redis being away only delays work."""
    from django.core.cache import cache

    from kernel.tenancy import bind_schema

    # Cache keys carry the bound schema: the token must have the same key for the web, the sweep and the worker.
    with bind_schema(PUBLIC):
        first = cache.add(_token(schema), 1, timeout=30)
    if first:
        serve_turn.apply_async(args=(schema,), retry=False)
