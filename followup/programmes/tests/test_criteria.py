"""What criteria may say, and what is said about what they may not."""

from typing import Any

import pytest

from followup.programmes.criteria import describe, leaves_of, parse_criteria, validate
from followup.programmes.library import read_library
from kernel.errors import InvalidInput

AGE = {"field": "age", "op": "gte", "value": 18}


def nest(depth: int) -> dict[str, Any]:
    node: dict[str, Any] = AGE
    for _ in range(depth - 1):
        node = {"all": [node]}
    return node


BAD: list[tuple[Any, str, str, str]] = [
    (None, "", "not_an_object", "条件应当是一个对象"),
    ([], "", "not_an_object", "条件应当是一个对象"),
    ({}, "", "missing_key", "缺少 field、op、value"),
    ({"all": []}, "/all", "empty_list", "all 的列表是空的"),
    ({"any": AGE}, "/any", "not_a_list", "any 的值应当是列表"),
    ({"all": [AGE], "any": [AGE]}, "", "mixed_group", "all、any、not 应单独出现"),
    ({"all": [AGE], "note": 1}, "", "mixed_group", "all、any、not 应单独出现"),
    ({"not": 3}, "/not", "not_an_object", "条件应当是一个对象"),
    ({**AGE, "main": True}, "/main", "unknown_key", "不认识的内容 main"),
    ({"all": [AGE, {"field": "aeg", "op": "gte", "value": 1}]}, "/all/1/field", "unknown_field", "不认识的字段 'aeg'"),
    ({"field": ["age"], "op": "gte", "value": 1}, "/field", "unknown_field", "不认识的字段 ['age']"),
    ({"field": "age", "op": "in", "value": [1]}, "/op", "unknown_operator", "字段 age 没有运算 'in'"),
    ({"field": "sex", "op": "in", "value": []}, "/value", "empty_list", "列表是空的"),
    ({"field": "sex", "op": "in", "value": "M"}, "/value", "not_a_list", "in 的值应当是列表"),
    ({"field": "sex", "op": "in", "value": ["M", "X"]}, "/value/1", "unknown_value", "字段 sex 没有取值 'X'"),
    ({"field": "sex", "op": "eq", "value": "m"}, "/value", "unknown_value", "字段 sex 没有取值 'm'"),
    ({"field": "deceased", "op": "eq", "value": 0}, "/value", "not_a_boolean", "deceased 的值应为 true 或 false"),
    ({"field": "age", "op": "gte", "value": True}, "/value", "invalid_age", "年龄 True 不对"),
    ({"field": "age", "op": "gte", "value": 131}, "/value", "invalid_age", "年龄 131 不对"),
    ({"field": "age", "op": "between", "value": [65, 18]}, "/value", "reversed_range", "年龄范围写反了：65 大于 18"),
    ({"field": "age", "op": "between", "value": [18]}, "/value", "not_a_range", "between 的值应为 [下限, 上限]"),
    ({"field": "diagnosis", "op": "between", "value": ["I15", "I10"]}, "/value", "reversed_range",
     "范围写反了：I15 在 I10 之后，请对调"),
    ({"field": "diagnosis", "op": "between", "value": ["I10", "I15.0"]}, "/value", "uneven_range",
     "范围两端应同样长：I10 与 I15.0 位数不同，请写成同一位数"),
    ({"field": "diagnosis", "op": "between", "value": ["I80.1", "I82.1"]}, "/value", "invalid_range",
     "细目范围只能在同一类目内，如 I80.1 至 I80.3；I80.1 至 I82.1 请逐个列出"),
    ({"field": "diagnosis", "op": "stem_in", "value": ["I21", "心梗"]}, "/value/1", "invalid_code",
     "诊断编码 '心梗' 不对：应为 ICD-10 的三位以上编码，如 I21 或 I20.0"),
    ({"field": "diagnosis", "op": "stem_in", "value": ["I21.900"]}, "/value/0", "too_precise",
     "编码 'I21.900' 过细：只能写到小数点后一位（手术两位），如 I21.9、81.54"),
    ({"field": "diagnosis", "op": "stem_in", "value": ["I"]}, "/value/0", "invalid_code",
     "诊断编码 'I' 不对：应为 ICD-10 的三位以上编码，如 I21 或 I20.0"),
    ({"field": "operation", "op": "prefix_in", "value": [81.54]}, "/value/0", "invalid_code",
     "手术编码 81.54 不对：应为 ICD-9-CM-3 的两位以上数字，如 81.54"),
    ({"field": "operation", "op": "between", "value": ["00.00", "99.99"]}, "/value", "range_too_wide",
     "范围含 10000 个编码，最多 500 个，请用更短的前缀"),
    ({"field": "department", "op": "in", "value": [401]}, "/value/0", "invalid_value", "科室编码 401 不对"),
]  # fmt: skip


