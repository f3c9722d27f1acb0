"""What no editor sends: half characters, keys with slashes, very long lists of faults."""

from typing import Any

import pytest

from followup.programmes.criteria import describe, validate
from followup.programmes.criteria.grammar import MAX_FAULTS
from followup.programmes.rules import find_document_faults
from followup.programmes.tests.kit import document, step

AGE = {"field": "age", "op": "gte", "value": 60}


@pytest.mark.parametrize(
    ("criteria", "pointer", "code"),
    [
        ({**AGE, "a/b~c": 1}, "/a~1b~0c", "unknown_key"),
        ({**AGE, "\ud800": 1}, "/\ufffd", "unknown_key"),
        ({"field": "attending", "op": "eq", "value": "\ud800"}, "/value", "invalid_value"),
        ({"field": "diagnosis_text", "op": "contains_any", "value": ["\udfff"]}, "/value/0", "invalid_value"),
    ],
)
def test_a_fault_can_be_told_whatever_was_sent(criteria: Any, pointer: str, code: str) -> None:
    (fault,) = validate(criteria)
    assert (fault.pointer, fault.code) == (pointer, code)
    f"{fault.message}{fault.cure}".encode()


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"\ud800": 1}, ""),
        ({"criteria": {"\0": 1}}, "/criteria"),
        ({"steps": [{**step(), "\udfff": 1}]}, "/steps/0"),
        ({"name": "\ud800"}, "/name"),
    ],
)
def test_keys_that_cannot_be_stored_are_refused_like_values(changes: Any, pointer: str) -> None:
    (fault,) = find_document_faults(document(**changes))
    assert (fault.pointer, fault.code) == (pointer, "invalid_character")


def test_a_key_with_a_slash_is_named_by_a_pointer_that_leads_to_it() -> None:
    faults = find_document_faults(document(**{"a/b": 1}))
    assert [(fault.pointer, fault.code) for fault in faults] == [("/a~1b", "unknown_key")]


def test_the_answer_does_not_grow_with_the_body() -> None:
    assert len(validate({"all": [{}] * 30_000})) == MAX_FAULTS + 1
    assert validate({"all": [{}] * 30_000})[0].code == "too_many_conditions"
    assert "30000" in validate({"all": [AGE] * 30_000})[0].message
    assert len(find_document_faults(document(stop=["x"] * 30_000))) <= 100


@pytest.mark.req("S18")
@pytest.mark.parametrize(
    ("value", "text"), [(12345.67, "12345.67"), (0.00001, "0.00001"), (1000000, "1000000"), (6.50, "6.5")]
)
def test_the_number_that_is_signed_is_the_number_that_is_screened(value: float, text: str) -> None:
    (said,) = describe({"field": "lab", "op": "gt", "value": {"code": "PLT", "value": value}})
    assert said == f"本次就诊检验 PLT 最近一次结果大于 {text}"
