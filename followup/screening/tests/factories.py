"""Synthetic patients and stays written straight into records' tables: a few by hand, or very many by one statement."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection

from kernel import clock
from kernel.clock import SHANGHAI
from organization.models import Ward
from records.models import (
    Diagnosis,
    Encounter,
    Label,
    LabReport,
    LabResult,
    Operation,
    Patient,
    PatientFlag,
    PatientLabel,
    RegisterEntry,
)

_serial = iter(range(1, 10**9))


def current_transaction() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        return int(cursor.fetchone()[0])


def make_encounter(
    *,
    discharged_on: date | None = None,
    diagnoses: list[str] | tuple[tuple[str, str, bool], ...] = (),
    operations: list[tuple[str, date | None]] | tuple[tuple[str, date | None], ...] = (),
    kind: str = "inpatient",
    status: str = "discharged",
    age: int | None = 60,
    sex: str = "F",
    disposition: str = "home",
    ward_code: str | None = "W41",
    deceased: bool = False,
    patient: Patient | None = None,
    admitted_on: date | None = None,
    attending_no: str = "",
    nurse_no: str = "",
) -> Encounter:
    """A stay with its facts. `diagnoses` are stems (the first is the main one) or (stem, kind, is_main); a stem after
    which a name stands, as in "I219 急性心肌梗死", has that name, and so has an operation's."""
    number = next(_serial)
    now = clock.now()
    day = discharged_on or clock.today()
    if patient is None:
        patient = Patient.objects.create(
            name=f"测试{number}", name_masked="测**", sex=sex, created_at=now, updated_at=now,
            deceased_at=now if deceased else None,
        )  # fmt: skip
    ward = Ward.objects.select_related("department").get(code=ward_code) if ward_code else None
    encounter = Encounter.objects.create(
        patient=patient, kind=kind, status=status, source_system="TEST", source_id=f"T{number}",
        institution_id=ward.department.institution_id if ward else None,
        department=ward.department if ward else None, ward=ward,
        discharged_on=day, discharged_at=datetime(day.year, day.month, day.day, 10, tzinfo=SHANGHAI),
        admitted_at=admitted_on and datetime.combine(admitted_on, time(1), SHANGHAI),
        attending_no=attending_no, nurse_no=nurse_no, age_at_discharge=age, disposition=disposition,
        source_updated_at=now, revision=current_transaction(),
        created_at=now, updated_at=now,
    )  # fmt: skip
    rows = [d if isinstance(d, tuple) else (d, "discharge", i == 0) for i, d in enumerate(diagnoses)]
    Diagnosis.objects.bulk_create(
        Diagnosis(
            encounter=encounter, seq=i, icd10=stem.split()[0], icd10_stem=stem.split()[0],
            name=stem.partition(" ")[2], kind=k, is_main=main,
        )
        for i, (stem, k, main) in enumerate(rows, start=1)
    )  # fmt: skip
    Operation.objects.bulk_create(
        Operation(
            encounter=encounter, seq=i, code=stem.split()[0], code_stem=stem.split()[0],
            name=stem.partition(" ")[2], operated_on=on,
        )
        for i, (stem, on) in enumerate(operations, start=1)
    )  # fmt: skip
    return encounter


def mark_patient(
    patient: Patient,
    *,
    labels: Iterable[tuple[str, bool]] = (),
    flags: Iterable[tuple[str, bool]] = (),
    registers: Iterable[tuple[str, date | None]] = (),
) -> None:
    """Labels and flags with whether they are still borne; registers with their end."""
    now = clock.now()
    for code, is_worn in labels:
        label, _ = Label.objects.get_or_create(code=code, defaults={"name": code})
        PatientLabel.objects.create(
            patient=patient, label=label, set_at=now, removed_at=None if is_worn else now
        )
    for kind, is_borne in flags:
        PatientFlag.objects.create(
            patient=patient, kind=kind, set_at=now, lifted_at=None if is_borne else now
        )
    for register, until in registers:
        RegisterEntry.objects.create(
            patient=patient, register=register, since=date(2020, 1, 1), until=until, recorded_at=now
        )


def add_lab(
    encounter: Encounter, code: str, value: Any, *, flag: str = "", days_before: int | None = 0,
    of_stay: bool = True, superseded: bool = False,
) -> None:  # fmt: skip
    """A report with one result, so many days before the discharge; None: its time is not known."""
    now = clock.now()
    day = encounter.discharged_at
    assert day is not None
    report = LabReport.objects.create(
        patient=encounter.patient, encounter=encounter if of_stay else None, source_system="TEST",
        report_no=f"L{next(_serial)}", created_at=now, superseded_at=now if superseded else None,
        reported_at=None if days_before is None else day - timedelta(days=days_before),
    )  # fmt: skip
    LabResult.objects.create(report=report, code=code, value_num=value, value_text=str(value), flag=flag)


def touch(encounter: Encounter, **changes: Any) -> None:
    """Correct the stay as records does: new values, new revision."""
    Encounter.objects.filter(pk=encounter.pk).update(**changes, revision=current_transaction())


def route_patient(patient: Patient, ward_code: str, division_code: str, state: str = "auto") -> None:
    """The patient's current routing: the ward's institution, or the centre's desk."""
    from community.routing.models import CurrentRouting, RoutingDecision

    ward = Ward.objects.select_related("department").filter(code=ward_code).order_by("pk")[0]
    now = clock.now()
    decision = RoutingDecision.objects.create(
        patient=patient,
        state=state,
        rule="test",
        confidence=1,
        division_code=division_code,
        why="测试",
        decided_at=now,
    )
    CurrentRouting.objects.update_or_create(
        patient=patient,
        defaults={
            "decision": decision, "state": state, "division_code": division_code, "ward": ward,
            "department": ward.department, "institution_id": ward.department.institution_id, "decided_at": now,
        },
    )  # fmt: skip


def days_ago(count: int) -> date:
    return clock.today() - timedelta(days=count)
