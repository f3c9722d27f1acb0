"""FHIR R4 in and out: our own forms come back as they were, foreign ones with every loss told, nothing crashes."""

import copy
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from followup.questionnaires.engine import evaluate
from followup.questionnaires.fhir import FhirFault, FhirFaults, export_questionnaire, read_questionnaire
from followup.questionnaires.schema import validate_document
from followup.questionnaires.tests.library import QUESTIONNAIRES
from followup.questionnaires.tests.strategies import documents
from followup.questionnaires.tests.test_vectors import FORMS

ORDINAL = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
CONTROL = "http://hl7.org/fhir/StructureDefinition/questionnaire-itemControl"


def option(code: str, label: str, score: float) -> dict[str, Any]:
    return {
        "valueCoding": {
            "system": "http://loinc.org", "code": code, "display": label,
            "extension": [{"url": ORDINAL, "valueDecimal": score}],
        }
    }  # fmt: skip


OPTIONS = [option("LA0", "没有", 0), option("LA1", "有几天", 1), option("LA2", "一半以上", 2)]
MOOD: dict[str, Any] = {
    "resourceType": "Questionnaire", "id": "mood", "status": "active", "title": "情绪自评", "publisher": "某协会",
    "url": "http://example.org/Questionnaire/mood-short", "description": "请回想最近两周。",
    "effectivePeriod": {"start": "2026-01-01"},
    "item": [
        {"linkId": "/1", "type": "group", "text": "两周来", "item": [
            {"linkId": "/1.1", "prefix": "1", "text": "没有兴趣", "type": "choice", "required": True,
             "code": [{"system": "http://loinc.org", "code": "44250-9"}], "answerOption": OPTIONS},
            {"linkId": "/1.2", "text": "心情低落", "type": "choice", "answerOption": OPTIONS, "initial": [{}]},
            {"linkId": "/1.3", "text": "哪些困难", "type": "open-choice", "repeats": True, "answerOption": [
                {"valueString": "睡眠"}, {"valueString": "食欲"}]},
        ]},
        {"linkId": "how", "text": "影响有多大", "type": "integer", "enableBehavior": "any",
         "extension": [
             {"url": "http://hl7.org/fhir/StructureDefinition/minValue", "valueInteger": 0},
             {"url": "http://hl7.org/fhir/StructureDefinition/maxValue", "valueInteger": 10},
             {"url": CONTROL, "valueCodeableConcept": {"coding": [{"code": "slider"}]}}],
         "enableWhen": [
             {"question": "/1.1", "operator": "=", "answerCoding": {"code": "LA2"}},
             {"question": "/1.3", "operator": "=", "answerString": "睡眠"}]},
        {"linkId": "treated", "text": "是否治疗", "type": "boolean", "item": [
            {"linkId": "since", "text": "自何时起", "type": "dateTime",
             "enableWhen": [{"question": "treated", "operator": "=", "answerBoolean": True}]}]},
        {"linkId": "dose", "text": "剂量", "type": "quantity", "readOnly": True,
         "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/questionnaire-unit",
                        "valueCoding": {"code": "mg"}}],
         "enableWhen": [{"question": "treated", "operator": "exists", "answerBoolean": True},
                        {"question": "how", "operator": ">=", "answerInteger": 3}], "enableBehavior": "all"},
        {"linkId": "note", "text": "备注", "type": "string", "maxLength": 50, "item": [
            {"linkId": "note-help", "type": "display", "text": "可以不填", "extension": [
                {"url": CONTROL, "valueCodeableConcept": {"coding": [{"code": "help"}]}}]}]},
    ],
}  # fmt: skip


@pytest.mark.req("S15", "S27")
@pytest.mark.parametrize("document", QUESTIONNAIRES.values(), ids=list(QUESTIONNAIRES))
def test_every_shipped_form_comes_back_as_it_was(document: dict[str, Any]) -> None:
    resource, _ = export_questionnaire(document, version="3", state="signed")
    assert read_questionnaire(json.loads(json.dumps(resource))) == (document, [])


@pytest.mark.req("S15", "S27")
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(document=documents())
def test_every_random_form_comes_back_as_it_was(document: dict[str, Any]) -> None:
    assert read_questionnaire(json.loads(json.dumps(export_questionnaire(document)[0]))) == (document, [])


@pytest.mark.parametrize("document", FORMS["documents"].values(), ids=list(FORMS["documents"]))
def test_the_forms_of_the_vectors_come_back_too(document: dict[str, Any]) -> None:
    resource, _ = export_questionnaire(document)
    assert read_questionnaire(resource, "other")[0] == {**document, "key": "other"}


