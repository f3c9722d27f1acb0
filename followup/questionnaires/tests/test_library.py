"""Governance of the shipped content (clinical-paths.md, section 6), checked over every file."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from followup.education.library import read_library as read_cards
from followup.programmes.criteria import find_warnings
from followup.programmes.library import LibraryFault, expand_document
from followup.programmes.rules import find_document_faults
from followup.questionnaires.engine import Evaluation, evaluate
from followup.questionnaires.schema import validate_document
from followup.questionnaires.tests.library import CONTEXT, NORMAL, PROGRAMMES, QUESTIONNAIRES

LICENCES = ("own", "public-doc")
# Scales that a shipped form must not carry (clinical-paths.md, 2): their owners license them.
LICENSED = re.compile(
    "Barthel|巴氏|CAT评分|圣乔治|ACT评分|EQ-5D|SF-36|SF-12|MMAS|Morisky|KCCQ|HADS|MMSE|MoCA|Oxford|WOMAC|EPDS|爱丁堡"
)
QUESTION_LIMIT = 20
# In Latin letters only what a Chinese laboratory sheet or a device prints just so.
LABORATORY_UNITS = ("mmHg", "mmol/L", "μmol/L", "U/L", "g/L")


def list_items(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in items:
        yield item
        yield from list_items(item.get("items", []))


def judge(key: str, answers: dict[str, Any], **context: Any) -> Evaluation:
    patient = {"age": context.get("age", 60), "sex": context.get("sex", "male")}
    made = {"patient": patient, "task": {"day": context.get("day", 3)}}
    return evaluate(QUESTIONNAIRES[key], answers, context.get("previous"), made)


def list_options() -> Iterator[Any]:
    for key in NORMAL:
        for item in list_items(QUESTIONNAIRES[key]["items"]):
            for option in item.get("options", []):
                if option.get("level", "E0") > "E0":
                    yield pytest.param(key, item, option, id=f"{key}-{item['link_id']}-{option['value']}")


def list_findings(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every option, rule and band that can raise a level."""
    for item in list_items(document["items"]):
        yield from (one for one in item.get("options", []) if one.get("level", "E0") > "E0")
        yield from item.get("rules", [])
    yield from document.get("rules", [])
    yield from (one for one in document.get("score", {}).get("bands", []) if one.get("level", "E0") > "E0")


def forms_of_paths() -> set[str]:
    return {
        step["questionnaire"]
        for programme in PROGRAMMES.values()
        if programme["kind"] in ("specialty", "chronic")
        for step in programme["steps"]
        if "questionnaire" in step
    }


@pytest.mark.req("S15", "S25", "C21")
@pytest.mark.parametrize("key", QUESTIONNAIRES)
def test_a_questionnaire_is_valid_and_says_where_it_comes_from(key: str) -> None:
    document = QUESTIONNAIRES[key]
    assert validate_document(document) == []
    assert document["source"]
    assert document["licence"] in LICENCES
    assert document["opening"]
    assert document["closing"]
    assert not LICENSED.search(str(document))


@pytest.mark.req("S15", "S25")
@pytest.mark.parametrize("key", QUESTIONNAIRES)
def test_questions_are_short_and_ask_no_identity(key: str) -> None:
    for item in list_items(QUESTIONNAIRES[key]["items"]):
        assert len(item["text"]) <= QUESTION_LIMIT, item["text"]
        assert not re.search("姓名|身份证|[A-Za-z]", item["text"]), item["text"]


@pytest.mark.req("S25")
@pytest.mark.parametrize("key", QUESTIONNAIRES)
def test_units_are_those_that_patients_meet_in_china(key: str) -> None:
    for item in list_items(QUESTIONNAIRES[key]["items"]):
        if re.search("[A-Za-z]", item.get("unit", "")):
            assert item["unit"] in LABORATORY_UNITS, item["link_id"]


@pytest.mark.req("S17", "S25")
@pytest.mark.parametrize("key", QUESTIONNAIRES)
def test_every_finding_says_what_to_do(key: str) -> None:
    document = QUESTIONNAIRES[key]
    for finding in list_findings(document):
        assert finding.get("advice", "").strip(), finding
        if finding["level"] == "E4" and document.get("audience", "patient") != "reviewer":
            assert re.search("120|110", finding["advice"]), finding


