"""The cases that the TypeScript twin runs too (frontend/packages/questionnaire/tests/vectors.test.ts)."""

import json
from pathlib import Path
from typing import Any

import pytest

from followup.questionnaires import expressions, values
from followup.questionnaires.engine import evaluate
from followup.questionnaires.logic import NOT_ASKED, UNKNOWN, Nothing, Value, compute
from followup.questionnaires.schema import validate_document

VECTORS = Path(__file__).parent / "vectors"


def load(name: str) -> dict[str, Any]:
    return json.loads((VECTORS / name).read_text("utf-8"))


FORMS = load("forms.json")


def name_of(case: dict[str, Any]) -> str:
    return case["name"]


@pytest.mark.req("S17", "S27")
@pytest.mark.parametrize("case", load("expressions.json")["cases"], ids=name_of)
def test_an_expression_is_worth_what_the_vector_says(case: dict[str, Any]) -> None:
    def look_up(path: expressions.Path) -> Value:
        root, *fields = path.names
        if root in case.get("hidden", []):
            return NOT_ASKED
        previous = case.get("previous", [])
        if path.back:
            source = previous[path.back - 1] if path.back <= len(previous) else {}
        else:
            source = case.get("values", {})
        found = source.get(root)
        for field in fields:
            found = found.get(field) if found is not None else None
        return UNKNOWN if found is None else tuple(found) if isinstance(found, list) else found

    found = compute(expressions.parse_expression(case["expr"]), look_up)
    assert (found.value if isinstance(found, Nothing) else found) == case["expected"]


@pytest.mark.req("S17", "S27")
@pytest.mark.parametrize("case", load("bad_expressions.json")["cases"], ids=name_of)
def test_a_bad_expression_is_refused_at_its_place(case: dict[str, Any]) -> None:
    with pytest.raises(expressions.ExpressionError) as caught:
        expressions.parse_expression(case["expr"])
    assert caught.value.position == case["position"]
    assert caught.value.message
    assert caught.value.cure


@pytest.mark.parametrize("key", FORMS["documents"])
def test_the_documents_of_the_vectors_are_valid(key: str) -> None:
    assert validate_document(FORMS["documents"][key]) == []


@pytest.mark.req("S17", "S27", "S38")
@pytest.mark.parametrize("case", FORMS["cases"], ids=name_of)
def test_a_form_is_judged_as_the_vector_says(case: dict[str, Any]) -> None:
    document = FORMS["documents"][case["document"]]
    found = evaluate(document, case["answers"], case.get("previous"), case.get("context")).to_dict()
    found["errors"] = [[error["pointer"], error["code"]] for error in found["errors"]]
    found["findings"] = [[one["link_id"], one["level"], one["rule"]] for one in found["findings"]]
    for name in ("visible", "missing_required", "unknown_rules"):
        found[name] = list(found[name])
    assert {name: found[name] for name in case["expected"]} == case["expected"]


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), float("-inf"), 10**400, -1e15, True, "1", None]
)
def test_what_is_no_number(value: object) -> None:
    assert not values.is_number(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [(40.0, "40"), (0.1 + 0.2, "0.3"), (-0.0, "0"), (1e-7, "0"), (2.5, "2.5"), (100, "100")],
)
def test_numbers_are_written_the_same_on_both_sides(value: float, text: str) -> None:
    assert values.format_number(value) == text
