"""Every field with every operator: one value that is taken (and how it reads), and values that are refused where."""

from datetime import date
from typing import Any

import pytest

from followup.programmes.criteria import describe, leaves_of, parse_criteria, validate, vocabulary
from followup.programmes.criteria.vocabulary import OPERATORS

# (field, op, accepted, parsed, sentence, [(rejected, pointer below /value, code)])
Case = tuple[str, str, Any, Any, str, list[tuple[Any, str, str]]]

LISTS = [([], "", "empty_list"), ("x", "", "not_a_list")]


def choice(field: str, label: str, value: str, word: str) -> list[Case]:
    return [
        (
            field,
            "eq",
            value,
            value,
            f"{label}为{word}",
            [("?", "", "unknown_value"), (1, "", "unknown_value")],
        ),
        (field, "in", [value], (value,), f"{label}为{word}", [*LISTS, ([value, "?"], "/1", "unknown_value")]),
        (field, "not_in", [value], (value,), f"{label}不是{word}", [*LISTS, (["?"], "/0", "unknown_value")]),
    ]


def reference(field: str, label: str) -> list[Case]:
    wrong = [("", "", "invalid_value"), (3, "", "invalid_value"), (" A", "", "invalid_value")]
    return [
        (field, "eq", "A1", "A1", f"{label}为A1", wrong),
        (
            field,
            "in",
            ["A1", "B2"],
            ("A1", "B2"),
            f"{label}为A1、B2之一",
            [*LISTS, (["A1", ""], "/1", "invalid_value")],
        ),
        (field, "not_in", ["A1"], ("A1",), f"{label}不是A1", [*LISTS, (["x" * 41], "/0", "invalid_value")]),
    ]


def number(field: str, label: str, unit: str, highest: int, code: str) -> list[Case]:
    wrong = [(-1, "", code), (highest + 1, "", code), (1.5, "", code), (True, "", code), ("3", "", code)]
    words = {"eq": "等于", "gt": "大于", "gte": "不小于", "lt": "小于", "lte": "不大于"}
    return [
        *((field, op, 7, 7, f"{label}{word} 7 {unit}", wrong) for op, word in words.items()),
        (
            field, "between", [3, 7], (3, 7), f"{label}在 3 至 7 {unit}之间（含）",
            [([7, 3], "", "reversed_range"), ([3], "", "not_a_range"), (3, "", "not_a_range"), ([3, None], "/1", code)],
        ),
    ]  # fmt: skip


def day(field: str, label: str) -> list[Case]:
    first, last = date(2026, 1, 1), date(2026, 3, 31)
    wrong = [
        ("2026-02-30", "", "invalid_date"), ("20260101", "", "invalid_date"), (20260101, "", "invalid_date"),
        ("1926-01-01", "", "invalid_date"),
    ]  # fmt: skip
    return [
        (field, "gte", "2026-01-01", first, f"{label}不早于 2026-01-01", wrong),
        (field, "lte", "2026-03-31", last, f"{label}不晚于 2026-03-31", wrong),
        (
            field, "between", ["2026-01-01", "2026-03-31"], (first, last),
            f"{label}在 2026-01-01 至 2026-03-31之间（含）",
            [
                (["2026-03-31", "2026-01-01"], "", "reversed_range"), (["2026-01-01"], "", "not_a_range"),
                (["2026-01-01", "?"], "/1", "invalid_date"),
            ],
        ),
    ]  # fmt: skip


def codes(field: str, label: str, value: str, low: str, high: str, *, ranges: bool = True) -> list[Case]:
    wrong: list[tuple[Any, str, str]] = [
        *LISTS,
        ([value, "?"], "/1", "invalid_code"),
        ([f"{low}.001"], "/0", "too_precise"),
    ]
    cases: list[Case] = [
        (field, op, [value], (value,), f"{label}编码以 {value} 开头", wrong)
        for op in ("stem_in", "prefix_in")
    ]
    if ranges:
        faults = [
            ([high, low], "", "reversed_range"),
            ([low], "", "not_a_range"),
            ([low, "?"], "", "invalid_code"),
        ]
        cases.append(
            (field, "between", [low, high], (low, high), f"{label}在 {low} 至 {high}之间（含）", faults)
        )
    return cases


