"""The canonical event and what others read of a patient.

What every way in delivers, whatever it came from: HL7 v2, FHIR, CDA, views, files, the entry form. Values are as
the source sent them, only put in their place; `integrations.intake.rules` judges, `records.services` stores.
Datasets 7 to 10, 4 and 25 of standards 5.4.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class EventKind(StrEnum):
    """What happened to the patient; STORED_ONLY is kept for replay until its mapping exists."""

    ADMIT = "admit"
    REGISTER = "register"
    TRANSFER = "transfer"
    DISCHARGE = "discharge"
    UPDATE = "update"
    CANCEL_ADMIT = "cancel_admit"
    CANCEL_DISCHARGE = "cancel_discharge"
    MERGE = "merge"
    LAB_RESULT = "lab_result"
    STORED_ONLY = "stored_only"


class PatientSex(StrEnum):
    """GB/T 2261.1 in words."""

    MALE = "male"
    FEMALE = "female"
    UNKNOWN = "unknown"
    UNSPECIFIED = "unspecified"


class IdentifierKind(StrEnum):
    """The identifier systems of standards 2.1 and what HL7 table 0203 calls them."""

    MEDICAL_RECORD = "medical_record"
    RESIDENT_ID = "resident_id"
    INPATIENT_NO = "inpatient_no"
    OUTPATIENT_NO = "outpatient_no"
    INSURANCE = "insurance"
    HEALTH_CARD = "health_card"
    HEALTH_RECORD = "health_record"
    PASSPORT = "passport"
    OTHER = "other"


class Owner(StrEnum):
    """Whose phone or address it is, or how a contact is related to the patient."""

    SELF = "self"
    SPOUSE = "spouse"
    CHILD = "child"
    PARENT = "parent"
    SIBLING = "sibling"
    GRANDPARENT = "grandparent"
    GRANDCHILD = "grandchild"
    GUARDIAN = "guardian"
    OTHER = "other"


class AddressKind(StrEnum):
    """`ResidenceClaim.kind` of standards 1.4, and OTHER for what no route may use."""

    CURRENT = "current"
    REGISTERED = "registered"
    TEMPORARY = "temporary"
    WORK = "work"
    OTHER = "other"


class VisitClass(StrEnum):
    """PV1-2 in words."""

    INPATIENT = "inpatient"
    OUTPATIENT = "outpatient"
    EMERGENCY = "emergency"
    CHECKUP = "checkup"
    OTHER = "other"


class Disposition(StrEnum):
    """离院方式 of the front page; UNKNOWN asks a person, it is never taken for home."""

    HOME = "home"
    TRANSFER = "transfer"
    TRANSFER_COMMUNITY = "transfer_community"
    AGAINST_ADVICE = "against_advice"
    DIED = "died"
    OTHER = "other"
    UNKNOWN = "unknown"


class DiagnosisKind(StrEnum):
    """`diagnosis.kind` of standards 5.4, dataset 10."""

    OUTPATIENT = "outpatient"
    ADMISSION = "admission"
    DISCHARGE = "discharge"
    OPERATION = "operation"
    PATHOLOGY = "pathology"
    WORKING = "working"


@dataclass(frozen=True, slots=True)
class IdentifierData:
    """One number of the patient with who issued it (name or OID) and its type code as sent."""

    kind: IdentifierKind
    value: str
    authority: str = ""
    type_code: str = ""


@dataclass(frozen=True, slots=True)
class PhoneData:
    """A phone field as written; `records.phones.read_phones` makes numbers of it."""

    text: str
    owner: Owner = Owner.SELF
    contact_name: str = ""
    use: str = ""


@dataclass(frozen=True, slots=True)
class AddressData:
    """An address in the parts that were sent, and `text` as a person would write it."""

    kind: AddressKind
    text: str
    street: str = ""
    other_designation: str = ""
    district: str = ""
    city: str = ""
    province: str = ""
    postal_code: str = ""
    owner: Owner = Owner.SELF
    contact_name: str = ""


@dataclass(frozen=True, slots=True)
class ContactData:
    """Next of kin; `relation_text` as sent."""

    name: str
    relation: Owner
    relation_text: str = ""


@dataclass(frozen=True, slots=True)
class StaffData:
    """A clinician as the message names them."""

    staff_no: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class PatientData:
    """Dataset 7; `local_id` is the record number that the source keys this patient by."""

    local_id: str
    authority: str = ""
    name: str = ""
    sex: PatientSex = PatientSex.UNKNOWN
    birth_date: date | None = None
    resident_id_text: str = ""
    identifiers: tuple[IdentifierData, ...] = ()
    phones: tuple[PhoneData, ...] = ()
    contacts: tuple[ContactData, ...] = ()
    addresses: tuple[AddressData, ...] = ()
    deceased_at: datetime | None = None
    is_deceased: bool = False


@dataclass(frozen=True, slots=True)
class EncounterData:
    """Dataset 8 as far as a message carries it; codes as sent."""

    visit_no: str
    visit_class: VisitClass
    class_code: str = ""
    ward_code: str = ""
    ward_name: str = ""
    room: str = ""
    bed: str = ""
    department_code: str = ""
    department_name: str = ""
    prior_ward_code: str = ""
    attending: StaffData = StaffData()
    nurse: StaffData = StaffData()  # 责任护士
    admit_at: datetime | None = None
    discharge_at: datetime | None = None
    disposition: Disposition = Disposition.UNKNOWN
    disposition_code: str = ""


@dataclass(frozen=True, slots=True)
class DiagnosisData:
    """Dataset 10; `icd10` is empty when the message says that the code is of another system."""

    seq: int
    code: str
    icd10: str
    name: str
    kind: DiagnosisKind
    is_main: bool = False
    code_system: str = ""
    at: datetime | None = None
    doctor: StaffData = StaffData()


@dataclass(frozen=True, slots=True)
class OperationData:
    """Dataset 9."""

    seq: int
    code: str
    name: str
    at: datetime | None = None
    surgeon: StaffData = StaffData()
    is_main: bool = False
    code_system: str = ""


@dataclass(frozen=True, slots=True)
class LabResultData:
    """Dataset 25, one line; `value_num` only when the text is a plain number (a `<0.5` has none)."""

    seq: int
    item_code: str
    item_name: str
    value_text: str
    value_num: Decimal | None = None
    unit: str = ""
    ref_text: str = ""
    low: Decimal | None = None
    high: Decimal | None = None
    flag: str = ""
    status: str = ""
    code_system: str = ""
    sub_id: str = ""
    observed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LabReportData:
    """Dataset 4; status `C` corrects an earlier report of the same number."""

    report_no: str
    code: str
    name: str
    placer_no: str = ""
    specimen: str = ""
    sampled_at: datetime | None = None
    reported_at: datetime | None = None
    status: str = ""
    requester: StaffData = StaffData()
    results: tuple[LabResultData, ...] = ()


@dataclass(frozen=True, slots=True)
class MergeData:
    """The record numbers that go up in the event's patient; `retired_visit_no` only for a merged account."""

    retired_local_id: str
    retired_authority: str = ""
    retired_identifiers: tuple[IdentifierData, ...] = ()
    retired_visit_no: str = ""
    retired_name: str = ""


