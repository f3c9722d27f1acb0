"""Why is she not in? Each answer that an explanation can give, and the facts beside its conditions."""

from datetime import date
from typing import Any

import pytest

from access.actor import SYSTEM
from followup.programmes.models import Enrolment, ProgrammeVersion
from followup.screening import services
from followup.screening.models import ScreeningWatermark
from followup.screening.tests.factories import add_lab, make_encounter, mark_patient, touch
from followup.screening.tests.programme_kit import INPATIENT, make_programme
from tests.cast import actor_named

HEART = {"all": [INPATIENT, {"field": "diagnosis", "op": "stem_in", "value": ["I21"]}]}


def explained(encounter: Any) -> dict[str, Any]:
    (found,) = services.explain(actor=actor_named("doctor"), encounter_id=encounter.pk)
    return {row["key"]: row for row in found["programmes"]}


@pytest.mark.req("S12", "S22")
def test_explain_tells_a_run_that_has_passed_from_one_to_come(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        make_programme("vip", {"all": [INPATIENT, {"field": "label", "op": "in", "value": ["vip"]}]})
        encounter = make_encounter(discharged_on=date(2026, 9, 1))
        services.run_screening(actor=SYSTEM)
        mark_patient(encounter.patient, labels=[("vip", True)])
        ScreeningWatermark.objects.update(revision=encounter.revision + 1)
        passed = explained(encounter)["vip"]
        assert passed["matched"]
        assert passed["sentence"].startswith("现在符合条件，但上次筛选时还不符合")
        ScreeningWatermark.objects.update(revision=encounter.revision)
        assert explained(encounter)["vip"]["sentence"] == "符合条件，下一次筛选时入组"
        assert services.run_screening(actor=SYSTEM).enrolled == 1


@pytest.mark.req("S12", "S22")
def test_explain_says_what_takes_an_ended_enrolment_up_again(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        make_programme("heart", HEART)
        encounter = make_encounter(diagnoses=["I219"])
        services.run_screening(actor=SYSTEM)
        stopped = "曾入组，已终止：病案更正"
        Enrolment.objects.update(state="stopped", stop_code="criteria_gone", stop_reason="病案更正")
        assert explained(encounter)["heart"]["sentence"].startswith(f"{stopped}。")
        Enrolment.objects.update(generation=31)
        worn = explained(encounter)["heart"]["sentence"]
        assert worn == f"{stopped}。现在又符合条件，但已反复入组多次，不再自动入组"
        Enrolment.objects.update(stop_code="manual", stop_reason="家属要求")
        assert explained(encounter)["heart"]["sentence"] == "曾入组，已终止：家属要求"


@pytest.mark.req("S12", "S22")
def test_explain_says_why_a_paused_programme_or_a_cancelled_stay_takes_nobody(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        version = make_programme("heart", HEART)
        ProgrammeVersion.objects.filter(pk=version.pk).update(state="paused")
        encounter = make_encounter(diagnoses=["I219"])
        row = explained(encounter)["heart"]
        assert (row["matched"], row["sentence"]) == (False, "未入组。该路径已暂停，暂不纳入新患者")
        assert [each["met"] for each in row["conditions"]] == [True, True]
        gone = make_encounter(diagnoses=["I219"], patient=encounter.patient)
        touch(gone, status="cancelled", discharged_on=None)
        assert explained(gone)["heart"]["sentence"] == "未入组。该次就诊已取消"
        by_patient = services.explain(actor=actor_named("doctor"), patient_id=encounter.patient_id)
        assert [item["encounter"]["id"] for item in by_patient] == [str(encounter.pk), str(gone.pk)]


@pytest.mark.req("S12", "D1")
def test_a_number_that_another_hospital_uses_too_finds_the_patient_in_sight(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        ours, theirs = make_encounter(diagnoses=["I219"]), make_encounter(ward_code="W31")
        for stay in (ours, theirs):
            touch(stay, inpatient_no="Z001")
        found = services.explain(actor=actor_named("doctor"), inpatient_no="Z001")
    assert [item["encounter"]["id"] for item in found] == [str(ours.pk)]


@pytest.mark.req("S12", "S22")
def test_the_fact_is_what_the_condition_looked_at(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        make_programme("lab", {"field": "lab", "op": "gte", "value": {"code": "HbA1c", "value": 7}})
        make_programme(
            "lab9", {"field": "lab", "op": "gte", "value": {"code": "HbA1c", "value": 7}, "within_days": 9}
        )
        make_programme("main", {"field": "main_diagnosis", "op": "stem_in", "value": ["I21"]})
        make_programme("name", {"field": "diagnosis_text", "op": "contains_any", "value": ["心梗"]})
        make_programme("diabetes", {"field": "register", "op": "in", "value": ["diabetes"]})
        encounter = make_encounter(
            diagnoses=(("I219 心梗", "admission", True), ("E119 糖尿病", "discharge", True))
        )
        add_lab(encounter, "HbA1c", 8, days_before=3, of_stay=False, flag="H")
        add_lab(encounter, "CRP", 90)
        mark_patient(encounter.patient, registers=[("diabetes", date(2026, 11, 1))])
        rows = explained(encounter)
    assert {key: (row["conditions"][0]["met"], row["conditions"][0]["fact"]) for key, row in rows.items()} == {
        "lab": (False, "检验 HbA1c 本次就诊未记录"),
        "lab9": (True, "检验 HbA1c 8，报告为异常，报告于 2026-11-17"),
        "main": (False, "主要诊断 E119"),
        "name": (False, "诊断名称 糖尿病"),
        "diabetes": (False, "慢病登记 2 型糖尿病（至 2026-11-01）"),
    }  # fmt: skip
