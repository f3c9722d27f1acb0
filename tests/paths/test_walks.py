"""Paths that answer a bad result with a contact of their own: walked from contact to contact."""

from datetime import datetime, time
from typing import Any

import pytest

from followup.programmes.library import read_library
from followup.worklist.models import Task
from followup.worklist.services import detach_member, submit_task
from kernel.clock import SHANGHAI, FixedClock, use_clock
from records.models import Encounter
from tests.cast import actor_named
from tests.paths.harness import FormGolden, as_day, load_golden
from tests.paths.stays import discharge

WALKS = [
    pytest.param(key, walk, id=f"{key}-{number}")
    for key, golden in load_golden().items()
    for number, walk in enumerate(golden.get("walks", []))
]


def tasks_of(encounter: Encounter, key: str) -> Any:
    return Task.objects.filter(encounter=encounter, programme__key=key)


def hand_in(encounter: Encounter, key: str, contact: dict[str, Any]) -> Task:
    """The contact alone: what other paths put into it is taken out first."""
    steps = tasks_of(encounter, key).filter(step__code=contact["step"], state="planned")
    task = steps.filter(revisit_of__isnull=not contact.get("is_revisit")).order_by("due_on")[0]
    actor = actor_named("clinician")
    lead = task.lead or task
    for member in Task.objects.filter(lead=lead):
        detach_member(actor=actor, task_id=lead.pk, member_id=member.pk)
    form = FormGolden(key, task.questionnaire_version.questionnaire.key)
    submit_task(
        actor=actor,
        task_id=task.pk,
        answers=form.answers(contact.get("set")),
        conclusion="",
        late_reason="测试",
    )
    task.refresh_from_db()
    return task


@pytest.mark.req("S17", "S25", "S38")
@pytest.mark.parametrize(("key", "walk"), WALKS)
def test_a_bad_result_is_followed_up_again(in_library: Any, key: str, walk: dict[str, Any]) -> None:
    encounter = discharge(load_golden()[key]["discharge"])
    planned = tasks_of(encounter, key).count()
    expected = 0
    for contact in walk["contacts"]:
        with use_clock(FixedClock(datetime.combine(as_day(contact["done_on"]), time(10), SHANGHAI))):
            task = hand_in(encounter, key, contact)
        assert task.level == contact["level"], contact
        made = Task.objects.filter(revisit_of=task).first()
        if "revisit" not in contact:
            assert made is None, contact
            continue
        expected += 1
        assert made is not None, contact
        first, last = map(as_day, contact["revisit"]["window"])
        assert (made.due_on, made.window_start, made.window_end, made.state) == (
            as_day(contact["revisit"]["due"]), first, last, "planned",
        )  # fmt: skip
        assert (made.ward_id, made.assignee_id, made.questionnaire_version_id) == (
            task.ward_id, task.assignee_id, task.questionnaire_version_id,
        )  # fmt: skip
        assert made.reason["why"][0] == "首次控制不满意，2 周内复访"
    assert tasks_of(encounter, key).count() == planned + expected


def test_every_path_with_a_revisit_is_walked() -> None:
    shipped = {
        one["key"] for one in read_library("programmes") if any("revisit" in step for step in one["steps"])
    }
    assert shipped == {key for key, golden in load_golden().items() if "walks" in golden}
    assert {"hypertension", "type2_diabetes"} <= shipped
