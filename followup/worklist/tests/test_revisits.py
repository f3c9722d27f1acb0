"""复访: a first bad result plans a contact of its own, in the transaction that closes the task."""

from datetime import date, timedelta
from typing import Any

import pytest

from followup.programmes.models import Enrolment, ProgrammeStep
from followup.worklist.models import Task
from followup.worklist.services import detach_member, regroup, submit_task
from followup.worklist.services.revisits import WITHDRAWN
from followup.worklist.tests.factories import (
    DAY,
    GOOD,
    SATISFACTION,
    make_enrolled_task,
    make_patient,
    make_programme,
)
from kernel.models import OutboxEvent
from tests.cast import actor_named
from trail.models import TrailRow

pytestmark = pytest.mark.req("S17", "S38")

RULE = {"level": "E2", "days": 14, "window": [-3, 0]}
RED = {**GOOD, "wound": "red"}


@pytest.fixture
def ortho(in_alpha: Any, morning: None) -> ProgrammeStep:
    return make_programme("ortho", kind="chronic", merge="same_owner", revisit=RULE)


def hand_in(task: Task, answers: dict[str, Any] = RED) -> None:
    submit_task(actor=actor_named("clinician"), task_id=task.pk, answers=answers, conclusion="")


def revisits() -> list[Task]:
    return list(Task.objects.exclude(revisit_of=None).order_by("pk"))


def test_a_first_bad_result_is_followed_up_again(ortho: ProgrammeStep, api: Any) -> None:
    task = make_enrolled_task(ortho, make_patient())
    hand_in(task)
    (revisit,) = revisits()
    assert (revisit.revisit_of_id, revisit.state, revisit.occurrence, revisit.step_id) == (
        task.pk, "planned", task.occurrence, ortho.pk,
    )  # fmt: skip
    assert (revisit.due_on, revisit.window_start, revisit.window_end) == (
        date(2026, 12, 4), date(2026, 12, 1), date(2026, 12, 4),
    )  # fmt: skip
    same = ("enrolment_id", "patient_id", "ward_id", "assignee_id", "channel", "questionnaire_version_id")
    assert [getattr(revisit, name) for name in same] == [getattr(task, name) for name in same]
    assert revisit.reason["why"] == [
        "首次控制不满意，2 周内复访", "骨科术后随访：出院后第7天，2026-11-20 的结果为 E2（需处理）",
    ]  # fmt: skip
    told = OutboxEvent.objects.get(type="task.revisit_planned").payload
    assert told == {"task_id": revisit.pk, "revisit_of": task.pk}
    assert TrailRow.objects.get(action="worklist.task.revisit_planned").object_id == str(revisit.pk)
    [row] = api("alpha", "clinician").get("/tasks").json()["items"]
    assert row["id"] == str(revisit.pk)
    assert row["reason_text"].startswith("首次控制不满意，2 周内复访")


@pytest.mark.parametrize(
    ("rule", "answers", "count"),
    [
        (RULE, GOOD, 0),
        (RULE, {**GOOD, "wound": "pus"}, 1),  # worse than the level
        ({**RULE, "level": "E3"}, RED, 0),
        (None, RED, 0),
    ],
)
def test_only_the_level_that_the_step_names(
    ortho: ProgrammeStep, rule: Any, answers: dict[str, Any], count: int
) -> None:
    ProgrammeStep.objects.update(revisit=rule)
    hand_in(make_enrolled_task(ortho, make_patient()), answers)
    assert len(revisits()) == count


def test_twice_running_is_for_the_form_and_after_a_good_result_it_counts_anew(
    ortho: ProgrammeStep, at: Any
) -> None:
    patient = make_patient()
    hand_in(make_enrolled_task(ortho, patient))
    (first,) = revisits()
    with at("2026-12-04 10:00"):
        hand_in(first)
    assert revisits() == [first]
    with at("2026-12-10 10:00"):
        hand_in(make_enrolled_task(ortho, patient, occurrence=2, due_on=date(2026, 12, 10)), GOOD)
    assert revisits() == [first]
    with at("2026-12-20 10:00"):
        hand_in(make_enrolled_task(ortho, patient, occurrence=3, due_on=date(2026, 12, 20)))
    assert [one.due_on for one in revisits()] == [date(2026, 12, 4), date(2027, 1, 3)]


