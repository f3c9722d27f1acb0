"""A golden file's discharge, delivered as a hospital would: by a canonical event, then routed and screened."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any

from access.actor import SYSTEM
from followup.screening.services import screen_encounter
from followup.screening.tests.factories import route_patient
from kernel.clock import SHANGHAI, FixedClock, use_clock
from records.contracts import (
    CanonicalEvent,
    DiagnosisData,
    DiagnosisKind,
    Disposition,
    EncounterData,
    EventKind,
    OperationData,
    PatientData,
    PatientSex,
    SourceData,
    VisitClass,
)
from records.models import Encounter, Patient
from records.services import apply_event
from tests.paths.harness import as_day

_numbers = count(1)
# Department code of the stay → (its inpatient ward, name); the cast has these two.
WARDS = {"0301": ("W31", "心血管内科"), "0401": ("W41", "骨科")}
TEAM, DIVISION = "TEAM", "420583106201"
# The owner of a step → the ward whose work list shows its tasks (nobody named: the stay's own ward).
DESK = "D1"


def ward_of(owner: str, stay: Mapping[str, Any]) -> str:
    own: str = WARDS[stay.get("department", "0301")][0]
    return {"community": TEAM, "centre": DESK}.get(owner, own)


def discharge(stay: Mapping[str, Any]) -> Encounter:
    """The stay, arrived at 16:00 of its day of discharge and screened at once."""
    day = as_day(stay["discharged_on"])
    number = f"PATH{next(_numbers)}"
    with use_clock(FixedClock(_at(day, 16))):
        applied = apply_event(actor=SYSTEM, event=_event_of(stay, day, number), source_system="H1")
        encounter = Encounter.objects.get(pk=applied.encounter_id)
        route_patient(Patient.objects.get(pk=applied.patient_id), TEAM, DIVISION)
        screen_encounter(encounter_id=encounter.pk)
    return encounter


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), SHANGHAI)


def _event_of(stay: Mapping[str, Any], day: date, number: str) -> CanonicalEvent:
    visit_class = VisitClass(stay.get("kind", "inpatient"))
    department = stay.get("department", "0301")
    ward, name = WARDS[department]
    kind = DiagnosisKind.DISCHARGE if visit_class is VisitClass.INPATIENT else DiagnosisKind.OUTPATIENT
    return CanonicalEvent(
        kind=EventKind.DISCHARGE,
        source=SourceData("HIS", "H1"),
        control_id=number,
        occurred_at=_at(day, 15),
        patient=PatientData(
            local_id=number, authority="H1", name="测试",
            sex=PatientSex.FEMALE if stay.get("sex", "M") == "F" else PatientSex.MALE,
            birth_date=_birth_of(stay, day),
        ),
        encounter=EncounterData(
            visit_no=number, visit_class=visit_class, ward_code=ward, ward_name=ward,
            department_code=department, department_name=name,
            admit_at=_at(day - timedelta(days=stay.get("stay_days", 7)), 9), discharge_at=_at(day, 15),
            disposition=Disposition(stay.get("disposition", "home")),
        ),
        diagnoses=tuple(
            DiagnosisData(i, str(code), str(code), str(text), kind, rest == ["main"])
            for i, (code, text, *rest) in enumerate(stay.get("diagnoses", ()), start=1)
        ),
        operations=tuple(
            OperationData(i, str(code), str(text), _at(as_day(on), 10))
            for i, (code, text, on) in enumerate(stay.get("operations", ()), start=1)
        ),
    )  # fmt: skip


def _birth_of(stay: Mapping[str, Any], day: date) -> date:
    """A birthday that gives the age on the day of discharge: half a year past it, or as written."""
    if "birth_date" in stay:
        return as_day(stay["birth_date"])
    return date(day.year - stay.get("age", 60) - (day.month <= 6), (day.month + 5) % 12 + 1, 1)
