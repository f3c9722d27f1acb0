"""A death that is only proposed, and 已迁出: tasks wait, nothing ends, and whatever is made meanwhile waits too."""

from typing import Any

import pytest

from followup.programmes.models import Enrolment
from followup.programmes.services import enrol_by_hand
from followup.programmes.services.enrolments import pause_by_hand, resume_by_hand
from followup.screening import services
from followup.screening.tests.factories import make_encounter
from followup.screening.tests.programme_kit import INPATIENT, STEPS, make_programme
from followup.worklist.models import Task
from kernel import jobs
from records.models import Encounter, Patient
from records.services import confirm_death, lift_flag, propose_death, reject_death, set_flag
from tests.cast import actor_named

pytestmark = pytest.mark.req("S16", "S39")

NOW = "2026-11-20 09:30"


@pytest.fixture
def stay(in_alpha: Any, at: Any) -> Encounter:
    with at(NOW):
        make_programme("all", INPATIENT)
        encounter = make_encounter(diagnoses=["I10"])
        services.screen_encounter(encounter_id=encounter.pk)
    return encounter


def propose(stay: Encounter) -> int:
    row = propose_death(actor=actor_named("doctor"), patient_id=stay.patient_id, reason="家属说人已不在")
    return int(row["id"])


def states() -> dict[str, str]:
    return dict(Task.objects.order_by("pk").values_list("step__code", "state"))


def second() -> Any:
    """Another doctor of the same ward."""
    from dataclasses import replace

    return replace(actor_named("doctor"), id=10**6, name="另一位医生")


def test_all_wait_and_what_was_begun_stays_with_its_worker(stay: Encounter, at: Any) -> None:
    with at(NOW):
        Task.objects.filter(step__code="d3").update(state="in_progress")
        flag = propose(stay)
        assert states() == {"d3": "in_progress", "d14": "paused", "op30": "paused"}
        assert Patient.objects.get(pk=stay.patient_id).deceased_at is None
        jobs.drain()
        services.enforce_flags()
        assert Enrolment.objects.get().state == "active"
        assert states() == {"d3": "in_progress", "d14": "paused", "op30": "paused"}
        reject_death(
            actor=actor_named("doctor"), patient_id=stay.patient_id, flag_id=flag, reason="本人接听了电话"
        )
    assert states() == {"d3": "in_progress", "d14": "planned", "op30": "planned"}


def test_confirmed_it_ends_everything(stay: Encounter, at: Any) -> None:
    with at(NOW):
        flag = propose(stay)
        confirm_death(actor=second(), patient_id=stay.patient_id, flag_id=flag)
    one = Enrolment.objects.get()
    assert (one.state, one.stop_code) == ("stopped", "death")
    assert set(states().values()) == {"cancelled"}
    assert Patient.objects.get(pk=stay.patient_id).deceased_at is not None


def test_windows_that_go_by_meanwhile_are_gone_and_what_was_overdue_is_owed(stay: Encounter, at: Any) -> None:
    with at("2026-11-26 09:30"):  # d3 was due on 23 November, until the 25th
        flag = propose(stay)
    with at("2026-12-10 09:30"):  # d14 was due on 4 December, until the 7th
        reject_death(
            actor=actor_named("doctor"), patient_id=stay.patient_id, flag_id=flag, reason="本人接听了电话"
        )
    assert states() == {"d3": "planned", "d14": "cancelled", "op30": "planned"}
    assert Task.objects.get(step__code="d14").close_reason == "等待核实期间窗口已过"


def test_what_is_made_or_resumed_meanwhile_waits_too(stay: Encounter, at: Any) -> None:
    with at(NOW):
        make_programme("hand", {"field": "age", "op": "gt", "value": 120}, steps=STEPS[:1])
        enrolment = Enrolment.objects.get().pk
        pause_by_hand(actor=actor_named("doctor"), enrolment_id=enrolment, reason="外出务工")
        flag = propose(stay)
        resume_by_hand(actor=actor_named("doctor"), enrolment_id=enrolment)
        from followup.programmes.models import Programme

        enrol_by_hand(
            actor=actor_named("doctor"), programme_id=Programme.objects.get(key="hand").pk,
            encounter_id=stay.pk, reason="主任要求",
        )  # fmt: skip
        assert set(Task.objects.values_list("state", flat=True)) == {"paused"}
        other = make_encounter(patient=stay.patient, diagnoses=["I10"])
        assert services.screen_encounter(encounter_id=other.pk) == 0
        reject_death(
            actor=actor_named("doctor"), patient_id=stay.patient_id, flag_id=flag, reason="本人接听了电话"
        )
        jobs.drain()
    assert set(Task.objects.values_list("state", flat=True)) == {"planned"}
    assert Enrolment.objects.filter(encounter=other).count() == 1  # fresh still, so screened again


def test_a_flag_lifted_meanwhile_takes_up_tasks_that_wait(stay: Encounter, at: Any) -> None:
    with at(NOW):
        doctor = actor_named("doctor")
        refused = set_flag(actor=doctor, patient_id=stay.patient_id, kind="refused", reason="不愿再接电话")
        flag = propose(stay)
        lift_flag(actor=doctor, patient_id=stay.patient_id, flag_id=int(refused["id"]), reason="改变主意")
        assert Enrolment.objects.get().state == "active"
        assert set(Task.objects.filter(occurrence__gt=1000).values_list("state", flat=True)) == {"paused"}
        reject_death(actor=doctor, patient_id=stay.patient_id, flag_id=flag, reason="本人接听了电话")
    assert set(Task.objects.filter(occurrence__gt=1000).values_list("state", flat=True)) == {"planned"}


def test_moved_out_holds_the_community_and_a_new_stay_too(stay: Encounter, at: Any) -> None:
    with at(NOW):
        doctor = actor_named("doctor")
        flag = set_flag(actor=doctor, patient_id=stay.patient_id, kind="moved_out", reason="随子女迁往武汉")
        assert states() == {"d3": "planned", "d14": "paused", "op30": "planned"}
        other = make_encounter(patient=stay.patient, diagnoses=["I10"])
        assert services.screen_encounter(encounter_id=other.pk) == 1
        held = Task.objects.filter(encounter=other).values_list("step__code", "state")
        assert dict(held) == {"d3": "planned", "d14": "paused", "op30": "planned"}
        death = propose(stay)
        assert set(Task.objects.values_list("state", flat=True)) == {"paused"}
        reject_death(actor=doctor, patient_id=stay.patient_id, flag_id=death, reason="本人接听了电话")
        assert states() == {"d3": "planned", "d14": "paused", "op30": "planned"}
        lift_flag(actor=doctor, patient_id=stay.patient_id, flag_id=int(flag["id"]), reason="已迁回")
    assert set(Task.objects.values_list("state", flat=True)) == {"planned"}


def test_the_hold_and_the_flag_are_one_transaction(
    stay: Encounter, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from followup.screening.services import flagging
    from records.models import PatientFlag

    def die(**_: Any) -> int:
        raise RuntimeError("killed")

    monkeypatch.setattr(flagging, "settle_holds", die)
    with at(NOW), pytest.raises(RuntimeError, match="killed"):
        propose(stay)
    assert (PatientFlag.objects.count(), set(states().values())) == (0, {"planned"})
