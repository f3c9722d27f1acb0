"""Who writes does not sign, and nothing runs that nobody signed; each step over HTTP, with who may not."""

from typing import Any

import pytest

from access.actor import SYSTEM
from followup.education.services import retire_version as retire_card
from followup.programmes.models import Programme, ProgrammeStep, ProgrammeVersion
from followup.programmes.selectors import list_active_versions
from followup.programmes.tests.kit import DOCUMENT, FORM, LICENCE, document, load_references, make_live, step
from followup.questionnaires.services import load_documents
from kernel.tenancy import bind_schema
from tests.cast import actor_named
from trail.models import TrailRow

NEW = {"document": DOCUMENT, "starts_on": "2026-11-01"}


@pytest.fixture
def centre(in_alpha: Any, api: Any) -> Any:
    load_references()
    return api("alpha", "centre")


@pytest.fixture
def doctor(in_alpha: Any, api: Any) -> Any:
    return api("alpha", "doctor")


def create(client: Any, **changes: Any) -> dict[str, Any]:
    answer = client.post("/programmes", {**NEW, "document": document(**changes)})
    assert answer.status_code == 201, answer.content
    return answer.json()


def inside() -> Any:
    """A request leaves the connection on public."""
    return bind_schema("t_alpha")


def act(client: Any, version: dict[str, Any], verb: str, body: Any = None) -> Any:
    return client.post(f"/programme-versions/{version['id']}/{verb}", body)


@pytest.mark.req("S8")
def test_the_whole_way_of_a_version(centre: Any, doctor: Any) -> None:
    draft = create(centre)
    assert (draft["state"], draft["version"], draft["revision"], draft["key"]) == ("draft", 1, 1, "heart")
    assert draft["criteria_text"] == ["年龄不小于 60 岁"]
    assert draft["document"]["exclusions"]["refused"] is True
    assert draft["can"] == {
        "edit": True, "delete": True, "review": True, "return": False, "sign": False, "activate": False,
        "pause": False, "retire": False,
    }  # fmt: skip
    reviewed = act(centre, draft, "review", {"note": "已核对"}).json()
    assert (reviewed["state"], reviewed["reviewed_by_name"], reviewed["state_note"]) == (
        "reviewed",
        "周护士",
        "已核对",
    )
    signed = act(doctor, draft, "sign", {"licence_no": LICENCE}).json()
    assert (signed["state"], signed["signed_by_name"], signed["signer_licence_no"]) == (
        "signed",
        "孙主任",
        LICENCE,
    )
    with inside():
        assert list_active_versions() == []
    active = act(centre, draft, "activate", {"starts_on": "2026-11-05"}).json()
    assert (active["state"], active["starts_on"]) == ("active", "2026-11-05")
    with inside():
        (plan,) = list_active_versions()
    assert (plan.key, str(plan.starts_on), plan.excluded_flags) == (
        "heart", "2026-11-05", ("invalid_contact", "refused", "unreachable"),
    )  # fmt: skip
    paused = act(centre, draft, "pause", {"reason": "节后再开"}).json()
    assert (paused["state"], paused["state_note"]) == ("paused", "节后再开")
    with inside():
        assert list_active_versions() == []
    assert act(centre, draft, "activate").json()["starts_on"] == "2026-11-05"
    retired = act(centre, draft, "retire", {"reason": "不再使用"}).json()
    assert (retired["state"], retired["can"]["activate"], retired["can"]["retire"]) == (
        "retired",
        False,
        False,
    )
    assert act(centre, draft, "activate").json()["code"] == "version_not_signed"
    with inside():
        acts = TrailRow.objects.filter(object_type="programme_version", object_id=draft["id"]).order_by("pk")
        actions = [row.action.rsplit(".", 1)[1] for row in acts]
    assert actions == [
        "saved", "reviewed", "signed", "activated", "paused", "activated", "retired",
    ]  # fmt: skip


@pytest.mark.req("S8")
def test_who_may_what(centre: Any, doctor: Any, api: Any) -> None:
    draft = create(centre)
    put = {"document": DOCUMENT, "starts_on": "2026-11-01"}
    acts: dict[str, Any] = {
        "review": {}, "return": {"note": "x"}, "sign": {"licence_no": LICENCE}, "activate": {},
        "pause": {"reason": "x"}, "retire": {"reason": "x"},
    }  # fmt: skip
    for who in ("clinician", "admin", "supervisor", "operations", None, "it"):
        client = api("alpha", who)
        refused = 401 if who is None else 403
        for verb, body in acts.items():
            assert act(client, draft, verb, body).status_code == refused, (who, verb)
        assert client.post("/programmes", NEW).status_code == refused
        assert client.post(f"/programmes/{draft['programme_id']}/drafts").status_code == refused
        address = f"/programme-versions/{draft['id']}"
        assert client.send("PUT", address, put, **{"If-Match": '"1"'}).status_code == refused
        assert client.send("DELETE", address).status_code == refused
        seen = 200 if who not in (None, "it") else refused
        for path in (address, f"{address}/diff", "/programmes", "/programmes/vocabulary"):
            assert client.get(path).status_code == seen, (who, path)
        assert client.post("/programmes/validate", {"document": {}}).status_code == seen
    assert act(centre, draft, "sign", acts["sign"]).status_code == 403
    for verb in ("review", "activate", "pause", "retire"):
        assert act(doctor, draft, verb, acts[verb]).status_code == 403
    with inside():
        assert ProgrammeVersion.objects.get().state == "draft"


