"""Visits: one row per (source system, visit number), in the order of the source's time."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kernel import clock
from organization.errors import LeadInstitutionMissing
from organization.selectors import find_department, find_ward, lead_institution
from records.contracts import CanonicalEvent, EncounterData, EventKind
from records.enums import Disposition, EncounterKind, EncounterStatus
from records.errors import VisitOfAnotherPatient
from records.models import Encounter, Patient
from records.rules import DISPOSITIONS, age_at, encounter_kind, main_diagnosis_text, next_status
from records.services.clinical import ClinicalChange, plan_clinical, write_clinical
from records.services.database import CurrentTransaction
from records.services.people import save_patient

# What of a stay another room may decide by: a change of one of these after the discharge is worth an event.
_TOLD = frozenset(
    {
        "kind", "department_id", "ward_id", "institution_id", "department_text", "ward_text", "attending_no",
        "attending_name", "nurse_no", "nurse_name", "discharged_at", "discharged_on", "age_at_discharge",
        "disposition", "admitted_at", "main_diagnosis", "status",
    }
)  # fmt: skip
_MAX_STAFF = 40


@dataclass(frozen=True, slots=True)
class StayResult:
    encounter_id: int
    event: str  # what to publish, "" for nothing


def apply_stay(
    *, patient: Patient, event: CanonicalEvent, source_system: str, inpatient_no: str, moment: datetime
) -> StayResult:
    """Insert or update the visit of the event. Raises VisitOfAnotherPatient."""
    data = event.encounter
    assert data is not None
    found = (
        Encounter.objects.select_for_update(no_key=True)
        .filter(source_system=source_system, source_id=data.visit_no)
        .first()
    )
    if found is not None and found.patient_id != patient.pk:
        raise VisitOfAnotherPatient()
    encounter = found or Encounter(
        patient=patient, source_system=source_system, source_id=data.visit_no, kind="", status=""
    )
    before = _state_of(encounter)
    is_newer = found is None or moment >= encounter.source_updated_at
    _decide_status(encounter, event, data, moment, is_known=found is not None)
    values = _facts(encounter, event, data) | {"inpatient_no": inpatient_no}
    _take(encounter, {name: value for name, value in values.items() if value}, is_newer=is_newer)
    if encounter.status == EncounterStatus.DISCHARGED:
        is_discharge = event.kind is EventKind.DISCHARGE
        over = {"discharged_at": data.discharge_at, "disposition": DISPOSITIONS.get(data.disposition, "")}
        _take(
            encounter,
            {name: value for name, value in over.items() if value},
            is_newer=is_newer or (is_discharge and before["status"] != EncounterStatus.DISCHARGED),
        )
    clinical = plan_clinical(encounter, event, is_newer=is_newer)
    if clinical.diagnoses is not None:
        encounter.main_diagnosis = main_diagnosis_text(clinical.diagnoses)
    _derive(encounter, patient)
    _note_death(encounter, patient, was=before)
    if is_newer:
        encounter.source_updated_at = moment
    changed = _save(encounter, before, clinical)
    return StayResult(encounter.pk, _event_of(found is None, before, encounter, changed, clinical))


def _state_of(encounter: Encounter) -> dict[str, Any]:
    """Every stored column, to see afterwards what the message changed."""
    return {
        field.attname: getattr(encounter, field.attname)
        for field in Encounter._meta.concrete_fields
        if field.attname not in ("id", "revision", "created_at", "updated_at")
    }


def _decide_status(
    encounter: Encounter, event: CanonicalEvent, data: EncounterData, moment: datetime, *, is_known: bool
) -> None:
    status = next_status(
        event.kind,
        status=encounter.status if is_known else None,
        status_at=encounter.status_at,
        moment=moment,
        has_discharge_time=data.discharge_at is not None,
    )
    if status is None:
        encounter.status = encounter.status or EncounterStatus.OPEN
        return
    encounter.status = status
    if encounter.status_at is None or moment > encounter.status_at:
        encounter.status_at = moment


def _facts(encounter: Encounter, event: CanonicalEvent, data: EncounterData) -> dict[str, Any]:
    """What the message states about the visit itself, whatever its status."""
    ward_text = data.ward_name or data.ward_code
    department_text = data.department_name or data.department_code
    values: dict[str, Any] = {
        "kind": encounter_kind(data.visit_class, event.kind, encounter.kind),
        "attending_no": data.attending.staff_no,
        "attending_name": data.attending.name,
        "nurse_no": data.nurse.staff_no[:_MAX_STAFF],
        "nurse_name": data.nurse.name[:_MAX_STAFF],
        "admitted_at": data.admit_at,
        "ward_text": ward_text,
        "department_text": department_text,
    }
    is_placed = encounter.ward_id is not None and encounter.department_id is not None
    same_texts = (ward_text, department_text) == (encounter.ward_text, encounter.department_text)
    if not is_placed or not same_texts:
        values |= _resolve_place(encounter, data)
    return values


def _resolve_place(encounter: Encounter, data: EncounterData) -> dict[str, Any]:
    """Ward, department and institution by code, else by name; what is not known here stays a text."""
    ward = _find(find_ward, data.ward_code, data.ward_name)
    department = _find(find_department, data.department_code, data.department_name)
    values: dict[str, Any] = {}
    if department is not None:
        values["department_id"], values["institution_id"] = department.id, department.institution_id
        values["department_text"] = data.department_name or department.name
    elif ward is not None:
        values["department_id"], values["institution_id"] = ward.department_id, ward.institution_id
        values["department_text"] = data.department_name or ward.department_name
    if ward is not None:
        values["ward_id"] = ward.id
        values["ward_text"] = data.ward_name or ward.name
    if "institution_id" not in values and encounter.institution_id is None:
        with suppress(LeadInstitutionMissing):
            values["institution_id"] = lead_institution().id
    # A move to a place that is not known here must not leave the old place behind.
    if ward is None and (data.ward_code or data.ward_name) and encounter.ward_id is not None:
        values["ward_id"] = _NOWHERE
    names_department = data.department_code or data.department_name
    if "department_id" not in values and names_department and encounter.department_id is not None:
        values["department_id"] = _NOWHERE
    return values


_NOWHERE: Any = object()


def _find(look_up: Any, code: str, name: str) -> Any:
    found = look_up(code) if code else None
    return look_up(name) if found is None and name and name != code else found


def _take(encounter: Encounter, values: dict[str, Any], *, is_newer: bool) -> None:
    for name, value in values.items():
        if is_newer:
            setattr(encounter, name, None if value is _NOWHERE else value)
        elif getattr(encounter, name) in (None, "") and value is not _NOWHERE:
            setattr(encounter, name, value)


def _derive(encounter: Encounter, patient: Patient) -> None:
    if encounter.status == EncounterStatus.DISCHARGED and encounter.discharged_at is not None:
        encounter.discharged_on = clock.day_of(encounter.discharged_at)
        encounter.age_at_discharge = age_at(patient.birth_date, encounter.discharged_on)
    elif encounter.status != EncounterStatus.DISCHARGED:
        encounter.discharged_at = encounter.discharged_on = encounter.age_at_discharge = None
        encounter.disposition = ""


def _note_death(encounter: Encounter, patient: Patient, *, was: dict[str, Any]) -> None:
    """A discharge by death is the death of the patient; its cancellation takes back what it had stated."""
    died_before = was["disposition"] == Disposition.DEATH
    dies_now = encounter.disposition == Disposition.DEATH
    if dies_now and patient.deceased_at is None:
        save_patient(patient, {"deceased_at": encounter.discharged_at})
    elif died_before and not dies_now and patient.deceased_at == was["discharged_at"]:
        save_patient(patient, {"deceased_at": None})


def _save(encounter: Encounter, before: dict[str, Any], clinical: ClinicalChange) -> set[str]:
    """Write the row if anything differs; the names that do. A mere later time of the source is no change."""
    now = clock.now()
    changed = {name for name, value in _state_of(encounter).items() if before[name] != value}
    told = changed - {"source_updated_at", "status_at"}
    if encounter.pk is None:
        encounter.revision = CurrentTransaction()
        encounter.created_at = encounter.updated_at = now
        encounter.save(force_insert=True)
    elif told or clinical.is_change:
        encounter.revision = CurrentTransaction()
        encounter.updated_at = now
        encounter.save(update_fields=[*changed, "revision", "updated_at"])
    elif changed:
        encounter.save(update_fields=[*changed, "updated_at"])
    write_clinical(encounter, clinical)
    return told


def _event_of(
    is_new: bool, before: dict[str, Any], encounter: Encounter, changed: set[str], clinical: ClinicalChange
) -> str:
    was, now = before["status"], encounter.status
    if now == EncounterStatus.DISCHARGED:
        if was != EncounterStatus.DISCHARGED:
            return "encounter.discharged"
        return "encounter.changed" if changed & _TOLD or clinical.is_change else ""
    lies_in = (EncounterStatus.OPEN, EncounterKind.INPATIENT)
    if (
        (now, encounter.kind) == lies_in
        and was != EncounterStatus.DISCHARGED
        and (was, before["kind"]) != lies_in
    ):
        return "encounter.admitted"
    if is_new:
        return ""
    if now == EncounterStatus.CANCELLED and was != EncounterStatus.CANCELLED:
        return "encounter.cancelled"
    if now == EncounterStatus.OPEN and was == EncounterStatus.DISCHARGED:
        return "encounter.discharge_cancelled"
    return ""
