"""The same way in a real browser: every click is an API call of the running product."""

import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.demo.history import make_tone
from kernel import clock
from tests.journeys.conftest import County
from tests.journeys.messages import make_joint_story

pytestmark = [
    pytest.mark.browser,
    pytest.mark.req("S27", "S33", "S34", "S36", "S37", "S38", "D4", "D6", "C2", "C9"),
]

_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
SHOTS = Path(__file__).resolve().parents[2] / "var" / "journey"


def find_browser() -> str | None:
    given = os.environ.get("JIELI_CHROMIUM")
    return given or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    path = find_browser()
    if path is None:
        pytest.skip(
            "no Chromium: install Debian's packages chromium and fonts-noto-cjk (apt-get install chromium"
            " fonts-noto-cjk), or set JIELI_CHROMIUM to a browser's path"
        )
    from django.conf import settings

    if not (settings.WEB_ROOT / "index.html").is_file():
        pytest.skip("the web app is not built: run make web")
    from playwright.sync_api import sync_playwright

    # Playwright keeps an event loop in this thread; Django's guard would take every query for one inside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        yield chromium
        chromium.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class Visitor:
    """One person in a window of their own; remembers console errors and requests that left the origin."""

    def __init__(self, browser: Any, url: str) -> None:
        self.context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
        self.page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.url = url
        self.strangers: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", self._watch)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _watch(self, request: Any) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.strangers.append(request.url)

    def by(self, testid: str) -> Any:
        return self.page.get_by_test_id(testid)

    def log_in(self, username: str, password: str) -> None:
        self.page.goto(self.url)
        self.by("login-username").locator("visible=true").first.fill(username)
        self.by("login-password").fill(password)
        self.by("login-submit").click()
        self.by("user-menu").wait_for()

    def shoot(self, name: str) -> None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=str(SHOTS / f"{name}.png"))

    def leave(self) -> None:
        assert self.strangers == [], "a request left our origin"
        assert self.errors == [], "the page threw"
        self.context.close()


def choose(visitor: Visitor, link_id: str, value: str) -> None:
    visitor.by(f"option-{link_id}-{value}").first.click()


def test_the_whole_way_in_a_browser(county: County, browser: Any, tmp_path: Path) -> None:
    now = clock.now().astimezone(clock.SHANGHAI)
    story = make_joint_story(now, number=21, days_ago=8, name="林旅程")
    county.send(story.admission("WEB-1"), story.discharge("WEB-2"))
    county.settle()

    clinician = Visitor(browser, county.url)
    clinician.log_in("xiangzhen", county.password)
    clinician.shoot("01-workbench")
    clinician.by("menu-tasks").first.click()
    row = clinician.by("task-row").filter(has_text="林*程").first
    row.wait_for()
    clinician.shoot("02-tasks")
    row.focus()
    clinician.page.keyboard.press("Enter")
    clinician.by("start-task").click()
    clinician.by("item-wound").wait_for()
    clinician.shoot("03-task")
    _fill_in(clinician)
    clinician.shoot("03b-filled")
    clinician.by("escalation-banner").first.wait_for()
    clinician.shoot("04-abnormal")
    clinician.by("conclusion").locator("visible=true").first.fill("伤口渗液，已联系骨科，嘱当日复诊。")
    sound = tmp_path / "通话.wav"
    sound.write_bytes(make_tone(random.Random(2), 2.0))
    clinician.page.get_by_role("tab", name="录音").click()
    clinician.by("upload-recording").set_input_files(str(sound))
    clinician.by("play-recording").first.click()
    clinician.page.wait_for_function(
        "() => { const a = document.querySelector('[data-testid=recording-audio]'); return a && a.duration > 1 }"
    )
    late = clinician.by("late-reason")
    if late.count():
        late.first.fill("系统上线补录")
    clinician.by("submit-task").click()
    clinician.by("escalation-acknowledge").first.wait_for()
    clinician.shoot("05-done")
    clinician.leave()

    supervisor_finds_the_wards_work(county, browser)
    operations_centre_scores_one(county, browser)
    bureau_sees_the_counts(county, browser)
    the_other_tenant_sees_nothing(county, browser)


def _fill_in(visitor: Visitor) -> None:
    for link_id, value in (
        ("joint", "hip"), ("wound", "oozing"), ("calf", "no"), ("breath", "no"), ("anticoagulant", "regular"),
        ("bleeding", "no"), ("dislocation", "none"), ("walking", "stick"), ("stairs", "rail"), ("fall", "no"),
        ("numbness", "no"), ("infection", "none"), ("answered_by", "self"), ("consent", "yes"),
        ("general_state", "same"), ("new_symptom", "no"), ("taking", "regular"), ("side_effect", "no"),
        ("revisit_booked", "yes"),
    ):  # fmt: skip
        if visitor.by(f"item-{link_id}").count():
            choose(visitor, link_id, value)
    for link_id, value in (("pain_rest", "2"), ("pain_walking", "3")):
        choose(visitor, link_id, value)
    for link_id, value in (("op_day", "14"), ("temperature", "36.6"), ("distance", "300")):
        item = visitor.by(f"item-{link_id}")
        if item.count():
            item.locator("input").first.fill(value)


