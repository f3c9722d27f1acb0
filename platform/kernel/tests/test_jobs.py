"""Jobs: an effect happens once or not at all, whatever fails, dies or comes twice."""

import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from kernel import clock, jobs
from kernel.clock import SHANGHAI, FixedClock, use_clock
from kernel.models import Job, JobState, OutboxEvent
from kernel.tenancy import bind_schema
from kernel.tests.running import work_in_thread

pytestmark = pytest.mark.req("D1", "C11b")

ROOT = Path(__file__).resolve().parents[3]
START = datetime(2026, 11, 20, 9, 30, tzinfo=SHANGHAI)
Handle = Callable[..., None]


def leave_effect(**args: Any) -> None:
    OutboxEvent.objects.create(type="test.effect", payload=args, occurred_at=clock.now())


def list_effects() -> list[dict[str, Any]]:
    return list(
        OutboxEvent.objects.filter(type="test.effect").order_by("pk").values_list("payload", flat=True)
    )


class Failure(Exception):
    pass


# --- putting down ---------------------------------------------------------------------------------


def test_a_job_of_a_rolled_back_transaction_was_never_there(
    in_committed: Any, handle: Handle, woken: list[str]
) -> None:
    handle("test.effect", leave_effect)

    def put_down_and_fail() -> None:
        with transaction.atomic():
            jobs.enqueue("test.effect", n=1)
            raise Failure

    with pytest.raises(Failure):
        put_down_and_fail()
    assert Job.objects.count() == 0
    assert woken == []
    assert jobs.drain() == 0


def test_one_key_is_one_job_and_the_caller_is_told(
    in_committed: Any, handle: Handle, woken: list[str]
) -> None:
    handle("test.effect", leave_effect)
    assert jobs.enqueue("test.effect", key="k", n=1) is True
    assert jobs.enqueue("test.effect", key="k", n=2) is False
    assert jobs.enqueue("test.effect", n=3) is True
    assert jobs.enqueue("test.effect", n=3) is True
    assert woken == [in_committed.schema_name] * 3
    assert jobs.drain() == 3
    assert list_effects() == [{"n": 1}, {"n": 3}, {"n": 3}]
    assert jobs.enqueue("test.effect", key="k", n=1) is False  # done is not forgotten
    assert jobs.drain() == 0


def test_a_name_that_nobody_wired_is_refused_when_put_down(in_committed: Any) -> None:
    with pytest.raises(LookupError, match=r"no handler is wired for job 'test\.nobody'"):
        jobs.enqueue("test.nobody")
    assert Job.objects.count() == 0


def test_two_handlers_of_one_name_are_refused(handle: Handle) -> None:
    handle("test.effect", leave_effect)
    jobs.register("test.effect", leave_effect)
    with pytest.raises(ValueError, match="has two handlers"):
        jobs.register("test.effect", lambda **args: None)


def test_the_wake_up_comes_after_the_commit_with_the_schema_of_then(
    in_committed: Any, handle: Handle, woken: list[str]
) -> None:
    handle("test.effect", leave_effect)
    with transaction.atomic():
        jobs.enqueue("test.effect")
        assert woken == []
        connection.set_schema_to_public()  # what a middleware does before the outer commit
    assert woken == [in_committed.schema_name]
    connection.set_schema(in_committed.schema_name)
    jobs.enqueue("test.effect", run_at=clock.now() + timedelta(hours=1))
    assert len(woken) == 1


def test_a_wake_up_that_fails_does_not_fail_the_request(in_committed: Any, handle: Handle) -> None:
    handle("test.effect", leave_effect)

    def refuse(schema: str) -> None:
        raise ConnectionError

    jobs.set_wake(refuse)
    try:
        with transaction.atomic():
            jobs.enqueue("test.effect")
    finally:
        jobs.set_wake(None)
    assert jobs.drain() == 1


# --- working off ----------------------------------------------------------------------------------


