"""The county's line, and the local line of a member institution: what each screens, and what is visibly different."""

from typing import Any

import pytest

from access.actor import SYSTEM
from followup.programmes.contracts import VersionPlan
from followup.programmes.models import ProgrammeVersion
from followup.programmes.selectors import (
    count_by_card,
    count_by_questionnaire,
    list_active_versions,
    list_programmes,
    plan_document,
)
from followup.programmes.selectors.versions import list_local_institutions
from followup.programmes.services import activate_version, sign_version
from followup.programmes.tests.kit import document, load_references, make_live, step
from followup.questionnaires.selectors import latest_versions
from kernel.tenancy import bind_schema
from organization.models import Institution


@pytest.fixture
def centre(in_alpha: Any, api: Any) -> Any:
    load_references()
    return api("alpha", "centre")


@pytest.fixture
def clinic(in_alpha: Any) -> str:
    return str(Institution.objects.get(code="T1").pk)


def go_live(version: dict[str, Any]) -> None:
    with bind_schema("t_alpha"):
        sign_version(actor=SYSTEM, version_id=int(version["id"]), signer_name="王主任")
        activate_version(actor=SYSTEM, version_id=int(version["id"]))


def plans() -> list[VersionPlan]:
    with bind_schema("t_alpha"):
        return list_active_versions()


def make_local(centre: Any, county: ProgrammeVersion, clinic: str, **changes: Any) -> dict[str, Any]:
    body = {"institution_id": clinic, "local_reason": "本院无心电图室"}
    draft = centre.post(f"/programmes/{county.programme_id}/drafts", body).json()
    body = {"document": {**draft["document"], **changes}, "starts_on": "2026-11-01"}
    return centre.send("PUT", f"/programme-versions/{draft['id']}", body, **{"If-Match": '"1"'}).json()


@pytest.mark.req("S18", "S28")
def test_a_local_line_takes_its_institution_out_of_the_countys(centre: Any, clinic: str) -> None:
    county = make_live()
    (before,) = list_active_versions()
    assert (before.institution_id, before.excluded_institution_ids) == (None, ())
    local = make_local(centre, county, clinic, name="问安心脏随访", steps=[step(day=5)])
    assert (local["institution_name"], local["base_version_id"], local["local_reason"], local["name"]) == (
        "问安镇卫生院", str(county.pk), "本院无心电图室", "问安心脏随访",
    )  # fmt: skip
    assert [plan.excluded_institution_ids for plan in plans()] == [()]
    go_live(local)
    first, second = plans()
    assert (first.id, first.institution_id, first.excluded_institution_ids) == (
        county.pk,
        None,
        (int(clinic),),
    )
    assert (second.institution_id, second.excluded_institution_ids, second.name, second.steps[0].day) == (
        int(clinic), (), "问安心脏随访", 5,
    )  # fmt: skip
    assert centre.post(f"/programme-versions/{local['id']}/pause", {"reason": "装修"}).status_code == 200
    assert [plan.excluded_institution_ids for plan in plans()] == [(int(clinic),)]
    with bind_schema("t_alpha"):
        assert plan_document(county.document).excluded_institution_ids == (int(clinic),)
        assert plan_document(document(key="other")).excluded_institution_ids == ()
        assert list_local_institutions(programme_id=county.programme_id) == (int(clinic),)
        own = plan_document(local["document"], institution_id=int(clinic))
        assert (own.institution_id, own.excluded_institution_ids) == (int(clinic), ())
    assert centre.post(f"/programme-versions/{local['id']}/retire", {"reason": "统一"}).status_code == 200
    assert [plan.excluded_institution_ids for plan in plans()] == [()]


@pytest.mark.req("S28")
def test_the_local_difference_is_seen(centre: Any, clinic: str) -> None:
    county = make_live()
    local = make_local(centre, county, clinic, steps=[step(day=5)])
    go_live(local)
    with bind_schema("t_alpha"):
        make_live(name="心脏随访二版")
        (row,) = list_programmes()
    assert (row["name"], row["version"], row["state"]) == ("心脏随访二版", 3, "active")
    assert [
        (line["institution_name"], line["version"], line["state"], line["differs"], line["outdated"])
        for line in row["lines"]
    ] == [(None, 3, "active", False, False), ("问安镇卫生院", 2, "active", True, True)]
    detail = centre.get(f"/programme-versions/{local['id']}").json()
    assert detail["newer_base_version_id"] == row["lines"][0]["version_id"]
    difference = centre.get(f"/programme-versions/{local['id']}/diff").json()
    assert difference["against"] == {"version_id": str(county.pk), "version": 1, "state": "retired"}
    assert [(c["label"], c["before"], c["after"]) for c in difference["changes"]] == [
        ("节点 d3（三天电话）·天数", "第 3 天", "第 5 天")
    ]
    newer = centre.get(
        f"/programme-versions/{local['id']}/diff", against=row["lines"][0]["version_id"]
    ).json()
    assert [c["label"] for c in newer["changes"]] == ["名称", "节点 d3（三天电话）·天数"]
    for wrong, status in (("999999", 422), ("x", 422)):
        assert centre.get(f"/programme-versions/{local['id']}/diff", against=wrong).status_code == status
    assert centre.get(f"/programme-versions/{county.pk}/diff").json() == {"against": None, "changes": []}
    versions = centre.get(f"/programmes/{county.programme_id}").json()["versions"]
    assert [(v["version"], v["institution_name"], v["state"]) for v in versions] == [
        (3, None, "active"), (2, "问安镇卫生院", "active"), (1, None, "retired"),
    ]  # fmt: skip