def test_another_tenant_sees_nothing(centre: Any, api: Any) -> None:
    draft = create(centre)
    other = api("beta", "centre")
    address = f"/programme-versions/{draft['id']}"
    assert other.get(address).status_code == 404
    assert other.get(f"{address}/diff").status_code == 404
    put = {"document": DOCUMENT, "starts_on": "2026-11-01"}
    assert other.send("PUT", address, put, **{"If-Match": '"1"'}).status_code == 404
    for verb, body in (
        ("review", {}),
        ("return", {"note": "x"}),
        ("activate", {}),
        ("retire", {"reason": "x"}),
    ):
        assert act(other, draft, verb, body).status_code == 404
    assert act(api("beta", "doctor"), draft, "sign", {"licence_no": LICENCE}).status_code == 404
    assert other.post(f"/programmes/{draft['programme_id']}/drafts").status_code == 404
    assert other.send("DELETE", address).status_code == 404
    assert "heart" not in str(other.get("/programmes/vocabulary").json())
    with bind_schema("t_alpha"):
        assert ProgrammeVersion.objects.get().state == "draft"


def test_signing_is_refused_until_everything_is_in_order(centre: Any, doctor: Any) -> None:
    draft = create(centre)
    assert act(doctor, draft, "sign", {"licence_no": LICENCE}).json()["code"] == "version_not_reviewed"
    act(centre, draft, "review")
    for wrong in ("", "12345", "１" * 15, LICENCE + "1"):
        answer = act(doctor, draft, "sign", {"licence_no": wrong})
        assert answer.status_code == 422, wrong
    with inside():
        ProgrammeVersion.objects.update(updated_by_id=actor_named("doctor").id)
    answer = act(doctor, draft, "sign", {"licence_no": LICENCE})
    assert (answer.status_code, answer.json()["code"]) == (409, "editor_cannot_sign")
    assert doctor.get(f"/programme-versions/{draft['id']}").json()["can"]["sign"] is False


def test_a_form_or_card_that_is_not_signed_stops_the_signature(in_alpha: Any, api: Any) -> None:
    load_references(signed=False)
    centre, doctor = api("alpha", "centre"), api("alpha", "doctor")
    draft = create(centre, steps=[step(education=["rest"])])
    missing = [
        {"kind": "questionnaire", "key": "call", "state": "draft"},
        {"kind": "education", "key": "rest", "state": "draft"},
    ]
    assert draft["missing"] == missing
    act(centre, draft, "review")
    answer = act(doctor, draft, "sign", {"licence_no": LICENCE})
    assert (answer.status_code, answer.json()["code"], answer.json()["missing"]) == (
        409,
        "references_not_signed",
        missing,
    )
    assert answer.json()["detail"] == "问卷 call（草稿）、宣教 rest（草稿）尚不能使用，请先签署后再签署本路径"
    with inside():
        load_references()
    signed = act(doctor, draft, "sign", {"licence_no": LICENCE}).json()
    assert (signed["state"], signed["missing"]) == ("signed", [])
    with inside():
        assert ProgrammeStep.objects.get().questionnaire_version.state == "signed"


def test_a_card_retired_since_stops_the_activation(centre: Any, doctor: Any) -> None:
    draft = create(centre, steps=[step(education=["rest"])])
    act(centre, draft, "review")
    act(doctor, draft, "sign", {"licence_no": LICENCE})
    from followup.education.selectors import list_keys_state

    with inside():
        retire_card(
            actor=actor_named("centre"), version_id=list_keys_state(["rest"])["rest"][1], reason="过时"
        )
    answer = act(centre, draft, "activate")
    assert (answer.status_code, answer.json()["missing"]) == (
        409, [{"kind": "education", "key": "rest", "state": "retired"}],
    )  # fmt: skip
    with inside():
        assert list_active_versions() == []


