"""Planned tasks follow a corrected day; a mark brings the fresh stays up again."""

from datetime import date, timedelta
from typing import Any

import pytest

from followup.programmes.models import Enrolment
from followup.screening import services
from followup.screening.tests.factories import make_encounter, touch
from followup.screening.tests.programme_kit import INPATIENT, STEPS, make_programme
from followup.worklist.models import Task
from organization.models import Institution
from records.models import Operation

pytestmark = pytest.mark.req("S12", "S22")

JOINT = {"all": [INPATIENT, {"field": "operation", "op": "prefix_in", "value": ["81.51", "81.54"]}]}


def days() -> dict[str, tuple[date, date, date]]:
    rows = Task.objects.filter(state__in=("planned", "in_progress", "paused"))
    return {
        row[0]: (row[1], row[2], row[3])
        for row in rows.values_list("step__code", "window_start", "due_on", "window_end")
    }


def test_tasks_follow_a_corrected_discharge_and_operation(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        make_programme("joint", JOINT)
        encounter = make_encounter(diagnoses=["M171"], operations=[("8154", date(2026, 11, 9))])
        services.screen_encounter(encounter_id=encounter.pk)
        Task.objects.filter(step__code="d14").update(state="in_progress")
        begun = days()["d14"]
        touch(encounter, discharged_on=date(2026, 11, 18))
        Operation.objects.filter(encounter=encounter).update(operated_on=date(2026, 11, 12))
        Operation.objects.create(encounter=encounter, code_stem="4701", operated_on=date(2026, 11, 15))
        services.reevaluate_encounter(encounter_id=encounter.pk)
        services.reevaluate_encounter(encounter_id=encounter.pk)  # a replay moves nothing further
    assert days() == {
        "d3": (date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 23)),
        "d14": begun,  # somebody works on it
        "op30": (date(2026, 12, 7), date(2026, 12, 12), date(2026, 12, 19)),
    }
    reason = Task.objects.get(step__code="d3").reason
    assert (reason["anchor_on"], reason["why"][1][:15]) == ("2026-11-18", "出院日 2026-11-18 ")
    assert Task.objects.get(step__code="d3").version == 2


