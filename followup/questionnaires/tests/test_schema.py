"""Every fault of a document is told with its place, its kind and a cure."""

import copy
from typing import Any

import pytest

from followup.questionnaires.schema import validate_document

YES_NO = [{"value": "no", "label": "没有"}, {"value": "yes", "label": "有"}]
GOOD: dict[str, Any] = {
    "key": "demo",
    "title": "示例",
    "items": [
        {"link_id": "pain", "type": "scale", "text": "几分", "min": 0, "max": 10},
        {"link_id": "fall", "type": "single", "text": "跌倒", "options": YES_NO},
        {"link_id": "signs", "type": "multiple", "text": "症状", "options": YES_NO},
        {"link_id": "bp", "type": "bp", "text": "血压"},
        {"link_id": "on", "type": "date", "text": "哪天"},
        {
            "link_id": "meds",
            "type": "group",
            "text": "用药",
            "repeats": True,
            "items": [{"link_id": "dose", "type": "number", "text": "几片"}],
        },
    ],
}
FAULTS: list[tuple[str, str, Any, str, str]] = [
    # name, where to put it, what, pointer of the fault, its code
    ("wrong key", "key", "Demo", "/key", "identifier"),
    ("no title", "title", " ", "/title", "text"),
    ("unknown property", "titel", "x", "/titel", "unknown_key"),
    ("unknown audience", "audience", "robot", "/audience", "choice"),
    ("no items", "items", [], "/items", "empty"),
    ("reserved name", "items/0/link_id", "value", "/items/0/link_id", "reserved"),
    ("no name", "items/0/link_id", ["x"], "/items/0/link_id", "identifier"),
    ("same name twice", "items/1/link_id", "pain", "/items/1/link_id", "duplicate"),
    ("unknown type", "items/0/type", "slider", "/items/0/type", "choice"),
    (
        "scale without end",
        "items/0",
        {"link_id": "pain", "type": "scale", "text": "几分", "min": 0},
        "/items/0/max",
        "missing",
    ),
    ("limits crossed", "items/0/min", 11, "/items/0/max", "order"),
    ("limit in quotes", "items/0/max", "10", "/items/0/max", "type"),
    ("too many decimals", "items/0/decimals", 7, "/items/0/decimals", "type"),
    ("one option", "items/1/options", YES_NO[:1], "/items/1/options", "empty"),
    ("YAML's no", "items/1/options/0/value", False, "/items/1/options/0/value", "text"),
    ("same option twice", "items/1/options/0/value", "yes", "/items/1/options/1/value", "duplicate"),
    ("a level for some options", "items/1/options/1/level", "E2", "/items/1/options/0/level", "partial"),
    ("unknown level", "items/1/options/1/level", "E5", "/items/1/options/1/level", "choice"),
    (
        "E3 without advice",
        "rules",
        [{"when": "pain > 1", "level": "E3", "prompt": "痛"}],
        "/rules/0/advice",
        "advice_missing",
    ),
    ("rule without level", "rules", [{"when": "pain > 1", "prompt": "痛"}], "/rules/0/level", "choice"),
    ("rule without words", "rules", [{"when": "pain > 1", "level": "E1"}], "/rules/0/prompt", "text"),
    ("wrong unit", "items/3/unit", "kPa", "/items/3/unit", "choice"),
    (
        "required display",
        "items/0",
        {"link_id": "p", "type": "display", "text": "x", "required": True},
        "/items/0/required",
        "unknown_key",
    ),
    (
        "rows in rows",
        "items/5/items/0",
        {
            "link_id": "r",
            "type": "group",
            "text": "x",
            "repeats": True,
            "items": [{"link_id": "z", "type": "text", "text": "x"}],
        },
        "/items/5/items/0/repeats",
        "nested",
    ),
    ("unknown shelf", "category", "shelf", "/category", "choice"),
    ("a scale without a proper name", "locked_scale", "SF-36", "/locked_scale", "identifier"),
    ("a title of a page", "title", "长" * 121, "/title", "max"),
    ("retired in quotes", "items/0/retired", "yes", "/items/0/retired", "type"),
    ("an option retired in quotes", "items/1/options/0/retired", "yes", "/items/1/options/0/retired", "type"),
    (
        "every option retired",
        "items/1/options",
        [option | {"retired": True} for option in YES_NO],
        "/items/1/options",
        "all_retired",
    ),
    ("a code that is none", "items/0/code", "72514-3", "/items/0/code", "type"),
    ("a code without a code", "items/0/code", {"system": "http://loinc.org"}, "/items/0/code/code", "text"),
    ("a source that is missing a name", "source", [""], "/source", "type"),
    (
        "an item too many",
        "items",
        [{"link_id": f"q{i}", "type": "text", "text": "x"} for i in range(301)],
        "/items",
        "max",
    ),
    (
        "a condition too long",
        "items/0/show_if",
        "answered(fall) or " * 28 + "true",
        "/items/0/show_if",
        "expression",
    ),
    (
        "a condition too deep",
        "items/0/show_if",
        "(" * 21 + "true" + ")" * 21,
        "/items/0/show_if",
        "expression",
    ),
    ("an option that is not there", "items/0/show_if", "fall == 'maybe'", "/items/0/show_if", "expression"),
    ("a question that is not there", "items/0/show_if", "nobody > 1", "/items/0/show_if", "expression"),
    ("score of text", "score", {"method": "sum", "items": ["on"]}, "/score/items/0", "unscored"),
    ("score of nothing", "score", {"method": "sum", "items": ["nobody"]}, "/score/items/0", "unknown_item"),
    ("score of rows", "score", {"method": "sum", "items": ["dose"]}, "/score/items/0", "unknown_item"),
    (
        "bands out of order",
        "score",
        {"method": "sum", "items": ["pain"], "bands": [{"to": 5, "label": "a"}, {"to": 4, "label": "b"}]},
        "/score/bands/1/to",
        "order",
    ),
    ("unknown method", "score", {"method": "max", "items": ["pain"]}, "/score/method", "choice"),
]
BAD_CONDITIONS = [
    "pain", "pain >", "nobody == 1", "pain == 'a'", "fall == 'maybe'", "'maybe' in signs",
    "fall in ['no', 'x']",
    "signs == 'yes'", "fall > 'no'", "bp >= 140", "bp.pulse > 1", "on > 1", "dose > 1", "prev(dose) > 1",
    "count(pain) > 1", "value > 1", "patient.name == 'x'", "prev(patient.age) > 1", "pain + fall > 1",
    "1 in fall", "pain in ['1']", "pain in [1, 'a']", "not pain", "fall and true", "patient.sex == 'f'",
    "1 in signs",
]  # fmt: skip
GOOD_CONDITIONS = [
    "pain > 1", "fall == 'yes'", "'yes' in signs", "fall in ['no', 'yes']", "bp.sbp >= 140",
    "on > '2026-01-31'",
    "count(meds) > 1", "prev(pain) > 1", "answered(prev(bp.sbp))", "patient.sex == 'female'", "task.day == 3",
    "pain in [1, 2]", "prev(fall) == fall", "count(prev(signs)) > 1",
]  # fmt: skip


