"""Synthetic patients with addresses, discharged from the hospital; and the county's catchments."""

from datetime import date, timedelta
from typing import Any

from access.actor import SYSTEM
from community.catchments.services import save_catchment, save_clinician_area
from community.routing.models import CurrentRouting
from community.routing.services import route_encounter
from kernel import clock
from kernel.models import OutboxEvent
from organization.models import Department, Institution, StaffMember
from records.models import Encounter, Patient, PatientAddress

WENAN, BAILIZHOU, GUANMIAOSHAN = "420583106000", "420583108000", "420583106205"


def enter_catchments() -> None:
    """问安镇 and 百里洲镇 with their clinics and a named clinician each."""
    for clinic, township, staff_no in (("T1", WENAN, "S-clinician"), ("T2", BAILIZHOU, "S-other_clinician")):
        institution = Institution.objects.get(code=clinic)
        staff = StaffMember.objects.get(staff_no=staff_no)
        save_catchment(actor=SYSTEM, institution_id=institution.pk, division_code=township)
        assert staff.ward_id is not None
        save_clinician_area(actor=SYSTEM, staff_id=staff.pk, ward_id=staff.ward_id, division_code=township)


def make_patient(text: str = "", *, name: str = "张建国", kind: str = "current", **fields: Any) -> Patient:
    now = clock.now()
    patient = Patient.objects.create(
        name=name, name_masked=f"{name[0]}*{name[-1]}", sex="M", birth_date=date(1956, 3, 8),
        created_at=now, updated_at=now,
    )  # fmt: skip
    if text or fields:
        report_address(patient, text, kind=kind, **fields)
    return patient


def report_address(
    patient: Patient, text: str, *, kind: str = "current", age_days: int = 0, **fields: Any
) -> None:
    now = clock.now()
    PatientAddress.objects.filter(patient=patient, kind=kind, superseded_at=None).update(superseded_at=now)
    PatientAddress.objects.create(
        patient=patient, kind=kind, text=text, reported_at=now - timedelta(days=age_days), **fields
    )


def make_encounter(patient: Patient) -> Encounter:
    now = clock.now()
    ortho = Department.objects.get(code="0401")
    return Encounter.objects.create(
        patient=patient, kind="inpatient", status="discharged", source_system="HIS",
        source_id=f"E{patient.pk}-{patient.encounters.count()}", institution_id=ortho.institution_id,
        department=ortho, discharged_at=now, discharged_on=clock.today(), disposition="home",
        main_diagnosis="股骨颈骨折", source_updated_at=now, created_at=now, updated_at=now,
    )  # fmt: skip


def route(patient: Patient) -> CurrentRouting:
    encounter = patient.encounters.first() or make_encounter(patient)
    route_encounter(encounter_id=encounter.pk, patient_id=patient.pk)
    return current(patient)


def current(patient: Patient) -> CurrentRouting:
    return CurrentRouting.objects.select_related("decision", "institution", "staff", "ward").get(
        patient=patient
    )


def events(kind: str) -> list[dict[str, Any]]:
    return [event.payload for event in OutboxEvent.objects.filter(type=kind).order_by("pk")]