def test_an_operation_told_later_is_the_anchor_then(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        make_programme("all", INPATIENT)
        encounter = make_encounter(diagnoses=["M171"])
        services.screen_encounter(encounter_id=encounter.pk)
        operation = Operation.objects.create(
            encounter=encounter, code_stem="8154", operated_on=date(2026, 11, 9)
        )
        services.reevaluate_encounter(encounter_id=encounter.pk)
        task = Task.objects.get(step__code="op30")
        assert (task.due_on, task.reason["anchor"]) == (date(2026, 12, 9), "operation")
        assert task.reason["why"][1].startswith("手术日 2026-11-09 起第 30 天")
        operation.delete()
        services.reevaluate_encounter(encounter_id=encounter.pk)
        task.refresh_from_db()
        assert (task.due_on, task.reason["anchor"]) == (date(2026, 12, 20), "discharge")
        assert task.reason["why"][1].startswith("出院日（无手术日期） 2026-11-20 起第 30 天")


def test_paused_tasks_follow_too(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        make_programme("all", INPATIENT)
        encounter = make_encounter(diagnoses=["M171"], operations=[("8154", date(2026, 11, 9))])
        services.screen_encounter(encounter_id=encounter.pk)
        Enrolment.objects.update(state="paused")
        Task.objects.update(state="paused")
        touch(encounter, discharged_on=date(2026, 11, 19))
        services.reevaluate_encounter(encounter_id=encounter.pk)
    assert (days()["d3"][1], days()["op30"][1]) == (date(2026, 11, 22), date(2026, 12, 9))


def test_only_fresh_stays_are_looked_at_again(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        fresh = make_encounter(diagnoses=["I10"], discharged_on=date(2026, 10, 6))
        make_encounter(diagnoses=["I10"], discharged_on=date(2026, 10, 5), patient=fresh.patient)
        make_programme("all", INPATIENT)
        assert services.reevaluate_patient(patient_id=fresh.patient_id) == 1
        assert services.reevaluate_patient(patient_id=fresh.patient_id) == 0


def test_a_correction_ends_what_waits_for_another_stay(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        make_programme("joint", JOINT)
        encounter = make_encounter(diagnoses=["M171"], operations=[("8154", date(2026, 11, 9))])
        services.screen_encounter(encounter_id=encounter.pk)
        later = make_encounter(patient=encounter.patient, status="open", admitted_on=date(2026, 11, 21))
        services.pause_for_admission(encounter_id=later.pk)
        Operation.objects.filter(encounter=encounter).update(code_stem="4701")
        services.reevaluate_encounter(encounter_id=encounter.pk)
    one = Enrolment.objects.get()
    assert (one.state, one.stop_code, one.paused_for_id) == ("stopped", "criteria_gone", None)
    assert set(Task.objects.values_list("state", flat=True)) == {"cancelled"}


def test_a_stay_of_another_institution_follows_that_ones_line(in_alpha: Any, at: Any) -> None:
    clinic = Institution.objects.get(code="T1")
    hospital = Institution.objects.get(code="H1")
    with at("2026-11-20 09:30"):
        county = make_programme("all", INPATIENT)
        local = make_programme("all", INPATIENT, institution_id=clinic.pk, name="本地路径")
    with at("2026-11-20 09:40"):
        encounter = make_encounter(diagnoses=["I10"])
        services.screen_encounter(encounter_id=encounter.pk)
        assert Enrolment.objects.get().version_id == county.pk
        touch(encounter, institution_id=clinic.pk)
        services.reevaluate_encounter(encounter_id=encounter.pk)
        one = Enrolment.objects.get()
        assert (one.version_id, one.state, one.generation) == (local.pk, "active", 1)
        touch(encounter, institution_id=hospital.pk)
        services.reevaluate_encounter(encounter_id=encounter.pk)
        one = Enrolment.objects.get()
        assert (one.version_id, one.state, one.generation) == (county.pk, "active", 2)


def test_a_line_that_opens_later_leaves_patients_where_they_are(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        county = make_programme("all", INPATIENT)
        encounter = make_encounter(diagnoses=["I10"])
        services.screen_encounter(encounter_id=encounter.pk)
    with at("2026-11-20 10:30"):
        assert encounter.institution_id is not None
        make_programme("all", INPATIENT, institution_id=encounter.institution_id, name="本地路径")
        touch(encounter, age_at_discharge=61)
        services.reevaluate_encounter(encounter_id=encounter.pk)
    one = Enrolment.objects.get()
    assert (one.version_id, one.state, one.generation) == (county.pk, "active", 0)


def test_steps_that_a_wrong_year_had_skipped_are_made(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        make_programme("all", INPATIENT, steps=STEPS[:2])
        encounter = make_encounter(diagnoses=["I10"], discharged_on=date(2025, 11, 20))
        services.screen_encounter(encounter_id=encounter.pk)
        assert Enrolment.objects.get().reason["skipped_steps"] == ["d3", "d14"]
        touch(encounter, discharged_on=date(2026, 11, 20))
        services.reevaluate_encounter(encounter_id=encounter.pk)
        services.reevaluate_encounter(encounter_id=encounter.pk)
    reason = Enrolment.objects.get().reason
    assert (reason["discharged_on"], reason["skipped_steps"]) == ("2026-11-20", [])
    assert {code: due for code, (_, due, _) in days().items()} == {
        "d3": date(2026, 11, 23), "d14": date(2026, 12, 4),
    }  # fmt: skip


def test_repetitions_to_come_are_counted_from_the_corrected_operation(in_alpha: Any, at: Any) -> None:
    step = {**STEPS[2], "code": "op", "day": 200, "repeat": {"every": 200}}
    with at("2026-11-20 09:30"):
        make_programme("all", INPATIENT, steps=[step])
        encounter = make_encounter(diagnoses=["M171"], operations=[("8154", date(2026, 11, 9))])
        services.screen_encounter(encounter_id=encounter.pk)
        Operation.objects.filter(encounter=encounter).update(operated_on=date(2026, 11, 12))
        services.reevaluate_encounter(encounter_id=encounter.pk)
    with at("2027-06-20 09:30"):
        services.extend_repetitions()
    due = Task.objects.order_by("occurrence").values_list("due_on", flat=True)
    assert list(due) == [date(2026, 11, 12) + timedelta(200 * n) for n in (1, 2, 3)]


def test_a_day_among_the_criteria_stays_what_was_signed(in_alpha: Any, at: Any) -> None:
    since = {"field": "discharged_on", "op": "gte", "value": "2026-11-18"}
    with at("2026-11-20 09:30"):
        make_programme("all", {"all": [INPATIENT, since]}, steps=STEPS[:1])
        encounter = make_encounter(diagnoses=["I10"], discharged_on=date(2026, 11, 18))
        services.screen_encounter(encounter_id=encounter.pk)
        touch(encounter, discharged_on=date(2026, 11, 19))
        services.reevaluate_encounter(encounter_id=encounter.pk)
    reason = Task.objects.get().reason
    assert reason["anchor_on"] == "2026-11-19"
    assert reason["why"][1].startswith("出院日 2026-11-19 起第 3 天")
    assert reason["why"][-1] == "出院日期不早于 2026-11-18"


def test_who_lies_in_hospital_again_is_not_called_because_of_a_correction(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        make_programme("joint", JOINT)
        encounter = make_encounter(diagnoses=["M171"], discharged_on=date(2026, 11, 15))
        make_encounter(patient=encounter.patient, status="open", admitted_on=date(2026, 11, 18))
        Operation.objects.create(encounter=encounter, code_stem="8154", operated_on=date(2026, 11, 9))
        assert services.reevaluate_encounter(encounter_id=encounter.pk) == 1
    assert Enrolment.objects.get().state == "paused"
    assert set(Task.objects.values_list("state", flat=True)) == {"paused"}
