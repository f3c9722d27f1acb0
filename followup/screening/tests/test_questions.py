"""Preview, rehearsal, explanation and recommendation: what people ask before and after a programme runs."""

from collections import Counter
from datetime import date
from typing import Any

import pytest

from access.actor import SYSTEM
from followup.programmes.models import Enrolment, ProgrammeStep
from followup.programmes.selectors import list_active_versions
from followup.questionnaires.services import load_documents
from followup.screening import selectors, services
from followup.screening.tests.factories import make_encounter, route_patient
from followup.screening.tests.programme_kit import INPATIENT, make_programme
from followup.worklist.models import Task
from kernel import clock
from kernel.tenancy import bind_schema
from records.models import PatientFlag
from trail.models import TrailRow

AMI = {"field": "diagnosis", "op": "stem_in", "value": ["I21"]}
HEART = {"all": [INPATIENT, AMI]}
OLD_HEART = {"all": [INPATIENT, AMI, {"field": "age", "op": "gte", "value": 65}]}
PERIOD = {"period_from": "2026-10-21", "period_to": "2026-11-20"}


def document(**changes: Any) -> dict[str, Any]:
    return {
        "key": "ami", "name": "心梗随访", "kind": "specialty", "source": ["测试指南"], "licence": "own",
        "criteria": HEART,
        "steps": [
            {"code": "r3", "name": "三天提醒", "kind": "reminder", "text": "请复查", "day": 3, "window": [0, 1],
             "channel": ["T"], "owner": "hospital"},
            {"code": "r9", "name": "九天提醒", "kind": "reminder", "text": "请复查", "day": 9, "window": [0, 1],
             "channel": ["T"], "owner": "community"},
            {"code": "rr", "name": "每三十天", "kind": "reminder", "text": "请复查", "day": 30, "window": [0, 1],
             "channel": ["T"], "owner": "centre", "repeat": {"every": 30, "times": 3}},
        ],
        "stop": ["death"],
    } | changes  # fmt: skip


def flag(patient: Any, kind: str) -> None:
    PatientFlag.objects.create(patient=patient, kind=kind, set_at=clock.now(), set_by_name="测试")


@pytest.mark.req("S9", "S19", "S22")
def test_the_preview_counts_names_and_says_where_the_others_fell(in_alpha: Any, api: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        make_encounter(diagnoses=["I219"], age=70)
        twice = make_encounter(diagnoses=["I214", "I10"], age=66, discharged_on=date(2026, 11, 1))
        make_encounter(diagnoses=["I219"], age=80, patient=twice.patient, discharged_on=date(2026, 11, 19))
        make_encounter(diagnoses=["I219"], age=64)
        make_encounter(diagnoses=["I219"], age=70, kind="outpatient")
        make_encounter(diagnoses=["I219"], age=70, discharged_on=date(2026, 10, 20))  # before the period
        make_encounter(diagnoses=["J189"], age=70)
        make_encounter(diagnoses=["I219"], age=70, deceased=True)
        flag(make_encounter(diagnoses=["I219"], age=70).patient, "refused")
        body = {
            "criteria": OLD_HEART,
            **PERIOD,
            "exclusions": {"refused": True},
            "conditions": True,
            "limit": 2,
        }
        answer = api("alpha", "centre").post("/screening/preview", body)
        assert answer.status_code == 200, answer.content
        found = answer.json()
        assert (found["count"], found["patients"], found["flagged"], found["enrolled"]) == (3, 2, 1, None)
        assert found["by_department"] == [{"department": "骨科", "institution": "人民医院", "count": 3}]
        assert [row["discharged_on"] for row in found["items"]] == ["2026-11-20", "2026-11-19"]
        assert found["items"][1]["patient"]["name_masked"] == "测**"
        assert [(row["fell"], row["left"]) for row in found["conditions"]] == [(1, 6), (1, 5), (1, 4)]
        assert found["conditions"][2]["text"] == "年龄不小于 65 岁"
        open_to_all = api("alpha", "centre").post("/screening/preview", {**body, "exclusions": {}}).json()
        assert (open_to_all["count"], open_to_all["flagged"]) == (4, 0)
        counts = api("alpha", "admin").post("/screening/preview", body).json()
        assert (counts["count"], counts["items"]) == (3, None)  # an administrator sees no patient
        with bind_schema(in_alpha.schema_name):
            named = TrailRow.objects.filter(action="screening.preview.named")
            assert named.count() == 2
        assert api("beta", "centre").post("/screening/preview", body).json()["count"] == 0


@pytest.mark.req("S22")
def test_the_preview_of_a_programme_says_how_many_are_in_already(in_alpha: Any, api: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        make_encounter(diagnoses=["I219"])
        version = make_programme("heart", HEART)
        services.run_screening(actor=SYSTEM)
        make_encounter(diagnoses=["I219"])
        body = {"criteria": HEART, **PERIOD, "programme_id": str(version.programme_id)}
        found = api("alpha", "centre").post("/screening/preview", body).json()
        assert (found["count"], found["enrolled"]) == (2, 1)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"period_from": "2026-11-21"}, "/period_to"),
        ({"period_from": "2020-01-01"}, "/period_from"),
        ({"criteria": {"field": "diagnose", "op": "stem_in", "value": ["I21"]}}, "/criteria/field"),
        ({"criteria": {"field": "diagnosis", "op": "between", "value": ["I15", "I10"]}}, "/criteria/value"),
        ({"limit": 1000}, "/limit"),
        ({"institution_id": "x"}, "/institution_id"),
        ({"nobody": 1}, "/nobody"),
        ({"exclusions": {"refused": True, "dead/or~not": True}}, "/exclusions/dead~1or~0not"),
        ({"exclusions": {"\0": True}}, "/exclusions/\ufffd"),
        ({"institution_id": "999999999"}, "/institution_id"),
        ({"criteria": {"field": "attending", "op": "eq", "value": "\ud800"}}, "/criteria/value"),
        ({"criteria": {"field": "age", "op": "gte", "value": 1, "\ud800": 2}}, "/criteria/\ufffd"),
    ],
)
def test_a_faulty_preview_is_refused_with_its_place(
    in_alpha: Any, api: Any, change: dict[str, Any], pointer: str
) -> None:
    answer = api("alpha", "centre").post("/screening/preview", {"criteria": HEART, **PERIOD, **change})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


