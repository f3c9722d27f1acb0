"""Tasks, escalations and contacts when two records become one person, and when they are parted again."""

import pytest

from followup.programmes.models import ProgrammeStep
from followup.programmes.services import part_patient as part_enrolments
from followup.programmes.services import repoint_patient
from followup.worklist.models import Escalation, Task
from followup.worklist.services import merge_patient, part_patient, submit_task
from followup.worklist.tests.factories import GOOD, leads, make_enrolled_task, make_patient, make_programme
from records.models import Encounter, Patient
from tests.cast import actor_named

pytestmark = pytest.mark.req("S20", "D2")


def test_merged_patients_are_grouped_together(ortho, routine) -> None:
    retired, survivor = make_patient(), make_patient("张伟明")
    member, lead = make_enrolled_task(routine, retired), make_enrolled_task(ortho, survivor)
    merge_patient(survivor_id=survivor.pk, retired_id=retired.pk)
    assert leads() == {lead.pk: None, member.pk: lead.pk}


def merge(survivor: Patient, retired: Patient) -> None:
    """As records does it, and both rooms hear of it."""
    Encounter.objects.filter(patient=retired).update(patient=survivor)
    repoint_patient(survivor_id=survivor.pk, retired_id=retired.pk)
    merge_patient(survivor_id=survivor.pk, retired_id=retired.pk)


def part(survivor: Patient, retired: Patient, stays: list[int]) -> int:
    Encounter.objects.filter(pk__in=stays).update(patient=retired)
    part_enrolments(survivor_id=survivor.pk, retired_id=retired.pk)
    return part_patient(survivor_id=survivor.pk, retired_id=retired.pk)


def test_parted_records_get_back_what_hangs_on_their_stays(
    ortho: ProgrammeStep, routine: ProgrammeStep
) -> None:
    retired, survivor = make_patient(), make_patient("张伟明")
    own = make_enrolled_task(ortho, survivor)
    came = make_enrolled_task(routine, retired, staff="clinician")
    stays = list(Encounter.objects.filter(patient=retired).values_list("pk", flat=True))
    merge(survivor, retired)
    assert leads() == {own.pk: None, came.pk: own.pk}
    assert part(survivor, retired, stays) == 1
    assert part(survivor, retired, stays) == 0
    rows = dict(Task.objects.values_list("pk", "patient_id"))
    assert rows == {own.pk: survivor.pk, came.pk: retired.pk}
    assert leads() == {own.pk: None, came.pk: None}
    came.refresh_from_db()
    assert (came.own_ward_id, came.enrolment.patient_id) == (None, retired.pk)


def test_a_contact_that_was_begun_is_parted_too(ortho: ProgrammeStep, routine: ProgrammeStep) -> None:
    retired, survivor = make_patient(), make_patient("张伟明")
    make_enrolled_task(ortho, survivor)
    came = make_enrolled_task(routine, retired, staff="centre")
    ward = came.ward_id
    stays = list(Encounter.objects.filter(patient=retired).values_list("pk", flat=True))
    merge(survivor, retired)
    Task.objects.update(state="in_progress")
    part(survivor, retired, stays)
    came.refresh_from_db()
    assert (came.lead_id, came.ward_id, came.patient_id, came.state) == (
        None,
        ward,
        retired.pk,
        "in_progress",
    )


def test_what_came_since_stays_and_alarms_go_with_their_task(ortho: ProgrammeStep) -> None:
    retired, survivor = make_patient(), make_patient("张伟明")
    came = make_enrolled_task(ortho, retired)
    stays = list(Encounter.objects.filter(patient=retired).values_list("pk", flat=True))
    submit_task(
        actor=actor_named("clinician"), task_id=came.pk, answers={**GOOD, "wound": "pus"}, conclusion=""
    )
    merge(survivor, retired)
    heart = make_programme("heart")
    since = make_enrolled_task(heart, survivor)
    Encounter.objects.filter(pk=since.encounter_id).exclude(pk__in=stays).update(patient=survivor)
    assert Escalation.objects.get().patient_id == survivor.pk
    late = Encounter.objects.create(
        patient=survivor, kind="inpatient", status="discharged", source_system="HIS", source_id="LATE",
        source_updated_at=came.created_at, created_at=came.created_at, updated_at=came.created_at,
    )  # fmt: skip
    Task.objects.filter(pk=since.pk).update(encounter=late)
    part(survivor, retired, stays)
    assert dict(Task.objects.values_list("pk", "patient_id")) == {came.pk: retired.pk, since.pk: survivor.pk}
    assert Escalation.objects.get().patient_id == retired.pk
