"""Planned tasks follow a corrected day; a mark brings the fresh stays up again."""

from datetime import date
from typing import Any

import pytest

from followup.screening import services
from followup.screening.tests.factories import make_encounter, touch
from followup.screening.tests.programme_kit import INPATIENT, make_programme
from followup.worklist.models import Task
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
        from followup.programmes.models import Enrolment

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
