"""A programme from copy to use, in a real browser: the centre writes, the doctor signs, the centre activates."""

import os
from pathlib import Path
from typing import Any

import pytest

from kernel import clock
from tests.journeys.conftest import County
from tests.journeys.messages import make_joint_story
from tests.journeys.test_browser_journey import Visitor, browser  # noqa: F401

pytestmark = [
    pytest.mark.browser,
    pytest.mark.req("S7", "S8", "S9", "S10", "S11", "S18", "S20", "S22", "S25", "S28", "S29", "C13"),
]

_NAMELESS = """() => [...document.querySelectorAll('main button, main input, main select, main textarea, main a')]
  .filter((e) => e.offsetParent && !e.closest('[aria-hidden=true]'))
  .filter((e) => !(e.textContent || '').trim() && !e.getAttribute('aria-label') && !e.title
    && !(e.labels && e.labels.length) && !e.getAttribute('aria-labelledby'))
  .map((e) => e.outerHTML.slice(0, 160))"""
_SERIOUS = """async () => (await axe.run(document, { resultTypes: ['violations'] })).violations
  .filter((v) => v.impact === 'serious' || v.impact === 'critical')
  .map((v) => v.id + ': ' + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(' | '))"""


def check_access(visitor: Visitor) -> None:
    """Every control has a name; with axe-core at hand (JIELI_AXE names its file), all of its serious rules."""
    assert visitor.page.evaluate(_NAMELESS) == []
    axe = os.environ.get("JIELI_AXE")
    if axe:
        visitor.page.evaluate(Path(axe).read_text(encoding="utf-8"))
        assert visitor.page.evaluate(_SERIOUS) == []


def count_of(visitor: Visitor) -> int:
    return int(visitor.by("preview-count").inner_text())


def wait_saved(visitor: Visitor) -> None:
    visitor.page.wait_for_function(
        "() => document.querySelector('[data-testid=save-state]').classList.contains('saved')"
    )


def test_a_programme_is_copied_changed_signed_and_activated(
    county: County,
    browser: Any,  # noqa: F811
) -> None:
    now = clock.now().astimezone(clock.SHANGHAI)
    story = make_joint_story(now, number=41, days_ago=6, name="方路径")
    county.send(story.admission("PRG-1"), story.discharge("PRG-2"))
    county.settle()
    centre = Visitor(browser, county.url)
    centre.log_in("suifang", county.password)
    copy_a_programme(centre)
    patient = change_criteria(centre)
    move_a_step(centre)
    programme_url = submit(centre)
    doctor_signs(county, browser, programme_url)
    centre_activates(centre, programme_url, patient)
    centre.leave()


def copy_a_programme(centre: Visitor) -> None:
    centre.by("menu-programmes").first.click()
    centre.by("programme-row").first.wait_for()
    centre.by("shelf").filter(has_text="骨科").first.click()
    check_access(centre)
    centre.shoot("programmes-1-list")
    centre.by("new-programme").click()
    centre.by("create-from").select_option(label="膝、髋关节置换术后随访")
    centre.by("create-name").fill("髋关节置换术后随访（旅程）")
    centre.by("create-confirm").click()
    centre.by("criteria").wait_for()
    assert centre.page.url.endswith("/edit")


def change_criteria(centre: Visitor) -> str:
    """Returns the number of the patient whom the preview names."""
    centre.by("preview-count").wait_for()
    before = count_of(centre)
    assert before >= 1
    centre.by("preview-funnel").click()
    centre.by("funnel").get_by_text("剩").first.wait_for()
    centre.shoot("programmes-2-editor")
    centre.by("add-condition").click()
    centre.by("condition-field").select_option("age")
    centre.by("condition-op").select_option("gte")
    centre.by("value-number").fill("120")
    centre.page.wait_for_function(
        "() => document.querySelector('[data-testid=preview-count]')?.innerText === '0'"
    )
    check_access(centre)
    centre.shoot("programmes-3-builder")
    centre.by("value-number").fill("18")
    centre.page.wait_for_function(
        "(n) => document.querySelector('[data-testid=preview-count]')?.innerText === n", arg=str(before)
    )
    centre.by("preview-names").click()
    row = centre.by("preview-list").locator("a").filter(has_text="方*径").first
    row.wait_for()
    assert "方路径" not in centre.page.content()
    centre.shoot("programmes-4-names")
    patient = str(row.get_attribute("href")).rsplit("/", 1)[-1]
    centre.page.keyboard.press("Escape")
    row.wait_for(state="hidden")
    return patient


def move_a_step(centre: Visitor) -> None:
    card = centre.by("step-card").filter(has_text="出院三天电话随访").first
    assert card.get_attribute("data-day") == "3"
    card.focus()
    centre.page.keyboard.press("ArrowRight")
    centre.page.keyboard.press("ArrowRight")
    assert card.get_attribute("data-day") == "5"
    assert centre.by("step-day").input_value() == "5"
    wait_saved(centre)
    centre.by("rehearsal").locator("svg").first.wait_for()
    check_access(centre)
    centre.by("rehearsal").scroll_into_view_if_needed()
    centre.shoot("programmes-5-rehearsal")


def submit(centre: Visitor) -> str:
    centre.by("submit-review").click()
    centre.page.get_by_role("button", name="通过审阅，送签署").last.click()
    centre.by("version-acts").wait_for()
    centre.page.get_by_text("待签署").first.wait_for()
    return centre.page.url


def doctor_signs(county: County, browser: Any, url: str) -> None:  # noqa: F811
    doctor = Visitor(browser, county.url)
    doctor.log_in("zhuguan", county.password)
    doctor.by("menu-programmes").first.click()
    doctor.by("chip-waiting").click()
    doctor.by("programme-row").filter(has_text="髋关节置换术后随访（旅程）").first.click()
    doctor.by("act-sign").click()
    doctor.by("sign-licence").fill("12")
    doctor.by("sign-confirm").click()
    doctor.page.get_by_text("15 位数字").wait_for()
    doctor.by("sign-licence").fill("110420500001234")
    doctor.by("sign-confirm").click()
    doctor.page.get_by_text("已签署，可以启用").wait_for()
    check_access(doctor)
    doctor.shoot("programmes-6-signed")
    doctor.leave()


def centre_activates(centre: Visitor, url: str, patient: str) -> None:
    centre.page.goto(url)
    centre.by("act-activate").click()
    centre.by("activate-preview").get_by_text("天的出院中命中").wait_for()
    centre.shoot("programmes-7-activate")
    centre.by("activate-confirm").click()
    centre.by("act-pause").wait_for()
    check_access(centre)
    centre.shoot("programmes-8-active")
    centre.by("menu-screening").first.click()
    centre.by("explain-number").fill("no-such-number")
    centre.by("explain-ask").click()
    centre.page.get_by_text("没有找到就诊").wait_for()
    centre.by("explain-number").fill(patient)
    centre.by("explain-ask").click()
    stay = centre.by("explained-stay").first
    stay.get_by_text("髋关节置换术后随访（旅程）").wait_for()
    assert centre.by("explained-programme").count() > 1
    check_access(centre)
    centre.shoot("programmes-9-explained")
