"""A patient who lies in hospital is not called at home; what becomes of the path is said by its version."""

from datetime import date, datetime
from typing import Any

import pytest

from access.actor import SYSTEM
from followup.programmes.models import Enrolment
from followup.screening import services
from followup.screening.services import readmission
from followup.screening.tests.factories import current_transaction, make_encounter
from followup.screening.tests.programme_kit import INPATIENT, STEPS, make_programme
from followup.worklist.models import Task
from kernel.clock import SHANGHAI
from kernel.models import OutboxEvent
from records.models import Diagnosis, Encounter

pytestmark = pytest.mark.req("S16", "S12")

HEART = {"all": [INPATIENT, {"field": "diagnosis", "op": "stem_in", "value": ["I21"]}]}
LUNG = [*STEPS[:2], {**STEPS[0], "code": "d60", "day": 60}]
SAME, OTHER = "I219", "J440"


def first_stay(**document: Any) -> Encounter:
    """Discharged on 1 November, enrolled: d3 on the 4th, d14 on the 15th, d60 on 31 December."""
    make_programme("heart", HEART, steps=LUNG, **document)
    encounter = make_encounter(diagnoses=["I210"])
    services.screen_encounter(encounter_id=encounter.pk)
    return encounter


def readmit(first: Encounter, day: int) -> Encounter:
    stay = make_encounter(patient=first.patient, status="open")
    stay.admitted_at = datetime(2026, 11, day, 8, tzinfo=SHANGHAI)
    stay.discharged_at = stay.discharged_on = None
    stay.disposition = ""
    stay.save()
    return stay


def leave(stay: Encounter, day: int, stem: str) -> None:
    at = datetime(2026, 11, day, 10, tzinfo=SHANGHAI)
    Encounter.objects.filter(pk=stay.pk).update(
        status="discharged",
        discharged_at=at,
        discharged_on=at.date(),
        disposition="home",
        revision=current_transaction(),
    )
    Diagnosis.objects.create(encounter=stay, icd10=stem, icd10_stem=stem, is_main=True)


def tasks(encounter: Encounter) -> dict[str, str]:
    return dict(Task.objects.filter(encounter=encounter).order_by("id").values_list("step__code", "state"))


def test_an_admission_pauses_and_the_discharge_resumes_what_is_ahead(in_alpha: Any, at: Any) -> None:
    with at("2026-11-01 11:00"):
        first = first_stay()
    with at("2026-11-10 09:00"):
        stay = readmit(first, 10)
        assert services.pause_for_admission(encounter_id=stay.pk, patient_id=first.patient_id) == 1
        assert services.pause_for_admission(encounter_id=stay.pk) == 0
        one = Enrolment.objects.get()
        assert (one.state, one.paused_for_id) == ("paused", stay.pk)
        assert tasks(first) == {"d3": "paused", "d14": "paused", "d60": "paused"}
    with at("2026-11-20 11:00"):
        leave(stay, 20, OTHER)
        assert services.settle_discharge(encounter_id=stay.pk, patient_id=first.patient_id) == 1
        assert services.settle_discharge(encounter_id=stay.pk) == 0
        one.refresh_from_db()
        assert (one.state, one.paused_for_id, one.paused_at) == ("active", None, None)
        assert tasks(first) == {"d3": "cancelled", "d14": "cancelled", "d60": "planned"}
    assert set(Task.objects.filter(state="cancelled").values_list("close_reason", flat=True)) == {
        "住院期间窗口已过"
    }
    kinds = (
        OutboxEvent.objects.filter(type__startswith="enrolment.")
        .order_by("id")
        .values_list("type", flat=True)
    )
    assert list(kinds) == ["enrolment.paused", "enrolment.resumed"]


def test_a_run_over_earlier_stays_does_not_call_who_lies_in_hospital(in_alpha: Any, at: Any) -> None:
    with at("2026-11-01 11:00"):
        first = make_encounter(diagnoses=["I210"])
        other = make_encounter(diagnoses=["I210"])
    with at("2026-11-10 09:00"):
        stay = readmit(first, 10)
        make_programme("heart", HEART, steps=LUNG)
        services.run_screening(actor=SYSTEM)
        assert tasks(first) == {"d3": "paused", "d14": "paused", "d60": "paused"}
        assert tasks(other) == {"d3": "planned", "d14": "planned", "d60": "planned"}
    with at("2026-11-20 11:00"):
        leave(stay, 20, OTHER)
        services.settle_discharge(encounter_id=stay.pk)
        assert tasks(first)["d60"] == "planned"


