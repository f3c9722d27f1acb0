"""Rules that hear attempts and closings: flags by rule, and paths that are walked to their end."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from followup.programmes.models import Enrolment, ProgrammeStep
from followup.screening import services
from followup.screening.tests.factories import make_encounter
from followup.screening.tests.programme_kit import INPATIENT, STEPS, make_programme
from followup.worklist.models import Task, TaskAttempt
from kernel import clock
from kernel.clock import SHANGHAI
from kernel.models import OutboxEvent
from records.models import Encounter, PatientFlag
from records.services import lift_flag, reject_death
from tests.cast import actor_named
from trail.models import TrailRow

pytestmark = pytest.mark.req("S16", "S26")

NOW = "2026-11-20 09:30"


def enrolled(**document: Any) -> Encounter:
    make_programme("all", INPATIENT, **document)
    encounter = make_encounter(diagnoses=["I10"])
    services.screen_encounter(encounter_id=encounter.pk)
    return encounter


def attempt(outcome: str, *, days_ago: int = 0, step: str = "d3") -> list[str]:
    task = Task.objects.filter(step__code=step).latest("id")
    TaskAttempt.objects.create(
        task=task, channel="T", outcome=outcome, at=clock.now() - timedelta(days=days_ago)
    )
    return services.hear_attempt(task_id=task.pk, outcome=outcome)


def close(step: str, state: str) -> list[int]:
    task = Task.objects.filter(step__code=step).latest("id")
    Task.objects.filter(pk=task.pk).update(state=state, closed_at=clock.now(), closed_on=clock.today())
    return services.hear_closed(task_id=task.pk)


def test_three_bad_numbers_in_thirty_days(in_alpha: Any, at: Any) -> None:
    with at(NOW):
        encounter = enrolled()
        assert attempt("empty_number", days_ago=30) == []
        assert attempt("wrong_number", days_ago=29, step="d14") == []
        assert attempt("no_answer") == []
        assert attempt("stopped") == []
        assert attempt("empty_number") == ["invalid_contact"]
        task = Task.objects.get(step__code="d3")
        assert services.hear_attempt(task_id=task.pk, outcome="empty_number") == []  # told twice
        flag = PatientFlag.objects.get()
        assert (flag.origin, flag.evidence) == ("rule", {"attempts": 3, "days": 30})
        assert Enrolment.objects.get().stop_code == "invalid_contact"
        lift_flag(
            actor=actor_named("doctor"), patient_id=encounter.patient_id, flag_id=flag.pk, reason="有了新号码"
        )
        # What led to it before does not count again.
        assert services.hear_attempt(task_id=task.pk, outcome="empty_number") == []
    with at("2026-11-21 09:30"):
        assert [attempt("stopped"), attempt("stopped"), attempt("stopped")] == [[], [], ["invalid_contact"]]


def test_a_refusal_flags_at_once(in_alpha: Any, at: Any) -> None:
    with at(NOW):
        enrolled()
        Task.objects.filter(step__code="d3").update(state="in_progress")
        assert attempt("refused") == ["refused"]
        assert attempt("reached", step="d14") == []
    assert PatientFlag.objects.get().kind == "refused"
    assert Task.objects.get(step__code="d3").state == "in_progress"


def test_a_death_is_only_proposed(in_alpha: Any, at: Any) -> None:
    with at(NOW):
        enrolled()
        task = Task.objects.get(step__code="d3")
        teller = actor_named("doctor")
        TaskAttempt.objects.create(
            task=task, channel="T", outcome="deceased", at=clock.now(), by_id=teller.id, by_name=teller.name
        )
        assert services.hear_attempt(task_id=task.pk, outcome="deceased") == ["deceased"]
        assert services.hear_attempt(task_id=task.pk, outcome="deceased") == []  # told twice
    flag = PatientFlag.objects.get()
    assert (flag.kind, flag.state, flag.origin, flag.set_by_id, flag.set_by_name) == (
        "deceased", "proposed", "rule", teller.id, "孙主任",
    )  # fmt: skip
    assert Enrolment.objects.get().state == "active"
    assert set(Task.objects.values_list("state", flat=True)) == {"paused"}
    row = TrailRow.objects.get(action="records.flag.proposed")
    assert (row.actor_name, row.detail["kind"]) == ("孙主任", "deceased")


def test_what_was_rejected_is_not_proposed_again_from_the_same_call(in_alpha: Any, at: Any) -> None:
    with at(NOW):
        encounter = enrolled()
        assert attempt("deceased") == ["deceased"]
        flag = PatientFlag.objects.get()
        reject_death(
            actor=actor_named("doctor"),
            patient_id=encounter.patient_id,
            flag_id=flag.pk,
            reason="本人接听了电话",
        )
        task = Task.objects.get(step__code="d3")
        assert services.hear_attempt(task_id=task.pk, outcome="deceased") == []
        assert attempt("deceased") == ["deceased"]


def test_who_has_moved_out_is_flagged_and_not_stopped(in_alpha: Any, at: Any) -> None:
    with at(NOW):
        encounter = enrolled(stop=["death", "moved_out"])
        assert attempt("moved_out") == ["moved_out"]
        states = dict(Task.objects.values_list("step__code", "state"))
        assert states == {"d3": "planned", "d14": "paused", "op30": "planned"}
        assert services.enforce_flags() == 0
        assert Enrolment.objects.get().state == "active"
        flag = PatientFlag.objects.get()
        told = OutboxEvent.objects.get(type="patient.moved_out").payload
        assert told == {"patient_id": encounter.patient_id, "flag_id": flag.pk}
        lift_flag(
            actor=actor_named("doctor"), patient_id=encounter.patient_id, flag_id=flag.pk, reason="只是走亲戚"
        )
        assert services.hear_attempt(task_id=Task.objects.get(step__code="d3").pk, outcome="moved_out") == []
    assert set(Task.objects.values_list("state", flat=True)) == {"planned"}


def test_lost_twice_running_is_unreachable(in_alpha: Any, at: Any) -> None:
    with at(NOW):
        enrolled()
        close("d3", "lost")
        assert PatientFlag.objects.count() == 0
    with at("2026-12-05 09:30"):
        close("d14", "done")
    with at("2026-12-06 09:30"):
        close("op30", "lost")
        assert PatientFlag.objects.count() == 0
        Task.objects.filter(step__code="d14").update(state="lost")
        services.hear_closed(task_id=Task.objects.get(step__code="d14").pk)
    assert PatientFlag.objects.get().kind == "unreachable"


def test_the_last_task_completes_the_path(in_alpha: Any, at: Any) -> None:
    with at(NOW):
        enrolled(stop=["death", "path_completed"])
        one = Enrolment.objects.get()
        assert (close("d3", "done"), close("d14", "failed")) == ([], [])
        assert close("op30", "done") == [one.pk]
        assert close("op30", "done") == []
        one.refresh_from_db()
        assert (one.state, one.ended_at) == ("completed", clock.now())


@pytest.mark.parametrize(
    ("repeat", "ends"),
    [
        ({"repeat_every": 30}, False),
        ({"repeat_every": 400, "repeat_times": 3}, False),
        ({"repeat_every": 5, "repeat_until": 13}, False),
        ({"repeat_every": 5, "repeat_times": 2}, True),
        ({"repeat_every": 5, "repeat_until": 12}, True),
    ],
)
def test_repetitions_to_come_keep_it_open(in_alpha: Any, at: Any, repeat: dict[str, int], ends: bool) -> None:
    with at(NOW):
        enrolled(steps=STEPS[:1], stop=["path_completed"])
        ProgrammeStep.objects.update(**repeat)
        close("d3", "done")
        assert Enrolment.objects.get().state == "active"
        second = Task.objects.get()
        second.pk, second.occurrence = None, 2
        second.save(force_insert=True)
        services.hear_closed(task_id=second.pk)
    assert (Enrolment.objects.get().state == "completed") is ends


def test_six_visits_in_ninety_days(in_alpha: Any, at: Any) -> None:
    with at(NOW):
        visits = [make_encounter(kind="outpatient") for _ in range(1)]
        patient = visits[0].patient
        visits += [make_encounter(kind="outpatient", patient=patient) for _ in range(5)]
        Encounter.objects.update(admitted_at=datetime(2026, 11, 19, 9, tzinfo=SHANGHAI))
        Encounter.objects.filter(pk=visits[0].pk).update(admitted_at=datetime(2026, 8, 1, 9, tzinfo=SHANGHAI))
        assert services.flag_frequent_visits() == 0
        Encounter.objects.filter(pk=visits[0].pk).update(admitted_at=datetime(2026, 9, 1, 9, tzinfo=SHANGHAI))
        Encounter.objects.filter(pk=visits[1].pk).update(status="cancelled")
        assert services.flag_frequent_visits() == 0
        Encounter.objects.filter(pk=visits[1].pk).update(status="discharged")
        assert services.flag_frequent_visits() == 1
        assert services.flag_frequent_visits() == 0
        flag = PatientFlag.objects.get()
        assert flag.evidence == {"visits": 6, "days": 90, "last_on": "2026-11-19"}
        lift_flag(actor=actor_named("doctor"), patient_id=patient.pk, flag_id=flag.pk, reason="透析患者")
    with at("2026-11-21 05:00"):
        assert services.flag_frequent_visits() == 0  # lifted, and no visit since
