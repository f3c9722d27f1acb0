"""Areas in a real browser: who looks after which village, who is away, and where a patient lives."""

from dataclasses import replace
from typing import Any

import pytest

from kernel import clock
from tests.journeys.conftest import County
from tests.journeys.messages import make_joint_story
from tests.journeys.test_browser_journey import Visitor, browser

__all__ = ["browser"]

pytestmark = [pytest.mark.browser, pytest.mark.req("D2", "D3", "D6")]

SIZES = {"wide": {"width": 1440, "height": 900}, "narrow": {"width": 1024, "height": 768}}


def shoot(visitor: Visitor, name: str) -> None:
    for size, box in SIZES.items():
        visitor.page.set_viewport_size(box)
        visitor.page.wait_for_timeout(250)
        visitor.shoot(f"areas-{name}-{size}")


def test_admin_enters_who_holds_a_village(county: County, browser: Any) -> None:
    admin = Visitor(browser, county.url)
    admin.log_in("guanli", county.password)
    admin.by("menu-catchments").first.click()
    admin.by("place-row").first.wait_for()
    shoot(admin, "1-tree")

    admin.by("place-find").fill("fpx")
    row = admin.by("place-row").filter(has_text="丰坪巷社区")
    row.click()
    admin.by("place-owner").get_by_text("登记在乡镇一级").wait_for()
    admin.by("add-area").click()
    choose_institution(admin, "问安镇卫生院")
    admin.by("area-save").click()
    admin.by("area-row").first.wait_for()
    admin.by("place-owner").get_by_text("登记在本村").wait_for()

    admin.by("add-area").click()
    choose_institution(admin, "枝江市人民医院")
    admin.by("area-save").click()
    fault = admin.by("area-fault")
    fault.get_by_text("请先结束原来的归属").wait_for()
    shoot(admin, "2-overlap")
    admin.by("area-form").get_by_role("button", name="取消").click()

    admin.by("end-area").click()
    admin.by("end-confirm").click()
    admin.by("end-confirm").wait_for(state="hidden")
    admin.leave()


def choose_institution(admin: Visitor, name: str) -> None:
    admin.by("area-institution").select_option(label=name)


def test_clinicians_stand_in_and_a_loop_is_refused(county: County, browser: Any) -> None:
    admin = Visitor(browser, county.url)
    admin.log_in("guanli", county.password)
    admin.by("menu-rosters").first.click()
    admin.by("roster-row").first.wait_for()
    rows = admin.by("roster-row")
    first, second = rows.nth(0), rows.nth(1)
    names = [row.locator("th b").inner_text() for row in (first, second)]
    report(admin, first, names[1])
    first.get_by_test_id("absence-bar").wait_for()
    first.get_by_test_id("capacity").fill("12")
    first.get_by_test_id("capacity").press("Enter")
    admin.page.get_by_text("每日随访量已保存").wait_for()
    shoot(admin, "3-rosters")

    report(admin, second, names[0])
    fault = admin.by("deputy-fault")
    fault.wait_for()
    assert all(name in fault.inner_text() for name in names)
    shoot(admin, "4-loop")
    admin.leave()


def report(admin: Visitor, row: Any, deputy: str) -> None:
    row.get_by_test_id("absence-report").click()
    options = admin.by("absence-deputy").locator("option").all_inner_texts()
    admin.by("absence-deputy").select_option(
        index=next(n for n, text in enumerate(options) if deputy in text)
    )
    admin.by("absence-save").click()


def test_clinician_reports_own_absence(county: County, browser: Any) -> None:
    clinician = Visitor(browser, county.url)
    clinician.log_in("xiangzhen", county.password)
    clinician.by("menu-rosters").first.click()
    clinician.by("own-absence").click()
    clinician.by("absence-training").check()
    clinician.by("absence-save").click()
    clinician.by("absence-bar").filter(has_text="培训").wait_for()
    shoot(clinician, "5-own-absence")
    clinician.leave()