def test_a_cancelled_admission_resumes(in_alpha: Any, at: Any) -> None:
    with at("2026-11-01 11:00"):
        first = first_stay()
        stay = readmit(first, 1)
        stay.admitted_at = datetime(2026, 11, 1, 10, 30, tzinfo=SHANGHAI)
        stay.save()
        assert services.pause_for_admission(encounter_id=stay.pk) == 1
        Encounter.objects.filter(pk=stay.pk).update(status="cancelled")
        assert services.resume_for_cancelled(encounter_id=stay.pk) == 1
        assert services.resume_for_cancelled(encounter_id=stay.pk) == 0
    assert set(tasks(first).values()) == {"planned"}


@pytest.mark.parametrize("mode", ["continue", {"same_diagnosis": "continue", "other": "continue"}])
def test_continue_goes_on(in_alpha: Any, at: Any, mode: Any) -> None:
    with at("2026-11-01 11:00"):
        first = first_stay(on_readmission=mode)
        assert services.pause_for_admission(encounter_id=readmit(first, 10).pk) == 0
    assert Enrolment.objects.get().state == "active"


@pytest.mark.parametrize("told", [True, False])
def test_cancel_remaining_ends_it(in_alpha: Any, at: Any, told: bool) -> None:
    with at("2026-11-01 11:00"):
        first = first_stay(on_readmission="cancel_remaining")
        Task.objects.filter(step__code="d3").update(state="done")
        stay = readmit(first, 10)
        if told:
            services.pause_for_admission(encounter_id=stay.pk)
    with at("2026-11-20 11:00"):
        leave(stay, 20, OTHER)
        assert services.settle_discharge(encounter_id=stay.pk) == 1
        assert services.settle_discharge(encounter_id=stay.pk) == 0
    one = Enrolment.objects.get()
    assert (one.state, one.stop_code) == ("stopped", "readmitted")
    assert tasks(first) == {"d3": "done", "d14": "cancelled", "d60": "cancelled"}


@pytest.mark.parametrize("stem", [SAME, OTHER])
def test_restart_by_screening_or_without(in_alpha: Any, at: Any, stem: str) -> None:
    with at("2026-11-01 11:00"):
        first = first_stay(on_readmission="restart")
    with at("2026-11-20 11:00"):
        stay = readmit(first, 10)
        services.pause_for_admission(encounter_id=stay.pk)
        leave(stay, 20, stem)
        services.settle_discharge(encounter_id=stay.pk)
        services.settle_discharge(encounter_id=stay.pk)
        old, new = Enrolment.objects.order_by("id")
        assert (old.state, old.stop_code) == ("stopped", "readmitted")
        assert (new.encounter_id, new.state) == (stay.pk, "active")
        assert new.origin == ("rule" if stem == SAME else "restart")
        assert tasks(stay) == {"d3": "planned", "d14": "planned", "d60": "planned"}
        assert set(tasks(first).values()) == {"cancelled"}


@pytest.mark.parametrize("stem", [SAME, OTHER])
def test_a_restart_outlives_a_discharge_that_is_taken_back(in_alpha: Any, at: Any, stem: str) -> None:
    with at("2026-11-01 11:00"):
        first = first_stay(on_readmission="restart")
    with at("2026-11-20 11:00"):
        stay = readmit(first, 10)
        services.pause_for_admission(encounter_id=stay.pk)
        leave(stay, 20, stem)
        services.settle_discharge(encounter_id=stay.pk)
        Encounter.objects.filter(pk=stay.pk).update(status="open", discharged_at=None, discharged_on=None)
        services.stop_for_encounter(encounter_id=stay.pk)
        services.pause_for_admission(encounter_id=stay.pk)
        assert set(tasks(stay).values()) == {"cancelled"}
        Diagnosis.objects.filter(encounter=stay).delete()
        leave(stay, 21, stem)
        services.screen_encounter(encounter_id=stay.pk)
        services.settle_discharge(encounter_id=stay.pk)
        services.settle_discharge(encounter_id=stay.pk)
    old, new = Enrolment.objects.order_by("id")
    assert (old.state, old.stop_code) == ("stopped", "readmitted")
    assert (new.encounter_id, new.state, new.generation) == (stay.pk, "active", 1)
    assert [t for t in tasks(stay).values() if t == "planned"] == ["planned"] * 3


