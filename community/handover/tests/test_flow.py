"""One person on the whole way: offered, accepted, followed up, results back, done."""

from datetime import timedelta
from typing import Any

import pytest

from community.handover import selectors, services
from community.handover.models import HandoverCase, HandoverEvent
from community.handover.tests import kit
from followup.programmes.models import Enrolment
from followup.worklist.models import Task
from followup.worklist.services import submit_task
from records.models import Encounter, Patient
from tests.cast import actor_named

pytestmark = [pytest.mark.django_db, pytest.mark.req("D6", "C17")]


def test_the_whole_way(two: Any) -> None:
    agreement = kit.agree()
    _, encounter = kit.discharge()
    assert kit.tasks_of("beta", encounter) == [("d7", "planned", "W41"), ("d30", "planned", "W41")]
    out = kit.send(encounter, agreement)
    assert kit.deliver() > 0
    incoming = kit.mirror("beta", out)
    assert (incoming.direction, incoming.state, incoming.patient_id) == ("in", "offered", None)
    assert (incoming.name_masked, incoming.diagnosis) == ("张*", "股骨颈骨折")
    with kit.at_home("alpha"):
        services.accept(actor=actor_named("centre"), case_id=incoming.pk)
        case = HandoverCase.objects.get(pk=incoming.pk)
        person = Patient.objects.get(pk=case.patient_id)
        stay = Encounter.objects.get(pk=case.encounter_id)
        enrolment = Enrolment.objects.get(encounter=stay)
    assert (case.state, case.results_due_on) == ("accepted", stay.discharged_on + timedelta(days=35))
    assert (person.name, person.id_no_masked) == ("张三", "420***********001X")
    assert (stay.source_system, stay.status, stay.main_diagnosis) == (
        "handover:beta",
        "discharged",
        "股骨颈骨折",
    )
    assert kit.tasks_of("alpha", stay.pk) == [("d7", "planned", "TEAM"), ("d30", "planned", "TEAM")]
    kit.deliver()
    assert kit.tasks_of("beta", encounter) == [("d7", "paused", "W41"), ("d30", "paused", "W41")]
    with kit.at_home("alpha"):
        task = Task.objects.get(encounter=stay, step__code="d7")
        submit_task(
            actor=actor_named("clinician"), task_id=task.pk, answers={}, conclusion="伤口干燥", late_reason=""
        )
    kit.deliver()
    with kit.at_home("beta"):
        seen = selectors.get_case(actor_named("doctor"), out)
    assert [(r["step"], r["state"], r["level"], r["conclusion"]) for r in seen["results"]] == [
        ("七天上门", "done", "E0", "伤口干燥")
    ]
    assert (seen["owner_name"], seen["overdue"]) == ("枝江市医共体（测试）", False)
    with kit.at_home("alpha"):
        services.complete(actor=actor_named("centre"), case_id=incoming.pk, conclusion="恢复良好，转常规管理")
        assert Enrolment.objects.get(pk=enrolment.pk).stop_reason == "转交办结"
    kit.deliver()
    done = kit.mirror("alpha", incoming.pk)
    assert (done.state, done.conclusion) == ("completed", "恢复良好，转常规管理")
    assert kit.tasks_of("beta", encounter) == [("d7", "cancelled", "W41"), ("d30", "cancelled", "W41")]
    with kit.at_home("beta"):
        acts = list(HandoverEvent.objects.filter(case_id=out).order_by("id").values_list("act", "is_ours"))
    assert acts == [("offered", True), ("accepted", False), ("result", False), ("completed", False)]
    assert kit.envelopes(done.case_no) == [
        (1, "alpha", "offered", True), (2, "beta", "accepted", True), (3, "beta", "result", True),
        (4, "beta", "completed", True),
    ]  # fmt: skip
