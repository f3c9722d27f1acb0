"""One patient's path in the hands of the doctor, in a real browser: paused, resumed, ended, begun again by hand."""

from typing import Any

import pytest

from kernel import clock
from tests.journeys.conftest import County
from tests.journeys.messages import make_joint_story
from tests.journeys.test_browser_journey import Visitor, browser  # noqa: F401
from tests.journeys.test_programmes_browser import check_access
from tests.journeys.test_programmes_shared_browser import give_reason

pytestmark = [pytest.mark.browser, pytest.mark.req("S8", "S12", "S39")]

NAME, SHOWN, PROGRAMME = "常入组", "常*组", "膝、髋关节置换术后随访"


def states(county: County) -> set[str]:
    """Of the open tasks of the joint programme."""
    from followup.worklist.models import Task
    from kernel.tenancy import bind_schema

    with bind_schema(county.tenant.schema_name):
        rows = Task.objects.filter(patient__name=NAME, programme__name=PROGRAMME)
        return set(rows.values_list("state", flat=True))


def test_a_path_is_paused_resumed_ended_and_begun_by_hand(
    county: County,
    browser: Any,  # noqa: F811
) -> None:
    now = clock.now().astimezone(clock.SHANGHAI)
    story = make_joint_story(now, number=81, days_ago=1, name=NAME)
    county.send(story.admission("ENR-1"), story.discharge("ENR-2"))
    county.settle()
    doctor = Visitor(browser, county.url)
    doctor.log_in("zhuguan", county.password)
    open_enrolment(doctor)
    pause_and_resume(county, doctor)
    end(county, doctor)
    enrol_by_hand(county, doctor)
    doctor.leave()


def open_enrolment(doctor: Visitor) -> None:
    doctor.by("menu-enrolments").first.click()
    doctor.by("enrolment-search").fill(NAME)
    doctor.by("enrolment-search").press("Enter")
    doctor.page.wait_for_function(
        "name => { const rows = [...document.querySelectorAll('[data-testid=enrolment-row]')];"
        " return rows.length > 0 && rows.every((row) => row.innerText.includes(name)) }",
        arg=SHOWN,
    )
    check_access(doctor)
    doctor.by("enrolment-row").filter(has_text=PROGRAMME).first.click()
    doctor.by("enrolment-drawer").get_by_text("出院三天电话随访").wait_for()


def pause_and_resume(county: County, doctor: Visitor) -> None:
    drawer = doctor.by("enrolment-drawer")
    doctor.by("enrolment-pause").click()
    doctor.shoot("enrolment-1-pause")
    doctor.page.get_by_role("button", name="患者正在住院").click()
    doctor.by("reason-confirm").locator("visible=true").click()
    doctor.by("enrolment-resume").wait_for()
    drawer.get_by_text("患者正在住院").wait_for()
    drawer.get_by_text("暂停于").wait_for()
    check_access(doctor)
    doctor.shoot("enrolment-2-paused")
    assert states(county) == {"paused"}
    doctor.by("enrolment-resume").click()
    doctor.page.get_by_text("时间窗仍开放或未到的任务继续").wait_for()
    doctor.page.get_by_role("button", name="恢复路径").last.click()
    doctor.by("enrolment-pause").wait_for()
    assert states(county) == {"planned"}
    doctor.shoot("enrolment-3-resumed")


def end(county: County, doctor: Visitor) -> None:
    drawer = doctor.by("enrolment-drawer")
    doctor.by("enrolment-stop").click()
    doctor.by("reason-confirm").locator("visible=true").click()
    doctor.page.get_by_role("alert").filter(has_text="请").locator("visible=true").wait_for()
    doctor.page.get_by_label("患者迁出").check()
    doctor.shoot("enrolment-4-stop")
    give_reason(doctor, "已随子女迁往外省")
    drawer.get_by_text("迁出：已随子女迁往外省").wait_for()
    doctor.by("enrolment-stop").wait_for(state="detached")
    assert states(county) == {"cancelled"}
    check_access(doctor)
    doctor.shoot("enrolment-5-ended")


def enrol_by_hand(county: County, doctor: Visitor) -> None:
    doctor.by("enrolment-drawer").get_by_role("link", name="打开患者档案").click()
    doctor.page.get_by_role("tab", name="入组与路径").click()
    rows = doctor.by("patient-enrolment")
    rows.filter(has_text="已终止").filter(has_text=PROGRAMME).wait_for()
    doctor.by("enrol-by-hand").click()
    doctor.by("enrol-programme").locator("visible=true").select_option(label=PROGRAMME)
    check_access(doctor)
    doctor.shoot("enrolment-6-by-hand")
    give_reason(doctor, "患者返乡，家属要求继续随访")
    again = rows.filter(has_text="进行中").filter(has_text=PROGRAMME)
    again.get_by_text("人工入组：患者返乡，家属要求继续随访").wait_for()
    again.get_by_role("button", name=PROGRAMME).click()
    again.get_by_text("第 2 轮").first.wait_for()
    assert states(county) == {"cancelled", "planned"}
    doctor.shoot("enrolment-7-again")
