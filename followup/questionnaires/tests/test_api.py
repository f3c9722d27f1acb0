"""The doors of the library: who may what, shapes, conflicts, and how many queries a list costs."""

import json
from copy import deepcopy
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from access.actor import SYSTEM
from followup.questionnaires import ports
from followup.questionnaires.services import load_documents
from followup.questionnaires.tests.test_lifecycle import DOCUMENT, LICENCE_NO, SCALE
from kernel.tenancy import bind_schema

ROLES = ("clinician", "doctor", "centre", "supervisor", "operations", "it", "admin")
READERS = {"clinician", "doctor", "centre", "supervisor", "operations", "admin"}


def load(*documents: dict[str, Any], signed_by_name: str | None = None) -> dict[str, int]:
    with bind_schema("t_alpha"):  # a request leaves no tenant bound
        return load_documents(documents=documents, actor=SYSTEM, signed_by_name=signed_by_name)


@pytest.fixture
def loaded(alpha: Any) -> dict[str, int]:
    return load(DOCUMENT, SCALE)


def codes(answer: Any) -> list[tuple[str, str]]:
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


@pytest.mark.req("S15")
def test_who_may_what(loaded: dict[str, int], api: Any) -> None:
    version = f"/questionnaire-versions/{loaded['wound']}"
    everyone = {who: api("alpha", who) for who in ROLES}
    questionnaire = everyone["doctor"].get("/questionnaires").json()["items"][0]["id"]
    calls: dict[str, tuple[Any, set[str]]] = {
        "list": (lambda a: a.get("/questionnaires"), READERS),
        "detail": (lambda a: a.get(f"/questionnaires/{questionnaire}"), READERS),
        "version": (lambda a: a.get(version), READERS),
        "fhir": (lambda a: a.get(f"{version}/fhir"), READERS),
        "evaluate": (
            lambda a: a.post("/questionnaires/evaluate", {"document": DOCUMENT, "answers": {}}),
            READERS,
        ),
        "create": (lambda a: a.post("/questionnaires"), {"centre"}),
        "drafts": (lambda a: a.post(f"/questionnaires/{questionnaire}/drafts"), {"centre"}),
        "validate": (lambda a: a.post("/questionnaires/validate", {"document": DOCUMENT}), {"centre"}),
        "import": (lambda a: a.post("/questionnaires/import"), {"centre"}),
        "save": (lambda a: a.put(version, {"document": DOCUMENT}), {"centre"}),
        "review": (lambda a: a.post(f"{version}/review", {"note": 1, "x": 1}), {"centre"}),
        "return": (lambda a: a.post(f"{version}/return", {"note": "x"}), {"centre", "doctor"}),
        "sign": (lambda a: a.post(f"{version}/sign"), {"doctor"}),
        "retire": (lambda a: a.post(f"{version}/retire"), {"doctor"}),
        "licences": (lambda a: a.get("/scale-licences"), {"admin"}),
        "state": (lambda a: a.post("/scale-licences"), {"admin"}),
        "revoke": (lambda a: a.post("/scale-licences/1/revoke"), {"admin"}),
    }
    for name, (call, allowed) in calls.items():
        for who, client in everyone.items():
            status = call(client).status_code
            assert (status == 403) is (who not in allowed), (name, who, status)
    assert everyone["doctor"].send("DELETE", version).status_code == 403
    assert api("alpha").get("/questionnaires").status_code == 401
    assert api("beta", "doctor").get(version).status_code == 404
    assert everyone["centre"].send("DELETE", version).status_code == 204


