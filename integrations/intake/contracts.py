"""What a way in hands to the intake, and what it gets back.

The canonical event itself is at home in `records.contracts`, which lies below; its names are given here again for
those who judge it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from records.contracts import (
    AddressData,
    AddressKind,
    CanonicalEvent,
    ContactData,
    DiagnosisData,
    DiagnosisKind,
    Disposition,
    EncounterData,
    EventKind,
    EventWarning,
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

__all__ = [
    "AckCode",
    "AddressData",
    "AddressKind",
    "CanonicalEvent",
    "ContactData",
    "DiagnosisData",
    "DiagnosisKind",
    "Disposition",
    "EncounterData",
    "EventKind",
    "EventWarning",
    "IdentifierData",
    "IdentifierKind",
    "Incoming",
    "LabReportData",
    "LabResultData",
    "MergeData",
    "OperationData",
    "Owner",
    "PatientData",
    "PatientSex",
    "PhoneData",
    "Problem",
    "Reader",
    "Receipt",
    "SourceData",
    "StaffData",
    "VisitClass",
]


class AckCode(StrEnum):
    """How the sender is answered (MSA-1): taken, wrong in itself, or of a kind that is not taken here."""

    ACCEPT = "AA"
    ERROR = "AE"
    REJECT = "AR"


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: a stable code, the field in the contract's path, what to do, and the value masked."""

    code: str
    field: str
    message_zh: str
    value_masked: str = ""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as its reader understood it: an event, or the problem why there is none.

    `is_refused`: the kind of message is not taken at all; else a message without an event goes to quarantine.
    """

    control_id: str = ""
    message_type: str = ""
    charset: str = ""
    event: CanonicalEvent | None = None
    problem: Problem | None = None
    is_refused: bool = False


Reader = Callable[[bytes], Incoming]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message. `duplicate`: it was here before, and this is the answer of then."""

    state: str
    ack_code: AckCode
    text: str
    message_id: int
    quarantine_id: int | None = None
    duplicate: bool = False
    problems: tuple[Problem, ...] = ()
