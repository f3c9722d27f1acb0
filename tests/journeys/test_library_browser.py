"""The quieter screens in a real browser: unfinished work, licences, labels, registers, a death that was heard of."""

from typing import Any

import pytest

from kernel import clock
from kernel.tenancy import bind_schema
from tests.journeys.conftest import County
from tests.journeys.messages import make_joint_story
from tests.journeys.test_browser_journey import Visitor, browser

__all__ = ["browser"]  # a fixture
pytestmark = [pytest.mark.browser, pytest.mark.req("S15", "S17", "S10", "S12")]

NAME = "卢登记"
TITLE = "旅程：写了一半的问卷"
SCALE: dict[str, Any] = {
    "key": "journey_scale", "title": "旅程：受保护的量表", "category": "scale", "locked_scale": "journey_36",
    "source": ["示例"], "licence": "verify",
    "items": [{"link_id": "mood", "type": "scale", "text": "心情几分？", "min": 0, "max": 10}],
}  # fmt: skip


def test_half_a_form_is_the_authors_wherever_she_sits(county: County, browser: Any) -> None:
    author = Visitor(browser, county.url)
    author.log_in("suifang", county.password)
    author.by("menu-questionnaires").first.click()
    author.by("new").click()
    author.by("new-title").fill(TITLE)
    author.by("new-confirm").click()
    author.by("item-panel").wait_for()
    author.by("item-text").fill("")
    author.by("item-add").click()
    author.by("add-number").click()
    author.by("item-text").fill("今天体温多少度？")
    author.by("rule-add").click()
    author.by("rule-level").select_option("E3")
    author.by("rule-prompt").fill("发热")
    author.page.locator('[data-testid=save-state][data-state="faulty"]').wait_for()
    assert author.by("review").is_disabled()
    author.by("faults-toggle").click()
    assert "请填写题干" in author.by("fault").first.inner_text()
    author.shoot("library-1-unfinished")
    author.page.reload()
    author.by("item-panel").wait_for()
    address = author.page.url
    author.leave()

    elsewhere = Visitor(browser, county.url)
    elsewhere.log_in("suifang", county.password)
    elsewhere.page.goto(address)
    elsewhere.by("tree-q2").click()
    assert elsewhere.by("item-text").input_value() == "今天体温多少度？"
    assert elsewhere.by("rule-prompt").input_value() == "发热"
    elsewhere.page.locator('[data-testid=save-state][data-state="faulty"]').wait_for()
    elsewhere.by("tree-q1").click()
    elsewhere.by("item-text").fill("您现在感觉怎么样？")
    elsewhere.by("tree-q2").click()
    elsewhere.by("condition-value").fill("38.5")
    elsewhere.by("rule-advice").fill("请当日到医院复查")
    elsewhere.page.locator('[data-testid=save-state][data-state="saved"]').wait_for()
    assert elsewhere.by("review").is_enabled()
    elsewhere.leave()


def test_a_scale_appears_with_its_licence_and_goes_with_it(county: County, browser: Any) -> None:
    from access.actor import SYSTEM
    from followup.questionnaires.services import load_documents

    with bind_schema(county.tenant.schema_name):
        load_documents(documents=[SCALE], actor=SYSTEM, signed_by_name="鲁大勇")
    admin = Visitor(browser, county.url)
    admin.log_in("guanli", county.password)
    admin.page.goto(f"{county.url}/questionnaires")
    admin.by("questionnaire-row").first.wait_for()
    row = admin.by("questionnaire-row").filter(has_text="受保护的量表")
    assert "登记授权后才能使用" in row.inner_text()
    row.click()
    admin.by("licence-scale").wait_for()
    assert admin.by("licence-scale").input_value() == "journey_36"
    admin.by("licence-state").click()
    admin.page.get_by_text("请填写量表、授权方和授权编号").wait_for()
    admin.by("licence-holder").fill("量表版权方")
    admin.by("licence-number").fill("合同 2026-1")
    admin.shoot("library-2-licence")
    admin.by("licence-state").click()
    admin.by("licence").filter(has_text="合同 2026-1").wait_for()
    admin.by("licence-holder").fill("又一方")
    admin.by("licence-number").fill("2")
    admin.by("licence-state").click()
    admin.page.get_by_text("已登记了有效的授权").wait_for()
    assert shows_scale(county, browser)
    admin.by("licence").first.get_by_role("button", name="撤销授权").click()
    admin.page.get_by_role("dialog", name="撤销 旅程").get_by_role("button", name="撤销授权").click()
    admin.by("licence").filter(has_text="撤销").first.wait_for()
    admin.shoot("library-3-revoked")
    assert not shows_scale(county, browser)
    admin.leave()


def shows_scale(county: County, browser: Any) -> bool:
    reader = Visitor(browser, county.url)
    reader.log_in("zhuguan", county.password)
    reader.page.goto(f"{county.url}/questionnaires")
    reader.by("questionnaire-row").first.wait_for()
    found = reader.by("questionnaire-row").filter(has_text="受保护的量表").count() == 1
    reader.leave()
    return found


def test_labels_registers_and_a_death_that_was_heard_of(county: County, browser: Any) -> None:
    now = clock.now().astimezone(clock.SHANGHAI)
    story = make_joint_story(now, number=71, days_ago=1, name=NAME)
    county.send(story.admission("LBL-1"), story.discharge("LBL-2"))
    county.settle()
    with bind_schema(county.tenant.schema_name):
        from access.actor import build_actor
        from accounts.models import StaffAccount
        from accounts.services import reload_account
        from records.models import Patient
        from records.services import save_label

        centre = build_actor(reload_account(StaffAccount.objects.get(username="suifang").pk))
        save_label(actor=centre, code="journey", name="旅程标签")
        patient = Patient.objects.get(name=NAME).pk

    doctor = Visitor(browser, county.url)
    doctor.log_in("zhuguan", county.password)
    doctor.page.goto(f"{county.url}/patients/{patient}")
    doctor.by("labels-edit").click()
    doctor.by("label-journey").check()
    doctor.by("labels-save").click()
    doctor.by("patient-label").filter(has_text="旅程标签").wait_for()
    doctor.by("register-enter").click()
    doctor.by("register-kind").select_option("hypertension")
    doctor.by("register-save").click()
    doctor.by("patient-register").filter(has_text="高血压").wait_for()
    doctor.by("flag-mark").click()
    doctor.by("flag-kind-deceased").click()
    doctor.by("flag-proposed").click()
    doctor.by("flag-impact").get_by_text("核实之前").wait_for()
    doctor.shoot("library-4-heard")
    doctor.by("reason").locator("visible=true").fill("家属在电话中说患者已去世")
    doctor.by("reason-confirm").locator("visible=true").click()
    doctor.by("flag-deceased").filter(has_text="待核实").wait_for()
    doctor.by("flag-confirm-deceased").click()
    doctor.page.get_by_role("dialog").get_by_role("button", name="确认").click()
    doctor.page.locator(".el-message").filter(has_text="另").first.wait_for()
    doctor.by("flag-lift-deceased").click()
    doctor.by("reason").locator("visible=true").fill("核实为同名患者")
    doctor.by("reason-confirm").locator("visible=true").click()
    doctor.by("flag-deceased").wait_for(state="detached")
    doctor.page.reload()
    doctor.by("patient-label").filter(has_text="旅程标签").wait_for()
    doctor.by("patient-register").filter(has_text="高血压").wait_for()
    doctor.shoot("library-5-marks")
    doctor.leave()