@pytest.mark.req("S25")
@pytest.mark.parametrize("key", sorted(forms_of_paths()))
def test_a_form_of_a_path_has_the_common_questions(key: str) -> None:
    asked = {item["link_id"] for item in list_items(QUESTIONNAIRES[key]["items"])}
    assert {"answered_by", "consent", "identity", "questions"} <= asked


@pytest.mark.req("S25")
@pytest.mark.parametrize("key", sorted(forms_of_paths()))
def test_every_clinical_option_has_a_level_or_a_rule(key: str) -> None:
    """What only describes (which joint, which drug) is judged by rules or conditions that name it."""
    document = QUESTIONNAIRES[key]
    conditions = " ".join(
        [one.get("when", "") for one in list_findings(document)]
        + [item.get("show_if", "") for item in list_items(document["items"])]
    )
    judged = set(re.findall("[a-z_][a-z0-9_]*", conditions)) | {"stairs"}
    for item in list_items(document["items"]):
        if not item.get("rules") and item["link_id"] not in judged:
            assert all("level" in option for option in item.get("options", [])), item["link_id"]


@pytest.mark.req("S15", "S25", "S38")
@pytest.mark.parametrize("key", NORMAL)
def test_all_normal_closes_by_itself(key: str) -> None:
    found = evaluate(QUESTIONNAIRES[key], NORMAL[key], None, CONTEXT)
    assert (found.level, found.findings, found.errors) == ("E0", (), ())
    assert found.missing_required == ()
    assert found.can_auto_close


@pytest.mark.req("S15", "S25", "S38")
@pytest.mark.parametrize("key", NORMAL)
def test_any_answer_left_out_keeps_the_task_open(key: str) -> None:
    for link_id in NORMAL[key]:
        rest = {name: value for name, value in NORMAL[key].items() if name != link_id}
        found = evaluate(QUESTIONNAIRES[key], rest, None, CONTEXT)
        assert not found.complete, link_id
        assert not found.can_auto_close, link_id


@pytest.mark.req("S17", "S25", "S38")
@pytest.mark.parametrize(("key", "item", "option"), list(list_options()))
def test_an_abnormal_option_raises_its_level(key: str, item: dict[str, Any], option: dict[str, Any]) -> None:
    answer: Any = [option["value"]] if item["type"] == "multiple" else option["value"]
    answers = NORMAL[key] | {item["link_id"]: answer}
    if item["link_id"] == "dislocation":
        answers["joint"] = "hip"
    if item["link_id"] == "fall_harm":
        answers["fall"] = "yes"
    found = judge(key, answers)
    raised = [
        one for one in found.findings if one.link_id == item["link_id"] and one.level == option["level"]
    ]
    assert raised
    assert raised[0].advice
    assert found.level >= option["level"]
    if option["level"] >= "E2":
        assert not found.can_auto_close


@pytest.mark.req("S51")
@pytest.mark.parametrize(
    ("sbp", "dbp", "age", "level"),
    [
        (179, 109, 60, "E2"), (180, 80, 60, "E3"), (120, 110, 60, "E3"), (179, 80, 60, "E2"),
        (140, 89, 60, "E2"),
        (139, 89, 60, "E1"), (139, 90, 60, "E2"), (129, 79, 60, "E0"), (130, 79, 60, "E1"),
        (129, 80, 60, "E1"),
        (140, 79, 64, "E2"), (140, 79, 65, "E1"), (149, 89, 65, "E1"), (150, 79, 65, "E2"),
        (145, 90, 65, "E2"),
        (149, 79, 79, "E1"), (149, 79, 80, "E0"),
    ],
)  # fmt: skip
def test_the_edges_of_blood_pressure(sbp: int, dbp: int, age: int, level: str) -> None:
    found = judge("hypertension", NORMAL["hypertension"] | {"bp": {"sbp": sbp, "dbp": dbp}}, age=age)
    assert found.level == level
    assert found.unknown_rules == ()


@pytest.mark.req("S51")
@pytest.mark.parametrize(
    ("before", "now", "level"),
    [
        ((139, 89), (140, 80), "E2"),
        ((140, 80), (140, 80), "E3"),
        ((120, 90), (150, 80), "E3"),
        ((150, 95), (120, 75), "E0"),
    ],
)
def test_twice_running_out_of_control_goes_up(
    before: tuple[int, int], now: tuple[int, int], level: str
) -> None:
    previous = [{"bp": {"sbp": before[0], "dbp": before[1]}}]
    answers = NORMAL["hypertension"] | {"bp": {"sbp": now[0], "dbp": now[1]}}
    assert judge("hypertension", answers, previous=previous).level == level