@pytest.mark.req("S22")
def test_the_rehearsal_moves_last_quarter_into_the_next(in_alpha: Any, api: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        # 91 days before: discharged 2026-08-21 is moved to 2026-11-20, its third day is 2026-11-23.
        first = make_encounter(diagnoses=["I219"], discharged_on=date(2026, 8, 21))
        route_patient(first.patient, "TEAM", "420583106201")
        make_encounter(diagnoses=["I219"], discharged_on=date(2026, 8, 21))
        make_encounter(diagnoses=["I219"], discharged_on=date(2026, 11, 19))
        make_encounter(diagnoses=["I219"], discharged_on=date(2026, 8, 20))  # older than the quarter
        answer = api("alpha", "centre").post("/screening/rehearsal", {"document": document()})
        assert answer.status_code == 200, answer.content
        found = answer.json()
    assert found["period"] == {
        "discharges_from": "2026-08-21", "discharges_to": "2026-11-19",
        "period_from": "2026-11-20", "period_to": "2027-02-18",
    }  # fmt: skip
    assert found["enrolments"] == 3
    owners = {owner["label"]: owner for owner in found["owners"]}
    assert set(owners) == {"骨科一病区", "问安镇卫生院家医团队", "随访中心坐席"}
    ward = {day["day"]: day["count"] for day in owners["骨科一病区"]["days"] if day["count"]}
    assert ward == {"2026-11-23": 2}  # the third stay's day lies beyond the quarter
    clinic = {day["day"]: day["count"] for day in owners["问安镇卫生院家医团队"]["days"] if day["count"]}
    assert clinic == {"2026-11-29": 1}
    # Nobody's residence is known of the second: the centre; and the periodic step on days 30, 60 and 90.
    centre = {day["day"]: day["count"] for day in owners["随访中心坐席"]["days"] if day["count"]}
    assert centre == {"2026-11-29": 1, "2026-12-20": 2, "2027-01-19": 2, "2027-02-18": 2}
    assert found["tasks"] == 10
    assert owners["骨科一病区"]["peak"] == {"day": "2026-11-23", "count": 2, "new": 2}
    assert found["capacity_note"].startswith("最忙的是")
    with bind_schema(in_alpha.schema_name):
        assert Enrolment.objects.count() == 0  # a rehearsal writes nothing


@pytest.mark.req("S22", "S28")
def test_the_countys_preview_leaves_out_who_has_a_line_of_their_own(in_alpha: Any, api: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        encounter = make_encounter(diagnoses=["I219"])
        county = make_programme("ami", HEART)
        body = {"criteria": HEART, **PERIOD, "programme_id": str(county.programme_id)}
        assert encounter.institution_id is not None
        make_programme("ami", HEART, institution_id=encounter.institution_id, name="本地路径")
        centre = api("alpha", "centre")
        assert centre.post("/screening/preview", body).json()["count"] == 0
        local = {**body, "institution_id": str(encounter.institution_id)}
        assert centre.post("/screening/preview", local).json()["count"] == 1
        rehearsed = {"document": document(), "weeks": 13}
        with bind_schema(in_alpha.schema_name):
            make_encounter(diagnoses=["I219"], discharged_on=date(2026, 11, 10))
        assert centre.post("/screening/rehearsal", rehearsed).json()["enrolments"] == 0
        local = {**rehearsed, "institution_id": str(encounter.institution_id)}
        assert centre.post("/screening/rehearsal", local).json()["enrolments"] == 1


@pytest.mark.req("S22")
def test_the_rehearsal_gives_the_work_to_whom_a_run_would(in_alpha: Any, at: Any) -> None:
    owners = ("attending", "named", "community", "hospital")
    steps = [
        {
            **document()["steps"][0],
            "code": f"s{i}",
            "owner": owner,
            "staff_no": "S-centre" if owner == "named" else "",
        }
        for i, owner in enumerate(owners)
    ]
    with at("2026-11-20 09:30"):
        make_encounter(diagnoses=["I219"], attending_no="S-doctor")
        make_encounter(diagnoses=["I219"], attending_no="S-doctor", ward_code=None)
        routed = make_encounter(diagnoses=["I219"], attending_no="S-nobody")
        route_patient(routed.patient, "TEAM", "420583106201")
        make_programme("ami", HEART, steps=steps)
        services.run_screening(actor=SYSTEM)
        made = Counter(Task.objects.values_list("ward_id", "assignee_id"))
        Task.objects.update(due_on=date(2026, 11, 25), window_end=date(2026, 11, 30))
    with at("2026-11-24 09:30"):
        plan = list_active_versions()[0]
        found = selectors.rehearse(plan, desk=selectors.get_desk(), today=clock.today(), weeks=1)
        assert (
            Counter(
                {
                    (int(o["ward_id"]), o["staff_id"] and int(o["staff_id"])): o["total"]
                    for o in found["owners"]
                }
            )
            == made
        )
        # What is planned for a person already stands beside the person's own line.
        doctor = next(owner for owner in found["owners"] if owner["staff_id"])
        assert (
            sum(day["planned"] for day in doctor["days"])
            == made[int(doctor["ward_id"]), int(doctor["staff_id"])]
        )


def test_a_rehearsal_of_a_faulty_document_names_the_place(in_alpha: Any, api: Any) -> None:
    faulty = document(steps=[{**document()["steps"][0], "day": -1}])
    answer = api("alpha", "centre").post("/screening/rehearsal", {"document": faulty})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/document/steps/0/day")


@pytest.mark.req("S12", "S22")
def test_explain_says_of_each_condition_whether_it_holds(in_alpha: Any, api: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        make_programme("heart", HEART)
        make_programme("late", HEART, starts_on=date(2026, 12, 1))
        make_programme("old", OLD_HEART)
        encounter = make_encounter(diagnoses=["I219"], age=60)
        services.run_screening(actor=SYSTEM)
        client = api("alpha", "doctor")
        items = client.get("/screening/explain", encounter=str(encounter.pk)).json()["items"]
        assert [item["encounter"]["discharged_on"] for item in items] == ["2026-11-20"]
        rows = {row["key"]: row for row in items[0]["programmes"]}
        assert (rows["heart"]["matched"], rows["heart"]["enrolled"]) == (True, True)
        assert rows["heart"]["sentence"] == "已入组（第 1 版，进行中）"
        assert rows["late"]["sentence"] == "未入组。出院早于本路径启用日 2026-12-01"
        assert rows["old"]["conditions"] == [
            {"text": "就诊类别为住院", "met": True, "fact": "就诊类别 住院"},
            {"text": "出院诊断编码以 I21 开头", "met": True, "fact": "出院诊断 I219"},
            {"text": "年龄不小于 65 岁", "met": False, "fact": "年龄 60 岁"},
        ]
        assert rows["old"]["failed"] == "不符合条件：年龄不小于 65 岁"
        by_patient = client.get("/screening/explain", patient=str(encounter.patient_id)).json()["items"]
        assert by_patient == items
        with bind_schema(in_alpha.schema_name):
            assert TrailRow.objects.filter(action="screening.encounter.explained").count() == 2


@pytest.mark.req("S12", "D1")
def test_who_may_ask_about_a_patient(in_alpha: Any, api: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        encounter = make_encounter(diagnoses=["I219"])
        asked = {"encounter": str(encounter.pk)}
        assert api("alpha", "doctor").get("/screening/explain", **asked).status_code == 200
        # A clinician of another place, and another tenant: out of sight.
        assert api("alpha", "clinician").get("/screening/explain", **asked).status_code == 404
        assert api("beta", "doctor").get("/screening/explain", **asked).status_code == 404
        for who in ("admin", "it"):
            assert api("alpha", who).get("/screening/explain", **asked).status_code == 403
        doctor = api("alpha", "doctor")
        assert doctor.get("/screening/explain").status_code == 422
        assert doctor.get("/screening/explain", encounter="x").status_code == 422
        assert doctor.get("/screening/explain", inpatient_no="没有").status_code == 404
        people = f"/patients/{encounter.patient_id}/recommendations"
        assert api("alpha", "clinician").get(people).status_code == 404
        assert api("alpha", "admin").get(people).status_code == 403


FORM = {
    "key": "ami_form", "title": "心梗随访问卷",
    "items": [{"link_id": "pain", "type": "text", "text": "还有哪里不舒服？"}],
}  # fmt: skip


@pytest.mark.req("C4")
def test_the_stay_that_fits_best_and_the_contact_that_comes_next_are_recommended(
    in_alpha: Any, api: Any, at: Any
) -> None:
    forms = load_documents(documents=[FORM], signed_by_name="孙主任", actor=SYSTEM)
    steps = [
        {"code": "m", "name": "每月", "day": 30, "window": [-3, 3], "channel": ["T"], "owner": "hospital",
         "repeat": {"every": 30}},
        {"code": "d60", "name": "两月门诊", "day": 61, "window": [-1, 1], "channel": ["T"], "owner": "hospital"},
    ]  # fmt: skip
    with at("2026-11-20 09:30"):
        make_programme("heart", OLD_HEART, steps=steps)
        ProgrammeStep.objects.update(questionnaire_version_id=forms["ami_form"])
        older = make_encounter(diagnoses=["I219"], age=66, discharged_on=date(2026, 8, 22))
        make_encounter(diagnoses=["I219"], age=None, patient=older.patient)
        asked = f"/patients/{older.patient_id}/recommendations"
        (row,) = api("alpha", "doctor").get(asked).json()["items"]
        assert (row["encounter_id"], row["score"], row["step_name"]) == (str(older.pk), 90, "每月")
        with bind_schema(in_alpha.schema_name):
            flag(older.patient, "deceased")
        assert api("alpha", "doctor").get(asked).json()["items"] == []


@pytest.mark.req("C4")
def test_the_fitting_form_is_recommended_with_its_reasons(in_alpha: Any, api: Any, at: Any) -> None:
    forms = load_documents(documents=[FORM], signed_by_name="孙主任", actor=SYSTEM)
    steps = [
        {"code": "d3", "name": "三天电话", "day": 3, "window": [-1, 2], "channel": ["T"], "owner": "hospital"},
    ]  # fmt: skip
    with at("2026-11-20 09:30"):
        make_programme("heart", HEART, steps=steps)
        make_programme("old", OLD_HEART, steps=steps)
        make_programme("lungs", {"all": [{"field": "diagnosis", "op": "stem_in", "value": ["J44"]}]})
        ProgrammeStep.objects.update(questionnaire_version_id=forms["ami_form"])
        encounter = make_encounter(diagnoses=["I219"], age=60)
        rows = api("alpha", "doctor").get(f"/patients/{encounter.patient_id}/recommendations").json()["items"]
    assert [(row["programme"]["name"], row["score"], row["enrolled"]) for row in rows] == [
        ("路径heart", 100, False), ("路径old", 40, False),
    ]  # fmt: skip
    assert rows[0]["questionnaire"]["title"] == "心梗随访问卷"
    assert rows[0]["step_name"] == "三天电话"
    assert rows[0]["reasons"] == [
        "依据最近一次就诊：2026-11-20 出院",
        "出院诊断编码以 I21 开头（出院诊断 I219）",
    ]
    assert rows[1]["reasons"][-1] == "尚未符合：年龄不小于 65 岁"