def test_the_signature_binds_the_form_of_that_day(centre: Any, doctor: Any) -> None:
    with inside():
        version = make_live()
        bound = ProgrammeStep.objects.get(version=version).questionnaire_version_id
        newer = load_documents(
            documents=[{**FORM, "title": "电话随访（新）"}], actor=SYSTEM, signed_by_name="王主任"
        )
        (plan,) = list_active_versions()
    assert newer["call"] != bound
    assert plan.steps[0].questionnaire_version_id == bound


def test_sending_back_needs_a_note_and_opens_the_draft_again(centre: Any, doctor: Any) -> None:
    draft = create(centre)
    assert act(doctor, draft, "return", {"note": "x"}).json()["code"] == "version_not_reviewed"
    act(centre, draft, "review")
    assert act(doctor, draft, "return", {}).status_code == 422
    back = act(doctor, draft, "return", {"note": "年龄请改为 65"}).json()
    assert (back["state"], back["state_note"], back["reviewed_by_name"]) == ("draft", "年龄请改为 65", "")


def test_an_edit_after_the_review_asks_for_another(centre: Any) -> None:
    draft = create(centre)
    act(centre, draft, "review")
    body = {"document": document(name="新名"), "starts_on": "2026-12-01"}
    saved = centre.send("PUT", f"/programme-versions/{draft['id']}", body, **{"If-Match": '"1"'}).json()
    assert (saved["state"], saved["revision"], saved["name"], saved["starts_on"], saved["reviewed_by_name"]) == (
        "draft", 2, "新名", "2026-12-01", "",
    )  # fmt: skip
    with inside():
        assert Programme.objects.get().name == "新名"


@pytest.mark.req("S28")
def test_two_editors_at_once_get_a_conflict_with_what_is_there(centre: Any) -> None:
    draft = create(centre)
    address = f"/programme-versions/{draft['id']}"
    first = {"document": document(name="甲改"), "starts_on": "2026-11-01"}
    assert centre.send("PUT", address, first, **{"If-Match": '"1"'}).status_code == 200
    second = centre.send("PUT", address, {**first, "document": document(name="乙改")}, **{"If-Match": '"1"'})
    assert (second.status_code, second.json()["code"]) == (412, "conflict")
    assert second.json()["detail"] == "周护士已在您之后保存过此草稿，您的修改没有保存"
    assert (second.json()["current"]["revision"], second.json()["current"]["document"]["name"]) == (2, "甲改")
    assert centre.send("PUT", address, first).status_code == 422
    assert centre.send("PUT", address, first, **{"If-Match": "2"}).status_code == 422


def test_nothing_is_half_saved(centre: Any) -> None:
    draft = create(centre)
    address = f"/programme-versions/{draft['id']}"
    faulty = document(steps=[step(), step(code="d9", day=-1)], name="坏的")
    answer = centre.send(
        "PUT", address, {"document": faulty, "starts_on": "2026-11-01"}, **{"If-Match": '"1"'}
    )
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/document/steps/1/day"]
    for changes, pointer in (
        ({"key": "other"}, "/document/key"),
        ({"steps": [step(questionnaire="cal")]}, "/document/steps/0/questionnaire"),
        ({"steps": [step(education=["nap"])]}, "/document/steps/0/education/0"),
        ({"source": []}, "/document/source"),
    ):
        body = {"document": document(**changes), "starts_on": "2026-11-01"}
        answer = centre.send("PUT", address, body, **{"If-Match": '"1"'})
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    kept = centre.get(address).json()
    assert (kept["revision"], kept["name"]) == (1, "心脏随访")
    with inside():
        assert ProgrammeStep.objects.count() == 1