@pytest.mark.req("S15", "S17")
def test_the_way_of_a_form_over_http(loaded: dict[str, int], api: Any) -> None:
    centre, doctor = api("alpha", "centre"), api("alpha", "doctor")
    made = centre.post("/questionnaires", {"key": "hip", "title": "髋关节", "category": "specialty"})
    assert made.status_code == 201
    version = made.json()
    path = f"/questionnaire-versions/{version['id']}"
    assert set(version) == {
        "id", "questionnaire_id", "key", "title", "version", "state", "revision", "document", "source", "licence",
        "origin", "note", "created_by_name", "created_at", "updated_at", "updated_by_name", "reviewed_by_name",
        "reviewed_at", "signed_by_name", "signer_licence_no", "signed_at", "retired_at", "used_options", "problems",
        "can",
    }  # fmt: skip
    assert (version["state"], version["revision"], version["created_by_name"]) == ("draft", 1, "周护士")
    again = centre.post(f"/questionnaires/{version['questionnaire_id']}/drafts")
    assert (again.status_code, again.json()["code"], again.json()["version_id"]) == (
        409, "draft_exists", version["id"],
    )  # fmt: skip
    document = {**version["document"], "title": "髋关节随访"}
    assert codes(centre.put(path, {"document": document})) == [("If-Match", "required")]
    saved = centre.put(path, {"document": document}, **{"If-Match": '"1"'})
    assert (saved.status_code, saved.json()["revision"], saved.json()["title"]) == (200, 2, "髋关节随访")
    late = centre.put(path, {"document": {**document, "title": "旧"}}, **{"If-Match": '"1"'})
    assert (late.status_code, late.json()["code"]) == (412, "conflict")
    assert late.json()["current"]["document"] == document
    assert late.headers["Content-Type"] == "application/problem+json"
    bad = {**document, "items": [{"link_id": "q1", "type": "slider", "text": "x"}]}
    refused = centre.put(path, {"document": bad}, **{"If-Match": '"2"'})
    assert (refused.status_code, codes(refused)) == (422, [("/document/items/0/type", "choice")])
    half = {**document, "items": [{**document["items"][0], "text": ""}]}
    kept = centre.put(path, {"document": half}, **{"If-Match": '"2"'})
    assert (kept.status_code, kept.json()["document"]) == (200, half)
    assert kept.json()["problems"] == [
        {"pointer": "/items/0/text", "code": "text", "message": "请填写题干。这里不能空着"}
    ]
    unfinished = centre.post(f"{path}/review", {"note": "好"})
    assert (unfinished.status_code, unfinished.json()["code"], codes(unfinished)) == (
        422, "draft_unfinished", [("/document/items/0/text", "text")],
    )  # fmt: skip
    assert centre.put(path, {"document": document}, **{"If-Match": '"3"'}).json()["problems"] == []
    assert centre.post(f"{path}/review", {"note": "好"}).json()["state"] == "reviewed"
    assert codes(doctor.post(f"{path}/sign", {"licence_no": "12"})) == [("/licence_no", "licence_no")]
    signed = doctor.post(f"{path}/sign", {"licence_no": LICENCE_NO}).json()
    assert (signed["state"], signed["signed_by_name"], signed["can"]["retire"]) == ("signed", "孙主任", True)
    assert centre.send("DELETE", path).status_code == 409
    detail = centre.get(f"/questionnaires/{version['questionnaire_id']}").json()
    assert [(one["version"], one["state"]) for one in detail["versions"]] == [(1, "signed")]
    assert detail["signed"]["signed_by_name"] == "孙主任"
    assert doctor.post(f"{path}/retire", {"reason": "换新版"}).json()["state"] == "retired"


def test_the_list_filters_and_pages(
    loaded: dict[str, int], api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "_counters", [lambda ids: dict.fromkeys(ids[:1], 2)])
    copies = [{**deepcopy(DOCUMENT), "key": f"form{n}", "title": f"表{n}"} for n in range(3)]
    load(*copies, signed_by_name="孙主任")
    clinician = api("alpha", "clinician")
    page = clinician.get("/questionnaires", limit=2).json()
    assert [row["key"] for row in page["items"]] == ["form0", "form1"]
    assert [row["used_by"] for row in page["items"]] == [2, 0]
    rest = clinician.get("/questionnaires", limit=2, cursor=page["next_cursor"]).json()
    assert [row["key"] for row in rest["items"]] == ["form2", "wound"]
    assert rest["next_cursor"] is None

    def keys(**params: str) -> list[str]:
        return [row["key"] for row in clinician.get("/questionnaires", **params).json()["items"]]

    assert keys(state="draft") == ["wound"]
    assert keys(state="signed", q="表1") == ["form1"]
    assert keys(category="inpatient", q="WOUND") == ["wound"]
    assert keys(category="chronic") == []
    for params in ({"state": "x"}, {"category": "x"}, {"colour": "red"}, {"cursor": "x"}, {"q": "x" * 61}):
        assert clinician.get("/questionnaires", **params).status_code == 422


