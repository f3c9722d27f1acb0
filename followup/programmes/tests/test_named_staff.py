"""A named owner is somebody who works here; who has left does not stand in the way of naming another."""

from typing import Any

import pytest

from followup.programmes.selectors import judge_document
from followup.programmes.tests.kit import document, load_references, make_live, step
from kernel.tenancy import bind_schema
from organization.models import StaffMember

pytestmark = pytest.mark.req("S18")


def named(staff_no: str) -> dict[str, Any]:
    return document(steps=[step(), step(code="d9", day=9, owner="named", staff_no=staff_no)])


@pytest.fixture
def centre(in_alpha: Any, api: Any) -> Any:
    load_references()
    return api("alpha", "centre")


def test_nobody_and_somebody_who_has_left_are_refused_at_their_place(centre: Any) -> None:
    answer = centre.post("/programmes", {"document": named("S-9")})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/document/steps/1/staff_no", "unknown_staff")
    assert error["message"] == "没有工号为 S-9 的人员；请填写在职人员的工号，或改由其他负责方随访"
    with bind_schema("t_alpha"):
        StaffMember.objects.filter(staff_no="S-doctor").update(is_active=False)
        name = StaffMember.objects.get(staff_no="S-doctor").name
    (error,) = centre.post("/programmes", {"document": named("S-doctor")}).json()["errors"]
    assert (error["code"], error["message"].split("；")[0]) == (
        "inactive_staff", f"工号 S-doctor（{name}）已停用",
    )  # fmt: skip
    assert centre.post("/programmes", {"document": named("S-centre")}).status_code == 201


def test_the_editors_check_says_it_too(centre: Any, in_alpha: Any, django_assert_num_queries: Any) -> None:
    with bind_schema("t_alpha"):
        with django_assert_num_queries(5):
            found = judge_document(named("S-9"))
        assert [(fault["pointer"], fault["code"]) for fault in found["faults"]] == [
            ("/steps/1/staff_no", "unknown_staff")
        ]
        attending = {"field": "attending", "op": "in", "value": ["S-doctor", "S-9"]}
        found = judge_document(document(criteria=attending))
    (warning,) = found["warnings"]
    assert (warning["pointer"], warning["code"], warning["message"]) == (
        "/criteria/value/1", "unknown_code", "人员名册中没有工号 S-9",
    )  # fmt: skip


def test_a_draft_is_opened_all_the_same_and_not_saved_until_another_is_named(centre: Any) -> None:
    with bind_schema("t_alpha"):
        version = make_live(steps=named("S-doctor")["steps"])
        StaffMember.objects.filter(staff_no="S-doctor").update(is_active=False)
    draft = centre.post(f"/programmes/{version.programme_id}/drafts", {}).json()
    body = {"document": draft["document"], "starts_on": "2026-11-01"}
    path = f"/programme-versions/{draft['id']}"
    refused = centre.send("PUT", path, body, **{"If-Match": '"1"'})
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/document/steps/1/staff_no"]
    assert centre.post(f"{path}/review", {}).status_code == 422
    body["document"]["steps"][1]["staff_no"] = "S-centre"
    assert centre.send("PUT", path, body, **{"If-Match": '"1"'}).status_code == 200
    assert centre.post(f"{path}/review", {}).status_code == 200
