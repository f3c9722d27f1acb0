"""draft → reviewed → signed → retired, and what may never happen on the way."""

import threading
from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from access.actor import SYSTEM
from followup.questionnaires import ports, selectors, services
from followup.questionnaires.errors import (
    AuthorSigns,
    DraftConflict,
    DraftExists,
    DraftUnfinished,
    InvalidDocument,
    LicenceStands,
    WrongState,
)
from followup.questionnaires.models import Questionnaire, QuestionnaireVersion, ScaleLicence
from followup.questionnaires.services import load_documents
from kernel.errors import InvalidInput, NotAllowed, NotFound
from kernel.models import OutboxEvent
from tests.cast import actor_named
from trail.models import TrailRow

LICENCE_NO = "110420000012345"
DOCUMENT: dict[str, Any] = {
    "key": "wound", "title": "伤口随访", "category": "inpatient", "source": ["自编"], "licence": "own",
    "items": [
        {"link_id": "fever", "type": "single", "text": "有没有发热？", "required": True,
         "options": [{"value": "no", "label": "没有", "level": "E0"}, {"value": "yes", "label": "有", "level": "E2"}]},
        {"link_id": "note", "type": "text", "text": "备注"},
    ],
}  # fmt: skip
SCALE: dict[str, Any] = {**deepcopy(DOCUMENT), "key": "sf", "title": "受保护量表", "locked_scale": "sf_36"}


@pytest.fixture
def centre(in_alpha: Any) -> Any:
    return actor_named("centre")