def words(field: str, label: str) -> list[Case]:
    wrong = [*LISTS, (["瘤", ""], "/1", "invalid_value"), (["x"] * 21, "", "too_many_values")]
    return [(field, "contains_any", ["瘤", "癌"], ("瘤", "癌"), f"{label}含“瘤、癌”之一", wrong)]


def lab(op: str, word: str) -> Case:
    return (
        "lab", op, {"code": "GLU", "value": 7.5}, ("GLU", 7.5), f"本次就诊检验 GLU 最近一次结果{word} 7.5",
        [
            (7, "", "invalid_lab"), ({"code": "GLU"}, "", "invalid_lab"), ({"code": "", "value": 7}, "/code",
             "invalid_value"),
            ({"code": "GLU", "value": "7"}, "/value", "invalid_number"), ({"code": "GLU", "value": True},
             "/value", "invalid_number"),
            ({"code": "GLU", "value": float("nan")}, "/value", "invalid_number"),
            ({"code": "GLU", "value": 7, "unit": "x"}, "", "invalid_lab"),
        ],
    )  # fmt: skip


CASES: list[Case] = [
    *choice("patient_kind", "就诊类别", "inpatient", "住院"),
    *choice("sex", "性别", "F", "女"),
    *choice("disposition", "离院方式", "home", "医嘱离院"),
    ("deceased", "eq", False, False, "患者在世", [(0, "", "not_a_boolean"), ("false", "", "not_a_boolean")]),
    *number("age", "年龄", "岁", 130, "invalid_age"),
    *number("stay_days", "住院天数", "天", 3650, "invalid_number"),
    *day("discharged_on", "出院日期"),
    *day("admitted_on", "入院日期"),
    *reference("institution", "出院机构"),
    *reference("department", "出院科室"),
    *reference("ward", "出院病区"),
    *reference("attending", "主管医生"),
    *codes("diagnosis", "出院诊断", "I21", "I10", "I15"),
    *codes("main_diagnosis", "主要诊断", "I21", "I10", "I15"),
    *codes("earlier_diagnosis", "既往就诊诊断", "I21", "I10", "I15", ranges=False),
    *codes("operation", "手术操作", "8154", "8151", "8154"),
    *words("diagnosis_text", "任一诊断名称"),
    *words("operation_text", "任一手术名称"),
    *(lab(op, word) for op, word in {"gt": "大于", "gte": "不小于", "lt": "小于", "lte": "不大于"}.items()),
    (
        "lab", "between", {"code": "K", "value": [3.5, 5]}, ("K", (3.5, 5)),
         "本次就诊检验 K 最近一次结果在 3.5 至 5 之间（含）",
        [({"code": "K", "value": [5, 3.5]}, "/value", "reversed_range"), ({"code": "K", "value": [5]}, "/value",
         "not_a_range"),
         ({"code": "K", "value": [5, "x"]}, "/value/1", "invalid_number")],
    ),
    (
        "lab", "flagged", {"code": "K"}, ("K", None), "本次就诊检验 K 最近一次结果报告为异常",
        [({"code": "K", "value": 3}, "", "invalid_lab"), ({}, "", "invalid_lab"), ("K", "", "invalid_lab")],
    ),
    ("label", "in", ["vip", "x"], ("vip", "x"), "患者标签含vip、x之一", [*LISTS, ([""], "/0", "invalid_value")]),
    ("label", "not_in", ["vip"], ("vip",), "患者标签不含vip", [*LISTS, ([3], "/0", "invalid_value")]),
    ("flag", "in", ["unreachable"], ("unreachable",), "患者标识含多次联系不上", [*LISTS, (["?"], "/0",
     "unknown_value")]),
    ("flag", "not_in", ["refused"], ("refused",), "患者标识不含拒绝随访", [*LISTS, (["?"], "/0", "unknown_value")]),
    ("register", "in", ["diabetes", "copd"], ("diabetes", "copd"), "已登记为2 型糖尿病、慢阻肺之一", [*LISTS,
     (["?"], "/0", "unknown_value")]),
    ("register", "not_in", ["stroke"], ("stroke",), "未登记为脑卒中", [*LISTS, (["?"], "/0", "unknown_value")]),
    ("enrolled", "in", ["stroke", "copd"], ("stroke", "copd"), "现在已在随访路径 stroke、copd 之一 中", [*LISTS,
     ([3], "/0", "invalid_value")]),
    ("enrolled", "not_in", ["stroke"], ("stroke",), "现在未在随访路径 stroke 中", [*LISTS, ([""], "/0",
     "invalid_value")]),
]  # fmt: skip


