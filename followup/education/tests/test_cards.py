"""Cards from draft to retirement, through services."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from access.actor import SYSTEM
from followup.education import ports, selectors, services
from followup.education.errors import (
    AuthorCannotSign,
    CardConflict,
    DraftExists,
    InvalidCard,
    KeyTaken,
    NotEditable,
    NotReviewed,
)
from followup.education.models import EducationCardVersion
from followup.education.tests.factories import CARD, make_card
from kernel.errors import InvalidInput, NotAllowed
from kernel.tenancy import bind_schema
from kernel.tests.running import work_in_thread
from tests.cast import actor_named
from trail.models import TrailRow

NUMBER = "110420000012345"

pytestmark = pytest.mark.req("S10")


@pytest.fixture
def editor(in_alpha: Any) -> Any:
    return actor_named("centre")


@pytest.fixture
def signer(in_alpha: Any) -> Any:
    return actor_named("doctor")


def state_of(version_id: int) -> str:
    return str(EducationCardVersion.objects.values_list("state", flat=True).get(pk=version_id))


def test_a_card_goes_from_draft_to_signed_to_retired(editor: Any, signer: Any) -> None:
    pk = services.create_card(actor=editor, key="wound_care", title="伤口护理")
    with pytest.raises(InvalidCard):
        services.review_version(actor=editor, version_id=pk)  # it says nothing yet
    services.save_draft(actor=editor, version_id=pk, document=CARD, expected_revision=1)
    with pytest.raises(NotReviewed):
        services.sign_version(actor=signer, version_id=pk, licence_no=NUMBER)
    services.review_version(actor=editor, version_id=pk)
    services.return_version(actor=signer, version_id=pk, note_text="第二段请写明体温")
    assert state_of(pk) == "draft"
    services.review_version(actor=editor, version_id=pk)
    with pytest.raises(InvalidInput):
        services.sign_version(actor=signer, version_id=pk, licence_no="123")
    services.sign_version(actor=signer, version_id=pk, licence_no=NUMBER)
    shown = selectors.get_version(signer, pk)
    assert (shown["state"], shown["signed_by_name"], shown["signer_licence_no"]) == (
        "signed",
        "孙主任",
        NUMBER,
    )
    with pytest.raises(NotEditable):
        services.save_draft(actor=editor, version_id=pk, document=CARD, expected_revision=2)
    with pytest.raises(NotEditable):
        services.delete_draft(actor=editor, version_id=pk)
    services.retire_version(actor=editor, version_id=pk, reason="内容过时")
    assert selectors.list_keys_state(["wound_care", "unknown"]) == {"wound_care": ("retired", pk)}
    acts = (
        TrailRow.objects.filter(object_type="education_card_version", object_id=str(pk))
        .order_by("id")
        .values_list("action", flat=True)
    )
    assert [action.removeprefix("education.version.") for action in acts] == [
        "drafted", "saved", "reviewed", "returned", "reviewed", "signed", "retired",
    ]  # fmt: skip


def test_who_edited_last_does_not_sign(in_alpha: Any) -> None:
    from dataclasses import replace

    centre, doctor = actor_named("centre"), actor_named("doctor")
    both = replace(doctor, functions=centre.functions | doctor.functions)
    pk = services.create_card(actor=both, key="wound_care", title="伤口护理")
    services.save_draft(actor=both, version_id=pk, document=CARD, expected_revision=1)
    services.review_version(actor=centre, version_id=pk)
    with pytest.raises(AuthorCannotSign):
        services.sign_version(actor=both, version_id=pk, licence_no=NUMBER)
    assert selectors.get_version(both, pk)["can"]["sign"] is False
    assert state_of(pk) == "reviewed"


def test_rights_are_asked_of_the_service_too(editor: Any, signer: Any) -> None:
    pk, nurse = make_card(signed=False), actor_named("clinician")
    for act in (
        lambda: services.create_card(actor=signer, key="other", title="其他"),
        lambda: services.save_draft(actor=signer, version_id=pk, document=CARD, expected_revision=1),
        lambda: services.review_version(actor=signer, version_id=pk),
        lambda: services.sign_version(actor=editor, version_id=pk, licence_no=NUMBER),
        lambda: services.retire_version(actor=nurse, version_id=pk, reason="x"),
        lambda: services.return_version(actor=nurse, version_id=pk, note_text="x"),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert state_of(pk) == "draft"


def test_editing_a_reviewed_text_takes_the_review_back(editor: Any) -> None:
    pk = make_card(signed=False)
    services.review_version(actor=editor, version_id=pk)
    services.save_draft(actor=editor, version_id=pk, document={**CARD, "title": "新"}, expected_revision=1)
    row = EducationCardVersion.objects.get(pk=pk)
    assert (row.state, row.reviewed_by_name, row.reviewed_at, row.revision) == ("draft", "", None, 2)
    assert row.card.title == "新"


def test_two_editors_at_once_see_each_other(editor: Any) -> None:
    pk = make_card(signed=False)
    services.save_draft(actor=editor, version_id=pk, document={**CARD, "title": "甲"}, expected_revision=1)
    with pytest.raises(CardConflict) as conflict:
        services.save_draft(
            actor=editor, version_id=pk, document={**CARD, "title": "乙"}, expected_revision=1
        )
    assert conflict.value.extra["current"]["title"] == "甲"
    with pytest.raises(InvalidCard) as fault:
        services.save_draft(
            actor=editor, version_id=pk, document={**CARD, "key": "other"}, expected_revision=2
        )
    assert fault.value.errors[0].pointer == "/document/key"


def test_signing_the_next_version_retires_the_one_before(editor: Any, signer: Any) -> None:
    first = make_card()
    card_id = EducationCardVersion.objects.get(pk=first).card_id
    second = services.start_draft(actor=editor, card_id=card_id)
    assert selectors.list_keys_state(["wound_care"]) == {"wound_care": ("signed", first)}
    with pytest.raises(DraftExists) as exists:
        services.start_draft(actor=editor, card_id=card_id)
    assert exists.value.extra == {"version_id": str(second)}
    changed = {**CARD, "title": "伤口护理（新）", "body": ["新的一段。"]}
    services.save_draft(actor=editor, version_id=second, document=changed, expected_revision=1)
    assert selectors.get_cards(["wound_care"])[0]["title"] == "伤口护理"
    services.review_version(actor=editor, version_id=second)
    services.sign_version(actor=signer, version_id=second, licence_no=NUMBER)
    assert (state_of(first), state_of(second)) == ("retired", "signed")
    assert selectors.get_cards(["wound_care"]) == [
        {"key": "wound_care", "title": "伤口护理（新）", "body": ["新的一段。"]}
    ]


def test_an_unfinished_text_is_kept_and_goes_no_further(editor: Any, signer: Any) -> None:
    pk = make_card(signed=False)
    half = {**CARD, "title": " ", "body": ["长" * 201, ""], "source": [], "licence": ""}
    services.save_draft(actor=editor, version_id=pk, document=half, expected_revision=1)
    shown = selectors.get_version(editor, pk)
    assert (shown["body"], shown["revision"], shown["can"]["review"]) == (half["body"], 2, False)
    assert [(one["pointer"], one["code"]) for one in shown["problems"]] == [
        ("/title", "required"), ("/licence", "required"), ("/body/0", "too_long"), ("/body/1", "required"),
        ("/source", "required"),
    ]  # fmt: skip
    assert EducationCardVersion.objects.get(pk=pk).card.title == "伤口护理", "a blank name takes none away"
    with pytest.raises(InvalidCard) as caught:
        services.review_version(actor=editor, version_id=pk)
    assert len(caught.value.errors) == 5
    for unreadable, pointer in (
        ({"body": "一段"}, "/document/body"), ({"body": [3]}, "/document/body/0"), ({"x": 1}, "/document/x"),
        ({"body": ["好"] * 21}, "/document/body"), ({"title": "长" * 81}, "/document/title"),
        ({"source": ["\ud800"]}, "/document/source/0"), ({"licence": "长" * 41}, "/document/licence"),
    ):  # fmt: skip
        with pytest.raises(InvalidCard) as fault:
            services.save_draft(
                actor=editor, version_id=pk, document={**half, **unreadable}, expected_revision=2
            )
        assert [error.pointer for error in fault.value.errors] == [pointer]
    services.save_draft(actor=editor, version_id=pk, document=half, expected_revision=2)
    assert selectors.get_version(editor, pk)["revision"] == 2, "nothing changed"


def test_what_is_signed_keeps_its_specialty(editor: Any, signer: Any) -> None:
    first = make_card()
    before = selectors.get_version(editor, first)
    card_id = EducationCardVersion.objects.get(pk=first).card_id
    second = services.start_draft(actor=editor, card_id=card_id)
    other = {**CARD, "specialty": "手外科"}
    services.save_draft(actor=editor, version_id=second, document=other, expected_revision=1)
    assert selectors.get_version(editor, first)["specialty"] == before["specialty"] == "骨科"
    assert selectors.get_card(card_id)["specialty"] == "骨科", "until the draft is signed"
    assert selectors.get_version(editor, second)["specialty"] == "手外科"
    services.review_version(actor=editor, version_id=second)
    services.sign_version(actor=signer, version_id=second, licence_no=NUMBER)
    assert selectors.get_card(card_id)["specialty"] == "手外科"
    assert selectors.get_version(editor, first)["specialty"] == "骨科"


def test_what_was_said_of_a_version_is_read_by_the_next(editor: Any, signer: Any) -> None:
    pk = make_card(signed=False)
    services.review_version(actor=editor, version_id=pk, note_text=" 来源已核对 ")
    assert selectors.get_version(signer, pk)["note"] == "来源已核对"
    services.return_version(actor=signer, version_id=pk, note_text="第二段请写明体温")
    assert selectors.get_version(editor, pk)["note"] == "第二段请写明体温"
    services.review_version(actor=editor, version_id=pk)
    services.sign_version(actor=signer, version_id=pk, licence_no=NUMBER)
    services.retire_version(actor=signer, version_id=pk, reason="内容过时")
    assert selectors.get_version(editor, pk)["note"] == "内容过时"


def test_loads_at_once_do_not_wait_in_a_circle(scratch_tenant: Any) -> None:
    pairs = [[{**CARD, "key": key} for key in keys] for keys in (("aa", "bb"), ("bb", "aa")) * 2]
    working = [
        work_in_thread(
            scratch_tenant.schema_name, lambda pair=pair: services.load_cards(documents=pair, actor=SYSTEM)
        )
        for pair in pairs
    ]
    assert len({tuple(sorted(each.result().items())) for each in working}) == 1


def test_a_key_is_taken_once_and_a_thrown_away_card_is_gone(editor: Any) -> None:
    pk = services.create_card(actor=editor, key="wound_care", title="伤口护理")
    with pytest.raises(KeyTaken):
        services.create_card(actor=editor, key="wound_care", title="又一份")
    with pytest.raises(InvalidCard):
        services.create_card(actor=editor, key="Wound", title="伤口护理")
    with pytest.raises(InvalidInput):
        services.create_card(actor=editor, key="other", title="其他", from_version_id=10**9)
    services.delete_draft(actor=editor, version_id=pk)
    assert selectors.list_keys_state(["wound_care"]) == {}
    assert services.create_card(actor=editor, key="wound_care", title="伤口护理") != pk


def test_loading_twice_changes_nothing_and_leaves_the_tenants_draft(editor: Any) -> None:
    pk = make_card(signed=False)
    assert make_card(signed=False) == pk
    services.save_draft(
        actor=editor, version_id=pk, document={**CARD, "body": ["本院的说法。"]}, expected_revision=1
    )
    assert make_card(signed=False) == pk
    assert EducationCardVersion.objects.get(pk=pk).body == ["本院的说法。"]
    signed = make_card()
    assert (make_card(), state_of(signed), state_of(pk)) == (signed, "signed", "draft")
    services.retire_version(actor=editor, version_id=signed, reason="停用")
    assert (make_card(), state_of(signed)) == (signed, "retired")


def test_loading_is_all_or_nothing(in_alpha: Any) -> None:
    with pytest.raises(InvalidCard) as fault:
        services.load_cards(documents=[CARD, {**CARD, "body": []}, {**CARD, "key": "x y"}], actor=SYSTEM)
    assert [(e.pointer, e.code) for e in fault.value.errors] == [
        ("/1/body", "required"), ("/1/key", "duplicate"), ("/2/key", "invalid_key"),
    ]  # fmt: skip
    assert not EducationCardVersion.objects.exists()


def test_texts_are_read_in_one_query_in_the_order_asked(in_alpha: Any) -> None:
    make_card("aa"), make_card("bb"), make_card("cc", signed=False)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        cards = selectors.get_cards(["bb", "cc", "nothing", "aa"])
    assert [card["key"] for card in cards] == ["bb", "aa"]
    assert len(asked.captured_queries) == 1
    assert selectors.get_cards([]) == []


def test_the_rooms_above_say_who_uses_a_card(in_alpha: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "_count_programmes", lambda keys: {"wound_care": 3})
    make_card(), make_card("other")
    assert ports.count_programmes(["wound_care"]) == {"wound_care": 3}


def test_two_drafts_at_once_are_one(scratch_tenant: Any) -> None:
    schema = scratch_tenant.schema_name
    card_id = EducationCardVersion.objects.get(pk=make_card()).card_id

    def draft() -> str:
        try:
            services.start_draft(actor=actor_named("centre"), card_id=card_id)
        except DraftExists:
            return "exists"
        return "made"

    working = [work_in_thread(schema, draft) for _ in range(3)]
    assert sorted(each.result() for each in working) == ["exists", "exists", "made"]
    with bind_schema(schema):
        assert EducationCardVersion.objects.filter(card_id=card_id, state="draft").count() == 1
