"""Laboratory reports: a corrected report supersedes the one of the same number."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from kernel import clock
from records.contracts import CanonicalEvent, LabReportData, LabResultData
from records.models import Encounter, LabReport, LabResult, Patient

# OBR-25 X: nothing will be reported; OBX-11 D, W, X: deleted, posted to the wrong patient, cannot be obtained.
_WITHDRAWN = frozenset({"X"})
_NO_RESULT = frozenset({"D", "W", "X"})


def apply_labs(
    *, patient: Patient, event: CanonicalEvent, source_system: str, moment: datetime
) -> int | None:
    """Store the reports; the id of the visit that they belong to, if it is known here."""
    visit_no = event.encounter.visit_no if event.encounter else ""
    encounter_id: int | None = None
    if visit_no:
        visits = Encounter.objects.filter(
            source_system=source_system, source_id=visit_no, patient_id=patient.pk
        )
        encounter_id = visits.values_list("pk", flat=True).first()
    for number, reports in _by_number(event).items():
        _apply_report(patient, encounter_id, source_system, number, reports, moment)
    return encounter_id


def _by_number(event: CanonicalEvent) -> dict[str, list[LabReportData]]:
    """Panels of one order come as several OBR with one report number: together they are the report."""
    found: dict[str, list[LabReportData]] = {}
    for at, report in enumerate(event.lab_reports, start=1):
        number = report.report_no or report.placer_no or f"{event.control_id}-{at}"
        found.setdefault(number, []).append(report)
    return found


def _apply_report(
    patient: Patient,
    encounter_id: int | None,
    source_system: str,
    number: str,
    reports: list[LabReportData],
    moment: datetime,
) -> None:
    held = (
        LabReport.objects.select_for_update(no_key=True)
        .filter(source_system=source_system, report_no=number, superseded_at=None)
        .first()
    )
    if held is not None and held.source_updated_at is not None and moment < held.source_updated_at:
        return
    name = "、".join(dict.fromkeys(report.name for report in reports if report.name))[:120]
    reported = max((at for at in map(_time_of, reports) if at is not None), default=moment)
    results = [
        _make_result(seq, item)
        for seq, item in enumerate(
            (item for report in reports for item in report.results if item.status not in _NO_RESULT), start=1
        )
    ]
    if held is not None:
        if _is_same(held, patient, name, reported, results):
            if held.encounter_id is None and encounter_id is not None:
                LabReport.objects.filter(pk=held.pk).update(encounter_id=encounter_id)
            return
        LabReport.objects.filter(pk=held.pk).update(superseded_at=clock.now())
    if all(report.status in _WITHDRAWN for report in reports):
        return
    made = LabReport.objects.create(
        patient=patient,
        encounter_id=encounter_id,
        source_system=source_system,
        report_no=number,
        name=name,
        reported_at=reported,
        source_updated_at=moment,
        created_at=clock.now(),
    )
    for row in results:
        row.report = made
    LabResult.objects.bulk_create(results)


def _time_of(report: LabReportData) -> datetime | None:
    return report.reported_at or report.sampled_at


def _is_same(
    held: LabReport, patient: Patient, name: str, reported: datetime, results: Iterable[LabResult]
) -> bool:
    if (held.patient_id, held.name, held.reported_at) != (patient.pk, name, reported):
        return False
    stored = LabResult.objects.filter(report=held).order_by("seq")
    return [_value(row) for row in stored] == [_value(row) for row in results]


def _value(row: LabResult) -> tuple[Any, ...]:
    return (row.seq, row.code, row.name, row.value_text, row.unit, row.reference, row.flag)


def _make_result(seq: int, item: LabResultData) -> LabResult:
    return LabResult(
        seq=seq,
        code=item.item_code,
        name=item.item_name,
        value_text=item.value_text,
        value_num=item.value_num,
        unit=item.unit,
        reference=item.ref_text,
        flag=item.flag,
    )