def test_centre_confirms_and_remembers_by_keyboard(county: County, browser: Any) -> None:
    now = clock.now().astimezone(clock.SHANGHAI)
    story = make_joint_story(now, number=71, days_ago=1, name="谭归属")
    story = replace(story, address="湖北省宜昌市枝江市红旗老粮站旁3栋")
    county.send(story.admission("ARE-1"), story.discharge("ARE-2"))
    county.settle()
    centre = Visitor(browser, county.url)
    centre.log_in("suifang", county.password)
    centre.by("menu-routing").first.click()
    row = centre.by("routing-row").filter(has_text="谭*属")
    row.wait_for()
    centre.page.keyboard.press("j")
    centre.by("division-township").select_option(label="问安镇")
    centre.by("routing-resolve-remember").wait_for()
    shoot(centre, "6-queue")
    centre.by("routing-resolve-remember").click()
    row.wait_for(state="detached")
    centre.leave()


def test_team_signs_and_ends_a_contract(county: County, browser: Any) -> None:
    now = clock.now().astimezone(clock.SHANGHAI)
    story = make_joint_story(now, number=72, days_ago=2, name="董签约")
    county.send(story.admission("ARE-3"), story.discharge("ARE-4"))
    county.settle()
    clinician = Visitor(browser, county.url)
    clinician.log_in("xiangzhen", county.password)
    clinician.by("menu-care-contracts").first.click()
    clinician.by("contract-sign").click()
    clinician.by("contract-find").fill("董签约")
    clinician.by("contract-find-go").click()
    clinician.by("contract-patient").first.check()
    shoot(clinician, "7-sign")
    clinician.by("contract-save").click()
    row = clinician.by("contract-row").filter(has_text="董*约")
    row.wait_for()
    shoot(clinician, "8-contracts")
    row.get_by_test_id("contract-end").click()
    clinician.by("reason").locator("visible=true").fill("患者要求解约")
    clinician.by("reason-confirm").locator("visible=true").click()
    clinician.page.get_by_text("签约已终止").wait_for()
    clinician.leave()


def test_admin_moves_a_village_and_takes_it_back(county: County, browser: Any) -> None:
    admin = Visitor(browser, county.url)
    admin.log_in("guanli", county.password)
    admin.by("menu-area-changes").first.click()
    admin.by("change-new").click()
    admin.by("change-township").select_option(label="问安镇")
    admin.by("change-village").nth(0).check()
    admin.by("change-institution").select_option(index=1)
    shoot(admin, "12-plan")
    admin.by("change-draft").click()
    admin.by("change-state").get_by_text("草稿").wait_for()
    shoot(admin, "13-preview")
    admin.by("change-apply").click()
    admin.page.locator(".el-message-box").get_by_role("button", name="执行调整").click()
    admin.by("change-state").get_by_text("执行中").wait_for()
    county.settle()
    admin.by("change-state").get_by_text("已执行").wait_for()
    admin.by("change-revert").click()
    admin.page.locator(".el-message-box").get_by_role("button", name="撤回调整").click()
    admin.by("change-state").get_by_text("撤回中").wait_for()
    county.settle()
    admin.by("change-state").get_by_text("已撤回").wait_for()
    shoot(admin, "14-reverted")
    admin.leave()


def test_residence_panel(county: County, browser: Any) -> None:
    now = clock.now().astimezone(clock.SHANGHAI)
    story = make_joint_story(now, number=73, days_ago=2, name="方住处")
    county.send(story.admission("ARE-5"), story.discharge("ARE-6"))
    county.settle()
    clinician = Visitor(browser, county.url)
    clinician.log_in("xiangzhen", county.password)
    clinician.by("menu-patients").first.click()
    clinician.page.locator("input[type=search]").first.fill("方住处")
    clinician.page.keyboard.press("Enter")
    row = clinician.page.get_by_text("方*处").first
    row.wait_for()
    row.click()
    clinician.by("residence-claim").first.wait_for()
    shoot(clinician, "9-residence")
    clinician.by("residence-add").click()
    clinician.by("residence-kind-temporary").check()
    clinician.by("division-township").last.select_option(index=2)
    clinician.by("residence-verified").fill("电话核实")
    shoot(clinician, "10-add")
    clinician.by("residence-save").click()
    clinician.page.get_by_text("住处已登记").wait_for()
    clinician.by("routing-history").locator("summary").click()
    clinician.by("routing-decision").first.wait_for()
    clinician.by("override-set").click()
    clinician.by("override-team").select_option(index=1)
    clinician.by("override-reason").fill("患者希望由原来的团队随访")
    clinician.by("override-save").click()
    clinician.by("residence-override").wait_for()
    shoot(clinician, "11-override")
    clinician.leave()