def test_effect_and_done_mark_are_one(in_committed: Any, handle: Handle) -> None:
    seen: list[str] = []

    def work(**args: Any) -> None:
        seen.append(Job.objects.get().state)
        leave_effect(**args)

    handle("test.effect", work)
    with use_clock(FixedClock(START)):
        jobs.enqueue("test.effect", n=1)
        assert jobs.run_turn() == jobs.TurnReport(done=1, failed=0, more=False)
    job = Job.objects.get()
    assert seen == ["running"]
    assert (job.state, job.attempts, job.finished_at, job.lease_token, job.lease_until, job.last_error) == (
        JobState.DONE, 1, START, None, None, "",
    )  # fmt: skip


def test_a_failure_after_the_effect_leaves_nothing_backs_off_and_ends_dead(
    in_committed: Any, handle: Handle
) -> None:
    def fail(**args: Any) -> None:
        leave_effect(**args)
        raise Failure("坏\0了")

    handle("test.fail", fail)
    standing = FixedClock(START)
    with use_clock(standing):
        jobs.enqueue("test.fail", max_attempts=3, n=1)
        for attempt, wait in ((1, 5), (2, 15)):
            assert jobs.run_turn() == jobs.TurnReport(done=0, failed=1, more=False)
            job = Job.objects.get()
            assert (job.state, job.attempts, job.run_at, job.lease_token) == (
                JobState.QUEUED, attempt, standing.instant + timedelta(seconds=wait), None,
            )  # fmt: skip
            assert job.last_error.endswith("Failure: 坏了")
            standing.instant = job.run_at - timedelta(seconds=1)
            assert jobs.has_due_work() is False
            assert jobs.run_turn() == jobs.TurnReport(done=0, failed=0, more=False)
            standing.instant = job.run_at
            assert jobs.has_due_work() is True
        assert jobs.run_turn() == jobs.TurnReport(done=0, failed=1, more=False)
        job = Job.objects.get()
        assert (job.state, job.attempts, job.finished_at) == (JobState.DEAD, 3, standing.instant)
        standing.instant += timedelta(days=30)
        assert jobs.has_due_work() is False
        assert jobs.drain() == 0
    assert list_effects() == []


def test_one_failing_job_does_not_stop_the_others(in_committed: Any, handle: Handle) -> None:
    def fail_on_two(n: int) -> None:
        leave_effect(n=n)
        if n == 2:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")  # the transaction itself is broken, not only the code

    handle("test.effect", fail_on_two)
    for n in (1, 2, 3):
        jobs.enqueue("test.effect", n=n)
    assert jobs.run_turn() == jobs.TurnReport(done=2, failed=1, more=False)
    assert list_effects() == [{"n": 1}, {"n": 3}]


def test_a_job_whose_handler_is_gone_fails_by_name(in_committed: Any, handle: Handle) -> None:
    handle("test.gone", leave_effect)
    jobs.enqueue("test.gone")
    jobs._handlers.pop("test.gone")
    assert jobs.run_turn() == jobs.TurnReport(done=0, failed=1, more=False)
    assert "no handler is wired for job 'test.gone'" in Job.objects.get().last_error


def test_a_turn_is_bounded_and_says_that_there_is_more(in_committed: Any, handle: Handle) -> None:
    handle("test.effect", leave_effect)
    with transaction.atomic():
        for n in range(5):
            jobs.enqueue("test.effect", n=n)
    assert jobs.run_turn(3) == jobs.TurnReport(done=3, failed=0, more=True)
    assert jobs.run_turn(3) == jobs.TurnReport(done=2, failed=0, more=False)
    assert list_effects() == [{"n": n} for n in range(5)]