def test_what_the_standard_can_say_is_said() -> None:
    document = {
        "key": "demo", "title": "示例", "opening": "您好", "closing": "再见", "items": [
            {"link_id": "pain", "type": "scale", "text": "几分", "min": 0, "max": 10, "required": True,
             "help": "0 不痛", "rules": [{"when": "value > 7", "level": "E2", "prompt": "痛"}]},
            {"link_id": "wound", "type": "single", "text": "伤口", "options": [
                {"value": "dry", "label": "干燥", "score": 0}, {"value": "red", "label": "发红", "score": 1},
                {"value": "old", "label": "旧", "score": 2, "retired": True}]},
            {"link_id": "bp", "type": "bp", "text": "血压", "show_if": "wound in ['red', 'old']"},
            {"link_id": "why", "type": "text", "text": "为何", "max": 20,
             "show_if": "pain >= 3 and wound == 'red' and answered(bp) == true"},
            {"link_id": "who", "type": "text", "text": "谁", "show_if": "bp.sbp > 140 or not answered(why)"},
        ],
    }  # fmt: skip
    document["items"][3]["show_if"] = "pain >= 3 and prev(pain) >= 3"
    assert validate_document(document) == []
    resource, losses = export_questionnaire(document, version="2", state="signed")
    pain, wound, bp, why, who = resource["item"]
    assert (resource["status"], resource["version"], resource["description"]) == ("active", "2", "您好")
    assert (pain["type"], pain["required"], pain["item"][0]["text"]) == ("integer", True, "0 不痛")
    assert {"url": "http://hl7.org/fhir/StructureDefinition/maxValue", "valueInteger": 10} in pain[
        "extension"
    ]
    assert wound["answerOption"] == [
        {
            "extension": [{"url": ORDINAL, "valueDecimal": 0}],
            "valueCoding": {"code": "dry", "display": "干燥"},
        },
        {
            "extension": [{"url": ORDINAL, "valueDecimal": 1}],
            "valueCoding": {"code": "red", "display": "发红"},
        },
    ]
    assert [part["linkId"] for part in bp["item"]] == ["bp.sbp", "bp.dbp"]
    assert bp["enableBehavior"] == "any"
    assert bp["enableWhen"][0] == {
        "question": "wound", "operator": "=", "answerCoding": {"code": "red"},
    }  # fmt: skip
    assert (why["maxLength"], "enableWhen" in why) == (20, False)
    assert who["enableWhen"] == [
        {"question": "bp.sbp", "operator": ">", "answerDecimal": 140.0},
        {"question": "why", "operator": "exists", "answerBoolean": False},
    ]
    assert [loss.path for loss in losses] == ["/items/0/rules", "/items/3/show_if", "/closing"]


@pytest.mark.req("S15", "S27")
def test_a_foreign_form_is_read_and_its_losses_told() -> None:
    document, losses = read_questionnaire(MOOD)
    assert validate_document(document) == []
    assert (document["key"], document["title"], document["opening"]) == (
        "mood",
        "情绪自评",
        "请回想最近两周。",
    )
    group, how, treated, since, dose, note = document["items"]
    first, second, third = group["items"]
    assert first == {
        "link_id": "q_1_1", "type": "single", "text": "1 没有兴趣", "required": True,
        "code": {"system": "http://loinc.org", "code": "44250-9"},
        "options": [{"value": "LA0", "label": "没有", "score": 0}, {"value": "LA1", "label": "有几天", "score": 1},
                    {"value": "LA2", "label": "一半以上", "score": 2}],
    }  # fmt: skip
    assert (second["link_id"], third["type"]) == ("q_1_2", "multiple")
    assert how == {
        "link_id": "how", "type": "scale", "text": "影响有多大", "min": 0, "max": 10, "decimals": 0,
        "show_if": "q_1_1 == 'LA2' or '睡眠' in q_1_3",
    }  # fmt: skip
    assert treated["options"] == [{"value": "true", "label": "是"}, {"value": "false", "label": "否"}]
    assert (since["type"], since["show_if"]) == ("date", "treated == 'true'")
    assert (dose["unit"], dose["show_if"]) == ("mg", "answered(treated) and how >= 3")
    assert (note["max"], note["help"]) == (50, "可以不填")
    assert {loss.path for loss in losses} == {
        "/effectivePeriod", "/item/0/linkId", "/item/0/item/0/linkId", "/item/0/item/1/linkId",
        "/item/0/item/2/linkId", "/item/0/item/1/initial", "/item/0/item/2/type", "/item/2/item",
        "/item/2/item/0/type", "/item/3/readOnly", "/item",
    }  # fmt: skip
    kinds = {loss.path: loss.kind for loss in losses}
    assert (kinds["/item/3/readOnly"], kinds["/item/0/linkId"], kinds["/item/2/item"]) == (
        "dropped",
        "changed",
        "changed",
    )
    shown = evaluate(document, {"q_1_1": "LA2", "treated": "true"}).visible
    assert list(shown) == ["q_1", "q_1_1", "q_1_2", "q_1_3", "how", "treated", "since", "note"]