@pytest.mark.req("S51")
def test_very_high_pressure_with_a_symptom_is_an_emergency() -> None:
    high = NORMAL["hypertension"] | {"bp": {"sbp": 180, "dbp": 80}}
    assert judge("hypertension", high | {"symptoms": ["2"]}).level == "E4"
    assert judge("hypertension", high | {"danger": ["vision"]}).level == "E4"
    assert judge("hypertension", high | {"symptoms": ["8"]}).level == "E3"


@pytest.mark.req("S51")
def test_side_effects_twice_running_go_up() -> None:
    answers = NORMAL["hypertension"] | {"side_effect": "yes", "side_effect_text": "咳嗽"}
    assert judge("hypertension", answers).level == "E2"
    assert judge("hypertension", answers, previous=[{"side_effect": "no"}]).level == "E2"
    assert judge("hypertension", answers, previous=[{"side_effect": "yes"}]).level == "E3"


@pytest.mark.req("S51")
def test_pregnancy_with_high_pressure_goes_up() -> None:
    answers = NORMAL["hypertension"] | {"bp": {"sbp": 140, "dbp": 80}}
    assert judge("hypertension", answers, sex="female", age=30).missing_required == ("pregnancy",)
    assert judge("hypertension", answers | {"pregnancy": "pregnant"}, sex="female", age=30).level == "E3"
    assert judge("hypertension", answers | {"pregnancy": "no"}, sex="female", age=30).level == "E2"


@pytest.mark.req("S51")
def test_an_unknown_age_is_never_normal() -> None:
    answers = NORMAL["hypertension"] | {"bp": {"sbp": 145, "dbp": 80}}
    found = evaluate(QUESTIONNAIRES["hypertension"], answers, None, {"patient": {"sex": "male"}})
    assert not found.can_auto_close
    assert found.unknown_rules


@pytest.mark.req("S25")
@pytest.mark.parametrize(
    ("changed", "day", "level"),
    [
        ({"pain_rest": 3}, 3, "E0"), ({"pain_rest": 4}, 3, "E2"), ({"pain_rest": 6}, 3, "E2"),
        ({"pain_rest": 7}, 3, "E3"),
        ({"temperature": 38.4}, 3, "E0"), ({"temperature": 38.5}, 3, "E3"),
        ({"temperature": 38, "wound": "pink"}, 3, "E3"), ({"temperature": 37.9, "wound": "pink"}, 3, "E1"),
        ({"wound": "oozing", "op_day": 5}, 3, "E2"), ({"wound": "oozing", "op_day": 6}, 3, "E3"),
        ({"wound": "red_hot", "op_day": 6}, 7, "E3"), ({"wound": "red_hot"}, 14, "E3"),
        ({"wound": "open"}, 3, "E3"),
        ({"calf": "yes"}, 3, "E3"), ({"calf": "yes", "breath": "yes"}, 3, "E4"),
        ({"flexion": 69}, 14, "E1"), ({"flexion": 70}, 14, "E0"), ({"flexion": 89}, 30, "E2"),
        ({"flexion": 90}, 30, "E0"),
        ({"flexion": 99}, 90, "E2"), ({"flexion": 100}, 90, "E0"),
        ({"walking": "none"}, 3, "E0"), ({"walking": "none"}, 7, "E2"),
        ({"fall": "yes", "fall_harm": "no"}, 3, "E2"), ({"fall": "yes", "fall_harm": "yes"}, 3, "E4"),
        ({"satisfaction": 3}, 90, "E0"), ({"satisfaction": 2}, 90, "E2"), ({"satisfaction": 2}, 365, "E2"),
    ],
)  # fmt: skip
def test_the_edges_after_a_joint_replacement(changed: dict[str, Any], day: int, level: str) -> None:
    normal = {"flexion": 120, "satisfaction": 5, "wound_photo": ["k"]} | NORMAL["joint_replacement"]
    found = judge("joint_replacement", normal | changed, day=day)
    assert (found.level, found.missing_required, found.unknown_rules) == (level, (), ())
    assert found.can_auto_close == (level <= "E1")