def test_due_work_is_what_is_due_and_not_held(in_committed: Any, handle: Handle) -> None:
    handle("test.effect", leave_effect)
    standing = FixedClock(START)
    with use_clock(standing):
        assert jobs.has_due_work() is False
        jobs.enqueue("test.effect", run_at=START + timedelta(minutes=1))
        assert jobs.has_due_work() is False
        standing.instant = START + timedelta(minutes=1)
        assert jobs.has_due_work() is True
        jobs._lease(1)
        assert jobs.has_due_work() is False
        standing.instant += timedelta(seconds=jobs.LEASE_SECONDS + 1)
        assert jobs.has_due_work() is True


def test_a_turn_without_a_schema_is_refused() -> None:
    with pytest.raises(RuntimeError, match="no schema given"), bind_schema(""):
        jobs.run_turn()


# --- leases, with real connections ----------------------------------------------------------------


def test_a_worker_that_lost_its_lease_cannot_commit(in_committed: Any, handle: Handle) -> None:
    entered, may_go_on = threading.Event(), threading.Event()
    runs: list[str] = []

    def work(**args: Any) -> None:
        name = threading.current_thread().name
        runs.append(name)
        leave_effect(by=name)
        if len(runs) == 1:
            entered.set()
            assert may_go_on.wait(15)

    handle("test.slow", work)
    schema = in_committed.schema_name
    with use_clock(FixedClock(START)):
        jobs.enqueue("test.slow")
    first = work_in_thread(schema, jobs.run_turn, inside=lambda: use_clock(FixedClock(START)))
    assert entered.wait(15)
    held = FixedClock(START + timedelta(seconds=jobs.LEASE_SECONDS))
    with use_clock(held):
        assert jobs.run_turn() == jobs.TurnReport(done=0, failed=0, more=False)
        held.instant += timedelta(seconds=1)
        assert jobs.run_turn() == jobs.TurnReport(done=1, failed=0, more=False)
    may_go_on.set()
    assert first.result() == jobs.TurnReport(done=0, failed=1, more=False)
    job = Job.objects.get()
    assert (job.state, job.attempts, len(runs)) == (JobState.DONE, 2, 2)
    assert list_effects() == [{"by": "MainThread"}]


def test_a_failure_of_a_worker_that_lost_its_lease_changes_nothing(in_committed: Any, handle: Handle) -> None:
    entered, may_go_on = threading.Event(), threading.Event()

    def work(**args: Any) -> None:
        if not entered.is_set():
            entered.set()
            assert may_go_on.wait(15)
            raise Failure

    handle("test.slow", work)
    with use_clock(FixedClock(START)):
        jobs.enqueue("test.slow")
    first = work_in_thread(
        in_committed.schema_name, jobs.run_turn, inside=lambda: use_clock(FixedClock(START))
    )
    assert entered.wait(15)
    with use_clock(FixedClock(START + timedelta(seconds=jobs.LEASE_SECONDS + 1))):
        assert jobs.run_turn().done == 1
    may_go_on.set()
    assert first.result().failed == 1
    job = Job.objects.get()
    assert (job.state, job.last_error) == (JobState.DONE, "")


def test_a_job_that_waited_in_its_batch_past_the_lease_is_not_run_twice(
    in_committed: Any, handle: Handle
) -> None:
    handle("test.effect", leave_effect)
    standing = FixedClock(START)
    with use_clock(standing):
        jobs.enqueue("test.effect", n=1)
        (waiting,) = jobs._lease(1)  # and the worker is busy with the job before it
        standing.instant += timedelta(seconds=jobs.LEASE_SECONDS + 1)
        other = work_in_thread(in_committed.schema_name, jobs.run_turn, inside=lambda: use_clock(standing))
        assert other.result().done == 1
        assert jobs._execute(waiting) is False
    assert list_effects() == [{"n": 1}]
    job = Job.objects.get()
    assert (job.state, job.attempts) == (JobState.DONE, 1)


