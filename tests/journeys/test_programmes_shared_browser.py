"""Programmes between several people, in a real browser: two editors of one draft, an institution's own line, a version
sent back and one retired."""

from typing import Any

import pytest

from tests.journeys.conftest import County
from tests.journeys.test_browser_journey import Visitor, browser  # noqa: F401
from tests.journeys.test_programmes_browser import check_access, wait_saved

pytestmark = [pytest.mark.browser, pytest.mark.req("S7", "S9", "S18", "S20", "S28")]

MODEL, SHARED, LOCAL = "joint_replacement", "关节置换随访（两人同改）", "关节置换随访（机构）"
LICENCE_NO, CLINIC = "110420500001234", "问安镇卫生院"
SECOND = ("suifang2", "郑小满")


def make_copy(county: County, *, key: str, name: str, live: bool = False) -> tuple[str, str]:
    """A programme of its own for one test: its id and its version's."""
    from access.actor import SYSTEM
    from followup.programmes.models import ProgrammeVersion
    from followup.programmes.services import activate_version, copy_programme, sign_version
    from kernel.tenancy import bind_schema

    with bind_schema(county.tenant.schema_name):
        model = ProgrammeVersion.objects.get(programme__key=MODEL, state="active", institution=None)
        version_id = copy_programme(actor=SYSTEM, from_version_id=model.pk, key=key, name=name)
        if live:
            sign_version(actor=SYSTEM, version_id=version_id, signer_name="鲁大勇")
            activate_version(actor=SYSTEM, version_id=version_id)
        return str(ProgrammeVersion.objects.get(pk=version_id).programme_id), str(version_id)


def add_second_editor(county: County) -> None:
    from access.actor import SYSTEM
    from access.services import assign_role
    from accounts.services import create_account
    from kernel.tenancy import bind_schema

    with bind_schema(county.tenant.schema_name):
        account = create_account(
            username=SECOND[0], name=SECOND[1], password=county.password, title="随访专员"
        )
        assign_role(actor=SYSTEM, account=account, role="follow_up_centre")


def open_editor(visitor: Visitor, version_id: str) -> None:
    visitor.page.goto(f"{visitor.url}/programmes/versions/{version_id}/edit")
    visitor.by("step-card").first.wait_for()
    wait_saved(visitor)


def card(visitor: Visitor, name: str) -> Any:
    return visitor.by("step-card").filter(has_text=name).first


def drag(visitor: Visitor, name: str, by: int) -> None:
    box = card(visitor, name).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    visitor.page.mouse.move(x, y)
    visitor.page.mouse.down()
    visitor.page.mouse.move(x + by / 2, y, steps=4)
    visitor.page.mouse.move(x + by, y, steps=4)
    visitor.shoot("shared-0-dragging")
    visitor.page.mouse.up()


def rename(visitor: Visitor, name: str) -> None:
    visitor.by("open-basics").click()
    visitor.by("basics-name").fill(name)
    visitor.page.keyboard.press("Escape")


def test_two_editors_of_one_draft_lose_nothing(county: County, browser: Any) -> None:  # noqa: F811
    add_second_editor(county)
    _, version_id = make_copy(county, key="joint_two_editors", name=SHARED)
    first, second = Visitor(browser, county.url), Visitor(browser, county.url)
    first.log_in("suifang", county.password)
    second.log_in(SECOND[0], county.password)
    open_editor(first, version_id)
    open_editor(second, version_id)

    moved = card(first, "出院三天电话随访")
    drag(first, "出院三天电话随访", 60)
    dragged_to = int(moved.get_attribute("data-day"))
    assert dragged_to > 3
    assert moved.get_attribute("aria-pressed") == "true"
    moved.focus()
    first.page.keyboard.press("ArrowRight")
    first.page.keyboard.press("Shift+ArrowRight")
    assert int(moved.get_attribute("data-day")) == dragged_to + 8
    first.page.keyboard.press("Shift+ArrowLeft")
    wait_saved(first)

    rename(second, "关节置换随访（郑）")
    conflict = second.by("conflict")
    conflict.wait_for()
    assert "周倩" in conflict.inner_text()
    assert told(second) == ["名称 只有您改了", "节点“出院三天电话随访” 只有对方改了"]
    check_access(second)
    second.shoot("shared-1-conflict")
    # A page that is left in the middle of it comes back with the same question.
    second.page.reload()
    conflict.wait_for()
    assert told(second) == ["名称 只有您改了", "节点“出院三天电话随访” 只有对方改了"]
    second.by("conflict-settle").click()
    wait_saved(second)
    assert card(second, "出院三天电话随访").get_attribute("data-day") == str(dragged_to + 1)
    second.leave()

    # The first one, who has seen nothing of it, goes on: their name is not known yet, the step is theirs.
    moved.focus()
    first.page.keyboard.press("ArrowLeft")
    rename(first, "关节置换随访（周）")
    first.by("conflict").wait_for()
    assert SECOND[1] in first.by("conflict").inner_text()
    assert told(first) == ["名称 两人都改了", "节点“出院三天电话随访” 只有您改了"]
    first.by("difference").first.get_by_role("radio").last.check()
    first.shoot("shared-2-conflict-of-both")
    first.by("conflict-settle").click()
    wait_saved(first)
    first.page.reload()
    first.by("step-card").first.wait_for()
    assert card(first, "出院三天电话随访").get_attribute("data-day") == str(dragged_to)
    first.by("open-basics").click()
    assert first.by("basics-name").input_value() == "关节置换随访（郑）"
    first.leave()


def told(visitor: Visitor) -> list[str]:
    """Each difference and whose it is."""
    rows = visitor.by("difference").all()
    return [f"{row.locator('> b').inner_text()} {row.locator('> small').inner_text()}" for row in rows]


