"""Repetitions and generations: walked day by day under a fake clock."""

from datetime import date, timedelta
from typing import Any

import pytest

from access.actor import SYSTEM
from followup.programmes.models import Enrolment
from followup.screening import services
from followup.screening.models import ScreeningRun
from followup.screening.rules import HORIZON_DAYS
from followup.screening.services import running
from followup.screening.tests.factories import make_encounter
from followup.screening.tests.programme_kit import INPATIENT, make_programme
from followup.worklist.models import Task
from kernel import clock, jobs
from tests.cast import actor_named

QUARTERLY = {
    "code": "q", "name": "季度随访", "day": 30, "window": [-3, 7], "channel": ["T"], "owner": "hospital",
    "repeat": {"every": 90},
}  # fmt: skip


def days_made() -> list[tuple[int, date]]:
    return list(Task.objects.order_by("occurrence").values_list("occurrence", "due_on"))


@pytest.mark.req("S12", "S30")
def test_two_years_of_quarterly_contacts(in_alpha: Any, at: Any) -> None:
    start = date(2026, 11, 20)
    with at("2026-11-20 09:30"):
        make_programme("chronic", INPATIENT, steps=[QUARTERLY])
        make_encounter(discharged_on=start)
        assert services.run_screening(actor=SYSTEM).tasks_made == 5  # days 30, 120, 210, 300, 390
        assert services.extend_repetitions() == 0
    made = 5
    for week in range(1, 105):
        today = start + timedelta(weeks=week)
        with at(f"{today} 09:30"):
            made += services.extend_repetitions()
            assert services.extend_repetitions() == 0
        # Never further than the horizon, never a gap behind it.
        expected = 1 + (7 * week + HORIZON_DAYS - 30) // 90
        assert made == expected
    assert days_made() == [(n, start + timedelta(days=30 + 90 * (n - 1))) for n in range(1, made + 1)]
    reasons = [task.reason["why"][1] for task in Task.objects.order_by("occurrence")[:2]]
    assert reasons == [
        "出院日 2026-11-20 起第 30 天，每 90 天一次，本次为第 1 次，可提前 3 天、推后 7 天",
        "出院日 2026-11-20 起第 120 天，每 90 天一次，本次为第 2 次，可提前 3 天、推后 7 天",
    ]


@pytest.mark.req("S12")
def test_repetitions_end_with_their_number_or_day(in_alpha: Any, at: Any) -> None:
    steps = [
        {**QUARTERLY, "code": "three", "repeat": {"every": 30, "times": 3}},
        {**QUARTERLY, "code": "until", "day": 7, "repeat": {"every": 7, "until": 28}},
    ]
    with at("2026-11-20 09:30"):
        make_programme("short", INPATIENT, steps=steps)
        make_encounter()
        assert services.run_screening(actor=SYSTEM).tasks_made == 7
    with at("2028-11-20 09:30"):
        assert services.extend_repetitions() == 0
    days = {
        code: list(Task.objects.filter(step__code=code).order_by("due_on").values_list("due_on", flat=True))
        for code in ("three", "until")
    }
    assert [(day - date(2026, 11, 20)).days for day in days["three"]] == [30, 60, 90]
    assert [(day - date(2026, 11, 20)).days for day in days["until"]] == [7, 14, 21, 28]