def count_queries(client: Any, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len([query for query in queries if "questionnaires_" in query["sql"]])


@pytest.mark.req("S15")
def test_a_list_costs_the_same_for_two_rows_and_forty(
    loaded: dict[str, int], api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for port in ("_usage", "_counters"):  # what other rooms add is theirs to count
        monkeypatch.setattr(ports, port, [])
    clinician = api("alpha", "clinician")
    assert count_queries(clinician, "/questionnaires") == 4
    copies = [{**deepcopy(DOCUMENT), "key": f"form{n}"} for n in range(40)]
    load(*copies, signed_by_name="孙主任")
    assert count_queries(clinician, "/questionnaires") == 4
    questionnaire = clinician.get("/questionnaires").json()["items"][0]["id"]
    assert count_queries(clinician, f"/questionnaires/{questionnaire}") == 5
    assert count_queries(clinician, f"/questionnaire-versions/{loaded['wound']}") == 1


@pytest.mark.req("S15", "S27")
def test_a_scale_waits_for_its_licence(loaded: dict[str, int], api: Any) -> None:
    admin, centre = api("alpha", "admin"), api("alpha", "centre")
    assert [row["key"] for row in centre.get("/questionnaires").json()["items"]] == ["wound"]
    rows = {row["key"]: row for row in admin.get("/questionnaires").json()["items"]}
    assert (rows["sf"]["locked"], rows["sf"]["locked_scale"], rows["wound"]["locked"]) == (
        True,
        "sf_36",
        False,
    )
    assert admin.get(f"/questionnaires/{rows['sf']['id']}").status_code == 404
    assert centre.get(f"/questionnaire-versions/{loaded['sf']}").status_code == 404
    body = {"scale": "sf_36", "holder": "人民医院", "licence_no": "L-1"}
    stated = admin.post("/scale-licences", body)
    assert (stated.status_code, stated.json()["in_force"], stated.json()["stated_by_name"]) == (
        201,
        True,
        "管理员",
    )
    assert admin.post("/scale-licences", body).status_code == 409
    assert centre.get(f"/questionnaires/{rows['sf']['id']}").json()["locked"] is False
    revoked = admin.post(f"/scale-licences/{stated.json()['id']}/revoke").json()
    assert revoked["in_force"] is False
    assert admin.get("/scale-licences").json() == {"items": [revoked], "next_cursor": None}
    assert centre.get(f"/questionnaires/{rows['sf']['id']}").status_code == 404


@pytest.mark.req("S15")
def test_the_editor_asks_before_it_saves(loaded: dict[str, int], api: Any) -> None:
    centre = api("alpha", "centre")
    judged = centre.post("/questionnaires/validate", {"document": {**DOCUMENT, "titel": "x"}}).json()
    assert judged == {
        "faults": [{"pointer": "/titel", "code": "unknown_key", "message": "这里没有 titel 这个属性",
                    "cure": "是不是想写 title？"}],
        "warnings": [],
    }  # fmt: skip
    assert centre.post("/questionnaires/validate", {"document": 1}).json()["faults"][0]["code"] == "type"
    missing = centre.post("/questionnaires/validate", {"document": DOCUMENT, "questionnaire_id": "999999"})
    assert missing.status_code == 404
    found = centre.post(
        "/questionnaires/evaluate",
        {"document": DOCUMENT, "answers": {"fever": "yes"}, "previous": None, "context": {}},
    ).json()
    assert (found["level"], found["visible"], found["complete"]) == ("E2", ["fever", "note"], True)
    assert (
        codes(centre.post("/questionnaires/evaluate", {"document": {}, "answers": {}}))[0][0]
        == "/document/key"
    )
    assert codes(centre.post("/questionnaires/evaluate", {"document": [], "answers": {}})) == [
        ("/document", "not_an_object")
    ]
    broken = centre.post("/questionnaires/evaluate", {"document": DOCUMENT, "answers": {"note": "a\ud800"}})
    assert (broken.status_code, codes(broken)) == (422, [("/answers", "character")])


def test_json_of_a_hundred_levels_is_refused_everywhere(loaded: dict[str, int], api: Any) -> None:
    centre, deep = api("alpha", "centre"), {}
    for _ in range(100):
        deep = {"a": deep}
    for path, body in (
        ("validate", {"document": deep}),
        ("evaluate", {"document": DOCUMENT, "answers": deep}),
        ("evaluate", {"document": DOCUMENT, "answers": {}, "previous": [deep]}),
        ("import", {"resource": deep, "category": "other"}),
    ):
        assert codes(centre.post(f"/questionnaires/{path}", body)) == [("/", "too_deep")]


@pytest.mark.req("S15", "S27")
def test_a_form_goes_out_and_comes_in(loaded: dict[str, int], api: Any) -> None:
    centre = api("alpha", "centre")
    path = f"/questionnaire-versions/{loaded['wound']}/fhir"
    out = centre.get(path)
    assert out.headers["Content-Type"] == "application/fhir+json"
    resource = json.loads(out.content)
    assert (resource["resourceType"], resource["version"]) == ("Questionnaire", "1")
    report = centre.get(path, report="1")
    assert report.headers["Content-Type"] == "application/json"
    assert report.json()["resource"] == resource
    assert {(loss["path"], loss["kind"]) for loss in report.json()["losses"]} == {
        ("/items/0/options/1", "dropped"), ("/source", "dropped"), ("/licence", "dropped"),
    }  # fmt: skip
    assert centre.get(path, report="2").status_code == 422
    body = {"resource": resource, "category": "other", "key": "again"}
    came = centre.post("/questionnaires/import", body)
    assert came.status_code == 201
    assert came.json()["losses"] == []
    version = came.json()["version"]
    assert version["document"] == {**DOCUMENT, "key": "again", "category": "other"}
    assert (version["origin"], version["state"]) == ("import", "draft")
    broken = {"resourceType": "Questionnaire", "item": [{"linkId": "a", "type": "slider"}]}
    refused = centre.post("/questionnaires/import", {"resource": broken, "category": "other"})
    assert (refused.status_code, codes(refused)) == (422, [("/resource/item/0/type", "choice")])
    both = centre.post("/questionnaires/import", {"category": "other"})
    assert codes(both) == [("/resource", "one_of")]
