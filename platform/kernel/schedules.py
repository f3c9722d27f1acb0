"""Per-tenant timetables. Celery beat only ticks; what is due is decided here, from our own table."""

import logging
from datetime import datetime, time, timedelta

from django.db import transaction

from kernel import clock, jobs
from kernel.models import Schedule

logger = logging.getLogger("kernel.schedules")


def compute_next(schedule: Schedule, after: datetime) -> datetime:
    """The next instant strictly after `after` (pure)."""
    if schedule.every_minutes is not None:
        return after + timedelta(minutes=schedule.every_minutes)
    at_time = schedule.at_time
    if at_time is None:
        raise ValueError(f"schedule {schedule.name!r} has no rhythm")
    local = after.astimezone(clock.SHANGHAI)
    candidate = datetime.combine(local.date(), at_time, tzinfo=clock.SHANGHAI)
    return candidate if candidate > local else candidate + timedelta(days=1)


def ensure(name: str, *, job: str, every_minutes: int | None = None, at_time: time | None = None) -> Schedule:
    """Declare a timetable of the bound tenant; declaring it again changes nothing that a person set."""
    draft = Schedule(name=name, job=job, every_minutes=every_minutes, at_time=at_time)
    draft.next_run_at = compute_next(draft, clock.now())
    schedule, _ = Schedule.objects.get_or_create(
        name=name,
        defaults={
            "job": job,
            "every_minutes": every_minutes,
            "at_time": at_time,
            "next_run_at": draft.next_run_at,
        },
    )
    return schedule


@transaction.atomic
def enqueue_due() -> int:
    """Enqueue what is due in the bound tenant. A tick missed for days enqueues once, not once a day."""
    moment = clock.now()
    due = Schedule.objects.select_for_update(skip_locked=True).filter(is_active=True, next_run_at__lte=moment)
    count = 0
    for schedule in due:
        key = f"schedule:{schedule.pk}:{schedule.next_run_at.isoformat()}"
        try:
            count += jobs.enqueue(schedule.job, key=key, **schedule.args)
        except LookupError:  # a job that this release no longer has must not stop the tenant's other ones
            logger.exception("schedule %s cannot be enqueued", schedule.name)
        schedule.next_run_at = compute_next(schedule, moment)
        schedule.save(update_fields=["next_run_at"])
    return count
