"""What a hostile or careless sender may not do: crash the server, swell its answers, or slip past a size."""

import json
from copy import deepcopy
from typing import Any

import pytest

from access.actor import SYSTEM
from followup.questionnaires import selectors, services
from followup.questionnaires.errors import InvalidDocument
from followup.questionnaires.models import QuestionnaireVersion
from followup.questionnaires.schema import validate_document
from followup.questionnaires.services import load_documents
from followup.questionnaires.tests.test_lifecycle import DOCUMENT, changed, make_draft, pointers
from tests.cast import actor_named

pytestmark = pytest.mark.req("S15")


@pytest.fixture
def centre(in_alpha: Any) -> Any:
    return actor_named("centre")


def with_text(text: str) -> dict[str, Any]:
    document = changed()
    document["items"][1]["text"] = text
    return document


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
def test_what_the_database_cannot_hold_is_refused_at_its_place(centre: Any, text: str) -> None:
    version_id = make_draft(centre)
    with pytest.raises(InvalidDocument) as caught:
        services.save_draft(
            actor=centre, version_id=version_id, document=with_text(text), expected_revision=1
        )
    assert pointers(caught) == [("/document/items/1/text", "character")]


def test_a_key_longer_than_its_column_is_refused(centre: Any) -> None:
    with pytest.raises(InvalidDocument) as caught:
        services.import_questionnaire(actor=centre, document=changed(key="a" * 61), category="other")
    assert pointers(caught) == [("/document/key", "max")]


def test_faults_are_told_at_the_fields_that_were_sent(centre: Any) -> None:
    for words, pointer in (
        ({"key": "Wrong Key"}, "/key"),
        ({"title": " "}, "/title"),
    ):
        given = {"key": "fine", "title": "好", "category": "other", **words}
        with pytest.raises(InvalidDocument) as caught:
            services.create_questionnaire(actor=centre, **given)
        assert [error[0] for error in pointers(caught)] == [pointer]
    with pytest.raises(InvalidDocument) as caught:
        services.import_questionnaire(actor=centre, document=DOCUMENT, category="other", key="Wrong")
    assert [error[0] for error in pointers(caught)] == ["/key"]


def test_a_flood_of_faults_is_cut_short() -> None:
    flood: Any = {"key": "flood", "title": "x", "items": [{}] * 5000}
    assert len(validate_document(flood)) <= 200
    rules = [{"when": "", "level": "E9", "prompt": ""}] * 5000
    assert len(validate_document({**deepcopy(DOCUMENT), "rules": rules})) <= 200
    bands = [{"label": 1}] * 5000
    score = {"method": "sum", "items": ["fever"], "bands": bands}
    assert len(validate_document({**deepcopy(DOCUMENT), "score": score})) <= 200
    score = {"method": "sum", "items": [f"x{n}" for n in range(5000)]}
    assert len(validate_document({**deepcopy(DOCUMENT), "score": score})) <= 200
    assert len(validate_document({**DOCUMENT, **{f"x{n}": 1 for n in range(5000)}})) <= 200


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (lambda d: d["items"][1].update(text="长" * 2001), "/items/1/text"),
        (lambda d: d["items"][1].update(max=2001), "/items/1/max"),
        (lambda d: d["items"][0]["options"][0].update(label="长" * 2001), "/items/0/options/0/label"),
        (lambda d: d.update(opening="长" * 2001), "/opening"),
        (lambda d: d.update(source=["长" * 2001]), "/source/0"),
        (lambda d: d.update(source=["x"] * 51), "/source"),
    ],
)
def test_words_have_an_end(change: Any, pointer: str) -> None:
    document = deepcopy(DOCUMENT)
    change(document)
    assert [(fault.pointer, fault.code) for fault in validate_document(document)] == [(pointer, "max")]


def test_a_signed_load_leaves_the_tenants_open_draft(centre: Any) -> None:
    version_id = make_draft(centre)
    loaded = load_documents(documents=[changed(title="新版")], actor=SYSTEM, signed_by_name="孙主任")
    rows = QuestionnaireVersion.objects.order_by("version").values_list("pk", "state", "origin")
    assert list(rows) == [(version_id, "draft", "import"), (loaded["wound"], "signed", "library")]
    again = load_documents(documents=[changed(title="三版")], actor=SYSTEM)
    assert (dict(again), again.skipped) == ({"wound": version_id}, ("wound",))


def test_a_used_question_keeps_its_unit(centre: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from followup.questionnaires import ports

    number = changed()
    number["items"][1] = {"link_id": "note", "type": "number", "text": "空腹血糖", "unit": "mmol/L"}
    load_documents(documents=[number], actor=SYSTEM, signed_by_name="孙主任")
    version = QuestionnaireVersion.objects.get()
    monkeypatch.setattr(ports, "_usage", [lambda questionnaire_id: {"note": []}])
    other = deepcopy(number)
    other["items"][1]["unit"] = "mg/dL"
    judged = selectors.judge_document(other, version.questionnaire_id)
    assert [(fault["pointer"], fault["code"]) for fault in judged["faults"]] == [
        ("/items/1/unit", "used_unit_changed")
    ]


def test_a_foreign_form_with_a_million_options_costs_little(centre: Any) -> None:
    options = [{"valueString": "同"}] * 20_000
    resource = {
        "resourceType": "Questionnaire",
        "item": [{"linkId": "a", "text": "甲", "type": "choice", "answerOption": options}],
    }
    version_id, losses = services.import_questionnaire(actor=centre, resource=resource, category="other")
    assert selectors.get_version(version_id).document["items"][0]["type"] == "text"
    assert len(json.dumps(losses)) < 2000
