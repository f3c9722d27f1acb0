from typing import Any

import pytest

from followup.education.library import read_library
from followup.education.rules import compute_digest, is_licence_no, validate_card
from followup.education.tests.factories import CARD


def pointers(**changed: Any) -> list[tuple[str, str]]:
    return [(f.pointer, f.code) for f in validate_card({**CARD, **changed})]


@pytest.mark.req("S10")
@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, []),
        ({"specialty": ""}, []),
        ({"body": ["长" * 200] * 20}, []),
        ({"body": []}, [("/body", "required")]),
        ({"body": "一段"}, [("/body", "required")]),
        ({"body": ["长" * 201]}, [("/body/0", "too_long")]),
        ({"body": ["好", " "]}, [("/body/1", "required")]),
        ({"body": ["好", 3]}, [("/body/1", "required")]),
        ({"body": ["好"] * 21}, [("/body", "too_many")]),
        ({"body": ["a\0b"]}, [("/body/0", "invalid_character")]),
        ({"source": []}, [("/source", "required")]),
        ({"licence": None}, [("/licence", "required")]),
        ({"title": "长" * 81}, [("/title", "too_long")]),
        ({"key": "Wound"}, [("/key", "invalid_key")]),
        ({"key": 3}, [("/key", "invalid_key")]),
        ({"text": "x"}, [("/text", "unknown_field")]),
    ],
)
def test_each_fault_has_its_place(changed: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert pointers(**changed) == found


def test_what_is_no_object_is_said_so() -> None:
    for wrong in (None, [], "x", 3):
        assert [f.code for f in validate_card(wrong)] == ["not_an_object"]


def test_every_fault_has_a_cure() -> None:
    assert all(f.message and f.cure for f in validate_card({"x": 1}))


@pytest.mark.parametrize(
    ("text", "fine"), [("1" * 15, True), ("1" * 14, False), ("1" * 16, False), ("１" * 15, False)]
)
def test_licence_numbers(text: str, fine: bool) -> None:
    assert is_licence_no(text) is fine


def test_the_digest_ignores_the_order_of_fields() -> None:
    assert compute_digest(CARD) == compute_digest(dict(reversed(list(CARD.items()))))


def test_every_shipped_card_is_whole_and_named_once() -> None:
    cards = read_library()
    assert [(c.get("key"), validate_card(c)) for c in cards if validate_card(c)] == []
    assert len({c["key"] for c in cards}) == len(cards)
