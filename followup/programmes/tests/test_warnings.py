"""Criteria that nobody can ever meet are told, at their place; those that somebody may meet are let be."""

from typing import Any

import pytest

from followup.programmes.criteria import find_warnings, validate


def leaf(field: str, op: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value, **more}


MAN, WOMAN = leaf("sex", "eq", "M"), leaf("sex", "eq", "F")
OLD = leaf("age", "gte", 65)


def every(*items: dict[str, Any]) -> dict[str, Any]:
    return {"all": list(items)}


def no(item: dict[str, Any]) -> dict[str, Any]:
    return {"not": item}


def glucose(op: str, value: Any, **more: Any) -> dict[str, Any]:
    return leaf("lab", op, {"code": "GLU", "value": value}, **more)


NEVER: list[tuple[dict[str, Any], list[str]]] = [
    (every(OLD, leaf("age", "lt", 18)), ["/all/1"]),
    (every(leaf("age", "eq", 5), leaf("age", "eq", 6)), ["/all/1"]),
    (every(leaf("age", "between", [1, 3]), leaf("age", "gt", 3)), ["/all/1"]),
    (every(leaf("age", "gte", 70), no(OLD)), ["/all/1/not"]),
    (every(leaf("age", "gte", 10), leaf("age", "lte", 20), no(leaf("age", "between", [5, 25]))), ["/all/2/not"]),
    (every(leaf("stay_days", "gt", 7), leaf("stay_days", "lt", 8)), ["/all/1"]),
    (every(MAN, WOMAN), ["/all/1"]),
    (every(leaf("sex", "in", ["M", "U"]), WOMAN), ["/all/1"]),
    (every(MAN, leaf("sex", "not_in", ["M"])), ["/all/1"]),
    (every(MAN, no(leaf("sex", "in", ["M", "U"]))), ["/all/1/not"]),
    (leaf("sex", "not_in", ["M", "F", "U"]), [""]),
    (every(leaf("sex", "not_in", ["M"]), leaf("sex", "not_in", ["F", "U"])), ["/all/1"]),
    (every(leaf("patient_kind", "eq", "inpatient"), leaf("patient_kind", "in", ["outpatient", "checkup"])), ["/all/1"]),
    (every(leaf("department", "eq", "A"), leaf("department", "in", ["B"])), ["/all/1"]),
    (every(leaf("ward", "in", ["A", "B"]), leaf("ward", "in", ["B", "C"]), leaf("ward", "in", ["A", "C"])), ["/all/2"]),
    (every(leaf("discharged_on", "gte", "2026-05-01"), leaf("discharged_on", "lte", "2026-04-01")), ["/all/1"]),
    (every(leaf("discharged_on", "between", ["2026-05-01", "2026-05-02"]), no(leaf("discharged_on", "gte",
     "2026-04-01"))), ["/all/1/not"]),
    (every(leaf("admitted_on", "gte", "2026-05-02"), leaf("discharged_on", "lte", "2026-05-01")), ["/all/1"]),
    (every(leaf("diagnosis", "stem_in", ["I21"]), no(leaf("diagnosis", "stem_in", ["I21"]))), ["/all/1/not"]),
    (every(leaf("main_diagnosis", "stem_in", ["I21.0"]), no(leaf("diagnosis", "between", ["I20", "I25"]))),
     ["/all/1/not"]),
    (every(leaf("main_diagnosis", "stem_in", ["I21"]), leaf("main_diagnosis", "stem_in", ["I63"])), ["/all/1"]),
    (every(leaf("operation", "prefix_in", ["81.54"]), no(leaf("operation", "prefix_in", ["81"]))), ["/all/1/not"]),
    (every(leaf("label", "in", ["a"]), leaf("label", "not_in", ["a", "b"])), ["/all/1"]),
    (every(leaf("register", "in", ["copd"]), no(leaf("register", "in", ["copd"]))), ["/all/1/not"]),
    (every(leaf("enrolled", "in", ["a"]), leaf("enrolled", "not_in", ["a"])), ["/all/1"]),
    (every(leaf("diagnosis_text", "contains_any", ["瘤"]), no(leaf("diagnosis_text", "contains_any", ["癌",
     "瘤"]))), ["/all/1/not"]),
    (every(glucose("gt", 7), glucose("lt", 7)), ["/all/1"]),
    (every(glucose("gt", 7, within_days=30), glucose("lte", 7, within_days=30)), ["/all/1"]),
    (every({"any": [OLD, MAN]}, {"not": {"any": [OLD, MAN]}}), ["/all/0/any/0", "/all/0/any/1"]),
    ({"all": [MAN, {"all": [OLD, {"not": MAN}]}]}, ["/all/1/all/1/not"]),
    (every(MAN, {"any": [WOMAN, OLD]}), ["/all/1/any/0"]),
    ({"any": [{"all": [MAN, WOMAN]}, OLD]}, ["/any/0/all/1"]),
    (every(OLD, {"not": {"not": no(OLD)}}), ["/all/1/not/not/not"]),
    (leaf("deceased", "eq", True), [""]),
    (every(leaf("disposition", "in", ["death"])), ["/all/0"]),
    (leaf("flag", "in", ["deceased"]), [""]),
]  # fmt: skip