def test_what_somebody_changed_in_our_export_is_what_is_read() -> None:
    resource, _ = export_questionnaire(QUESTIONNAIRES["hypertension"])
    resource["item"][0]["text"] = "改过的题目"
    document, losses = read_questionnaire(resource)
    assert document["items"][0]["text"] == "改过的题目"
    assert losses[0].message.startswith("文件导出后被修改过")


def bad(change: Any) -> dict[str, Any]:
    resource = copy.deepcopy(MOOD)
    change(resource)
    return resource


def circle(resource: dict[str, Any]) -> None:
    resource["item"][2]["enableWhen"] = [{"question": "dose", "operator": "exists", "answerBoolean": True}]


BAD = [
    ("no object", [], "", "type"),
    ("another resource", {"resourceType": "Patient"}, "/resourceType", "resource_type"),
    ("no items", {"resourceType": "Questionnaire"}, "/item", "empty"),
    ("an item that is none", bad(lambda r: r["item"].append(1)), "/item/5", "type"),
    ("items that are none", bad(lambda r: r["item"][1].update(item={})), "/item/1/item", "type"),
    ("no linkId", bad(lambda r: r["item"][1].pop("linkId")), "/item/1/linkId", "missing"),
    ("the same linkId", bad(lambda r: r["item"][1].update(linkId="note")), "/item/4/linkId", "duplicate"),
    ("an unknown type", bad(lambda r: r["item"][1].update(type="slider")), "/item/1/type", "choice"),
    (
        "an unknown question",
        bad(lambda r: r["item"][1]["enableWhen"][1].update(question="nobody")),
        "/item/1/enableWhen/1/question",
        "unknown_item",
    ),
    ("a circle", bad(circle), "/item/2/enableWhen", "cycle"),
    (
        "limits crossed",
        bad(lambda r: r["item"][1]["extension"][0].update(valueInteger=11)),
        "/item/1",
        "order",
    ),
    (
        "too many items",
        {
            "resourceType": "Questionnaire",
            "item": [{"linkId": f"q{i}", "type": "string"} for i in range(301)],
        },
        "/item/300",
        "max",
    ),
]


@pytest.mark.req("S15", "S27")
@pytest.mark.parametrize(("name", "resource", "pointer", "code"), BAD, ids=[case[0] for case in BAD])
def test_a_broken_resource_is_refused_at_its_place(name: str, resource: Any, pointer: str, code: str) -> None:
    with pytest.raises(FhirFaults) as caught:
        read_questionnaire(resource)
    assert (pointer, code) in [(fault.pointer, fault.code) for fault in caught.value.faults]
    assert all(fault.message and fault.cure for fault in caught.value.faults)


def test_a_resource_of_a_thousand_levels_is_refused() -> None:
    item: dict[str, Any] = {"linkId": "x", "type": "group"}
    for index in range(1000):
        item = {"linkId": f"g{index}", "type": "group", "item": [item]}
    with pytest.raises(FhirFaults, match="太深"):
        read_questionnaire({"resourceType": "Questionnaire", "item": [item]})


LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 400), st.floats(-2, 2), st.text(max_size=4),
    st.sampled_from(["q1", "q2", "choice", "group", "display", "=", "exists", "all", ORDINAL, CONTROL]),
)  # fmt: skip
RUBBISH = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
)


def list_paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, inner in entries:
        found += list_paths(inner, (*path, key))
    return found


def read_or_refuse(resource: Any) -> tuple[dict[str, Any] | None, Sequence[FhirFault]]:
    try:
        return read_questionnaire(resource)[0], ()
    except FhirFaults as refused:
        return None, refused.faults


@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(data=st.data())
def test_a_resource_with_anything_anywhere_is_read_or_refused(data: st.DataObject) -> None:
    """A valid document or faults with places: never an accident."""
    base = data.draw(st.sampled_from([MOOD, export_questionnaire(QUESTIONNAIRES["joint_replacement"])[0]]))
    resource = copy.deepcopy(base)
    for _ in range(data.draw(st.integers(1, 4))):
        *path, last = data.draw(st.sampled_from(list_paths(resource)))
        target = resource
        for part in path:
            target = target[part]
        if data.draw(st.booleans()) and isinstance(target, dict):
            del target[last]
        else:
            target[last] = data.draw(RUBBISH)
    document, faults = read_or_refuse(resource)
    assert validate_document(document) == [] if document is not None else faults
    assert all(fault.message and fault.cure for fault in faults)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(resource=RUBBISH)
def test_rubbish_is_refused(resource: Any) -> None:
    with pytest.raises(FhirFaults):
        read_questionnaire(resource)