def test_an_institution_goes_its_own_way_and_comes_back(county: County, browser: Any) -> None:  # noqa: F811
    programme_id, _ = make_copy(county, key="joint_local", name=LOCAL, live=True)
    centre, doctor = Visitor(browser, county.url), Visitor(browser, county.url)
    centre.log_in("suifang", county.password)
    doctor.log_in("zhuguan", county.password)
    page = f"{county.url}/programmes/{programme_id}"

    centre.page.goto(page)
    centre.page.get_by_text("成员机构都使用全县版本。").wait_for()
    centre.by("start-local").click()
    centre.by("local-institution").select_option(label=CLINIC)
    give_reason(centre, "本院没有放射科，复查改在县医院")
    centre.by("save-state").wait_for()
    assert CLINIC in centre.page.locator("main").inner_text()
    card(centre, "出院三天电话随访").focus()
    centre.page.keyboard.press("ArrowRight")
    wait_saved(centre)
    centre.shoot("shared-3-local-editor")
    submit(centre)

    local = centre.page.url.rsplit("=", 1)[-1]
    doctor.page.goto(f"{page}?version={local}")
    doctor.by("act-return").click()
    give_reason(doctor, "请写明谁来看伤口")
    doctor.page.get_by_text("已退回修改").wait_for()
    doctor.by("act-return").wait_for(state="detached")
    centre.page.reload()
    centre.page.get_by_text("说明：请写明谁来看伤口").wait_for()
    check_access(centre)
    centre.shoot("shared-4-sent-back")
    centre.by("act-edit").click()
    centre.by("save-state").wait_for()
    card(centre, "出院一周随访").click()
    centre.by("step-name").fill("出院一周随访（看伤口）")
    wait_saved(centre)
    submit(centre)

    sign(doctor, f"{page}?version={local}")
    activate(centre, f"{page}?version={local}")
    lines = centre.by("lines")
    lines.get_by_text("本地差异").wait_for()
    assert "原因：本院没有放射科，复查改在县医院" in lines.inner_text()
    lines.get_by_role("button", name="看差异").click()
    changes = centre.by("diff-change")
    changes.first.wait_for()
    assert [text.split("：", 1)[0] for text in changes.all_inner_texts()] == [
        "改动 节点 d3（出院三天电话随访）·天数", "改动 节点 d7（出院一周随访（看伤口））·名称",
    ]  # fmt: skip
    check_access(centre)
    centre.shoot("shared-5-difference")

    centre.by("menu-programmes").first.click()
    centre.by("programme-search").fill(LOCAL)
    row = centre.by("programme-row").filter(has_text=LOCAL)
    row.get_by_text("1 家机构有本地差异").wait_for()
    centre.shoot("shared-6-list")

    centre.page.goto(f"{page}?version={local}")
    centre.by("act-retire").click()
    give_reason(centre, "改回全县统一")
    centre.by("act-retire").wait_for(state="detached")
    centre.page.get_by_text("说明：改回全县统一").wait_for()
    assert "已停用" in centre.by("lines").inner_text()
    check_access(centre)
    centre.shoot("shared-7-retired")
    doctor.leave()
    centre.leave()


def give_reason(visitor: Visitor, text: str) -> None:
    visitor.by("reason").locator("visible=true").fill(text)
    visitor.by("reason-confirm").locator("visible=true").click()


def submit(centre: Visitor) -> None:
    centre.by("submit-review").click()
    centre.page.get_by_role("button", name="通过审阅，送签署").last.click()
    centre.by("version-acts").wait_for()


def sign(doctor: Visitor, url: str) -> None:
    doctor.page.goto(url)
    doctor.by("act-sign").click()
    doctor.by("sign-licence").fill(LICENCE_NO)
    doctor.by("sign-confirm").click()
    doctor.page.get_by_text("已签署，可以启用").wait_for()


def activate(centre: Visitor, url: str) -> None:
    centre.page.goto(url)
    centre.by("act-activate").click()
    centre.by("activate-preview").get_by_text("天的出院中命中").wait_for()
    centre.by("activate-confirm").click()
    centre.by("act-pause").wait_for()


def test_lists_ask_the_server_once(county: County, browser: Any) -> None:  # noqa: F811
    centre = Visitor(browser, county.url)
    centre.log_in("suifang", county.password)
    asked: list[str] = []
    centre.page.on("request", lambda request: asked.append(request.url.partition("/api/v1")[2]))
    centre.by("menu-programmes").first.click()
    centre.by("programme-row").first.wait_for()
    centre.page.wait_for_load_state("networkidle")
    assert centre.by("programme-row").count() > 20
    assert [url for url in asked if url.startswith("/programmes")] == ["/programmes"]
    asked.clear()
    centre.by("menu-library").first.click()
    centre.page.get_by_role("tab", name="随访路径").click()
    centre.by("library-row").first.wait_for()
    centre.page.wait_for_load_state("networkidle")
    assert [url for url in asked if url.startswith("/programmes/")] == []
    check_access(centre)
    centre.shoot("shared-8-library")
    centre.page.get_by_role("tab", name="问卷").click()
    centre.by("library-search").locator("visible=true").fill("髋关节")
    centre.by("library-row").locator("visible=true").first.click()
    drawer = centre.by("library-drawer")
    drawer.get_by_text("显示条件").first.wait_for()
    conditions = drawer.locator(".when").all_inner_texts()
    assert conditions
    assert [text for text in conditions if "==" in text or " and " in text or "prev(" in text] == []
    drawer.locator(".when").first.scroll_into_view_if_needed()
    check_access(centre)
    centre.shoot("shared-9-conditions")
    centre.leave()