@dataclass(frozen=True, slots=True)
class SourceData:
    """Who sent it and as what; (`system`, `facility`, control id) is the key that makes a replay harmless."""

    system: str
    facility: str = ""
    message_type: str = ""
    version: str = ""
    charset: str = ""
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class EventWarning:
    """Something that was kept but should be looked at; never a reason to refuse."""

    code: str
    field: str
    message_zh: str


@dataclass(frozen=True, slots=True)
class CanonicalEvent:
    """One thing that happened, judged by `intake.rules.validate`, written by `records.services.apply_event`."""

    kind: EventKind
    source: SourceData
    control_id: str
    occurred_at: datetime | None
    patient: PatientData | None = None
    encounter: EncounterData | None = None
    diagnoses: tuple[DiagnosisData, ...] = ()
    operations: tuple[OperationData, ...] = ()
    lab_reports: tuple[LabReportData, ...] = ()
    merge: MergeData | None = None
    warnings: tuple[EventWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class AddressFact:
    """A current address: `county` to `village` only where the sender really split them, else "".

    `kind` is a value of `records.enums.AddressKind`.
    """

    kind: str
    text: str
    county: str
    township: str
    village: str
    reported_at: datetime


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of an event; `events` are the types published, empty when it changed nothing of note."""

    patient_id: int
    encounter_id: int | None
    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StayFact:
    """What enrolling by hand asks of a stay; `discharged_on` is None unless the stay is discharged."""

    encounter_id: int
    patient_id: int
    institution_id: int | None
    discharged_on: date | None
    is_dead: bool