@pytest.mark.parametrize(("criteria", "pointer", "code", "message"), BAD, ids=[str(b[0])[:60] for b in BAD])
def test_faults_have_place_name_and_cure(criteria: Any, pointer: str, code: str, message: str) -> None:
    (fault,) = validate(criteria)
    assert (fault.pointer, fault.code, fault.message) == (pointer, code, message)
    assert fault.cure


def test_a_typo_is_answered_with_the_nearest_word() -> None:
    assert (
        validate({"field": "diagnosys", "op": "stem_in", "value": ["I10"]})[0].cure == "是否想写 diagnosis？"
    )


def test_every_fault_is_told_at_once() -> None:
    criteria = {
        "all": [
            {"field": "x", "op": "eq", "value": 1},
            {"any": []},
            {"field": "sex", "op": "eq", "value": "?"},
        ]
    }
    assert [f.pointer for f in validate(criteria)] == ["/all/0/field", "/all/1/any", "/all/2/value"]
    with pytest.raises(InvalidInput) as caught:
        parse_criteria(criteria)
    assert caught.value.errors[0].pointer == "/criteria/all/0/field"


def test_depth_and_number_are_limited() -> None:
    assert validate(nest(8)) == []
    (deep,) = validate(nest(9))
    assert (deep.code, deep.pointer) == ("too_deep", "/all/0" * 8)
    assert validate({"any": [AGE] * 60}) == []
    assert [f.code for f in validate({"any": [AGE] * 61})] == ["too_many_conditions"]


def test_a_hundred_thousand_levels_do_not_break_it() -> None:
    assert [f.code for f in validate(nest(100_000))] == ["too_deep"]


def test_ranges_are_written_out() -> None:
    def prefixes(value: list[str], field: str = "diagnosis") -> tuple[str, ...]:
        (leaf,) = leaves_of(parse_criteria({"field": field, "op": "between", "value": value}))
        return leaf.prefixes

    assert {"I10", "I11", "I12", "I13", "I14", "I15"} <= set(prefixes(["I10", "I15"]))
    assert "I1A" in prefixes(["I10", "I20"])
    assert not {"I09", "I16", "I1A"} & set(prefixes(["I10", "I15"]))
    assert {"C97", "C7A", "D00"} & set(prefixes(["C00", "C97"])) == {"C97", "C7A"}
    assert prefixes(["i80.1", "I80.3"]) == ("I801", "I802", "I803")
    assert prefixes(["00.66", "00.67"], "operation") == ("0066", "0067")


def test_sentences() -> None:
    criteria = {
        "all": [
            {"field": "patient_kind", "op": "in", "value": ["inpatient", "outpatient"]},
            {"field": "deceased", "op": "eq", "value": False},
            {"not": {"field": "main_diagnosis", "op": "between", "value": ["I60", "I62"]}},
            {
                "any": [
                    {"field": "age", "op": "between", "value": [18, 65]},
                    {"field": "sex", "op": "eq", "value": "F"},
                ]
            },
            {"field": "operation", "op": "prefix_in", "value": ["81.51"]},
            {"field": "disposition", "op": "not_in", "value": ["death"]},
        ]
    }
    assert describe(criteria) == [
        "就诊类别为住院、门诊之一",
        "患者在世",
        "不符合（主要诊断在 I60 至 I62之间（含））",
        "（年龄在 18 至 65 岁之间（含），或性别为女）",
        "手术操作编码以 81.51 开头",
        "离院方式不是死亡",
    ]


def test_the_shipped_criteria_are_valid() -> None:
    for document in read_library("programmes"):
        assert validate(document["criteria"]) == [], document["key"]
        assert len(describe(document["criteria"])) >= 1