def test_what_was_bad_a_year_and_more_ago_is_not_the_last_time(ortho: ProgrammeStep, at: Any) -> None:
    patient = make_patient()
    with at("2025-10-01 10:00"):
        hand_in(make_enrolled_task(ortho, patient, due_on=date(2025, 10, 1)))
    hand_in(make_enrolled_task(ortho, patient, occurrence=2))
    assert len(revisits()) == 2


def correct(task: Task, answers: dict[str, Any]) -> None:
    """As a correction of what was handed in will be: taken up again, and handed in once more."""
    Task.objects.filter(pk=task.pk).update(state="in_progress", closed_at=None, closed_on=None)
    hand_in(task, answers)


def test_a_corrected_result_withdraws_the_revisit_and_asks_for_it_again(
    ortho: ProgrammeStep, at: Any
) -> None:
    task = make_enrolled_task(ortho, make_patient(), after=5)
    hand_in(task)
    with at("2026-11-20 11:00"):
        correct(task, RED)
        (revisit,) = revisits()
        assert revisit.state == "planned"
        correct(task, GOOD)
        revisit.refresh_from_db()
        assert (revisit.state, revisit.close_reason, revisit.closed_on) == ("cancelled", WITHDRAWN, DAY)
        correct(task, RED)
        revisit.refresh_from_db()
        assert (revisit.state, revisit.close_reason, revisit.closed_on) == ("planned", "", None)
    assert [row.action for row in TrailRow.objects.filter(action__contains="revisit").order_by("pk")] == [
        "worklist.task.revisit_planned", "worklist.task.revisit_withdrawn", "worklist.task.revisit_planned",
    ]  # fmt: skip


@pytest.mark.parametrize("touched", ["state", "attempt"])
def test_a_revisit_that_was_begun_is_not_withdrawn(ortho: ProgrammeStep, at: Any, touched: str) -> None:
    task = make_enrolled_task(ortho, make_patient(), after=5)
    hand_in(task)
    (revisit,) = revisits()
    if touched == "state":
        Task.objects.filter(pk=revisit.pk).update(state="in_progress")
    else:
        revisit.attempts.create(channel="T", outcome="busy", at=revisit.created_at)
    with at("2026-11-20 11:00"):
        correct(task, GOOD)
    revisit.refresh_from_db()
    assert revisit.state == ("in_progress" if touched == "state" else "planned")


@pytest.mark.parametrize(("state", "made"), [("paused", ["paused"]), ("stopped", []), ("completed", [])])
def test_it_stands_as_its_enrolment_stands(ortho: ProgrammeStep, state: str, made: list[str]) -> None:
    task = make_enrolled_task(ortho, make_patient())
    Enrolment.objects.update(state=state)
    hand_in(task)
    assert [one.state for one in revisits()] == made


def test_a_members_revisit_is_due_at_its_own_place_and_joins_contacts(ortho: ProgrammeStep) -> None:
    heart = make_programme("heart", merge="same_owner", document=SATISFACTION, name="心脏随访")
    patient = make_patient()
    lead = make_enrolled_task(heart, patient)
    member = make_enrolled_task(ortho, patient)
    later = make_enrolled_task(heart, patient, occurrence=2, due_on=DAY + timedelta(days=14))
    assert regroup(patient_ids=[patient.pk]) == 1
    submit_task(
        actor=actor_named("clinician"), task_id=lead.pk, answers={"answered_by": "self", "content": "yes"},
        members={str(member.pk): RED}, conclusion="",
    )  # fmt: skip
    (revisit,) = revisits()
    assert (revisit.revisit_of_id, revisit.lead_id, revisit.own_ward_id) == (
        member.pk, later.pk, member.ward_id,
    )  # fmt: skip
    detach_member(actor=actor_named("clinician"), task_id=later.pk, member_id=revisit.pk)
    revisit.refresh_from_db()
    assert (revisit.lead_id, revisit.ward_id) == (None, member.ward_id)


def test_nothing_of_it_stays_when_the_submission_fails(
    ortho: ProgrammeStep, monkeypatch: pytest.MonkeyPatch
) -> None:
    from followup.worklist.services import submissions

    def die(**_: Any) -> None:
        raise RuntimeError("killed")

    task = make_enrolled_task(ortho, make_patient())
    monkeypatch.setattr(submissions, "regroup", die)
    with pytest.raises(RuntimeError, match="killed"):
        hand_in(task)
    assert (revisits(), Task.objects.get(pk=task.pk).state) == ([], "planned")
    assert OutboxEvent.objects.count() == 0
