"""Every key of a programme document: what it may be, what it defaults to, how a change reads."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followup.programmes.rules import Change, diff_documents, find_document_faults, normalise_document
from followup.programmes.tests.kit import DOCUMENT, document, step

FAULTS: list[tuple[dict[str, Any], str, str]] = [
    (document(key=""), "/key", "invalid_text"),
    (document(key="a b"), "/key", "invalid_text"),
    (document(name=" "), "/name", "invalid_text"),
    (document(name="长" * 121), "/name", "invalid_text"),
    (document(kind="special"), "/kind", "unknown_value"),
    (document(specialty="长" * 41), "/specialty", "invalid_text"),
    (document(source=[]), "/source", "missing"),
    (document(source="某指南"), "/source", "not_a_list"),
    (document(source=["某指南", ""]), "/source/1", "invalid_text"),
    (document(licence=""), "/licence", "invalid_text"),
    (document(criteria={"all": [{"field": "ag", "op": "gte", "value": 1}]}), "/criteria/all/0/field", "unknown_field"),
    (document(exclusions=[]), "/exclusions", "not_an_object"),
    (document(exclusions={"refuse": True}), "/exclusions/refuse", "unknown_key"),
    (document(exclusions={"refused": 1}), "/exclusions/refused", "not_a_boolean"),
    (document(merge="same"), "/merge", "unknown_value"),
    (document(steps=[]), "/steps", "invalid_steps"),
    (document(steps=[step(code=f"d{n}") for n in range(61)]), "/steps", "invalid_steps"),
    (document(steps=["d3"]), "/steps/0", "not_an_object"),
    (document(steps=[step(), step()]), "/steps/1/code", "duplicate"),
    (document(steps=[step(code="")]), "/steps/0/code", "invalid_text"),
    (document(steps=[step(name="")]), "/steps/0/name", "invalid_text"),
    (document(steps=[step(kind="call")]), "/steps/0/kind", "unknown_value"),
    (document(steps=[step(text="长" * 201)]), "/steps/0/text", "invalid_text"),
    (document(steps=[step(anchor="birth")]), "/steps/0/anchor", "unknown_value"),
    (document(steps=[step(day=-1)]), "/steps/0/day", "out_of_range"),
    (document(steps=[step(day=True)]), "/steps/0/day", "out_of_range"),
    (document(steps=[step(window=[1, 2])]), "/steps/0/window", "invalid_window"),
    (document(steps=[step(window=[-1])]), "/steps/0/window", "invalid_window"),
    (document(steps=[step(window=None)]), "/steps/0/window", "invalid_window"),
    (document(steps=[step(repeat=90)]), "/steps/0/repeat", "not_an_object"),
    (document(steps=[step(repeat={"every": 0})]), "/steps/0/repeat/every", "out_of_range"),
    (document(steps=[step(repeat={"times": 3})]), "/steps/0/repeat/every", "out_of_range"),
    (document(steps=[step(repeat={"every": 30, "times": 1})]), "/steps/0/repeat/times", "out_of_range"),
    (document(steps=[step(repeat={"every": 30, "until": 32})]), "/steps/0/repeat/until", "out_of_range"),
    (document(steps=[step(repeat={"every": 30, "times": 3, "until": 90})]), "/steps/0/repeat", "mixed_repeat"),
    (document(steps=[step(repeat={"every": 30, "time": 3})]), "/steps/0/repeat/time", "unknown_key"),
    (document(steps=[step(revisit="E2")]), "/steps/0/revisit", "not_an_object"),
    (document(steps=[step(revisit={"days": 14})]), "/steps/0/revisit/level", "unknown_value"),
    (document(steps=[step(revisit={"level": "E0", "days": 14})]), "/steps/0/revisit/level", "unknown_value"),
    (document(steps=[step(revisit={"level": "E2"})]), "/steps/0/revisit/days", "out_of_range"),
    (document(steps=[step(revisit={"level": "E2", "days": 91})]), "/steps/0/revisit/days", "out_of_range"),
    (document(steps=[step(revisit={"level": "E2", "days": 14, "window": [3, 3]})]), "/steps/0/revisit/window",
     "invalid_window"),
    (document(steps=[step(revisit={"level": "E2", "days": 14, "window": [-14, 0]})]), "/steps/0/revisit/window",
     "out_of_range"),
    (document(steps=[step(revisit={"level": "E2", "days": 14, "after": 3})]), "/steps/0/revisit/after",
     "unknown_key"),
    (document(steps=[step(kind="reminder", questionnaire=None, text="请复查", revisit={"level": "E2", "days": 14})]),
     "/steps/0/revisit", "not_applicable"),
    (document(steps=[step(channel=[])]), "/steps/0/channel", "missing"),
    (document(steps=[step(channel="T")]), "/steps/0/channel", "not_a_list"),
    (document(steps=[step(channel=["T", "X"])]), "/steps/0/channel/1", "unknown_value"),
    (document(steps=[step(channel=["T", "T"])]), "/steps/0/channel/1", "duplicate"),
    (document(steps=[step(owner="doctor")]), "/steps/0/owner", "unknown_value"),
    (document(steps=[step(owner="named")]), "/steps/0/staff_no", "invalid_text"),
    (document(steps=[step(staff_no="S-1")]), "/steps/0/staff_no", "not_applicable"),
    (document(steps=[step(questionnaire=None)]), "/steps/0/questionnaire", "missing"),
    (document(steps=[step(questionnaire=3)]), "/steps/0/questionnaire", "invalid_text"),
    (document(steps=[step(kind="reminder", text="请复查")]), "/steps/0/questionnaire", "not_applicable"),
    (document(steps=[step(kind="reminder", questionnaire=None)]), "/steps/0/text", "missing"),
    (document(steps=[step(kind="education", questionnaire=None)]), "/steps/0/education", "missing"),
    (document(steps=[step(education="rest")]), "/steps/0/education", "not_a_list"),
    (document(steps=[step(education=["rest", "rest"])]), "/steps/0/education/1", "invalid_text"),
    (document(steps=[step(questionaire="call")]), "/steps/0/questionaire", "unknown_key"),
    (document(stop=["dead"]), "/stop/0", "unknown_value"),
    (document(stop=["refused", "refused"]), "/stop/1", "duplicate"),
    (document(on_readmission="stop"), "/on_readmission", "unknown_value"),
    (document(on_readmission={"same_diagnosis": "pause"}), "/on_readmission/other", "unknown_value"),
    (document(on_readmission={"same_diagnosis": "pause", "other": "pause", "x": 1}), "/on_readmission/x",
     "unknown_key"),
    (document(metrics=["m", 3]), "/metrics/1", "invalid_text"),
    (document(sources=["x"]), "/sources", "unknown_key"),
    (document(name="心\0脏"), "/name", "invalid_character"),
    (document(steps=[step(text="\ud800")]), "/steps/0/text", "invalid_character"),
]  # fmt: skip


@pytest.mark.req("S8", "S10", "S11")
@pytest.mark.parametrize(("given", "pointer", "code"), FAULTS, ids=[f"{f[1]}-{f[2]}" for f in FAULTS])
def test_a_fault_has_its_place_and_cure(given: dict[str, Any], pointer: str, code: str) -> None:
    (fault,) = find_document_faults(given)
    assert (fault.pointer, fault.code) == (pointer, code)
    assert fault.message
    assert fault.cure


def test_no_object_at_all() -> None:
    assert [fault.pointer for fault in find_document_faults([DOCUMENT])] == [""]


def test_an_unknown_key_gets_the_word_that_was_meant() -> None:
    (fault,) = find_document_faults(document(sources=["x"]))
    assert (fault.message, fault.cure) == ("不认识的内容 sources", "是否想写 source？")


def test_what_may_still_be_open_in_an_unfinished_document() -> None:
    bare = {key: value for key, value in DOCUMENT.items() if key not in {"source", "licence"}}
    bare["steps"] = [{key: value for key, value in step().items() if key != "questionnaire"}]
    assert [fault.pointer for fault in find_document_faults(bare)] == [
        "/source", "/licence", "/steps/0/questionnaire",
    ]  # fmt: skip
    assert find_document_faults(bare, is_complete=False) == []


@pytest.mark.req("S10", "S11")
def test_every_kind_of_step_is_taken() -> None:
    steps = [
        step(repeat={"every": 30, "times": 6}, education=["rest"]),
        {"code": "edu", "name": "宣教", "kind": "education", "day": 1, "channel": ["W", "S"], "owner": "centre",
         "education": ["rest"], "anchor": "enrolment", "repeat": {"every": 7, "until": 28}},
        {"code": "rem", "name": "提醒", "kind": "reminder", "text": "请复查", "day": 27, "channel": ["S"],
         "owner": "named", "staff_no": "S-1", "repeat": {"every": 90}},
        step(code="a", owner="attending"), step(code="n", owner="nurse", anchor="operation"),
    ]  # fmt: skip
    assert find_document_faults(document(steps=steps)) == []


def test_defaults_are_written_out() -> None:
    whole = normalise_document(document(stop=["refused", "wrong_number_x3"]))
    assert whole["exclusions"] == {
        "unreachable": True, "invalid_contact": True, "refused": True, "frequent_visits": False,
    }  # fmt: skip
    assert (whole["merge"], whole["on_readmission"]) == (
        "none",
        {"same_diagnosis": "pause", "other": "pause"},
    )
    assert whole["stop"] == ["death", "refused", "invalid_contact"]
    assert whole["steps"] == [
        {
            "code": "d3", "name": "三天电话", "kind": "follow_up", "text": "", "anchor": "discharge", "day": 3,
            "window": [-1, 2], "repeat": None, "channel": ["T"], "owner": "hospital", "staff_no": "",
            "questionnaire": "call", "education": [],
        }
    ]  # fmt: skip
    assert normalise_document(whole) == whole
    assert find_document_faults(whole) == []


@pytest.mark.req("S17")
def test_a_revisit_is_written_out_and_reads_in_chinese() -> None:
    plain, asking = document(), document(steps=[step(revisit={"level": "E2", "days": 14})])
    whole = normalise_document(asking)
    assert whole["steps"][0]["revisit"] == {"level": "E2", "days": 14, "window": [0, 0]}
    assert (find_document_faults(whole), normalise_document(whole)) == ([], whole)
    (change,) = diff_documents(plain, asking)
    text = "首次达到 E2（需处理）时，第 14 天复访，提前 0 天至推后 0 天"
    assert change == Change("steps/d3/revisit", "added", "节点 d3（三天电话）·异常复访", None, text)
    (change,) = diff_documents(asking, plain)
    assert (change.kind, change.before, change.after) == ("removed", text, None)
    other = document(steps=[step(revisit={"level": "E3", "days": 7, "window": [-3, 3]})])
    (change,) = diff_documents(asking, other)
    assert change.after == "首次达到 E3（当日处理）时，第 7 天复访，提前 3 天至推后 3 天"


@pytest.mark.req("S28")
def test_a_difference_reads_in_chinese() -> None:
    assert diff_documents(DOCUMENT, normalise_document(DOCUMENT)) == []
    age = {"field": "age", "op": "gte", "value": 65}
    after = document(
        name="心脏病随访",
        kind="chronic",
        specialty="",
        source=["某指南（2025）", "某规范"],
        criteria={"all": [age]},
        exclusions={"frequent_visits": True},
        merge="same_owner",
        stop=["refused"],
        on_readmission={"same_diagnosis": "restart", "other": "pause"},
        steps=[
            step(day=5, window=[-2, 2], channel=["W", "T"], repeat={"every": 30, "times": 3}, owner="community"),
            {"code": "rem", "name": "提醒", "kind": "reminder", "text": "请复查", "day": 27, "channel": ["S"],
             "owner": "centre"},
        ],
    )  # fmt: skip
    changes = diff_documents(DOCUMENT, after)
    assert [(c.path, c.kind, c.label, c.before, c.after) for c in changes] == [
        ("name", "changed", "名称", "心脏随访", "心脏病随访"),
        ("kind", "changed", "类别", "专病随访", "慢病管理"),
        ("specialty", "removed", "科室病种库", "心内科", None),
        ("source", "added", "依据", None, "某规范"),
        ("criteria", "changed", "入组条件", "年龄不小于 60 岁", "年龄不小于 65 岁"),
        ("exclusions/frequent_visits", "changed", "排除频繁就诊的患者", "关", "开"),
        ("merge", "changed", "合并联系", "不合并", "与同一负责方的任务合并"),
        ("steps/d3/day", "changed", "节点 d3（三天电话）·天数", "第 3 天", "第 5 天"),
        ("steps/d3/window", "changed", "节点 d3（三天电话）·窗口", "提前 1 天至推后 2 天", "提前 2 天至推后 2 天"),
        ("steps/d3/repeat", "added", "节点 d3（三天电话）·重复", None, "每 30 天一次，共 3 次"),
        ("steps/d3/channel", "changed", "节点 d3（三天电话）·渠道", "电话", "微信、电话"),
        ("steps/d3/owner", "changed", "节点 d3（三天电话）·负责方", "出院病区", "居住地乡镇医生"),
        ("steps/rem", "added", "节点 rem（提醒）", None,
         "类型 提醒；给患者的话 请复查；起算日 出院日；天数 第 27 天；"
         "窗口 提前 0 天至推后 0 天；渠道 短信；负责方 随访中心"),
        ("stop", "added", "终止规则", None, "拒绝随访"),
        ("on_readmission/same_diagnosis", "changed", "同一诊断再次入院", "住院期间暂停", "再次出院后重新开始"),
    ]  # fmt: skip
    back = diff_documents(after, DOCUMENT)
    assert [c.kind for c in back if c.path == "steps/rem"] == ["removed"]


def test_a_new_order_of_steps_is_a_difference() -> None:
    first, second = step(), step(code="d9", name="九天电话", day=9)
    (change,) = diff_documents(document(steps=[first, second]), document(steps=[second, first]))
    assert change == Change("steps", "changed", "节点顺序", "三天电话、九天电话", "九天电话、三天电话")


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-9, 9999)
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["pause", "follow_up", "T", "hospital", "named", "call", "death", "all", "age", "gte"])
)
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
    st.sampled_from(["every", "times", "until", "level", "days", "window", "field",
                     "op", "value", "all", "any", "not", "refused", "other", "x"]),
    inner, max_size=3,
), max_leaves=8)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    changes=st.dictionaries(st.sampled_from(sorted(normalise_document(DOCUMENT))), JSON, max_size=4),
    step_changes=st.dictionaries(
        st.sampled_from(sorted({*normalise_document(DOCUMENT)["steps"][0], "revisit"})), JSON, max_size=4
    ),
)
def test_whatever_is_written_is_judged_and_never_breaks_the_judge(
    changes: dict[str, Any], step_changes: dict[str, Any]
) -> None:
    written = {**document(steps=[step(**step_changes)]), **changes}
    if find_document_faults(written):
        return
    whole = normalise_document(written)
    assert find_document_faults(whole) == []
    assert normalise_document(whole) == whole
    assert diff_documents(written, whole) == []