def test_a_local_line_without_a_difference_says_so(centre: Any, clinic: str) -> None:
    county = make_live()
    make_local(centre, county, clinic)
    (row,) = centre.get("/programmes").json()["items"]
    assert [(line["state"], line["differs"], line["outdated"]) for line in row["lines"]] == [
        ("active", False, False), ("draft", False, False),
    ]  # fmt: skip


def test_what_a_local_line_needs(centre: Any, clinic: str) -> None:
    county = make_live()
    address = f"/programmes/{county.programme_id}/drafts"
    for body, status, code in (
        ({"institution_id": clinic}, 422, "invalid_input"),
        ({"institution_id": clinic, "local_reason": "  "}, 422, "invalid_input"),
        ({"institution_id": "999999", "local_reason": "x"}, 422, "invalid_input"),
        ({"institution_id": "x", "local_reason": "x"}, 422, "invalid_input"),
        ({"from_version_id": "999999"}, 422, "invalid_input"),
        ({"unknown": 1}, 422, "invalid_input"),
    ):
        answer = centre.post(address, body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), body
    assert centre.post("/programmes/999999/drafts").status_code == 404
    assert centre.post(address, {"institution_id": clinic, "local_reason": "x"}).status_code == 201
    assert centre.post(address).status_code == 201  # the county's line has a draft of its own
    unsigned = {"document": document(key="new"), "starts_on": "2026-11-01"}
    fresh = centre.post("/programmes", unsigned).json()
    answer = centre.post(
        f"/programmes/{fresh['programme_id']}/drafts", {"institution_id": clinic, "local_reason": "x"}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "county_version_missing")


def test_the_next_version_of_a_line_starts_from_what_it_runs(centre: Any, clinic: str) -> None:
    county = make_live()
    local = make_local(centre, county, clinic, steps=[step(day=5)])
    go_live(local)
    again = centre.post(f"/programmes/{county.programme_id}/drafts", {"institution_id": clinic}).json()
    assert (again["document"]["steps"][0]["day"], again["base_version_id"], again["local_reason"]) == (
        5, str(county.pk), "本院无心电图室",
    )  # fmt: skip
    centre.send("DELETE", f"/programme-versions/{again['id']}")
    body = {"institution_id": clinic, "from_version_id": str(county.pk)}
    reset = centre.post(f"/programmes/{county.programme_id}/drafts", body).json()
    assert reset["document"]["steps"][0]["day"] == 3
    go_live(reset)
    with bind_schema("t_alpha"):
        assert ProgrammeVersion.objects.get(pk=local["id"]).state == "retired"
        assert ProgrammeVersion.objects.get(pk=county.pk).state == "active"


@pytest.mark.req("S10", "S11")
def test_the_plan_holds_every_word_of_the_document(in_alpha: Any) -> None:
    load_references()
    steps = [
        step(repeat={"every": 30, "times": 6}, education=["rest"], channel=["W", "T"], owner="named", staff_no="S-9"),
        {"code": "rem", "name": "提醒", "kind": "reminder", "text": "请复查", "day": 27, "channel": ["S"],
         "owner": "nurse", "anchor": "enrolment", "repeat": {"every": 7, "until": 90}},
    ]  # fmt: skip
    make_live(steps=steps, merge="same_owner", exclusions={"refused": False, "frequent_visits": True})
    (plan,) = list_active_versions()
    assert (plan.merge, plan.kind, plan.name) == ("same_owner", "specialty", "心脏随访")
    assert plan.excluded_flags == ("frequent_visits", "invalid_contact", "unreachable")
    call, reminder = plan.steps
    assert (call.kind, call.channel, call.owner, call.owner_staff_no, call.education) == (
        "follow_up", "W", "named", "S-9", ("rest",),
    )  # fmt: skip
    assert (call.repeat_every, call.repeat_times, call.repeat_until) == (30, 6, None)
    assert (reminder.kind, reminder.text, reminder.anchor, reminder.questionnaire_version_id) == (
        "reminder", "请复查", "enrolment", None,
    )  # fmt: skip
    assert (reminder.repeat_every, reminder.repeat_times, reminder.repeat_until) == (7, None, 90)


def test_plans_are_read_once(in_alpha: Any, django_assert_num_queries: Any) -> None:
    load_references()
    make_live()
    list_active_versions()
    with django_assert_num_queries(1):
        list_active_versions()


def test_who_uses_a_form_or_a_card(in_alpha: Any) -> None:
    load_references()
    make_live(steps=[step(education=["rest"]), step(code="d9")])
    make_live(key="other")
    form = latest_versions(["call"])["call"].questionnaire_id
    assert count_by_questionnaire([form, 0]) == {form: 2}
    assert count_by_card(["rest", "nap"]) == {"rest": 1}
    ProgrammeVersion.objects.update(state="retired")
    assert (count_by_questionnaire([form]), count_by_card(["rest"])) == ({}, {})