def supervisor_finds_the_wards_work(county: County, browser: Any) -> None:
    """Tier 2: the orthopaedic ward's own follow-up is drawn and scored; the original shows after the own form."""
    from access.actor import build_actor
    from accounts.models import StaffAccount
    from accounts.services import reload_account
    from config.demo.answers import make_answers
    from followup.questionnaires.selectors import get_version
    from followup.worklist import services as worklist
    from followup.worklist.models import Task
    from kernel.tenancy import bind_schema

    with bind_schema(county.tenant.schema_name):
        nurse = build_actor(reload_account(StaffAccount.objects.get(username="hushi").pk))
        due = Task.objects.filter(
            ward_id__in=nurse.wards, state="planned", kind="follow_up", lead=None, due_on__lte=clock.today()
        ).select_related("step")
        for task in due[:3]:
            answers: dict[int, dict[str, Any]] = {}
            for each in (task, *task.members.select_related("step")):
                context = {"patient": {"age": 66, "sex": "male"}, "task": {"day": each.step.day}}
                answers[each.pk] = make_answers(
                    get_version(each.questionnaire_version_id or 0).document, random.Random(each.pk), troubled=False,
                    today=clock.today(), context=context,
                )  # fmt: skip
            worklist.submit_task(
                actor=nurse, task_id=task.pk, conclusion="恢复良好。", late_reason="补录", answers=answers.pop(task.pk),
                members={str(pk): given for pk, given in answers.items()},
            )  # fmt: skip
    supervisor = Visitor(browser, county.url)
    supervisor.log_in("jiandu", county.password)
    _draw_and_score(supervisor, "06-supervisor")


def operations_centre_scores_one(county: County, browser: Any) -> None:
    operations = Visitor(browser, county.url)
    operations.log_in("yunying", county.password)
    _draw_and_score(operations, "07-operations")


def _draw_and_score(visitor: Visitor, name: str) -> None:
    visitor.by("menu-review").first.click()
    visitor.by("review-draw-open").click()
    visitor.page.get_by_text("个科室").first.wait_for()
    visitor.shoot(f"{name}-dialog")
    visitor.by("review-draw-submit").click()
    visitor.by("review-item").first.wait_for()
    visitor.shoot(f"{name}-draw")
    visitor.by("review-item").first.focus()
    visitor.page.keyboard.press("Enter")
    visitor.by("review-sealed").wait_for()
    for link_id, value in (
        ("reached", "yes"), ("really_called", "yes"), ("content_true", "same"), ("attitude", "good"),
        ("guidance", "yes"), ("misconduct", "none"), ("tier2_agrees", "not_reviewed"),
    ):  # fmt: skip
        if visitor.by(f"option-{link_id}-{value}").count():
            choose(visitor, link_id, value)
    visitor.by("review-answers-save").click()
    visitor.by("review-original").wait_for()
    for criterion, score in (
        ("authentic", "100"),
        ("content", "90"),
        ("attitude", "95"),
        ("completeness", "80"),
    ):
        box = visitor.by(f"review-score-{criterion}")
        field = box if box.evaluate("e => e.tagName") == "INPUT" else box.locator("input").first
        field.fill(score)
    visitor.by("review-finding").locator("visible=true").first.fill("记录完整，处置及时。")
    visitor.shoot(f"{name}-scoring")
    visitor.by("review-score-submit").click()
    visitor.page.get_by_text("已评分").first.wait_for()
    visitor.shoot(f"{name}-scored")
    visitor.leave()


def bureau_sees_the_counts(county: County, browser: Any) -> None:
    county.refresh()
    bureau = Visitor(browser, county.bureau_url)
    bureau.log_in("bureau", "Ceshi-2026")
    bureau.by("supervision-table").get_by_text("问安镇卫生院").first.wait_for()
    assert bureau.by("supervision-unrouted").first.inner_text().strip() != ""
    bureau.shoot("08-bureau")
    assert "林旅程" not in bureau.page.content()
    bureau.leave()


def the_other_tenant_sees_nothing(county: County, browser: Any) -> None:
    other = Visitor(browser, county.other_url)
    other.log_in("centre", "Ceshi-2026")
    other.by("menu-tasks").first.click()
    other.page.wait_for_load_state("networkidle")
    assert other.by("task-row").count() == 0
    assert "林*程" not in other.page.content()
    other.shoot("09-other-tenant")
    other.leave()
