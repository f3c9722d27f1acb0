"""What flags do to follow-up, in the transaction that sets or lifts them (S16, S39)."""

import threading
from datetime import date
from typing import Any

import pytest
from django.db import connections, transaction

from access.actor import SYSTEM
from followup.programmes.models import Enrolment
from followup.screening import services
from followup.screening.services import flagging
from followup.screening.tests.factories import days_ago, make_encounter
from followup.screening.tests.programme_kit import INPATIENT, STEPS, make_programme
from followup.worklist.models import Task
from kernel import clock, jobs
from kernel.models import Job, OutboxEvent
from kernel.tenancy import bind_schema
from records.models import PatientFlag
from records.services import lift_flag, set_flag, set_flag_by_rule
from tests.cast import actor_named

pytestmark = pytest.mark.req("S16", "S26", "S39")

HEART = {"all": [INPATIENT, {"field": "diagnosis", "op": "stem_in", "value": ["I21", "I22"]}]}
NOW = "2026-11-20 09:30"


def enrolled(**document: Any) -> Any:
    make_programme("heart", HEART, **document)
    encounter = make_encounter(diagnoses=["I219"])
    services.screen_encounter(encounter_id=encounter.pk)
    return encounter


def put(encounter: Any, kind: str) -> int:
    row = set_flag(
        actor=actor_named("doctor"), patient_id=encounter.patient_id, kind=kind, reason="家属来电告知"
    )
    return int(row["id"])


def lift(encounter: Any, flag_id: int) -> None:
    lift_flag(
        actor=actor_named("doctor"), patient_id=encounter.patient_id, flag_id=flag_id, reason="标错了人"
    )


def states() -> list[tuple[int, str]]:
    return list(Task.objects.order_by("occurrence", "due_on").values_list("occurrence", "state"))


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("deceased", "death"),
        ("refused", "refused"),
        ("unreachable", "unreachable"),
        ("invalid_contact", "invalid_contact"),
    ],
)
def test_a_flag_by_hand_stops_at_once_and_lifting_takes_up_again(
    in_alpha: Any, at: Any, kind: str, code: str
) -> None:
    with at(NOW):
        encounter = enrolled()
        Task.objects.filter(step__code="d3").update(state="in_progress")
        flag = put(encounter, kind)
        one = Enrolment.objects.get()
        assert (one.state, one.stop_code) == ("stopped", code)
        assert {state for _, state in states()} == {"cancelled"}
        assert OutboxEvent.objects.filter(type="enrolment.stopped").count() == 1
        assert services.screen_encounter(encounter_id=encounter.pk) == 0
        lift(encounter, flag)
        one.refresh_from_db()
        assert (one.state, one.stop_code, one.ended_at, one.generation) == ("active", "", None, 1)
        assert states() == [(1, "cancelled")] * 3 + [(1001, "planned")] * 3
        jobs.drain()
        assert Job.objects.exclude(state="done").count() == 0
        assert states() == [(1, "cancelled")] * 3 + [(1001, "planned")] * 3


def test_only_what_is_still_owed_is_taken_up(in_alpha: Any, at: Any) -> None:
    with at(NOW):
        encounter = enrolled()
    with at("2026-11-23 09:30"):
        Task.objects.filter(step__code="d3").update(state="done", closed_on=date(2026, 11, 23))
        flag = put(encounter, "refused")
    with at("2026-12-10 09:30"):  # d14 was due on 4 December, until the 7th
        lift(encounter, flag)
    found = Task.objects.order_by("id").values_list("step__code", "occurrence", "state")
    assert list(found) == [
        ("d3", 1, "done"), ("d14", 1, "cancelled"), ("op30", 1, "cancelled"), ("op30", 1001, "planned"),
    ]  # fmt: skip


def test_one_that_owes_nothing_any_more_ends(in_alpha: Any, at: Any) -> None:
    with at(NOW):
        encounter = enrolled(steps=STEPS[:1])
        flag = put(encounter, "refused")
    with at("2026-12-10 09:30"):
        lift(encounter, flag)
        one = Enrolment.objects.get()
        assert (one.state, one.generation, one.ended_at) == ("completed", 1, clock.now())
    assert states() == [(1, "cancelled")]
    assert OutboxEvent.objects.filter(type="enrolment.completed").count() == 1


def test_one_that_still_has_repetitions_to_come_goes_on(in_alpha: Any, at: Any) -> None:
    step = {**STEPS[0], "repeat": {"every": 30, "times": 4}}
    with at(NOW):
        encounter = enrolled(steps=[step])
        flag = put(encounter, "refused")
    with at("2026-12-10 09:30"):
        lift(encounter, flag)
    assert Enrolment.objects.get().state == "active"
    assert [occurrence for occurrence, state in states() if state == "planned"] == [1002, 1003, 1004]


def test_a_correction_that_reopens_what_is_over_ends_it(in_alpha: Any, at: Any) -> None:
    with at(NOW):
        encounter = enrolled(steps=STEPS[:1])
        services.stop_for_encounter(encounter_id=encounter.pk)
    with at("2027-03-10 09:30"):
        assert services.screen_encounter(encounter_id=encounter.pk) == 1
    one = Enrolment.objects.get()
    assert (one.generation, one.state) == (1, "completed")


