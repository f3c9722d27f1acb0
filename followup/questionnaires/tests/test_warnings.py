"""What is allowed and hardly meant is told, each at its place; and "twice running" as a condition."""

from typing import Any

import pytest

from followup.questionnaires.engine import evaluate
from followup.questionnaires.schema import ITEM_TYPES, validate_document
from followup.questionnaires.warnings import find_warnings

PAIN = {"link_id": "pain", "type": "scale", "text": "几分", "min": 0, "max": 10}
OLD = {"link_id": "old", "type": "number", "text": "旧题", "retired": True}
MOOD = {
    "link_id": "mood", "type": "single", "text": "心情",
    "options": [{"value": "a", "label": "好", "score": 0}, {"value": "b", "label": "坏", "score": 3}],
}  # fmt: skip


def rule(when: str) -> dict[str, Any]:
    return {"when": when, "level": "E1", "prompt": "x"}


@pytest.mark.req("S17")
@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("pain > 10", ["never"]), ("pain == 11", ["never"]), ("pain < 0", ["never"]), ("pain >= 10", []),
        ("mood == 'b' and pain > 10", ["never"]), ("mood == 'b' or pain > 10", []), ("not (pain > 10)", []),
        ("false", ["never"]), ("old > 1", ["retired_item"]), ("answered(prev(old))", []),
    ],
)  # fmt: skip
def test_a_condition_that_cannot_be_true_is_told(when: str, expected: list[str]) -> None:
    document = {"key": "demo", "title": "示例", "items": [PAIN, OLD, MOOD], "rules": [rule(when)]}
    assert validate_document(document) == []
    found = find_warnings(document)
    assert [(one.pointer, one.code) for one in found] == [("/rules/0/when", code) for code in expected]
    assert all(one.message and one.cure for one in found)


def test_rules_told_twice_and_bands_out_of_reach() -> None:
    bands = [{"to": 5, "label": "低"}, {"to": 13, "label": "中"}, {"label": "高", "level": "E2"}]
    document = {
        "key": "demo", "title": "示例", "items": [PAIN | {"rules": [rule("value > 3"), rule("value > 3 ")]}, MOOD],
        "score": {"method": "sum", "items": ["pain", "mood"], "bands": bands},
    }  # fmt: skip
    assert validate_document(document) == []
    assert [(one.pointer, one.code) for one in find_warnings(document)] == [
        ("/items/0/rules/1/when", "repeated"),
        ("/score/bands/2", "never"),
    ]
    bands[1]["to"] = 12
    assert [one.code for one in find_warnings(document)] == ["repeated"]


@pytest.mark.req("S17", "S38")
@pytest.mark.parametrize(
    ("now", "before", "level", "can_close"),
    [
        ({"pain": 8}, [{"pain": 7}], "E2", False),
        ({"pain": 8}, [{"pain": 3}, {"pain": 9}], "E0", True),  # not running: the round between was well
        ({"pain": 3}, [{"pain": 9}], "E0", True),
        ({"pain": 8}, [], "E0", False),  # only one result: not known, and so not normal
        ({"pain": 8}, [{}], "E0", False),
        ({"pain": 3}, [], "E0", True),  # one good result decides
        ({}, [{"pain": 9}], "E0", False),
    ],
)
def test_two_results_running(
    now: dict[str, Any], before: list[dict[str, Any]], level: str, can_close: bool
) -> None:
    twice = {"when": "value >= 7 and prev(value) >= 7", "level": "E2", "prompt": "连续两次疼痛"}
    document = {"key": "demo", "title": "示例", "items": [PAIN | {"rules": [twice]}]}
    assert validate_document(document) == []
    found = evaluate(document, now, before)
    assert (found.level, found.can_auto_close) == (level, can_close)


@pytest.mark.req("S15", "S17")
def test_every_type_of_the_requirement_is_there() -> None:
    assert set(ITEM_TYPES) == {
        "display", "text", "number", "date", "time", "single", "multiple", "scale", "bp", "glucose", "photo", "group",
    }  # fmt: skip