def test_the_same_illness_restarts_and_another_pauses(in_alpha: Any, at: Any) -> None:
    mode = {"same_diagnosis": "restart", "other": "pause"}
    for stem, expected in ((SAME, "stopped"), (OTHER, "active")):
        with at("2026-11-01 11:00"):
            first = first_stay(on_readmission=mode)
        with at("2026-11-20 11:00"):
            stay = readmit(first, 10)
            assert services.pause_for_admission(encounter_id=stay.pk) == 1
            leave(stay, 20, stem)
            services.settle_discharge(encounter_id=stay.pk)
            assert Enrolment.objects.get(encounter=first).state == expected


def test_settling_is_one_transaction(in_alpha: Any, at: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: Any, **__: Any) -> None:
        raise RuntimeError("killed")

    with at("2026-11-01 11:00"):
        first = first_stay(on_readmission="restart")
        stay = readmit(first, 10)
        services.pause_for_admission(encounter_id=stay.pk)
    with at("2026-11-20 11:00"):
        leave(stay, 20, OTHER)
        with monkeypatch.context() as patch:
            patch.setattr(readmission, "make_tasks_for", die)
            with pytest.raises(RuntimeError, match="killed"):
                services.settle_discharge(encounter_id=stay.pk)
        assert Enrolment.objects.get().state == "paused"
        assert set(tasks(first).values()) == {"paused"}
        services.settle_discharge(encounter_id=stay.pk)
    assert Enrolment.objects.count() == 2


def test_a_patient_who_died_in_hospital_is_settled_by_the_death(in_alpha: Any, at: Any) -> None:
    with at("2026-11-01 11:00"):
        first = first_stay(on_readmission="restart")
        stay = readmit(first, 10)
        services.pause_for_admission(encounter_id=stay.pk)
        leave(stay, 20, SAME)
        Encounter.objects.filter(pk=stay.pk).update(disposition="death")
        assert services.settle_discharge(encounter_id=stay.pk) == 0
        services.stop_for_patient(patient_id=first.patient_id)
    assert Enrolment.objects.get().stop_code == "death"
    assert set(tasks(first).values()) == {"cancelled"}


def test_a_discharge_told_after_the_next_admission_is_paused_at_once(in_alpha: Any, at: Any) -> None:
    with at("2026-11-12 11:00"):
        make_programme("heart", HEART, steps=LUNG)
        first = make_encounter(diagnoses=["I210"], discharged_on=date(2026, 11, 1))
        stay = readmit(first, 10)
        assert services.pause_for_admission(encounter_id=stay.pk) == 0
        services.settle_discharge(encounter_id=first.pk)
    assert (Enrolment.objects.get().state, set(tasks(first).values())) == ("paused", {"paused"})


def test_from_the_messages_to_the_tasks(in_alpha: Any, at: Any) -> None:
    """Admission, discharge, admission, cancelled admission: through records, the outbox and the wiring."""
    from kernel import jobs
    from kernel.models import Job
    from records.tests import events as told

    def hear(event: Any) -> tuple[str, set[str]]:
        told.apply(event)
        jobs.drain()
        assert not Job.objects.exclude(state="done").exists()
        return Enrolment.objects.get().state, set(Task.objects.values_list("state", flat=True))

    with at("2026-11-20 12:00"):
        make_programme("all", INPATIENT, steps=LUNG)
        told.apply(told.admit())
        assert hear(told.discharge()) == ("active", {"planned"})
    with at("2026-11-25 12:00"):
        again: dict[str, Any] = {"number": "ZY002", "admit_at": told.moment("2026-11-25 09:00")}
        assert hear(told.admit("2026-11-25 09:10", **again)) == ("paused", {"paused"})
        cancelled = told.event(
            told.EventKind.CANCEL_ADMIT, "2026-11-25 10:00",
            encounter=told.visit("ZY002", admit_at=told.moment("2026-11-25 09:00")),
        )  # fmt: skip
        assert hear(cancelled)[0] == "active"
