"""合并联系: where members stand, and what becomes of them when something moves or ends."""

import pytest

from access.actor import SYSTEM
from followup.worklist.models import Task, TaskAttempt
from followup.worklist.services import cancel_open_tasks, regroup
from followup.worklist.services.reassigning import reassign_open_tasks
from followup.worklist.tests.factories import (
    leads,
    make_enrolled_task,
    make_patient,
    make_programme,
)
from organization.models import StaffMember

pytestmark = pytest.mark.req("S20")


def test_a_member_stands_at_its_leads_place_and_gets_its_own_back(pair) -> None:
    lead, member = pair
    centre = StaffMember.objects.get(staff_no="S-centre")
    assert (member.ward_id, member.department_id, member.institution_id, member.assignee_id, member.channel) == (
        lead.ward_id, lead.department_id, lead.institution_id, lead.assignee_id, "T",
    )  # fmt: skip
    assert (member.own_ward_id, member.own_assignee_id, member.own_channel) == (
        centre.ward_id,
        centre.pk,
        "S",
    )
    Task.objects.filter(pk=lead.pk).update(state="paused")
    assert regroup(patient_ids=[lead.patient_id]) == 1
    member.refresh_from_db()
    assert (member.lead_id, member.ward_id, member.assignee_id, member.channel) == (
        None,
        centre.ward_id,
        centre.pk,
        "S",
    )
    assert (member.own_ward_id, member.own_assignee_id, member.own_channel) == (None, None, "")


@pytest.mark.parametrize("state", ["paused", "cancelled"])
def test_a_member_that_is_paused_or_cancelled_leaves(pair, state: str) -> None:
    lead, member = pair
    Task.objects.filter(pk=member.pk).update(state=state)
    regroup(patient_ids=[lead.patient_id])
    member.refresh_from_db()
    assert (member.lead_id, member.own_ward_id, member.state) == (None, None, state)


def test_routing_moves_the_lead_and_its_members_follow(pair) -> None:
    lead, member = pair
    new = StaffMember.objects.select_related("ward__department").get(staff_no="S-other_clinician")
    place = {
        "institution_id": new.ward.department.institution_id, "department_id": new.ward.department_id,
        "ward_id": new.ward_id, "staff_id": new.pk, "township_code": "420583108000",
    }  # fmt: skip
    assert reassign_open_tasks(patient_id=lead.patient_id, **place) == 1
    assert reassign_open_tasks(patient_id=lead.patient_id, **place) == 0
    rows = Task.objects.filter(patient_id=lead.patient_id).values_list("ward_id", "assignee_id")
    assert list(rows) == [(new.ward_id, new.pk)] * 2
    assert Task.objects.get(pk=member.pk).own_ward_id == StaffMember.objects.get(staff_no="S-centre").ward_id


def test_routing_moves_a_members_own_place(ortho) -> None:
    """A community task that joins the hospital's: what moves is where it would go back to."""
    patient = make_patient()
    routine = make_programme("phone", kind="routine", merge="any_owner", owner="community")
    hospital = make_programme("heart", merge="same_owner", owner="hospital")
    lead = make_enrolled_task(hospital, patient, staff="doctor")
    member = make_enrolled_task(routine, patient, staff="clinician")
    regroup(patient_ids=[patient.pk])
    new = StaffMember.objects.select_related("ward__department").get(staff_no="S-other_clinician")
    moved = reassign_open_tasks(
        patient_id=patient.pk, institution_id=new.ward.department.institution_id, ward_id=new.ward_id,
        department_id=new.ward.department_id, staff_id=new.pk, township_code="420583108000",
    )  # fmt: skip
    member.refresh_from_db()
    assert (moved, member.lead_id, member.ward_id, member.own_ward_id) == (
        1,
        lead.pk,
        lead.ward_id,
        new.ward_id,
    )


def test_cancelling_the_lead_leads_the_members_anew(ortho, routine) -> None:
    chronic, patient = make_programme("copd", kind="chronic", merge="same_owner"), make_patient()
    lead, second = make_enrolled_task(ortho, patient), make_enrolled_task(chronic, patient)
    third = make_enrolled_task(routine, patient)
    regroup(patient_ids=[patient.pk])
    cancel_open_tasks(actor=SYSTEM, enrolment_ids=[lead.enrolment_id], reason="出院已取消")
    assert leads() == {lead.pk: None, second.pk: None, third.pk: second.pk}


def test_a_contact_that_was_begun_goes_on_under_its_first_member(ortho, routine, api) -> None:
    chronic, patient = make_programme("copd", kind="chronic", merge="same_owner"), make_patient()
    lead, second = make_enrolled_task(ortho, patient), make_enrolled_task(chronic, patient)
    third = make_enrolled_task(routine, patient, staff="centre")
    regroup(patient_ids=[patient.pk])
    client = api("alpha", "clinician")
    client.post(f"/tasks/{lead.pk}/attempts", {"channel": "T", "outcome": "busy"})
    assert regroup(patient_ids=[patient.pk]) == 0
    cancel_open_tasks(actor=SYSTEM, enrolment_ids=[lead.enrolment_id], reason="x")
    assert leads() == {lead.pk: None, second.pk: None, third.pk: second.pk}
    assert TaskAttempt.objects.get().task_id == second.pk
    third.refresh_from_db()
    assert (third.state, third.ward_id) == ("in_progress", second.ward_id)


def test_paused_tasks_are_cancelled_with_the_stay(ortho) -> None:
    task = make_enrolled_task(ortho, make_patient(), state="paused")
    assert cancel_open_tasks(actor=SYSTEM, encounter_ids=[task.encounter_id], reason="x") == 1