def test_what_was_overdue_is_owed_as_before(in_alpha: Any, at: Any) -> None:
    with at(NOW):
        encounter = enrolled()
    with at("2026-11-28 09:30"):  # three days too late already
        flag = put(encounter, "refused")
        lift(encounter, flag)
    assert states()[3:] == [(1001, "planned")] * 3


def test_two_flags_at_once_hold_until_both_are_lifted(in_alpha: Any, at: Any) -> None:
    with at(NOW):
        encounter = enrolled()
        refused, unreachable = put(encounter, "refused"), put(encounter, "unreachable")
        lift(encounter, refused)
        assert Enrolment.objects.get().state == "stopped"
        lift(encounter, unreachable)
        assert Enrolment.objects.get().state == "active"


def test_a_version_that_does_not_mind_goes_on(in_alpha: Any, at: Any) -> None:
    with at(NOW):
        encounter = enrolled(exclusions={"unreachable": False, "frequent_visits": True}, stop=["death"])
        put(encounter, "unreachable")
        assert Enrolment.objects.get().state == "active"
        put(encounter, "frequent_visits")
        assert Enrolment.objects.get().stop_code == "frequent_visits"


def test_frequent_visits_stop_nothing_unless_asked(in_alpha: Any, at: Any) -> None:
    with at(NOW):
        put(enrolled(), "frequent_visits")
    assert Enrolment.objects.get().state == "active"


def test_a_rule_leaves_the_task_in_hand_to_its_worker(in_alpha: Any, at: Any) -> None:
    with at(NOW):
        encounter = enrolled()
        Task.objects.filter(step__code="d3").update(state="in_progress")
        set_flag_by_rule(patient_id=encounter.patient_id, kind="refused", reason="拒绝", evidence={})
    assert states() == [(1, "in_progress"), (1, "cancelled"), (1, "cancelled")]
    assert Enrolment.objects.get().stop_code == "refused"


def test_the_flag_and_what_it_stops_are_one_transaction(
    in_alpha: Any, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: Any, **__: Any) -> None:
        raise RuntimeError("killed")

    with at(NOW):
        encounter = enrolled()
        with monkeypatch.context() as patch:
            patch.setattr(flagging.cancelling, "cancel_tasks", die)
            with pytest.raises(RuntimeError, match="killed"):
                put(encounter, "refused")
        assert (PatientFlag.objects.count(), Enrolment.objects.get().state) == (0, "active")
        assert states() == [(1, "planned")] * 3
        flag = put(encounter, "refused")
        with monkeypatch.context() as patch:
            patch.setattr(flagging, "make_tasks_for", die)
            with pytest.raises(RuntimeError, match="killed"):
                lift(encounter, flag)
        assert Enrolment.objects.get().state == "stopped"
        assert PatientFlag.objects.get().lifted_at is None


def test_a_run_that_began_before_the_flag_does_not_get_past_it(scratch_tenant: Any) -> None:
    """The run has read the patient without the flag and commits after it: the flag's event waits for the run."""
    schema = scratch_tenant.schema_name
    make_programme("heart", HEART)
    encounter = make_encounter(diagnoses=["I219"], discharged_on=days_ago(1))
    screened, go = threading.Event(), threading.Event()

    def run() -> None:
        with bind_schema(schema), transaction.atomic():
            services.run_screening(actor=SYSTEM)
            screened.set()
            go.wait(30)
        connections["default"].close()

    def hear() -> None:
        with bind_schema(schema):
            jobs.drain()
        connections["default"].close()

    threads = [threading.Thread(target=run), threading.Thread(target=hear)]
    threads[0].start()
    assert screened.wait(30)
    put(encounter, "refused")  # nobody waits for the run who only sets a flag
    assert Enrolment.objects.count() == 0
    threads[1].start()
    threads[1].join(0.5)
    assert threads[1].is_alive()
    go.set()
    for thread in threads:
        thread.join(30)
    assert Enrolment.objects.get().stop_code == "refused"
    assert {state for _, state in states()} == {"cancelled"}


def test_the_daily_sweep_stops_what_slipped_through(in_alpha: Any, at: Any) -> None:
    with at(NOW):
        encounter = enrolled()
        PatientFlag.objects.create(
            patient_id=encounter.patient_id, kind="refused", set_at=encounter.created_at
        )
        assert services.flag_frequent_visits() == 0
        assert Enrolment.objects.get().stop_code == "refused"
        assert services.enforce_flags() == 0


def test_labels_bring_in_and_put_out(in_alpha: Any, at: Any) -> None:
    from records.services import save_label, set_labels

    with at(NOW):
        make_programme(
            "vip", {"all": [INPATIENT, {"field": "label", "op": "in", "value": ["vip"]}]}, steps=STEPS[:1]
        )
        encounter = make_encounter(diagnoses=["I10"])
        save_label(actor=actor_named("centre"), code="vip", name="重点")
        assert services.screen_encounter(encounter_id=encounter.pk) == 0
        doctor = actor_named("doctor")
        set_labels(actor=doctor, patient_id=encounter.patient_id, codes=["vip"])
        jobs.drain()
        assert Enrolment.objects.get().state == "active"
        set_labels(actor=doctor, patient_id=encounter.patient_id, codes=[])
        jobs.drain()
        assert Enrolment.objects.get().stop_code == "criteria_gone"
        assert states() == [(1, "cancelled")]