def test_a_late_start_skips_what_is_over_and_goes_on_from_there(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        make_programme("chronic", INPATIENT, steps=[QUARTERLY])
        make_encounter(discharged_on=date(2025, 11, 20))
        services.run_screening(actor=SYSTEM)
    # Days 30 to 300 are over; the fifth lies at 390, the last within the horizon is at 750.
    assert [n for n, _ in days_made()] == [5, 6, 7, 8, 9]
    assert days_made()[0][1] == date(2025, 11, 20) + timedelta(days=390)


def test_nobody_is_extended_who_is_not_active(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        make_programme("chronic", INPATIENT, steps=[QUARTERLY])
        make_encounter()
        services.run_screening(actor=SYSTEM)
    with at("2027-11-20 09:30"):
        for state in ("paused", "stopped", "completed"):
            Enrolment.objects.update(state=state)
            assert services.extend_repetitions() == 0
        Enrolment.objects.update(state="active")
        assert services.extend_repetitions() == 4


@pytest.mark.req("S12")
def test_tasks_for_an_enrolment_that_exists(in_alpha: Any, at: Any) -> None:
    """By hand, or resumed: the same tasks that a run would have made, in its own generation."""
    steps = [
        QUARTERLY,
        {**QUARTERLY, "code": "op", "anchor": "operation", "repeat": None, "owner": "centre"},
        {**QUARTERLY, "code": "in", "anchor": "enrolment", "day": 1, "repeat": None, "owner": "centre"},
    ]
    with at("2026-11-20 09:30"):
        version = make_programme("hand", {"field": "age", "op": "gt", "value": 100}, steps=steps)
        encounter = make_encounter(
            operations=[("8154", date(2026, 11, 10))], discharged_on=date(2026, 11, 18)
        )
        enrolment = Enrolment.objects.create(
            programme=version.programme, version=version, patient=encounter.patient, encounter=encounter,
            origin="manual", generation=1, reason={}, enrolled_at=encounter.created_at,
        )  # fmt: skip
        assert services.make_tasks_for([enrolment.pk]) == 7
        assert services.make_tasks_for([enrolment.pk]) == 0
        due = {task.step.code: task.due_on for task in Task.objects.filter(occurrence=1001)}
        assert due == {"q": date(2026, 12, 18), "op": date(2026, 12, 10), "in": date(2026, 11, 21)}
        assert services.run_screening(actor=SYSTEM).enrolled == 0


@pytest.mark.req("S12")
def test_repetitions_are_made_slice_by_slice(in_alpha: Any, at: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slice that fails leaves those before it, and the daily run goes on from there."""
    monkeypatch.setattr(running, "SLICE", 2)
    with at("2026-11-20 09:30"):
        make_programme("chronic", INPATIENT, steps=[QUARTERLY])
        for _ in range(5):
            make_encounter()
        services.run_screening(actor=SYSTEM)
        first = Task.objects.count()
    with at("2027-02-20 09:30"):  # the repetition of day 480 has come within the horizon
        progress = services.continue_pass()
        while progress is not None and progress["extended_to"] is None:
            progress = services.continue_pass(progress=progress)
        assert progress is not None
        ids = list(Enrolment.objects.order_by("pk").values_list("pk", flat=True))
        assert (progress["extended_to"], Task.objects.count()) == (ids[1], first + 2)
        with monkeypatch.context() as patch:
            patch.setattr(running, "_execute", lambda _: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                services.continue_pass(progress=progress)
        assert Task.objects.count() == first + 2
        again = services.continue_pass(progress=progress)
        assert again is not None
        assert (again["extended_to"], Task.objects.count()) == (ids[3], first + 4)
        assert services.continue_pass(progress=progress) == again  # told twice
        assert services.continue_pass(progress=again) is None
        assert Task.objects.count() == first + 5
        assert services.extend_repetitions() == 0
    assert ScreeningRun.objects.filter(trigger="daily").count() == 1


def test_a_run_by_hand_makes_no_repetitions_and_shows_how_far_it_is(
    in_alpha: Any, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "SLICE", 2)
    with at("2026-11-20 09:30"):
        make_programme("chronic", INPATIENT, steps=[QUARTERLY])
        for _ in range(5):
            make_encounter()
        run = services.start_run(actor=actor_named("admin"))
        jobs.run_turn(1)
        run.refresh_from_db()
        assert (run.enrolled, run.finished_at) == (2, None)
        jobs.drain()
        run.refresh_from_db()
        assert (run.enrolled, run.tasks_made, run.finished_at) == (5, 25, clock.now())
        assert (ScreeningRun.objects.count(), run.started_by_name) == (1, "管理员")
