"""The outbox and the timetables: once per fact, once per due time, nothing of what was rolled back."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from kernel import events, jobs, schedules
from kernel.clock import SHANGHAI, FixedClock, use_clock
from kernel.models import Job, JobState, OutboxEvent, Schedule
from kernel.tests.running import work_in_thread

pytestmark = pytest.mark.req("C11b")

Handle = Callable[..., None]
START = datetime(2026, 11, 20, 9, 30, tzinfo=SHANGHAI)


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def test_a_fact_is_one_row_and_one_job_per_subscription(in_committed: Any, handle: Handle) -> None:
    heard: list[tuple[str, int]] = []
    handle("test.hear_a", lambda encounter_id: heard.append(("a", encounter_id)), event="test.happened")
    handle("test.hear_b", lambda encounter_id: heard.append(("b", encounter_id)), event="test.happened")
    handle("test.hear_c", lambda **args: heard.append(("c", 0)), event="test.other")
    assert events.subscriptions()["test.happened"] == ("test.hear_a", "test.hear_b")
    with use_clock(FixedClock(START)):
        event = events.publish("test.happened", encounter_id=5)
    assert list(OutboxEvent.objects.values_list("type", "payload", "occurred_at")) == [
        ("test.happened", {"encounter_id": 5}, START)
    ]
    assert list(Job.objects.order_by("name").values_list("name", "key", "args")) == [
        (name, f"event:{event.pk}:{name}", {"encounter_id": 5}) for name in ("test.hear_a", "test.hear_b")
    ]
    assert jobs.drain() == 2
    assert sorted(heard) == [("a", 5), ("b", 5)]


def test_a_fact_that_was_rolled_back_is_told_to_nobody(in_committed: Any, handle: Handle) -> None:
    handle("test.hear_a", lambda **args: None, event="test.happened")

    def tell_and_fail() -> None:
        with transaction.atomic():
            events.publish("test.happened", encounter_id=5)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        tell_and_fail()
    assert (OutboxEvent.objects.count(), Job.objects.count()) == (0, 0)


def test_a_delivery_put_down_again_is_no_second_delivery(in_committed: Any, handle: Handle) -> None:
    heard: list[int] = []
    handle("test.hear_a", lambda encounter_id: heard.append(encounter_id), event="test.happened")
    event = events.publish("test.happened", encounter_id=5)
    key = f"event:{event.pk}:test.hear_a"
    assert jobs.enqueue("test.hear_a", key=key, encounter_id=5) is False
    assert jobs.drain() == 1
    assert jobs.enqueue("test.hear_a", key=key, encounter_id=5) is False
    assert jobs.drain() == 0
    assert heard == [5]


def test_a_subscription_said_twice_is_one(handle: Handle) -> None:
    def hear(**args: Any) -> None: ...

    handle("test.hear_a", hear, event="test.happened")
    handle("test.hear_a", hear, event="test.happened")
    assert events.subscriptions()["test.happened"] == ("test.hear_a",)


@pytest.mark.parametrize(
    ("at_time", "after", "expected"),
    [
        (time(0, 0), "2026-11-20 00:00", "2026-11-21 00:00"),  # strictly after
        (time(0, 0), "2026-11-19 23:59:59.999999", "2026-11-20 00:00"),
        (time(5, 30), "2026-11-20 05:29:59", "2026-11-20 05:30"),
        (time(5, 30), "2026-11-20 05:30", "2026-11-21 05:30"),
        (time(23, 59), "2026-12-31 23:59", "2027-01-01 23:59"),
        (time(5, 30), "2028-02-28 06:00", "2028-02-29 05:30"),
    ],
)
def test_a_daily_time_is_one_of_shanghai(at_time: time, after: str, expected: str) -> None:
    schedule = Schedule(name="x", at_time=at_time)
    for zone in (SHANGHAI, UTC):  # the same instant, however it is written
        assert schedules.compute_next(schedule, shanghai(after).astimezone(zone)) == shanghai(expected)


def test_a_rhythm_of_minutes_counts_from_now() -> None:
    assert schedules.compute_next(Schedule(name="x", every_minutes=10), START) == START + timedelta(
        minutes=10
    )
    with pytest.raises(ValueError, match="no rhythm"):
        schedules.compute_next(Schedule(name="x"), START)


def test_the_database_refuses_two_rhythms_or_none(in_committed: Any) -> None:
    for rhythm in ({}, {"every_minutes": 1, "at_time": time(1)}):
        with pytest.raises(IntegrityError, match="kernel_schedule_one_rhythm"), transaction.atomic():
            Schedule.objects.create(name="x", job="test.tick", next_run_at=START, **rhythm)


def test_missed_days_are_made_up_once(in_committed: Any, handle: Handle) -> None:
    handle("test.tick", lambda **args: None)
    standing = FixedClock(START)
    with use_clock(standing):
        schedules.ensure("daily", job="test.tick", at_time=time(5, 30))
        assert schedules.enqueue_due() == 0
        standing.instant = shanghai("2026-11-25 05:29")
        assert schedules.enqueue_due() == 1
        assert schedules.enqueue_due() == 0
        assert Schedule.objects.get().next_run_at == shanghai("2026-11-25 05:30")
        standing.instant = shanghai("2026-11-25 05:30")
        assert schedules.enqueue_due() == 1
    assert Job.objects.filter(name="test.tick", state=JobState.QUEUED).count() == 2


def test_declaring_again_keeps_what_a_person_set(in_committed: Any, handle: Handle) -> None:
    handle("test.tick", lambda **args: None)
    with use_clock(FixedClock(START)):
        schedules.ensure("daily", job="test.tick", at_time=time(5, 30))
        Schedule.objects.update(is_active=False, at_time=time(7, 0))
        schedules.ensure("daily", job="test.tick", at_time=time(5, 30))
    schedule = Schedule.objects.get()
    assert (schedule.is_active, schedule.at_time) == (False, time(7, 0))
    with use_clock(FixedClock(START + timedelta(days=3))):
        assert schedules.enqueue_due() == 0
    assert Job.objects.count() == 0


def test_a_schedule_of_a_job_that_is_gone_does_not_stop_the_others(in_committed: Any, handle: Handle) -> None:
    handle("test.tick", lambda **args: None)
    with use_clock(FixedClock(START)):
        schedules.ensure("a gone one", job="test.gone", every_minutes=5)
        schedules.ensure("daily", job="test.tick", every_minutes=5)
    with use_clock(FixedClock(START + timedelta(minutes=5))):
        assert schedules.enqueue_due() == 1
    assert list(Job.objects.values_list("name", flat=True)) == ["test.tick"]


def test_two_sweeps_at_once_enqueue_once(in_committed: Any, handle: Handle) -> None:
    handle("test.tick", lambda **args: None)
    with use_clock(FixedClock(START)):
        for n in range(10):
            schedules.ensure(f"s{n}", job="test.tick", every_minutes=5)
    gate = threading.Barrier(2)

    def sweep() -> int:
        gate.wait(10)
        return schedules.enqueue_due()

    sweeps = [
        work_in_thread(
            in_committed.schema_name, sweep, inside=lambda: use_clock(FixedClock(START + timedelta(hours=1)))
        )
        for _ in range(2)
    ]
    assert sum(each.result() for each in sweeps) == 10
    assert Job.objects.count() == 10


@pytest.mark.req("D1")
def test_the_wake_up_token_is_one_for_web_sweep_and_worker(in_committed: Any, handle: Handle) -> None:
    """Cache keys carry the bound schema: a token set in a tenant and deleted outside would block for 30 s."""
    from config import celery
    from kernel.tenancy import bind_schema

    handle("test.tick", lambda **args: None)
    sent: list[Any] = []
    schema = in_committed.schema_name
    before = celery.serve_turn.apply_async
    celery.serve_turn.apply_async = lambda *a, **k: sent.append(k["args"])
    try:
        celery.wake(schema)
        celery.wake(schema)
        assert sent == [(schema,)]
        with bind_schema("public"):
            celery.wake(schema)
            assert sent == [(schema,)]
            celery.serve_turn(schema)  # the worker starts its turn: from now on new work needs a new wake-up
            celery.wake(schema)
        assert sent == [(schema,)] * 2
        celery.serve_turn(schema)
        # A sweep looks at every tenant: on this day nothing of the neighbours' own timetables is due yet.
        with use_clock(FixedClock(datetime(2000, 1, 1, tzinfo=SHANGHAI))):
            jobs.enqueue("test.tick")
            assert celery.sweep() == 1
        assert sent == [(schema,)] * 3
    finally:
        celery.serve_turn.apply_async = before
        celery.serve_turn(schema)
    assert Job.objects.get().state == JobState.DONE
