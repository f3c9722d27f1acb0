"""The doors: who may not, then the shapes."""

from typing import Any

import pytest

from followup.education.models import EducationCardVersion
from followup.education.tests.factories import CARD, make_card
from kernel.tenancy import bind_schema

pytestmark = pytest.mark.req("S10")


@pytest.fixture
def version(in_alpha: Any) -> int:
    return make_card(signed=False)


def card_of(version: int) -> int:
    with bind_schema("t_alpha"):
        return int(EducationCardVersion.objects.get(pk=version).card_id)


def test_who_may_not(api: Any, version: int) -> None:
    path = f"/education-card-versions/{version}"
    for who, status in ((None, 401), ("it", 403)):
        assert api("alpha", who).get("/education-cards").status_code == status
    for who in ("clinician", "doctor", "supervisor", "admin"):
        client = api("alpha", who)
        assert client.get("/education-cards").status_code == 200, who
        assert client.get(path).status_code == 200, who
        assert client.post("/education-cards", {"key": "aa", "title": "甲"}).status_code == 403, who
        assert client.put(path, {"document": CARD}, **{"If-Match": '"1"'}).status_code == 403, who
        assert client.send("delete", path).status_code == 403, who
        assert client.post(f"{path}/review").status_code == 403, who
    for who in ("clinician", "supervisor", "admin", "centre"):
        assert api("alpha", who).post(f"{path}/sign", {"licence_no": "1" * 15}).status_code == 403, who
    for who in ("clinician", "supervisor", "admin"):
        assert api("alpha", who).post(f"{path}/return", {"note": "x"}).status_code == 403, who
        assert api("alpha", who).post(f"{path}/retire", {"reason": "x"}).status_code == 403, who
    assert api("beta", "centre").get(path).status_code == 404


def test_the_list_shows_the_latest_and_the_signed(api: Any, version: int) -> None:
    with bind_schema("t_alpha"):
        signed = make_card("diet", title="饮食")
    client = api("alpha", "centre")
    body = client.get("/education-cards").json()
    assert [(row["key"], row["latest"]["state"], row["used_by"]) for row in body["items"]] == [
        ("diet", "signed", 0), ("wound_care", "draft", 0),
    ]  # fmt: skip
    assert body["items"][0]["signed"] | {"signed_at": ""} == {
        "version_id": str(signed), "version": 1, "signed_by_name": "孙主任", "signed_at": "",
    }  # fmt: skip
    assert body["items"][1]["signed"] is None
    for query, keys in (
        ({"state": "signed"}, ["diet"]), ({"q": "伤口"}, ["wound_care"]), ({"specialty": "妇科"}, []),
        ({"specialty": "骨科"}, ["diet", "wound_care"]), ({"limit": "1"}, ["diet"]),
    ):  # fmt: skip
        assert [row["key"] for row in client.get("/education-cards", **query).json()["items"]] == keys, query
    for query in ({"state": "x"}, {"q": "长" * 41}, {"page": "1"}):
        assert client.get("/education-cards", **query).status_code == 422, query


def test_a_draft_from_creation_to_signature(api: Any, in_alpha: Any) -> None:
    centre, doctor = api("alpha", "centre"), api("alpha", "doctor")
    created = centre.post("/education-cards", {"key": "wound_care", "title": "伤口护理"})
    assert created.status_code == 201
    detail = created.json()
    assert detail["can"] == {"edit": True, "review": False, "return": False, "sign": False, "retire": False}
    assert [one["pointer"] for one in detail["problems"]] == ["/licence", "/body", "/source"]
    assert (detail["body"], detail["source"], detail["revision"]) == ([], [], 1)
    path = f"/education-card-versions/{detail['id']}"
    assert centre.put(path, {"document": CARD}).status_code == 422
    wrong = centre.put(path, {"document": {**CARD, "body": ["长" * 2001]}}, **{"If-Match": '"1"'})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/document/body/0")
    saved = centre.put(path, {"document": CARD}, **{"If-Match": '"1"'}).json()
    assert (saved["body"], saved["revision"]) == (CARD["body"], 2)
    stale = centre.put(path, {"document": CARD}, **{"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"], stale.json()["current"]["revision"]) == (
        412,
        "conflict",
        2,
    )
    assert centre.post(f"{path}/review").json()["state"] == "reviewed"
    assert doctor.post(f"{path}/return", {"note": " "}).status_code == 422
    assert doctor.post(f"{path}/return", {"note": "写明体温"}).json()["note"] == "写明体温"
    assert centre.post(f"{path}/review").json()["state"] == "reviewed"
    assert doctor.post(f"{path}/sign", {"licence_no": "12"}).status_code == 422
    signed = doctor.post(f"{path}/sign", {"licence_no": "110420000012345"}).json()
    assert (signed["state"], signed["signed_by_name"]) == ("signed", "孙主任")
    shown = centre.get(f"/education-cards/{detail['card_id']}").json()
    assert [one["state"] for one in shown["versions"]] == ["signed"]
    draft = centre.post(f"/education-cards/{detail['card_id']}/drafts", {})
    assert (draft.status_code, draft.json()["body"], draft.json()["version"]) == (201, CARD["body"], 2)
    again = centre.post(f"/education-cards/{detail['card_id']}/drafts", {})
    assert (again.status_code, again.json()["version_id"]) == (409, draft.json()["id"])
    assert centre.send("delete", f"/education-card-versions/{draft.json()['id']}").status_code == 204
    assert doctor.post(f"{path}/retire", {"reason": "更新"}).json()["state"] == "retired"


def test_validation_names_place_and_cure(api: Any, in_alpha: Any) -> None:
    client = api("alpha", "doctor")
    assert client.post("/education-cards/validate", {"document": CARD}).json() == {
        "faults": [],
        "warnings": [],
    }
    [fault] = client.post("/education-cards/validate", {"document": {**CARD, "body": []}}).json()["faults"]
    assert (fault["pointer"], fault["code"], bool(fault["cure"])) == ("/body", "required", True)
    assert (
        client.post("/education-cards/validate", {"document": []}).json()["faults"][0]["code"]
        == "not_an_object"
    )


def test_the_list_costs_the_same_for_one_and_for_many(
    api: Any, version: int, django_assert_max_num_queries: Any
) -> None:
    with bind_schema("t_alpha"):
        for n in range(20):
            make_card(f"card_{n}")
    client = api("alpha", "centre")
    client.get("/education-cards")
    with django_assert_max_num_queries(7):
        assert len(client.get("/education-cards").json()["items"]) == 21
