"""Revisits among what the path plans: neither counted as repetitions nor left behind by what ends an enrolment."""

from datetime import date
from typing import Any

import pytest

from followup.programmes.models import Enrolment, ProgrammeStep
from followup.programmes.services.enrolments import pause_by_hand, resume_by_hand
from followup.questionnaires.services import load_documents
from followup.screening import services
from followup.screening.tests.factories import make_encounter
from followup.screening.tests.programme_kit import INPATIENT, make_programme
from followup.worklist.models import Task
from followup.worklist.services import submit_task
from followup.worklist.tests.factories import DOCUMENT, GOOD
from records.services import lift_flag, set_flag
from tests.cast import actor_named

pytestmark = pytest.mark.req("S12", "S17", "S39")

MONTHLY = {
    "code": "m", "name": "每月随访", "day": 30, "window": [-3, 7], "channel": ["T"], "owner": "hospital",
    "repeat": {"every": 30, "times": 24}, "revisit": {"level": "E2", "days": 14, "window": [-7, 0]},
}  # fmt: skip


@pytest.fixture
def revisit(in_alpha: Any, at: Any) -> Task:
    """On 20 December the first contact went badly; its revisit is due on 3 January."""
    with at("2026-11-20 09:30"):
        forms = load_documents(documents=[DOCUMENT], signed_by_name="孙主任", actor=actor_named("doctor"))
        make_programme("chronic", INPATIENT, steps=[MONTHLY], stop=["death", "refused", "path_completed"])
        ProgrammeStep.objects.update(questionnaire_version=forms["ortho_call"])
        services.screen_encounter(encounter_id=make_encounter().pk)
    with at("2026-12-20 09:30"):
        first = Task.objects.order_by("due_on")[0]
        submit_task(
            actor=actor_named("doctor"), task_id=first.pk, answers={**GOOD, "wound": "red"}, conclusion=""
        )
    found = Task.objects.get(revisit_of=first)
    assert (found.due_on, found.occurrence) == (date(2027, 1, 3), 1)
    return found


def planned() -> list[int]:
    rows = Task.objects.filter(revisit_of=None).order_by("occurrence")
    return list(rows.values_list("occurrence", flat=True))


def test_repetitions_go_on_as_if_it_were_not_there(revisit: Task, at: Any) -> None:
    before = planned()
    Task.objects.filter(pk=revisit.pk).update(occurrence=999)  # whatever its number
    with at("2026-12-20 10:00"):
        services.extend_repetitions()
        assert services.extend_repetitions() == 0
    assert planned()[: len(before)] == before == list(range(1, len(before) + 1))
    assert len(planned()) == len(before) + 1


def test_it_stops_with_its_enrolment_and_comes_back_with_it(revisit: Task, at: Any) -> None:
    doctor = actor_named("doctor")
    with at("2026-12-21 09:30"):
        flag = set_flag(actor=doctor, patient_id=revisit.patient_id, kind="refused", reason="不愿再接电话")
        revisit.refresh_from_db()
        assert revisit.state == "cancelled"
        lift_flag(actor=doctor, patient_id=revisit.patient_id, flag_id=int(flag["id"]), reason="改变主意")
        revisit.refresh_from_db()
        assert (revisit.state, revisit.close_reason, revisit.closed_on) == ("planned", "", None)
        assert Task.objects.exclude(revisit_of=None).count() == 1


def test_it_is_gone_when_its_window_went_by_meanwhile(revisit: Task, at: Any) -> None:
    doctor = actor_named("doctor")
    with at("2026-12-21 09:30"):
        flag = set_flag(actor=doctor, patient_id=revisit.patient_id, kind="refused", reason="不愿再接电话")
    with at("2027-01-04 09:30"):
        lift_flag(actor=doctor, patient_id=revisit.patient_id, flag_id=int(flag["id"]), reason="改变主意")
    revisit.refresh_from_db()
    assert revisit.state == "cancelled"


def test_a_cancelled_discharge_cancels_it_and_a_stay_pauses_it(revisit: Task, at: Any) -> None:
    with at("2026-12-21 09:30"):
        doctor, enrolment = actor_named("doctor"), revisit.enrolment_id
        pause_by_hand(actor=doctor, enrolment_id=enrolment, reason="外出务工")
        revisit.refresh_from_db()
        assert revisit.state == "paused"
        resume_by_hand(actor=doctor, enrolment_id=enrolment)
        revisit.refresh_from_db()
        assert revisit.state == "planned"
        services.stop_for_encounter(encounter_id=revisit.encounter_id)
        revisit.refresh_from_db()
        assert revisit.state == "cancelled"


def test_a_path_is_not_walked_to_its_end_while_it_is_open(revisit: Task, at: Any) -> None:
    Task.objects.filter(revisit_of=None, state="planned").delete()
    ProgrammeStep.objects.update(repeat_times=1)
    with at("2027-01-02 09:30"):
        assert services.hear_closed(task_id=revisit.revisit_of_id) == []
        submit_task(actor=actor_named("doctor"), task_id=revisit.pk, answers=GOOD, conclusion="")
        assert services.hear_closed(task_id=revisit.pk) == [revisit.enrolment_id]
    assert Enrolment.objects.get().state == "completed"


def test_a_corrected_day_of_discharge_does_not_move_it(revisit: Task, at: Any) -> None:
    from followup.screening.tests.factories import touch
    from records.models import Encounter

    with at("2026-12-21 09:30"):
        touch(Encounter.objects.get(pk=revisit.encounter_id), discharged_on=date(2026, 11, 18))
        services.reevaluate_encounter(encounter_id=revisit.encounter_id)
    revisit.refresh_from_db()
    assert revisit.due_on == date(2027, 1, 3)
    assert Task.objects.get(revisit_of=None, occurrence=2).due_on == date(2027, 1, 17)