@pytest.mark.req("S25")
@pytest.mark.parametrize("link_id", ["pain_rest", "pain_walking"])
@pytest.mark.parametrize(("now", "level"), [(2, "E0"), (3, "E2")])
def test_pain_that_rises_by_three_needs_a_call(link_id: str, now: int, level: str) -> None:
    answers = NORMAL["joint_replacement"] | {link_id: now}
    assert judge("joint_replacement", answers, previous=[{link_id: 0}]).level == level


@pytest.mark.req("S25")
def test_an_abnormal_wound_asks_for_a_photo_but_its_alarm_does_not_wait_for_one() -> None:
    found = judge("joint_replacement", NORMAL["joint_replacement"] | {"wound": "open"})
    assert "wound_photo" in found.visible
    assert (found.missing_required, found.level) == ((), "E3")


@pytest.mark.req("S7", "S15")
def test_a_bad_mark_is_a_complaint_lead_with_a_call_back() -> None:
    normal = NORMAL["inpatient_satisfaction"]
    for link_id in QUESTIONNAIRES["inpatient_satisfaction"]["score"]["items"]:
        assert judge("inpatient_satisfaction", normal | {link_id: 3}).can_auto_close
        found = judge("inpatient_satisfaction", normal | {link_id: 2})
        assert (found.level, found.missing_required) == ("E2", ("call_back",))
    worst = judge("inpatient_satisfaction", dict.fromkeys(normal, 1))
    assert (worst.score, worst.band) == (1, "不满意")


@pytest.mark.req("C2", "C9")
@pytest.mark.parametrize("key", ["review_tier2", "review_tier3"])
def test_a_call_that_never_was_fails_the_review_at_once(key: str) -> None:
    normal = NORMAL[key]
    assert (judge(key, normal).score, judge(key, normal).band) == (100, "优秀")
    found = judge(key, normal | {"really_called": "no"})
    assert (found.level, found.band, found.complete) == ("E3", "不合格", True)
    assert judge(key, normal | {"misconduct": ["selling"]}).level == "E3"
    unreached = {"reached": "no"} | ({"tier2_agrees": "yes"} if key == "review_tier3" else {})
    assert (judge(key, unreached).complete, judge(key, unreached).score) == (True, None)


@pytest.mark.req("S8", "S9", "S10", "S11", "C21")
@pytest.mark.parametrize("key", PROGRAMMES)
def test_a_programme_is_whole(key: str) -> None:
    programme = PROGRAMMES[key]
    assert find_document_faults(programme) == []
    assert find_warnings(programme["criteria"]) == []
    assert programme["source"]
    assert programme["licence"] in LICENCES
    assert {"death", "refused"} <= set(programme["stop"])
    assert programme["metrics"]
    cards = {card["key"] for card in read_cards()}
    for step in programme["steps"]:
        assert set(step.get("education", [])) <= cards, step["code"]
        if "questionnaire" in step:
            assert step["questionnaire"] in QUESTIONNAIRES
            if "W" in step["channel"]:
                assert QUESTIONNAIRES[step["questionnaire"]].get("audience", "patient") == "patient"


@pytest.mark.req("S25")
def test_more_than_twenty_specialties_are_shipped() -> None:
    assert sum(one["kind"] in ("specialty", "chronic") for one in PROGRAMMES.values()) > 20


@pytest.mark.req("S25")
def test_an_unknown_block_or_question_is_named() -> None:
    with pytest.raises(LibraryFault, match="没有题块 nothing"):
        expand_document({"items": [{"include": "nothing"}]})
    with pytest.raises(LibraryFault, match="没有题目 nothing"):
        expand_document({"items": [{"include": "revisit", "except": ["nothing"]}]})


@pytest.mark.req("S25")
def test_a_block_stands_where_it_is_included() -> None:
    entry = {"include": "scale_phq9", "except": ["phq_1", "phq_2"], "show_if": "mood == 'low'"}
    own = {"link_id": "own", "type": "text", "text": "自己的题"}
    given = {
        "items": [{"link_id": "g", "type": "group", "text": "组", "items": [entry]}, own],
        "source": ["出处"],
    }
    found = expand_document(given)
    asked = found["items"][0]["items"]
    assert [one["link_id"] for one in asked] == [f"phq_{n}" for n in range(3, 10)]
    assert {one["show_if"] for one in asked} == {"mood == 'low'"}
    assert found["items"][1] == own
    assert (len(found["rules"]), len(found["source"])) == (2, 2)