@pytest.fixture
def doctor(in_alpha: Any) -> Any:
    return actor_named("doctor")


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`use({"fever": ["yes"]})`: stored answers say so."""

    def connect(found: dict[str, list[str]]) -> None:
        monkeypatch.setattr(ports, "_usage", [lambda questionnaire_id: found])

    monkeypatch.setattr(ports, "_usage", [])
    return connect


def changed(**words: Any) -> dict[str, Any]:
    return {**deepcopy(DOCUMENT), **words}


def make_draft(centre: Any) -> int:
    version_id, losses = services.import_questionnaire(actor=centre, document=DOCUMENT, category="inpatient")
    assert losses == []
    return version_id


def make_signed(centre: Any, doctor: Any) -> int:
    version_id = make_draft(centre)
    services.review_version(actor=centre, version_id=version_id, note="看过")
    services.sign_version(actor=doctor, version_id=version_id, licence_no=LICENCE_NO)
    return version_id


def pointers(caught: pytest.ExceptionInfo[InvalidInput]) -> list[tuple[str, str]]:
    return [(error.pointer, error.code) for error in caught.value.errors]


@pytest.mark.req("S15", "S17")
def test_from_draft_to_retired(centre: Any, doctor: Any) -> None:
    version_id = make_draft(centre)
    detail = selectors.get_version_detail(centre, version_id)
    assert (detail["state"], detail["version"], detail["revision"], detail["origin"]) == (
        "draft", 1, 1, "import",
    )  # fmt: skip
    assert detail["can"] == {"edit": True, "review": True, "sign": False, "retire": False}
    with pytest.raises(WrongState):
        services.sign_version(actor=doctor, version_id=version_id, licence_no=LICENCE_NO)
    services.review_version(actor=centre, version_id=version_id)
    assert selectors.get_version_detail(doctor, version_id)["can"]["sign"] is True
    services.sign_version(actor=doctor, version_id=version_id, licence_no=LICENCE_NO)
    detail = selectors.get_version_detail(doctor, version_id)
    assert (detail["state"], detail["signed_by_name"], detail["signer_licence_no"]) == (
        "signed", "孙主任", LICENCE_NO,
    )  # fmt: skip
    assert selectors.list_keys_state(["wound", "none"]) == {"wound": ("signed", version_id)}
    services.retire_version(actor=doctor, version_id=version_id, reason="指南更新")
    assert selectors.list_keys_state(["wound"]) == {"wound": ("retired", version_id)}
    assert selectors.latest_versions(["wound"]) == {}
    assert selectors.get_version(version_id).state == "retired"
    acts = TrailRow.objects.filter(object_type="questionnaire_version").order_by("pk")
    assert [row.action.rsplit(".", 1)[1] for row in acts] == ["drafted", "reviewed", "signed", "retired"]
    events = OutboxEvent.objects.filter(type__startswith="questionnaire.").order_by("pk")
    assert [event.type for event in events] == ["questionnaire.signed", "questionnaire.retired"]


def test_nobody_signs_what_they_wrote(centre: Any, doctor: Any) -> None:
    version_id = make_draft(centre)
    services.save_draft(
        actor=doctor, version_id=version_id, document=changed(title="新"), expected_revision=1
    )
    services.review_version(actor=centre, version_id=version_id)
    with pytest.raises(AuthorSigns):
        services.sign_version(actor=doctor, version_id=version_id, licence_no=LICENCE_NO)


@pytest.mark.parametrize(
    "licence_no", ["", "1" * 14, "1" * 16, "12345678901234x", "１２３４５６７８９０１２３４５"]
)
def test_a_signature_needs_a_licence_number(centre: Any, doctor: Any, licence_no: str) -> None:
    version_id = make_draft(centre)
    services.review_version(actor=centre, version_id=version_id)
    with pytest.raises(InvalidInput) as caught:
        services.sign_version(actor=doctor, version_id=version_id, licence_no=licence_no)
    assert pointers(caught) == [("/licence_no", "licence_no")]


@pytest.mark.req("S15")
def test_two_editors_meet_in_a_conflict(centre: Any, doctor: Any) -> None:
    version_id = make_draft(centre)
    services.save_draft(
        actor=centre, version_id=version_id, document=changed(title="甲"), expected_revision=1
    )
    with pytest.raises(DraftConflict) as caught:
        services.save_draft(
            actor=doctor, version_id=version_id, document=changed(title="乙"), expected_revision=1
        )
    assert caught.value.status == 412
    current: Any = caught.value.extra["current"]
    assert (current["revision"], current["title"], current["updated_by_name"]) == (2, "甲", "周护士")
    services.save_draft(
        actor=doctor, version_id=version_id, document=changed(title="甲"), expected_revision=2
    )
    assert selectors.get_version_detail(doctor, version_id)["revision"] == 2, "nothing changed"


@pytest.mark.req("S15", "S17")
def test_what_is_signed_never_changes(centre: Any, doctor: Any) -> None:
    version_id = make_signed(centre, doctor)
    with pytest.raises(WrongState):
        services.save_draft(
            actor=centre, version_id=version_id, document=changed(title="新"), expected_revision=1
        )
    for act in (
        lambda: services.delete_draft(actor=centre, version_id=version_id),
        lambda: services.review_version(actor=centre, version_id=version_id),
        lambda: services.sign_version(actor=doctor, version_id=version_id, licence_no=LICENCE_NO),
        lambda: services.return_version(actor=doctor, version_id=version_id, note="x"),
    ):
        with pytest.raises(WrongState):
            act()
    draft_id = services.open_draft(
        actor=centre, questionnaire_id=QuestionnaireVersion.objects.get(pk=version_id).questionnaire_id
    )
    services.save_draft(actor=centre, version_id=draft_id, document=changed(title="新"), expected_revision=1)
    assert selectors.get_version(version_id).document == DOCUMENT
    assert Questionnaire.objects.get().title == "伤口随访", "until the draft is signed"
    assert selectors.list_keys_state(["wound"]) == {"wound": ("signed", version_id)}


def test_one_open_draft(centre: Any, doctor: Any) -> None:
    version_id = make_signed(centre, doctor)
    questionnaire_id = Questionnaire.objects.get().pk
    draft_id = services.open_draft(
        actor=centre, questionnaire_id=questionnaire_id, from_version_id=version_id
    )
    for open_again in (
        lambda: services.open_draft(actor=doctor, questionnaire_id=questionnaire_id),
        lambda: services.import_questionnaire(actor=doctor, document=DOCUMENT, category="other"),
    ):
        with pytest.raises(DraftExists) as caught:
            open_again()
        assert caught.value.extra == {"version_id": str(draft_id)}
    services.delete_draft(actor=centre, version_id=draft_id)
    again = services.open_draft(actor=doctor, questionnaire_id=questionnaire_id)
    assert QuestionnaireVersion.objects.get(pk=again).version == 2


def test_a_questionnaire_goes_with_its_only_draft(centre: Any) -> None:
    version_id = services.create_questionnaire(actor=centre, key="new", title="新问卷", category="other")
    assert selectors.get_version(version_id).document["items"][0]["type"] == "text"
    with pytest.raises(InvalidInput) as caught:
        services.create_questionnaire(actor=centre, key="new", title="又一份", category="other")
    assert pointers(caught) == [("/key", "key_taken")]
    copy_id = services.create_questionnaire(
        actor=centre, key="copy", title="副本", category="chronic", from_version_id=version_id
    )
    assert (
        selectors.get_version(copy_id).document["items"]
        == selectors.get_version(version_id).document["items"]
    )
    services.delete_draft(actor=centre, version_id=version_id)
    assert list(Questionnaire.objects.values_list("key", flat=True)) == ["copy"]


def test_a_reviewed_draft_goes_back_with_a_note_or_by_an_edit(centre: Any, doctor: Any) -> None:
    version_id = make_draft(centre)
    services.review_version(actor=centre, version_id=version_id)
    with pytest.raises(NotAllowed):
        services.return_version(actor=actor_named("clinician"), version_id=version_id, note="不行")
    with pytest.raises(InvalidInput):
        services.return_version(actor=doctor, version_id=version_id, note=" ")
    services.return_version(actor=doctor, version_id=version_id, note="第 2 题请加选项")
    detail = selectors.get_version_detail(centre, version_id)
    assert (detail["state"], detail["note"], detail["reviewed_by_name"]) == ("draft", "第 2 题请加选项", "")
    services.review_version(actor=centre, version_id=version_id)
    services.save_draft(
        actor=centre, version_id=version_id, document=changed(title="新"), expected_revision=1
    )
    assert selectors.get_version_detail(centre, version_id)["state"] == "draft"


@pytest.mark.req("S15")
def test_an_unreadable_document_changes_nothing(centre: Any) -> None:
    version_id = make_draft(centre)
    numbered, twice, unlisted = changed(), changed(), changed()
    numbered["items"][1]["text"] = 5
    twice["items"][1]["link_id"] = "fever"
    unlisted["items"][0]["options"] = "没有、有"
    many = [{"link_id": f"q{number}", "type": "text", "text": "x"} for number in range(301)]
    for document, expected in (
        (changed(key="other"), ("/document/key", "key_changed")),
        ({}, ("/document/key", "identifier")),
        (changed(titel="x"), ("/document/titel", "unknown_key")),
        (changed(title="长" * 121), ("/document/title", "max")),
        (numbered, ("/document/items/1/text", "text")),
        (twice, ("/document/items/1/link_id", "duplicate")),
        (unlisted, ("/document/items/0/options", "empty")),
        (changed(items=many), ("/document/items", "max")),
    ):
        with pytest.raises(InvalidDocument) as caught:
            services.save_draft(actor=centre, version_id=version_id, document=document, expected_revision=1)
        assert expected in pointers(caught)
    assert selectors.get_version_detail(centre, version_id)["revision"] == 1


@pytest.mark.req("S15", "S17")
def test_an_unfinished_draft_is_kept_and_goes_no_further(centre: Any, doctor: Any) -> None:
    version_id = make_draft(centre)
    half = changed(title=" ", rules=[{"when": "", "level": "E3", "prompt": ""}], source=[""])
    half["items"][0]["options"].pop()
    half["items"][1] |= {"text": "", "show_if": "fever == 'maybe'"}
    half["items"].append({"link_id": "pain", "type": "scale", "text": "疼痛"})
    half["items"].append({"link_id": "more", "type": "group", "text": "其他", "items": []})
    services.save_draft(actor=centre, version_id=version_id, document=half, expected_revision=1)
    detail = selectors.get_version_detail(centre, version_id)
    assert (detail["document"], detail["revision"], detail["state"]) == (half, 2, "draft")
    assert [(one["pointer"], one["code"]) for one in detail["problems"]] == [
        ("/title", "text"), ("/source", "type"), ("/items/0/options", "empty"), ("/items/1/text", "text"),
        ("/items/2/min", "missing"), ("/items/2/max", "missing"), ("/items/3/items", "empty"),
        ("/rules/0/when", "text"), ("/rules/0/prompt", "text"), ("/rules/0/advice", "advice_missing"),
        ("/items/1/show_if", "expression"),
    ]  # fmt: skip
    assert detail["problems"][3]["message"].startswith("请填写题干")
    assert detail["can"] == {"edit": True, "review": False, "sign": False, "retire": False}
    assert Questionnaire.objects.get().title == "伤口随访", "a blank name takes none away"
    with pytest.raises(DraftUnfinished) as caught:
        services.review_version(actor=centre, version_id=version_id)
    assert (len(caught.value.errors), caught.value.errors[3].pointer) == (11, "/document/items/1/text")
    with pytest.raises(DraftUnfinished):
        selectors.export_fhir(version_id)
    with pytest.raises(InvalidDocument) as copied:
        services.create_questionnaire(
            actor=centre, key="copy", title="副本", category="other", from_version_id=version_id
        )
    assert {pointer for pointer, _ in pointers(copied)} == {"/from_version_id"}
    services.save_draft(actor=centre, version_id=version_id, document=DOCUMENT, expected_revision=2)
    assert selectors.get_version_detail(centre, version_id)["problems"] == []
    services.review_version(actor=centre, version_id=version_id)
    # What slipped in by another way than the editor's is not signed either.
    QuestionnaireVersion.objects.filter(pk=version_id).update(document=half)
    with pytest.raises(DraftUnfinished):
        services.sign_version(actor=doctor, version_id=version_id, licence_no=LICENCE_NO)


@pytest.mark.req("S15", "S17")
def test_what_answers_need_cannot_be_removed(centre: Any, doctor: Any, use: Any) -> None:
    version_id = make_signed(centre, doctor)
    questionnaire_id = QuestionnaireVersion.objects.get(pk=version_id).questionnaire_id
    draft_id = services.open_draft(actor=centre, questionnaire_id=questionnaire_id)
    use({"fever": ["yes"], "note": []})
    assert selectors.get_version_detail(centre, draft_id)["used_options"] == {"fever": ["yes"], "note": []}
    no_option, no_item, other_type = changed(), changed(), changed()
    no_option["items"][0]["options"][1]["value"] = "high"
    no_item["items"].pop()
    other_type["items"][1]["type"] = "date"
    for revision, (document, pointer, code) in enumerate(
        (
            (no_option, "/items/0/options", "used_option_removed"),
            (no_item, "/items", "used_item_removed"),
            (other_type, "/items/1/type", "used_type_changed"),
        ),
        start=1,
    ):
        services.save_draft(actor=centre, version_id=draft_id, document=document, expected_revision=revision)
        with pytest.raises(DraftUnfinished) as caught:
            services.review_version(actor=centre, version_id=draft_id)
        assert pointers(caught) == [(f"/document{pointer}", code)]
        assert "标为停用" in caught.value.errors[0].message
        judged = selectors.judge_document(document, questionnaire_id)
        assert [(fault["pointer"], fault["code"]) for fault in judged["faults"]] == [(pointer, code)]
    retired = changed()
    retired["items"][0]["options"][1]["retired"] = True
    retired["items"][1]["retired"] = True
    services.save_draft(actor=centre, version_id=draft_id, document=retired, expected_revision=4)
    # Answers may come in between: the signature looks once more.
    services.review_version(actor=centre, version_id=draft_id)
    use({"gone": ["x"]})
    with pytest.raises(DraftUnfinished):
        services.sign_version(actor=doctor, version_id=draft_id, licence_no=LICENCE_NO)


@pytest.mark.req("S15", "S27")
def test_a_protected_scale_is_not_there_without_a_licence(centre: Any, doctor: Any, at: Any) -> None:
    admin = actor_named("admin")
    version_id = load_documents(documents=[SCALE], actor=SYSTEM)["sf"]
    questionnaire_id = Questionnaire.objects.get().pk
    for act in (
        lambda: selectors.get_questionnaire(questionnaire_id),
        lambda: selectors.get_version_detail(admin, version_id),
        lambda: selectors.export_fhir(version_id),
        lambda: services.review_version(actor=centre, version_id=version_id),
        lambda: services.create_questionnaire(
            actor=centre, key="mine", title="x", category="scale", from_version_id=version_id
        ),
    ):
        with pytest.raises(NotFound):
            act()
    assert selectors.list_keys_state(["sf"]) == {"sf": ("locked", version_id)}
    with pytest.raises(InvalidDocument) as caught:
        services.import_questionnaire(actor=centre, document={**SCALE, "key": "mine"}, category="scale")
    assert pointers(caught) == [("/document/locked_scale", "licence_missing")]
    with at("2026-11-22 09:00"):
        licence_id = services.state_licence(
            actor=admin, scale="sf_36", holder="人民医院", licence_no="L-1", valid_until=date(2026, 12, 31)
        )
        with pytest.raises(LicenceStands):
            services.state_licence(actor=admin, scale="sf_36", holder="人民医院", licence_no="L-2")
        freed = {name: value for name, value in SCALE.items() if name != "locked_scale"}
        with pytest.raises(InvalidDocument) as caught:
            services.save_draft(actor=centre, version_id=version_id, document=freed, expected_revision=1)
        assert pointers(caught) == [("/document/locked_scale", "locked")]
        services.review_version(actor=centre, version_id=version_id)
        services.sign_version(actor=doctor, version_id=version_id, licence_no=LICENCE_NO)
        assert list(selectors.latest_versions(["sf"])) == ["sf"]
        services.revoke_licence(actor=admin, licence_id=licence_id)
        assert selectors.latest_versions(["sf"]) == {}
        assert selectors.get_version(version_id).key == "sf", "what runs goes on"
        with pytest.raises(WrongState):
            services.revoke_licence(actor=admin, licence_id=licence_id)
        services.state_licence(
            actor=admin, scale="sf_36", holder="人民医院", licence_no="L-3", valid_until=date(2026, 12, 1)
        )
    with at("2026-12-01 23:59"):
        assert list(selectors.latest_versions(["sf"])) == ["sf"]
    with at("2026-12-02 00:00"):
        assert selectors.latest_versions(["sf"]) == {}
        services.state_licence(actor=admin, scale="sf_36", holder="人民医院", licence_no="L-4")
        assert ScaleLicence.objects.filter(revoked_at=None).count() == 1


@pytest.mark.parametrize(
    ("words", "pointer"),
    [({"scale": "SF 36"}, "/scale"), ({"valid_until": date(2020, 1, 1)}, "/valid_until")],
)
def test_a_licence_that_cannot_be_is_refused(in_alpha: Any, words: dict[str, Any], pointer: str) -> None:
    given = {"scale": "sf_36", "holder": "人民医院", "licence_no": "1", **words}
    with pytest.raises(InvalidInput) as caught:
        services.state_licence(actor=SYSTEM, **given)
    assert pointers(caught)[0][0] == pointer


@pytest.mark.req("S17")
def test_the_library_comes_in_as_drafts(centre: Any, doctor: Any) -> None:
    first = load_documents(documents=[DOCUMENT], actor=SYSTEM)
    version = QuestionnaireVersion.objects.get()
    assert (version.state, version.origin, first.skipped) == ("draft", "library", ())
    assert Questionnaire.objects.get().category == "inpatient"
    assert load_documents(documents=[DOCUMENT], actor=SYSTEM) == first
    # An unsigned draft of the library follows the library.
    assert load_documents(documents=[changed(title="二")], actor=SYSTEM) == first
    version.refresh_from_db()
    assert (version.document["title"], version.revision) == ("二", 2)
    services.review_version(actor=centre, version_id=version.pk)
    services.sign_version(actor=doctor, version_id=version.pk, licence_no=LICENCE_NO)
    third = load_documents(documents=[changed(title="三")], actor=SYSTEM)["wound"]
    assert selectors.list_keys_state(["wound"]) == {"wound": ("signed", version.pk)}
    assert QuestionnaireVersion.objects.get(pk=third).version == 2


@pytest.mark.req("S17")
def test_the_library_leaves_the_tenants_own_version_alone(centre: Any) -> None:
    version_id = load_documents(documents=[DOCUMENT], actor=SYSTEM)["wound"]
    services.save_draft(
        actor=centre, version_id=version_id, document=changed(title="本院"), expected_revision=1
    )
    loaded = load_documents(documents=[changed(title="新版")], actor=SYSTEM)
    assert (dict(loaded), loaded.skipped) == ({"wound": version_id}, ("wound",))
    assert selectors.get_version(version_id).title == "本院"


def test_a_signed_load_takes_over_the_librarys_draft(in_alpha: Any) -> None:
    draft = load_documents(documents=[DOCUMENT], actor=SYSTEM)
    assert load_documents(documents=[DOCUMENT], actor=SYSTEM, signed_by_name="孙主任") == draft
    assert QuestionnaireVersion.objects.get().state == "signed"


def test_loads_at_once_number_each_version_once(scratch_tenant: Any) -> None:
    from django.db import connection

    from kernel.tenancy import bind_schema

    texts = [changed(title=f"第{number}版") for number in range(4)]
    others = [{**document, "key": "other"} for document in texts]
    faults: list[BaseException] = []

    def load(index: int) -> None:
        try:
            with bind_schema(scratch_tenant.schema_name):
                pair = [texts[index], others[index]]
                load_documents(
                    documents=pair if index % 2 else pair[::-1], actor=SYSTEM, signed_by_name="孙主任"
                )
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=load, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    for key in ("wound", "other"):
        rows = QuestionnaireVersion.objects.filter(questionnaire__key=key)
        assert sorted(rows.values_list("version", flat=True)) == [1, 2, 3, 4]
