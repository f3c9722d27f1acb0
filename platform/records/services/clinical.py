"""Diagnoses and operations of a visit: only what differs is superseded."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from kernel import clock
from records.codes import normalise_icd9cm3, normalise_icd10
from records.contracts import CanonicalEvent, OperationData
from records.models import Diagnosis, Encounter, Operation
from records.rules import diagnosis_kinds


@dataclass(slots=True)
class ClinicalChange:
    """What to write. `diagnoses` are the current ones afterwards, None when the message names none."""

    diagnoses: list[Diagnosis] | None = None
    gone_diagnoses: list[int] = field(default_factory=list)
    new_diagnoses: list[Diagnosis] = field(default_factory=list)
    gone_operations: list[int] = field(default_factory=list)
    new_operations: list[Operation] = field(default_factory=list)

    @property
    def is_change(self) -> bool:
        return bool(self.gone_diagnoses or self.new_diagnoses or self.gone_operations or self.new_operations)


def plan_clinical(encounter: Encounter, event: CanonicalEvent, *, is_newer: bool) -> ClinicalChange:
    """Compare with what is stored. The diagnoses of a kind replace that kind; a message that names none of a
    kind says nothing about it. An older message fills a kind of which nothing is known.
    """
    change = ClinicalChange()
    is_stored = encounter.pk is not None
    if event.diagnoses:
        held = list(encounter.diagnoses.filter(superseded_at=None)) if is_stored else []
        wanted = _make_diagnoses(encounter, event)
        kinds = {row.kind for row in wanted}
        if not is_newer:
            kinds -= {row.kind for row in held}
        gone, new = _compare(
            [row for row in held if row.kind in kinds],
            [row for row in wanted if row.kind in kinds],
            _diagnosis_value,
        )
        change.gone_diagnoses, change.new_diagnoses = [row.pk for row in gone], new
        change.diagnoses = [row for row in held if row.pk not in change.gone_diagnoses] + new
    if event.operations:
        stored = list(encounter.operations.filter(superseded_at=None)) if is_stored else []
        if is_newer or not stored:
            wanted_operations = [
                _make_operation(encounter, seq, item) for seq, item in enumerate(event.operations, start=1)
            ]
            gone_operations, change.new_operations = _compare(stored, wanted_operations, _operation_value)
            change.gone_operations = [row.pk for row in gone_operations]
    return change


def write_clinical(encounter: Encounter, change: ClinicalChange) -> None:
    now = clock.now()
    if change.gone_diagnoses:
        Diagnosis.objects.filter(pk__in=change.gone_diagnoses).update(superseded_at=now)
    if change.gone_operations:
        Operation.objects.filter(pk__in=change.gone_operations).update(superseded_at=now)
    rows: list[tuple[Any, list[Any]]] = [
        (Diagnosis, change.new_diagnoses),
        (Operation, change.new_operations),
    ]
    for model, new in rows:
        for row in new:
            row.encounter = encounter  # has its key only now, when the visit itself is new
        if new:
            model.objects.bulk_create(new)


def _make_diagnoses(encounter: Encounter, event: CanonicalEvent) -> list[Diagnosis]:
    # The place in the message orders; numbers that senders put there are repeated or far too large.
    return [
        Diagnosis(
            kind=kind,
            seq=seq,
            is_main=item.is_main,
            icd10=item.icd10,
            icd10_stem=normalise_icd10(item.icd10),
            name=item.name[:120],
        )
        for seq, (kind, item) in enumerate(diagnosis_kinds(event.diagnoses, encounter.status), start=1)
    ]


def _make_operation(encounter: Encounter, seq: int, item: OperationData) -> Operation:
    return Operation(
        seq=seq,
        code=item.code,
        code_stem=normalise_icd9cm3(item.code),
        name=item.name[:120],
        operated_at=item.at,
        operated_on=clock.day_of(item.at) if item.at else None,
        surgeon=item.surgeon.name or item.surgeon.staff_no,
    )


def _diagnosis_value(row: Diagnosis) -> tuple[Any, ...]:
    return (row.kind, row.seq, row.is_main, row.icd10, row.name)


def _operation_value(row: Operation) -> tuple[Any, ...]:
    return (row.seq, row.code, row.name, row.operated_at, row.surgeon)


def _compare(held: Iterable[Any], wanted: Iterable[Any], value: Any) -> tuple[list[Any], list[Any]]:
    """(rows to supersede, rows to insert); what is equal on both sides is left alone."""
    here = {value(row): row for row in held}
    there = {value(row): row for row in wanted}
    gone = [row for key, row in here.items() if key not in there]
    return gone, [row for key, row in there.items() if key not in here]
