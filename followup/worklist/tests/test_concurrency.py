"""Two people at once on one contact: what is settled is settled once."""

from typing import Any

import pytest

from followup.worklist.errors import TaskAlreadyClosed
from followup.worklist.models import Escalation, Submission, Task
from followup.worklist.services import detach_member, regroup, start_task, submit_task
from followup.worklist.tests.factories import (
    GOOD,
    SATISFACTION,
    make_enrolled_task,
    make_patient,
    make_programme,
)
from kernel.errors import DomainError
from kernel.tests.running import work_in_thread
from tests.cast import actor_named

pytestmark = pytest.mark.req("S20", "C11b")


@pytest.fixture
def pair(scratch_tenant: Any, at: Any) -> tuple[Task, Task]:
    with at("2026-11-20 09:30"):
        patient = make_patient()
        lead = make_enrolled_task(make_programme("ortho", merge="same_owner"), patient)
        routine = make_programme("sat", kind="routine", merge="any_owner", document=SATISFACTION)
        member = make_enrolled_task(routine, patient, staff="centre")
        regroup(patient_ids=[patient.pk])
    return lead, member


def test_two_submits_of_a_contact_are_one(scratch_tenant: Any, pair: Any, at: Any) -> None:
    lead, member = pair

    def submit(task_id: int) -> str:
        try:
            submit_task(
                actor=actor_named("clinician"), task_id=task_id, answers={**GOOD, "wound": "red"}, conclusion="",
                members={str(member.pk): {"content": "no"}},
            )  # fmt: skip
        except TaskAlreadyClosed:
            return "closed"
        return "taken"

    def inside() -> Any:
        return at("2026-11-20 09:31")

    # One enters by the lead, the other by the member.
    working = [
        work_in_thread(scratch_tenant.schema_name, lambda pk=pk: submit(pk), inside=inside)
        for pk in (lead.pk, member.pk, lead.pk)
    ]
    assert sorted(each.result() for each in working) == ["closed", "closed", "taken"]
    assert sorted(Submission.objects.values_list("task_id", flat=True)) == [lead.pk, member.pk]
    assert sorted(Escalation.objects.values_list("task_id", flat=True)) == [lead.pk, member.pk]


def test_grouping_while_somebody_begins_leaves_no_half_contact(
    scratch_tenant: Any, pair: Any, at: Any
) -> None:
    lead, member = pair

    def begin() -> None:
        start_task(actor=actor_named("clinician"), task_id=lead.pk)

    def group() -> int:
        return regroup(patient_ids=[lead.patient_id])

    def take_out() -> str:
        try:
            detach_member(actor=actor_named("clinician"), task_id=lead.pk, member_id=member.pk)
        except DomainError as error:
            return error.code
        return "out"

    working = [
        work_in_thread(scratch_tenant.schema_name, each, inside=lambda: at("2026-11-20 09:31"))
        for each in (group, begin, take_out, group)
    ]
    for each in working:
        each.result()
    lead.refresh_from_db()
    member.refresh_from_db()
    assert (lead.state, lead.lead_id) == ("in_progress", None)
    assert (member.lead_id, member.own_ward_id, member.detached) == (None, None, True)


def test_regrouping_at_once_gives_one_result(scratch_tenant: Any, pair: Any, at: Any) -> None:
    lead, member = pair
    Task.objects.update(
        lead=None, own_ward_id=None, own_department_id=None, own_institution_id=None, own_assignee_id=None
    )
    working = [
        work_in_thread(scratch_tenant.schema_name, lambda: regroup(patient_ids=[lead.patient_id]))
        for _ in range(4)
    ]
    assert sorted(each.result() for each in working) == [0, 0, 0, 1]
    assert Task.objects.get(pk=member.pk).lead_id == lead.pk