MAYBE: list[dict[str, Any]] = [
    {"any": [MAN, WOMAN]},
    {"all": [OLD, leaf("age", "lte", 65)]},
    {"all": [leaf("diagnosis", "stem_in", ["I10"]), leaf("diagnosis", "stem_in", ["E11"])]},
    {"all": [leaf("diagnosis", "stem_in", ["I21"]), {"not": leaf("main_diagnosis", "stem_in", ["I21"])}]},
    {"all": [leaf("diagnosis", "stem_in", ["I21"]), {"not": leaf("diagnosis", "stem_in", ["I21.9"])}]},
    {"all": [leaf("main_diagnosis", "stem_in", ["I21"]), leaf("main_diagnosis", "stem_in", ["I21.0"])]},
    {"all": [leaf("diagnosis", "stem_in", ["I21"]), {"not": leaf("earlier_diagnosis", "stem_in", ["I21"])}]},
    {"all": [leaf("label", "in", ["a", "b"]), leaf("label", "not_in", ["a"])]},
    {"all": [leaf("enrolled", "in", ["a"], within_days=90), leaf("enrolled", "not_in", ["a"])]},
    {"all": [{"not": OLD}, {"not": leaf("age", "lt", 65)}]},  # an age that is not recorded
    {"all": [{"not": leaf("admitted_on", "gte", "2026-05-01")}, {"not": leaf("admitted_on", "lte", "2026-05-01")}]},
    {"all": [leaf("admitted_on", "gte", "2026-05-01"), leaf("discharged_on", "lte", "2026-05-01")]},
    {"all": [glucose("gt", 7), leaf("lab", "lt", {"code": "K", "value": 3})]},
    {"all": [glucose("gt", 7), glucose("lt", 7, within_days=30)]},
    {"all": [glucose("gt", 7), leaf("lab", "flagged", {"code": "GLU"})]},
    {"not": {"all": [MAN, WOMAN]}},
    {"all": [MAN, {"not": {"all": [MAN, OLD]}}, leaf("disposition", "not_in", ["death"])]},
    leaf("deceased", "eq", False),
    leaf("disposition", "in", ["death", "home"]),
]  # fmt: skip


@pytest.mark.parametrize(("criteria", "places"), NEVER, ids=[str(n) for n in range(len(NEVER))])
def test_what_nobody_can_meet_is_told(criteria: dict[str, Any], places: list[str]) -> None:
    assert validate(criteria) == []
    found = find_warnings(criteria)
    assert [warning.pointer for warning in found] == places
    assert {warning.code for warning in found} == {"never_true"}
    assert all(warning.message and warning.cure for warning in found)


@pytest.mark.parametrize("criteria", MAYBE, ids=[str(n) for n in range(len(MAYBE))])
def test_what_somebody_may_meet_is_let_be(criteria: dict[str, Any]) -> None:
    assert validate(criteria) == []
    assert find_warnings(criteria) == []


def test_both_conditions_are_named() -> None:
    (warning,) = find_warnings({"all": [MAN, OLD, WOMAN]})
    assert warning.message == "“性别为女”与“性别为男”不可能同时成立，这一条没有人符合"
    assert warning.cure == "请删去其中一条，或把它们移到 any（任一）里"


def test_faulty_criteria_are_not_judged() -> None:
    assert find_warnings({"all": [MAN, {"field": "?", "op": "eq", "value": 1}]}) == []
