"""Canonical events as a way in would deliver them, on the places of the cast."""

from dataclasses import replace
from datetime import date, datetime
from itertools import count
from typing import Any

from django.db import transaction

from access.actor import SYSTEM
from kernel.clock import SHANGHAI
from records.contracts import (
    AddressData,
    AddressKind,
    Applied,
    CanonicalEvent,
    DiagnosisData,
    DiagnosisKind,
    Disposition,
    EncounterData,
    EventKind,
    IdentifierData,
    IdentifierKind,
    LabReportData,
    LabResultData,
    MergeData,
    OperationData,
    Owner,
    PatientData,
    PatientSex,
    PhoneData,
    SourceData,
    StaffData,
    VisitClass,
)
from records.models import Encounter, Patient
from records.services import apply_event

SYSTEM_NAME = "H1"
ID_NO = "42058319800101001X"
OTHER_ID = "42088119550615123X"
ADDRESS = "湖北省枝江市问安镇关庙山村三组"
_numbers = count(1)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


ADMITTED = moment("2026-11-10 08:30")
DISCHARGED = moment("2026-11-20 10:00")


def person(mrn: str = "P001", name: str = "张三", *, id_no: str = ID_NO, **values: Any) -> PatientData:
    phone = values.pop("phone", "13812345678")
    address = values.pop("address", ADDRESS)
    given: dict[str, Any] = {
        "local_id": mrn,
        "authority": SYSTEM_NAME,
        "name": name,
        "sex": PatientSex.MALE,
        "birth_date": date(1980, 1, 1),
        "resident_id_text": id_no,
        "phones": (PhoneData(phone),) if phone else (),
        "addresses": (AddressData(AddressKind.CURRENT, address, street=address),) if address else (),
    }
    return PatientData(**(given | values))


def visit(number: str = "ZY001", **values: Any) -> EncounterData:
    given: dict[str, Any] = {
        "visit_no": number,
        "visit_class": VisitClass.INPATIENT,
        "ward_code": "W41",
        "ward_name": "骨科一病区",
        "department_code": "0401",
        "department_name": "骨科",
        "attending": StaffData("GK001", "王强"),
        "admit_at": ADMITTED,
    }
    return EncounterData(**(given | values))


def left(number: str = "ZY001", **values: Any) -> EncounterData:
    return visit(number, **{"discharge_at": DISCHARGED, "disposition": Disposition.HOME, **values})


def event(kind: EventKind, at: str, patient: PatientData | None = None, **values: Any) -> CanonicalEvent:
    return CanonicalEvent(
        kind=kind,
        source=SourceData("HIS", SYSTEM_NAME),
        control_id=f"E{next(_numbers)}",
        occurred_at=moment(at),
        patient=patient or person(),
        **values,
    )


def diagnosis(
    icd10: str, name: str, *, main: bool = False, kind: DiagnosisKind = DiagnosisKind.DISCHARGE
) -> DiagnosisData:
    return DiagnosisData(1, icd10, icd10, name, kind, main)


KNEE = diagnosis("M17.100", "膝关节病", main=True)
DIABETES = diagnosis("E11.900x001", "2型糖尿病")
SURGERY = OperationData(
    1, "81.5400x003", "膝关节表面置换术", moment("2026-11-12 09:30"), StaffData("GK001", "王强")
)


def admit(at: str = "2026-11-10 08:40", patient: PatientData | None = None, **values: Any) -> CanonicalEvent:
    return event(EventKind.ADMIT, at, patient, encounter=visit(**values))


def discharge(
    at: str = "2026-11-20 10:14",
    patient: PatientData | None = None,
    *,
    diagnoses: tuple[DiagnosisData, ...] = (KNEE, DIABETES),
    operations: tuple[OperationData, ...] = (SURGERY,),
    **values: Any,
) -> CanonicalEvent:
    return event(
        EventKind.DISCHARGE, at, patient, encounter=left(**values), diagnoses=diagnoses, operations=operations
    )


def update(at: str, patient: PatientData | None = None, **values: Any) -> CanonicalEvent:
    return event(EventKind.UPDATE, at, patient, **values)


def merge(at: str, survivor: PatientData, retired: str) -> CanonicalEvent:
    return event(EventKind.MERGE, at, survivor, merge=MergeData(retired, SYSTEM_NAME))


def lab(
    at: str, *results: tuple[str, str, str], status: str = "F", number: str = "JY001", **values: Any
) -> CanonicalEvent:
    """`results` are (code, value, flag)."""
    lines = tuple(
        LabResultData(seq, code, code, value, unit="g/L", flag=flag, status=status)
        for seq, (code, value, flag) in enumerate(results, start=1)
    )
    report = LabReportData(number, "SH01", "血常规", reported_at=moment(at), status=status, results=lines)
    return event(EventKind.LAB_RESULT, at, encounter=visit(), lab_reports=(report,), **values)


def apply(given: CanonicalEvent) -> Applied:
    """Within a savepoint, as intake does it: a refused event leaves nothing."""
    with transaction.atomic():
        return apply_event(actor=SYSTEM, event=given, source_system=SYSTEM_NAME)


def apply_all(*events: CanonicalEvent) -> list[Applied]:
    return [apply(each) for each in events]


def the_stay(number: str = "ZY001") -> Encounter:
    return Encounter.objects.get(source_id=number)


def the_person(mrn: str = "P001") -> Patient:
    return Patient.objects.get(identifiers__value=mrn)


__all__ = [
    "ADDRESS", "ADMITTED", "DIABETES", "DISCHARGED", "ID_NO", "KNEE", "OTHER_ID", "SURGERY", "IdentifierData",
    "IdentifierKind", "Owner", "admit", "apply", "apply_all", "diagnosis", "discharge", "event", "lab", "left",
    "merge", "moment", "person", "replace", "the_person", "the_stay", "update", "visit",
]  # fmt: skip