def test_no_operator_is_left_out() -> None:
    assert {(field, op) for field, ops in OPERATORS.items() for op in ops} == {(c[0], c[1]) for c in CASES}


@pytest.mark.req("S9")
@pytest.mark.parametrize("case", CASES, ids=[f"{c[0]}-{c[1]}" for c in CASES])
def test_each_operator_takes_its_values_and_no_others(case: Case) -> None:
    field, op, accepted, parsed, sentence, rejected = case
    criteria = {"field": field, "op": op, "value": accepted}
    assert validate(criteria) == []
    (leaf,) = leaves_of(parse_criteria(criteria))
    assert (leaf.field, leaf.op, leaf.value, leaf.within_days) == (field, op, parsed, None)
    assert describe(criteria) == [sentence]
    for wrong, place, code in rejected:
        (fault,) = validate({"all": [{"field": field, "op": op, "value": wrong}]})
        assert (fault.pointer, fault.code) == (f"/all/0/value{place}", code), wrong
        assert fault.message
        assert fault.cure


@pytest.mark.req("S9")
@pytest.mark.parametrize("field", sorted(OPERATORS))
def test_no_field_takes_an_operator_of_another(field: str) -> None:
    every = {op for ops in OPERATORS.values() for op in ops}
    for op in every - set(OPERATORS[field]):
        (fault,) = validate({"field": field, "op": op, "value": 1})
        assert (fault.pointer, fault.code) == ("/op", "unknown_operator")


def test_days_belong_to_lab_and_enrolled() -> None:
    lab_leaf = {"field": "lab", "op": "flagged", "value": {"code": "K"}, "within_days": 90}
    assert describe(lab_leaf) == ["出院前 90 天内检验 K 最近一次结果报告为异常"]
    enrolled = {"field": "enrolled", "op": "not_in", "value": ["copd"], "within_days": 365}
    assert describe(enrolled) == ["近 365 天内未在随访路径 copd 中"]
    assert [leaf.within_days for leaf in leaves_of(parse_criteria(enrolled))] == [365]
    for wrong in (0, -1, 3651, True, "90", None, 1.5):
        (fault,) = validate({**lab_leaf, "within_days": wrong})
        assert (fault.pointer, fault.code) == ("/within_days", "invalid_days")
    (fault,) = validate({"field": "age", "op": "gte", "value": 18, "within_days": 3})
    assert (fault.pointer, fault.cure) == ("/within_days", "within_days 只用于 lab、enrolled，请删去")


@pytest.mark.parametrize(
    ("given", "cure"),
    [
        ({"field": "lables", "op": "in", "value": ["x"]}, "是否想写 label？"),
        ({"field": "stay_day", "op": "eq", "value": 1}, "是否想写 stay_days？"),
        ({"field": "label", "op": "not-in", "value": ["x"]}, "是否想写 not_in？"),
        ({"field": "lab", "op": "equals", "value": {}}, "可用：gt、gte、lt、lte、between、flagged"),
        ({"field": "register", "op": "in", "value": ["diabets"]}, "是否想写 diabetes？"),
        (
            {"field": "lab", "op": "flagged", "value": {"code": "K"}, "within_day": 3},
            "是否想写 within_days？",
        ),
    ],
)
def test_a_slip_of_the_pen_gets_the_word_that_was_meant(given: dict[str, Any], cure: str) -> None:
    assert [fault.cure for fault in validate(given)] == [cure]


def test_the_vocabulary_is_what_the_parser_takes() -> None:
    words = {entry["field"]: entry for entry in vocabulary()}
    assert {f: tuple(o["op"] for o in e["ops"]) for f, e in words.items()} == dict(OPERATORS)
    assert words["sex"]["value"]["choices"] == [
        {"value": "M", "label": "男"}, {"value": "F", "label": "女"}, {"value": "U", "label": "未知"},
    ]  # fmt: skip
    assert (words["age"]["value"]["minimum"], words["age"]["value"]["maximum"]) == (0, 130)
    assert [field for field, entry in words.items() if entry["within_days"]] == ["lab", "enrolled"]
    assert {entry["value"]["type"] for entry in words.values()} == {
        "choice", "boolean", "integer", "date", "institution", "department", "ward", "staff", "diagnosis_code",
        "operation_code", "words", "lab", "label", "programme",
    }  # fmt: skip