def put(document: dict[str, Any], where: str, value: Any) -> dict[str, Any]:
    made: Any = copy.deepcopy(document)
    *path, last = [int(part) if part.isdigit() else part for part in where.split("/")]
    target = made
    for part in path:
        target = target[part]
    target[last] = value
    return made


def test_a_good_document_has_no_fault() -> None:
    assert validate_document(GOOD) == []


@pytest.mark.req("S17", "S27")
@pytest.mark.parametrize(
    ("name", "where", "value", "pointer", "code"), FAULTS, ids=[fault[0] for fault in FAULTS]
)
def test_a_fault_is_told(name: str, where: str, value: Any, pointer: str, code: str) -> None:
    found = validate_document(put(GOOD, where, value))
    assert (pointer, code) in [(error.pointer, error.code) for error in found]
    assert all(error.message and error.cure for error in found)


@pytest.mark.req("S17", "S27")
@pytest.mark.parametrize("text", BAD_CONDITIONS)
def test_a_condition_that_can_never_be_meant_is_refused(text: str) -> None:
    rule = {"when": text, "level": "E1", "prompt": "x"}
    found = validate_document(put(GOOD, "rules", [rule]))
    assert [(error.pointer, error.code) for error in found] == [("/rules/0/when", "expression")]


@pytest.mark.parametrize("text", GOOD_CONDITIONS)
def test_a_condition_that_fits_is_taken(text: str) -> None:
    assert validate_document(put(GOOD, "rules", [{"when": text, "level": "E1", "prompt": "x"}])) == []


@pytest.mark.parametrize("other", ["pain >= 1 and fall == 'no'", "answered(fall)"])
def test_conditions_in_a_circle_are_refused(other: str) -> None:
    document = put(put(GOOD, "items/1/show_if", "pain > 1"), "items/0/show_if", other)
    [found] = validate_document(document)
    assert (found.pointer, found.code) == ("/items/0/show_if", "cycle")
    assert found.message.startswith("显示条件互相等待：pain → ")
    assert found.cure == "请去掉其中一个条件"


def test_a_question_cannot_wait_for_itself() -> None:
    assert [error.code for error in validate_document(put(GOOD, "items/0/show_if", "value > 1"))] == ["cycle"]


def test_a_group_cannot_wait_for_its_own_question() -> None:
    document = put(GOOD, "items/5", {
        "link_id": "part", "type": "group", "text": "x", "show_if": "inner > 1",
        "items": [{"link_id": "inner", "type": "number", "text": "x"}],
    })  # fmt: skip
    assert [error.code for error in validate_document(document)] == ["cycle"]


@pytest.mark.parametrize(
    "rubbish", [None, 1, "x", [], {}, {"items": 1}, {"items": [1]}, {"items": [{"type": {}}]}]
)
def test_rubbish_is_refused_without_an_accident(rubbish: object) -> None:
    assert validate_document(rubbish)
