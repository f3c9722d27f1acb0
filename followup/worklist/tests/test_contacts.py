"""合并联系: which tasks become one contact."""

from datetime import timedelta

import pytest

from followup.worklist.models import Task
from followup.worklist.services import regroup
from followup.worklist.tests.factories import (
    DAY,
    leads,
    make_enrolled_task,
    make_patient,
    make_programme,
)

pytestmark = pytest.mark.req("S20")


@pytest.mark.parametrize(
    ("kind", "merge", "staff", "days", "joined"),
    [
        ("routine", "any_owner", "centre", 2, True),
        ("routine", "any_owner", "centre", 5, False),  # the windows no longer share a day
        ("routine", "same_owner", "centre", 2, False),  # another ward
        ("routine", "same_owner", "clinician", 2, True),
        ("routine", "none", "clinician", 2, False),
        ("chronic", "any_owner", "centre", 2, False),  # only what is routine goes to another ward
        ("chronic", "same_owner", "clinician", -3, True),
        ("chronic", "same_owner", "clinician", -4, False),
    ],
)
def test_who_joins(ortho, kind: str, merge: str, staff: str, days: int, joined: bool) -> None:
    other = make_programme("other", kind=kind, merge=merge)
    patient = make_patient()
    lead = make_enrolled_task(ortho, patient)
    task = make_enrolled_task(other, patient, staff=staff, due_on=DAY + timedelta(days=days))
    assert regroup(patient_ids=[patient.pk]) == int(joined)
    assert leads() == {lead.pk: None, task.pk: lead.pk if joined else None}


@pytest.mark.parametrize(("apart", "joined"), [(5, True), (6, False), (-5, True), (-6, False)])
def test_due_days_lie_at_most_five_apart_however_wide_the_windows(
    ortho, routine, apart: int, joined: bool
) -> None:
    patient = make_patient()
    lead = make_enrolled_task(ortho, patient, before=30, after=30)
    task = make_enrolled_task(routine, patient, due_on=DAY + timedelta(days=apart), before=30, after=30)
    regroup(patient_ids=[patient.pk])
    assert leads()[task.pk] == (lead.pk if joined else None)


def test_a_routine_joins_a_specialty_that_does_not_merge_itself(routine) -> None:
    alone, patient = make_programme("cardio", merge="none"), make_patient()
    lead, member = make_enrolled_task(alone, patient), make_enrolled_task(routine, patient, staff="centre")
    regroup(patient_ids=[patient.pk])
    assert leads() == {lead.pk: None, member.pk: lead.pk}


def test_the_specialty_leads_before_the_chronic_before_the_routine_then_the_earlier(ortho, routine) -> None:
    chronic = make_programme("copd", kind="chronic", merge="same_owner")
    second = make_programme("stroke", merge="same_owner")
    patient = make_patient()
    a = make_enrolled_task(routine, patient, due_on=DAY - timedelta(days=2))
    b = make_enrolled_task(chronic, patient, due_on=DAY - timedelta(days=1))
    c = make_enrolled_task(ortho, patient, due_on=DAY + timedelta(days=1))
    d = make_enrolled_task(second, patient)
    regroup(patient_ids=[patient.pk])
    assert leads() == {a.pk: d.pk, b.pk: d.pk, c.pk: d.pk, d.pk: None}


def test_a_programme_is_asked_once_a_contact_the_nearest_first(ortho, routine) -> None:
    patient = make_patient()
    lead = make_enrolled_task(ortho, patient)
    far = make_enrolled_task(routine, patient, due_on=DAY - timedelta(days=2), occurrence=1)
    near = make_enrolled_task(routine, patient, due_on=DAY + timedelta(days=1), occurrence=2)
    again = make_enrolled_task(ortho, patient, due_on=DAY + timedelta(days=1), occurrence=2)
    regroup(patient_ids=[patient.pk])
    # The second follow-up of the same programme is a contact of its own, and takes what is left.
    assert leads() == {lead.pk: None, near.pk: lead.pk, far.pk: again.pk, again.pk: None}


def test_what_is_no_planned_follow_up_with_a_form_stays_alone(ortho, routine) -> None:
    patient = make_patient()
    make_enrolled_task(ortho, patient)
    for number, more in enumerate(
        ({"state": "in_progress"}, {"state": "paused"}, {"kind": "education"}, {"questionnaire_version_id": None},
         {"detached": True}, {"state": "done", "closed_on": DAY, "closed_at": "2026-11-20T01:00Z"}),
    ):  # fmt: skip
        make_enrolled_task(routine, patient, occurrence=number + 1, **more)
    assert regroup(patient_ids=[patient.pk]) == 0
    assert set(leads().values()) == {None}


def test_the_same_tasks_always_give_the_same_groups(pair) -> None:
    lead, _ = pair
    before = list(Task.objects.order_by("pk").values())
    assert regroup(patient_ids=[lead.patient_id]) == 0
    assert regroup(enrolments_from=0) == 0
    assert list(Task.objects.order_by("pk").values()) == before
    assert regroup() == regroup(patient_ids=[]) == regroup(enrolments_from=10**12) == 0


def test_new_enrolments_are_grouped_and_others_left(ortho, routine) -> None:
    old, new = make_patient(), make_patient("李四")
    for patient in (old, new):
        make_enrolled_task(ortho, patient)
        newest = make_enrolled_task(routine, patient)
    first_of_new = newest.enrolment_id - 1
    assert regroup(enrolments_from=first_of_new) == 1
    assert set(Task.objects.exclude(lead=None).values_list("patient_id", flat=True)) == {new.pk}


def test_many_patients_are_grouped_the_same_and_the_planner_is_left_as_it_was(
    ortho, routine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import connection

    from followup.worklist.services import contacts

    monkeypatch.setattr(contacts, "_FEW", 0)
    expected = {}
    for number in range(3):
        patient = make_patient(f"王{number}")
        lead = make_enrolled_task(ortho, patient)
        expected |= {lead.pk: None, make_enrolled_task(routine, patient, staff="centre").pk: lead.pk}
    assert regroup(enrolments_from=0) == 3
    assert leads() == expected
    with connection.cursor() as cursor:
        cursor.execute("SHOW enable_nestloop")
        assert cursor.fetchone() == ("on",)