def test_a_lease_that_lapsed_but_was_not_taken_is_renewed(in_committed: Any, handle: Handle) -> None:
    seen: list[bool] = []

    def work(**args: Any) -> None:
        seen.append(work_in_thread(in_committed.schema_name, jobs.has_due_work, inside=inside).result())

    standing = FixedClock(START)

    def inside() -> Any:
        return use_clock(standing)

    handle("test.effect", work)
    with use_clock(standing):
        jobs.enqueue("test.effect")
        (waiting,) = jobs._lease(1)
        standing.instant += timedelta(seconds=jobs.LEASE_SECONDS + 1)
        assert jobs._execute(waiting) is True
    assert seen == [False]


def test_each_attempt_has_twice_the_lease_so_that_a_long_job_ends(in_committed: Any, handle: Handle) -> None:
    standing = FixedClock(START)
    leases: list[timedelta] = []

    def work(**args: Any) -> None:
        until = Job.objects.get().lease_until
        assert until is not None
        leases.append(until - standing.instant)
        if len(leases) < 3:
            raise Failure

    handle("test.long", work)
    with use_clock(standing):
        jobs.enqueue("test.long")
        for _ in range(3):
            jobs.run_turn()
            standing.instant += timedelta(hours=1)
    assert leases == [timedelta(seconds=jobs.LEASE_SECONDS * n) for n in (1, 2, 4)]


def test_a_job_that_kills_every_worker_is_given_up(in_committed: Any, handle: Handle) -> None:
    class Killed(BaseException):
        """The process is gone: nothing after the handler is run."""

    def kill(**args: Any) -> None:
        leave_effect()
        raise Killed

    handle("test.kill", kill)
    standing = FixedClock(START)
    with use_clock(standing):
        jobs.enqueue("test.kill", max_attempts=2)
        for _ in range(2):
            with pytest.raises(Killed):
                jobs.run_turn()
            assert Job.objects.get().state == JobState.RUNNING
            standing.instant += timedelta(hours=3)
        assert jobs.run_turn() == jobs.TurnReport(done=0, failed=1, more=False)
    job = Job.objects.get()
    assert job.state == JobState.DEAD
    assert "given up: 2 attempts" in job.last_error
    assert list_effects() == []


def test_two_workers_drain_two_hundred_jobs_each_exactly_once(in_committed: Any, handle: Handle) -> None:
    handle("test.effect", leave_effect)
    with transaction.atomic():
        for n in range(200):
            jobs.enqueue("test.effect", n=n)
    gate = threading.Barrier(2)

    def drain() -> int:
        gate.wait(10)
        done = 0
        while jobs.has_due_work():
            done += jobs.run_turn(10).done
        return done

    workers = [work_in_thread(in_committed.schema_name, drain) for _ in range(2)]
    done = [worker.result() for worker in workers]
    assert sum(done) == 200
    assert min(done) > 0, "one worker waited for the other instead of skipping its rows"
    assert Counter(effect["n"] for effect in list_effects()) == Counter(range(200))
    assert set(Job.objects.values_list("state", "attempts")) == {("done", 1)}


def test_a_worker_killed_in_the_middle_leaves_a_job_that_the_next_one_completes(
    in_committed: Any, handle: Handle
) -> None:
    handle("test.crash", leave_effect)
    jobs.enqueue("test.crash", n=7)
    worker = subprocess.Popen(
        [sys.executable, "-m", "kernel.tests.crashing_worker", in_committed.schema_name,
         connection.settings_dict["NAME"]],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'platform'}",
             "DJANGO_SETTINGS_MODULE": "config.settings"},
    )  # fmt: skip
    assert worker.stdout is not None
    try:
        assert worker.stdout.readline() == "in the middle\n"
    finally:
        worker.kill()
        worker.wait(10)
        worker.stdout.close()
    job = Job.objects.get()
    assert (job.state, job.attempts) == (JobState.RUNNING, 1)
    assert jobs.drain() == 0  # the lease stands
    with use_clock(FixedClock(clock.now() + timedelta(seconds=jobs.LEASE_SECONDS + 1))):
        assert jobs.drain() == 1
    assert list_effects() == [{"n": 7}]
    assert Job.objects.get().attempts == 2