def test_what_is_signed_never_changes(centre: Any) -> None:
    with inside():
        version = make_live()
    address = f"/programme-versions/{version.pk}"
    body = {"document": document(name="改"), "starts_on": "2026-11-01"}
    answer = centre.send("PUT", address, body, **{"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["code"]) == (409, "version_not_draft")
    assert centre.send("DELETE", address).json()["code"] == "version_not_draft"
    assert centre.post(f"{address}/review").json()["code"] == "version_not_draft"


def test_creating_from_a_document_or_a_copy(centre: Any) -> None:
    first = create(centre)
    again = centre.post("/programmes", NEW)
    assert (again.status_code, again.json()["code"], again.json()["programme_id"]) == (
        409, "key_taken", first["programme_id"],
    )  # fmt: skip
    copy = centre.post("/programmes", {"from_version_id": first["id"], "key": "heart2"}).json()
    assert (copy["key"], copy["name"], copy["document"]["steps"]) == (
        "heart2", "心脏随访（副本）", first["document"]["steps"],
    )  # fmt: skip
    for body, pointer in (
        ({}, "/document"),
        ({"from_version_id": first["id"]}, "/key"),
        ({"from_version_id": "999999", "key": "x"}, "/from_version_id"),
        ({"document": 3}, "/document"),
        ({**NEW, "document": document(key="y", kind="z")}, "/document/kind"),
    ):
        answer = centre.post("/programmes", body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


def test_a_deleted_draft_takes_its_programme_along_only_if_it_was_all(centre: Any) -> None:
    draft = create(centre)
    assert centre.send("DELETE", f"/programme-versions/{draft['id']}").status_code == 204
    with inside():
        assert not Programme.objects.exists()
    with inside():
        version = make_live()
    second = centre.post(f"/programmes/{version.programme_id}/drafts").json()
    assert (second["version"], second["document"]) == (2, version.document)
    held = centre.post(f"/programmes/{version.programme_id}/drafts")
    assert (held.status_code, held.json()["code"], held.json()["version_id"]) == (
        409,
        "draft_exists",
        second["id"],
    )
    assert centre.send("DELETE", f"/programme-versions/{second['id']}").status_code == 204
    with inside():
        assert list(ProgrammeVersion.objects.values_list("version", flat=True)) == [1]


def test_the_editor_is_told_while_writing(centre: Any) -> None:
    contradiction = {
        "all": [{"field": "sex", "op": "eq", "value": "M"}, {"field": "sex", "op": "eq", "value": "F"}]
    }
    body = {"document": document(criteria=contradiction, steps=[step(questionnaire="cal")])}
    told = centre.post("/programmes/validate", body).json()
    assert told["faults"] == [
        {
            "pointer": "/steps/0/questionnaire",
            "code": "unknown_form",
            "message": "没有问卷 cal",
            "cure": "请先在问卷库中新建或导入",
        }
    ]
    assert [warning["pointer"] for warning in told["warnings"]] == ["/criteria/all/1"]
    assert told["criteria_text"] == ["性别为男", "性别为女"]
    with inside():
        assert ProgrammeVersion.objects.count() == 0
    wards = {"field": "ward", "op": "in", "value": ["W41", "W4"]}
    codes = {"any": [wards, {"field": "enrolled", "op": "in", "value": ["x"]}]}
    told = centre.post("/programmes/validate", {"document": document(criteria=codes)}).json()
    assert [(warning["pointer"], warning["code"]) for warning in told["warnings"]] == [
        ("/criteria/any/0/value/1", "unknown_code"), ("/criteria/any/1/value/0", "unknown_code"),
    ]  # fmt: skip
    assert told["warnings"][0]["message"] == "本机构没有病区编码 W4，目前没有人符合"
    assert told["warnings"][0]["cure"] == "是否想写 W41？"
    for broken in (None, 3, [], {}, {"criteria": 3}):
        told = centre.post("/programmes/validate", {"document": broken})
        if broken is None:
            assert told.status_code == 422
        else:
            assert told.json()["faults"]
            assert told.json()["criteria_text"] == []


@pytest.mark.req("S9")
def test_the_vocabulary_offers_the_codes_of_the_tenant(centre: Any, django_assert_num_queries: Any) -> None:
    with inside():
        make_live()
    words = centre.get("/programmes/vocabulary").json()
    fields = {field["field"]: field["value"]["choices"] for field in words["fields"]}
    assert {"value": "0401", "label": "人民医院 骨科"} in fields["department"]
    assert {"value": "W41", "label": "人民医院 骨科一病区"} in fields["ward"]
    assert {"value": "T1", "label": "问安镇卫生院"} in fields["institution"]
    assert fields["enrolled"] == [{"value": "heart", "label": "心脏随访"}]
    assert [owner["value"] for owner in words["owners"]] == [
        "hospital", "attending", "nurse", "community", "centre", "named",
    ]  # fmt: skip
    assert {"value": "frequent_visits", "label": "排除频繁就诊的患者", "default": False} in words[
        "exclusions"
    ]
    assert [place["code"] for place in words["institutions"]] == ["H1", "T1", "T2"]


def test_reading_a_version_costs_few_queries(centre: Any, django_assert_max_num_queries: Any) -> None:
    from followup.programmes.selectors import get_version_detail

    actor, version = (
        actor_named("centre"),
        make_live(steps=[step(code=f"d{n}", education=["rest"]) for n in range(9)]),
    )
    with django_assert_max_num_queries(4):
        assert get_version_detail(actor, version.pk)["missing"] == []


def test_a_version_from_before_documents_were_kept_is_still_shown(centre: Any) -> None:
    with inside():
        version = make_live()
        ProgrammeVersion.objects.update(document={})
    draft = {"id": str(version.pk)}
    shown = centre.get(f"/programme-versions/{draft['id']}").json()
    assert (shown["name"], shown["document"], shown["missing"]) == ("心脏随访", {}, [])
    assert centre.get(f"/programme-versions/{draft['id']}/diff", against=draft["id"]).json()["changes"] == []
