"""One call for two follow-ups, and an education step, at the desk in a real browser (S20, S38)."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from followup.worklist.tests.factories import (
    SATISFACTION,
    enrol,
    make_encounter,
    make_patient,
    make_programme,
)
from kernel import clock
from tests.journeys.conftest import County
from tests.journeys.test_browser_journey import Visitor, browser, choose

__all__ = ["browser"]
pytestmark = [pytest.mark.browser, pytest.mark.req("S10", "S20", "S38", "S39", "C1")]
# axe-core is not part of the product: where its file is at hand, the screens are held against it.
AXE = os.environ.get("JIELI_AXE", "")


def make_contact(county: County) -> list[int]:
    """A specialty follow-up that leads, the satisfaction call that joins it, an education step, a paused reminder."""
    from followup.programmes.models import ProgrammeVersion
    from followup.worklist.models import Task
    from followup.worklist.services import regroup
    from kernel.tenancy import bind_schema
    from organization.models import StaffMember

    today = clock.today()
    with bind_schema(county.tenant.schema_name):
        ortho = make_programme("walk_ortho", merge="same_owner", name="髋关节置换")
        routine = make_programme(
            "walk_satisfaction", kind="routine", merge="any_owner", document=SATISFACTION, name="满意度回访"
        )
        teach = make_programme("walk_teach", name="康复宣教", education=["ankle_pump"])
        remind = make_programme("walk_remind", name="复查提醒", text="请预约门诊拍片复查。")
        # Nobody else in this county is to be screened into them.
        steps = (ortho, routine, teach, remind)
        ProgrammeVersion.objects.filter(pk__in=[step.version_id for step in steps]).update(state="retired")
        staff = StaffMember.objects.select_related("ward__department").get(account__username="xiangzhen")
        assert staff.ward is not None
        patient = make_patient("田合并", phone="13800005678")
        encounter = make_encounter(patient, discharged_on=today - timedelta(days=7))
        tasks = []
        told = {"questionnaire_version_id": None}
        kinds: tuple[dict[str, Any], ...] = (
            {}, {"due_on": today + timedelta(days=1)}, {"kind": "education", **told},
            {"kind": "reminder", "state": "paused", **told},
        )  # fmt: skip
        for step, more in zip(steps, kinds, strict=True):
            values: dict[str, Any] = {
                "step": step, "programme": step.version.programme, "patient": patient, "encounter": encounter,
                "enrolment": enrol(step, patient), "questionnaire_version_id": step.questionnaire_version_id,
                "ward": staff.ward, "department": staff.ward.department, "assignee": staff,
                "institution_id": staff.ward.department.institution_id, "township_code": "420583106000",
                "due_on": today, "window_start": today - timedelta(days=1), "window_end": today + timedelta(days=3),
                "created_at": clock.now(), "reason": {"why": ["行髋关节置换手术"]},
            }  # fmt: skip
            tasks.append(Task.objects.create(**{**values, **more}).pk)
        assert regroup(patient_ids=[patient.pk]) == 1
        assert Task.objects.get(pk=tasks[1]).lead_id == tasks[0]
    return tasks


def states_of(county: County, *ids: int) -> list[str]:
    from followup.worklist.models import Task
    from kernel.tenancy import bind_schema

    with bind_schema(county.tenant.schema_name):
        found = dict(Task.objects.filter(pk__in=ids).values_list("pk", "state"))
    return [found[pk] for pk in ids]


def check_with_axe(visitor: Visitor) -> None:
    if not AXE:
        return
    visitor.page.evaluate(Path(AXE).read_text(encoding="utf-8"))
    found = visitor.page.evaluate(
        "async () => (await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa']})).violations"
        ".map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).slice(0, 3).join(' | '))"
    )
    assert found == []


def test_one_call_settles_both_and_a_card_is_read_out(county: County, browser: Any) -> None:
    lead, member, teaching, resting = make_contact(county)
    visitor = Visitor(browser, county.url)
    visitor.log_in("xiangzhen", county.password)
    check_with_axe(visitor)
    visitor.shoot("20-workbench")
    visitor.page.goto(f"{county.url}/tasks?q=田合并&assignee=me")
    row = visitor.by("task-row").filter(has=visitor.by("merge-mark")).first
    row.wait_for()
    assert "合并 2 项" in row.inner_text()
    visitor.shoot("21-list")
    check_with_axe(visitor)
    row.click()
    assert "满意度回访 出院后第7天" in visitor.by("drawer-members").inner_text()
    visitor.shoot("22-drawer")
    visitor.by("open-task").click()
    visitor.by("start-task").click()

    first, second = (visitor.page.locator(f'[data-section="{pk}"]') for pk in (lead, member))
    first.get_by_test_id("option-answered_by-family").click()
    assert second.get_by_test_id("item-answered_by").count() == 0
    assert "家属" in second.get_by_test_id("asked-answered_by").inner_text()
    choose(visitor, "wound", "red")
    choose(visitor, "walk", "yes")
    choose(visitor, "pain", "2")
    first.get_by_test_id("item-temp").locator("input").fill("36.6")
    assert "伤口红肿" in first.get_by_test_id("section-head").inner_text()
    visitor.by("submit-task").click()  # the member's own question is still open
    assert states_of(county, lead, member) == ["in_progress", "in_progress"]
    choose(visitor, "content", "yes")
    choose(visitor, "praise", "nurse")
    visitor.by("conclusion").fill("伤口红肿，嘱预约复诊。")
    visitor.page.locator('[data-testid="draft-state"][data-state="saved"]').wait_for()
    visitor.shoot("23-contact")
    check_with_axe(visitor)
    visitor.by("submit-task").click()
    visitor.by("escalation-acknowledge").first.wait_for()
    visitor.shoot("24-settled")
    assert states_of(county, lead, member) == ["done", "done"]

    visitor.page.goto(f"{county.url}/tasks/{teaching}")
    visitor.by("education-card").first.wait_for()
    visitor.shoot("25-teaching")
    check_with_axe(visitor)
    visitor.by("submit-task").click()
    visitor.page.get_by_text("已记录宣教").wait_for()
    assert states_of(county, teaching) == ["done"]

    visitor.page.goto(f"{county.url}/tasks?state=paused")
    visitor.by("paused-mark").first.wait_for()
    visitor.page.goto(f"{county.url}/tasks/{resting}")
    assert "住院" in visitor.by("task-paused").inner_text()
    assert visitor.by("submit-task").count() == 0
    visitor.shoot("26-paused")
    check_with_axe(visitor)
    visitor.leave()
