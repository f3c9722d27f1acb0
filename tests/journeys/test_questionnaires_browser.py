"""The questionnaire editor in a real browser: written by the follow-up centre, signed by a doctor, two at once."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.conftest import County
from tests.journeys.test_browser_journey import Visitor, browser

__all__ = ["browser"]  # a fixture
pytestmark = [pytest.mark.browser, pytest.mark.req("S15", "S17", "S27", "C4")]

TITLE = "旅程：术后体温随访"
_VIOLATIONS = """async () => (await axe.run(document, { resultTypes: ['violations'] })).violations
    .map(({ id, nodes }) => `${id}: ${nodes[0].html}`)"""
# Of a change of the chosen question: until the preview has drawn it, the frame's wait included.
_KEYSTROKE = """async () => {
  const field = document.querySelector('[data-testid=item-text]')
  const drawn = () => document.querySelector('[data-testid=preview]').textContent.includes(field.value)
  const spent = []
  for (let round = 0; round < 15; round += 1) {
    const start = performance.now()
    field.value += '字'
    field.dispatchEvent(new InputEvent('input', { bubbles: true }))
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)))
    if (!drawn()) return -1
    spent.push(performance.now() - start)
  }
  return spent.sort((one, other) => one - other)[7]
}"""


def check_accessible(visitor: Visitor) -> None:
    """Every rule of axe-core, when it is at hand (JIELI_AXE names its file)."""
    axe = os.environ.get("JIELI_AXE")
    if axe:
        visitor.page.evaluate(Path(axe).read_text(encoding="utf-8"))
        assert visitor.page.evaluate(_VIOLATIONS) == []


def wait_saved(visitor: Visitor) -> None:
    visitor.page.locator('[data-testid=save-state][data-state="saved"]').wait_for()


def test_a_questionnaire_from_blank_to_signed(county: County, browser: Any) -> None:
    centre = Visitor(browser, county.url)
    centre.log_in("suifang", county.password)
    centre.by("menu-questionnaires").first.click()
    centre.by("questionnaire-row").first.wait_for()
    check_accessible(centre)
    centre.by("new").click()
    centre.by("new-title").fill(TITLE)
    centre.by("new-confirm").click()
    centre.by("item-panel").wait_for()
    _write_questions(centre)
    _try_the_preview(centre)
    check_accessible(centre)
    centre.shoot("30-questionnaire-editor")
    address = centre.page.url
    _two_at_once(county, browser, centre, address)

    centre.by("review").click()
    centre.by("review-confirm").click()
    centre.by("paper").wait_for()
    page = centre.page.url
    assert centre.by("sign").count() == 0, "who wrote it does not sign it"
    centre.leave()

    doctor = Visitor(browser, county.url)
    doctor.log_in("zhuguan", county.password)
    doctor.page.goto(page)
    doctor.by("sign").click()
    doctor.by("sign-licence").fill("110420500012345")
    doctor.by("sign-confirm").click()
    doctor.by("version").filter(has_text="110420500012345").wait_for()
    assert "38.5 ℃" in doctor.by("paper-q2").inner_text()
    check_accessible(doctor)
    doctor.shoot("31-questionnaire-signed")
    doctor.leave()


def _write_questions(visitor: Visitor) -> None:
    visitor.by("item-text").fill("您现在感觉怎么样？")
    visitor.by("item-add").click()
    visitor.by("add-number").click()
    visitor.by("item-text").fill("今天体温多少度？")
    visitor.by("item-unit").fill("℃")
    visitor.by("rule-add").click()
    visitor.by("condition-value").fill("38.5")
    visitor.by("rule-level").select_option("E3")
    visitor.by("rule-prompt").fill("发热")
    # E3 says what to do: until then the fault leads to the place, and nothing is stored.
    visitor.by("faults-toggle").click()
    visitor.by("fault").first.click()
    visitor.page.wait_for_function("document.activeElement?.dataset.testid === 'rule-advice'")
    visitor.page.keyboard.insert_text("请当日到医院复查")
    visitor.by("item-add").click()
    visitor.by("add-single").click()
    visitor.by("item-text").fill("有没有寒战？")
    visitor.by("option-label-0").fill("没有")
    visitor.by("option-label-1").fill("有")
    visitor.by("logic-add").click()
    visitor.by("condition-subject").focus()
    visitor.by("condition-subject").select_option("q2")
    visitor.by("condition-operator").select_option(">=")
    visitor.by("condition-value").fill("37.5")
    wait_saved(visitor)
    # By keyboard: up, and back.
    visitor.by("tree-q3").click()
    visitor.page.keyboard.press("Alt+ArrowUp")
    assert "2." in visitor.by("tree-q3").inner_text()
    visitor.page.keyboard.press("Control+z")
    assert "3." in visitor.by("tree-q3").inner_text()


def _try_the_preview(visitor: Visitor) -> None:
    preview = visitor.by("preview")
    assert preview.get_by_test_id("item-q3").count() == 0
    preview.get_by_test_id("item-q2").locator("input").fill("39")
    preview.get_by_test_id("item-q3").wait_for()
    assert "E3" in preview.get_by_test_id("evaluation").inner_text()
    preview.get_by_test_id("item-q2").locator("input").fill("36.5")
    preview.get_by_test_id("item-q3").wait_for(state="detached")
    assert "E0" in preview.get_by_test_id("evaluation").inner_text()
    visitor.by("tree-q1").click()
    assert 0 < visitor.page.evaluate(_KEYSTROKE) < 50
    visitor.by("item-text").fill("您现在感觉怎么样？")
    wait_saved(visitor)


def _two_at_once(county: County, browser: Any, first: Visitor, address: str) -> None:
    second = Visitor(browser, county.url)
    second.log_in("suifang", county.password)
    second.page.goto(address)
    second.by("item-panel").wait_for()
    wait_saved(second)
    first.by("item-text").fill("您好，今天感觉怎么样？")
    first.page.keyboard.press("Control+s")
    wait_saved(first)
    second.by("item-text").fill("这几天感觉怎么样？")
    second.by("tree-q2").click()
    second.by("item-unit").fill("摄氏度")
    second.page.keyboard.press("Control+s")
    second.by("conflict").wait_for()
    check_accessible(second)
    second.shoot("32-questionnaire-conflict")
    assert second.by("difference").count() == 2
    # Theirs for the first question, mine for the second.
    second.by("difference").first.get_by_role("radio").last.check()
    second.by("conflict-settle").click()
    wait_saved(second)
    second.page.reload()
    second.by("tree-q1").click()
    assert second.by("item-text").input_value() == "您好，今天感觉怎么样？"
    second.by("tree-q2").click()
    assert second.by("item-unit").input_value() == "摄氏度"
    second.by("item-unit").fill("℃")
    wait_saved(second)
    second.leave()
    first.page.reload()
    first.by("item-panel").wait_for()
