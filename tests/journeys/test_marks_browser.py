"""Flags, enrolments and signatures in a real browser: what a doctor marks, finds again and signs."""

from typing import Any

import pytest

from kernel import clock
from tests.journeys.conftest import County
from tests.journeys.messages import make_joint_story
from tests.journeys.test_browser_journey import Visitor, browser

__all__ = ["browser"]

pytestmark = [pytest.mark.browser, pytest.mark.req("S12", "S16", "S22", "S39")]

NAME, SHOWN, LICENCE_NO = "卢标识", "卢*识", "110420000012345"


def test_flag_stops_and_lifting_takes_up(county: County, browser: Any) -> None:
    now = clock.now().astimezone(clock.SHANGHAI)
    story = make_joint_story(now, number=61, days_ago=1, name=NAME)
    county.send(story.admission("MRK-1"), story.discharge("MRK-2"))
    county.settle()
    before = count_open_tasks(county)
    assert before > 0

    doctor = Visitor(browser, county.url)
    doctor.log_in("zhuguan", county.password)
    find_enrolment(doctor)
    doctor.by("enrolment-drawer").get_by_role("link", name="打开患者档案").click()
    mark_refused(doctor)
    county.settle()
    assert count_open_tasks(county) == 0
    doctor.page.get_by_role("tab", name="入组与路径").click()
    doctor.by("patient-enrolment").first.wait_for()
    rows = doctor.by("patient-enrolment")
    assert {"已终止" in text for text in rows.all_inner_texts()} == {True}
    doctor.shoot("marks-2-stopped")

    doctor.by("flag-lift-refused").click()
    give_reason(doctor, "患者改变主意，愿意继续随访")
    doctor.by("flag-refused").wait_for(state="detached")
    county.settle()
    assert count_open_tasks(county) == before
    rows.filter(has_text="进行中").first.wait_for()
    doctor.by("flag-history").click()
    doctor.by("flag-history-row").get_by_text("患者改变主意").wait_for()
    doctor.shoot("marks-3-lifted")
    doctor.leave()


def find_enrolment(doctor: Visitor) -> None:
    doctor.by("menu-enrolments").first.click()
    doctor.by("enrolment-search").fill(NAME)
    doctor.by("enrolment-search").press("Enter")
    doctor.page.wait_for_function(
        "name => { const rows = [...document.querySelectorAll('[data-testid=enrolment-row]')];"
        " return rows.length > 0 && rows.every((row) => row.innerText.includes(name)) }",
        arg=SHOWN,
    )
    doctor.by("enrolment-row").filter(has_text="髋关节").first.click()
    doctor.by("enrolment-drawer").get_by_text("出院三天电话随访").wait_for()
    doctor.shoot("marks-0-enrolment")


def mark_refused(doctor: Visitor) -> None:
    doctor.by("flag-mark").click()
    doctor.by("flag-kind-refused").click()
    doctor.by("flag-impact").get_by_text("将终止").wait_for()
    doctor.shoot("marks-1-impact")
    give_reason(doctor, "患者本人要求不再随访")
    doctor.by("flag-refused").wait_for()


def give_reason(doctor: Visitor, text: str) -> None:
    """In the dialog that is open: closed ones stay in the document."""
    doctor.by("reason").locator("visible=true").fill(text)
    doctor.by("reason-confirm").locator("visible=true").click()


def count_open_tasks(county: County) -> int:
    from followup.worklist.models import Task
    from kernel.tenancy import bind_schema

    with bind_schema(county.tenant.schema_name):
        return Task.objects.filter(patient__name=NAME, state__in=["planned", "in_progress"]).count()


def test_doctor_signs_what_the_centre_reviewed(county: County, browser: Any) -> None:
    title = review_a_card(county)
    doctor = Visitor(browser, county.url)
    doctor.log_in("zhuguan", county.password)
    doctor.by("menu-library").first.click()
    row = doctor.by("library-row").filter(has_text=title)
    row.click()
    changes = doctor.by("library-changes")
    changes.get_by_text("洗手以后再碰伤口。").wait_for()
    doctor.shoot("marks-4-to-sign")
    doctor.by("library-sign").click()
    doctor.by("licence-no").fill("1234")
    doctor.by("sign-confirm").click()
    doctor.page.get_by_text("现在是 4 位").wait_for()
    doctor.by("licence-no").fill(LICENCE_NO)
    doctor.by("sign-confirm").click()
    doctor.by("sign-result").get_by_text("已签署 1 份").wait_for()
    doctor.shoot("marks-5-signed")
    doctor.leave()

    from followup.education.models import EducationCardVersion
    from kernel.tenancy import bind_schema

    with bind_schema(county.tenant.schema_name):
        signed = EducationCardVersion.objects.get(title=title, state="signed")
    assert (signed.version, signed.signed_by_name, signed.signer_licence_no) == (2, "鲁大勇", LICENCE_NO)


def review_a_card(county: County) -> str:
    """The centre opens a draft of a signed card, adds a line and passes it on; its title."""
    from access.actor import build_actor
    from accounts.models import StaffAccount
    from accounts.services import reload_account
    from followup.education import selectors, services
    from followup.education.models import EducationCardVersion
    from kernel.tenancy import bind_schema

    with bind_schema(county.tenant.schema_name):
        centre = build_actor(reload_account(StaffAccount.objects.get(username="suifang").pk))
        signed = EducationCardVersion.objects.filter(state="signed", version=1).order_by("pk").first()
        assert signed is not None
        draft = services.start_draft(actor=centre, card_id=signed.card_id)
        shown = selectors.get_version(centre, draft)
        document = {name: shown[name] for name in ("key", "title", "specialty", "body", "source", "licence")}
        document["body"] = [*document["body"], "洗手以后再碰伤口。"]
        services.save_draft(
            actor=centre, version_id=draft, document=document, expected_revision=shown["revision"]
        )
        services.review_version(actor=centre, version_id=draft)
        return str(document["title"])
