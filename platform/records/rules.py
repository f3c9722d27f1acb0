"""Pure judgements about people and stays (standards 2.3 and 5.1)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from records import contracts
from records.enums import (
    AddressKind,
    DiagnosisKind,
    Disposition,
    EncounterKind,
    EncounterStatus,
    PhoneOwner,
    Sex,
)
from records.identity import age_on

NEWBORN_DAYS = 28
# A number that so many people share is a clinic's or a village doctor's, and proves nothing (standards 2.2).
SHARED_PHONE = 3


class Review(StrEnum):
    """Why a person should look at an identity (`Patient.needs_review`)."""

    SAME_ID_OTHER_NAME = "same_id_other_name"
    NEWBORN = "newborn"
    POSSIBLE_DUPLICATE = "possible_duplicate"
    ID_CHANGED = "id_changed"
    ID_OF_ANOTHER_RECORD = "id_of_another_record"


_BABY_NAME = re.compile(
    r".+(?:之|的)(?:长|次|大|小|双胞胎)?(?:子|女|婴|儿|宝宝?)[A-Za-z0-9甲乙丙丁一二三]?|.+[子女婴][A-Da-d甲乙丙丁]"
)


def is_newborn(name: str, birth_date: date | None, day: date) -> bool:
    """张三之子, 李四之女B, or younger than 28 days: never linked by an ID number, which is the mother's."""
    if _BABY_NAME.fullmatch(name):
        return True
    return birth_date is not None and timedelta(0) <= day - birth_date < timedelta(days=NEWBORN_DAYS)


SEXES = {contracts.PatientSex.MALE: Sex.MALE, contracts.PatientSex.FEMALE: Sex.FEMALE}

PHONE_OWNERS = {
    contracts.Owner.SELF: PhoneOwner.SELF,
    contracts.Owner.SPOUSE: PhoneOwner.SPOUSE,
    contracts.Owner.CHILD: PhoneOwner.CHILD,
    contracts.Owner.PARENT: PhoneOwner.PARENT,
}

# Work and other addresses say nothing about where a person lives; they stay in the raw message.
_ADDRESS_KINDS = {
    contracts.AddressKind.CURRENT: AddressKind.CURRENT,
    contracts.AddressKind.REGISTERED: AddressKind.REGISTERED,
    contracts.AddressKind.TEMPORARY: AddressKind.TEMPORARY,
}

# Unknown is blank: nobody is taken to have gone home because a code was not understood.
DISPOSITIONS = {
    contracts.Disposition.HOME: Disposition.HOME,
    contracts.Disposition.TRANSFER: Disposition.TRANSFER,
    contracts.Disposition.TRANSFER_COMMUNITY: Disposition.TO_COMMUNITY,
    contracts.Disposition.AGAINST_ADVICE: Disposition.AGAINST_ADVICE,
    contracts.Disposition.DIED: Disposition.DEATH,
    contracts.Disposition.OTHER: Disposition.OTHER,
}

_ENCOUNTER_KINDS = {
    contracts.VisitClass.INPATIENT: EncounterKind.INPATIENT,
    contracts.VisitClass.OUTPATIENT: EncounterKind.OUTPATIENT,
    contracts.VisitClass.EMERGENCY: EncounterKind.EMERGENCY,
    contracts.VisitClass.CHECKUP: EncounterKind.CHECKUP,
}
_OF_A_STAY = frozenset(
    {
        contracts.EventKind.ADMIT,
        contracts.EventKind.TRANSFER,
        contracts.EventKind.DISCHARGE,
        contracts.EventKind.CANCEL_ADMIT,
        contracts.EventKind.CANCEL_DISCHARGE,
    }
)


def encounter_kind(
    visit_class: contracts.VisitClass, event: contracts.EventKind, known: str = ""
) -> EncounterKind:
    """The kind of a visit; a class that was not understood keeps what is known, else the event tells."""
    if kind := _ENCOUNTER_KINDS.get(visit_class):
        return kind
    if known:
        return EncounterKind(known)
    return EncounterKind.INPATIENT if event in _OF_A_STAY else EncounterKind.OUTPATIENT


@dataclass(frozen=True, slots=True)
class AddressRow:
    kind: AddressKind
    text: str
    county: str = ""
    township: str = ""
    village: str = ""


_SAYS_NOTHING = re.compile(r"(?:不详|未知|无|没有|本市|本县|[-—/.、\s0]*)")
_TOWNSHIP = re.compile(r"[\u4e00-\u9fff]{1,18}(?:镇|乡|街道|街道办事处|办事处|街办|苏木)")


def says_nothing(text: str) -> bool:
    """不详 and the like: kept when it is all there is, never in place of an address."""
    return bool(_SAYS_NOTHING.fullmatch(text.strip()))


def split_address(data: contracts.AddressData, kind: AddressKind) -> AddressRow:
    """The row to store; parts only where the sender filled them apart from the text of the street."""
    street, other = data.street.strip(), data.other_designation.strip()
    township = other if _TOWNSHIP.fullmatch(other) else ""
    county = data.district.strip()
    # Many systems fill the parts and repeat the whole address in the street, which then is no village.
    is_whole = any(part and part in street for part in (county, township, data.city, data.province))
    village = street if township and street and not is_whole else ""
    return AddressRow(kind, data.text.strip(), county[:40], township[:40], village[:60])


def list_addresses(addresses: Iterable[contracts.AddressData]) -> list[AddressRow]:
    """One row per kind, the first of each; what belongs to a contact is the contact address."""
    found: dict[AddressKind, AddressRow] = {}
    for data in addresses:
        is_own = data.owner is contracts.Owner.SELF
        kind = _ADDRESS_KINDS.get(data.kind) if is_own else AddressKind.CONTACT
        if kind is not None and data.text.strip() and kind not in found:
            found[kind] = split_address(data, kind)
    return list(found.values())


# Landline prefixes by prefecture (GB/T 2260, four digits; six where a county city stands alone).
_AREA_CODES = {
    "4201": "027", "4202": "0714", "4203": "0719", "4205": "0717", "4206": "0710", "4207": "0711",
    "4208": "0724", "4209": "0712", "4210": "0716", "4211": "0713", "4212": "0715", "4213": "0722",
    "4228": "0718", "429004": "0728", "429005": "0728", "429006": "0728", "429021": "0719",
}  # fmt: skip


def area_code_of(division_code: str) -> str:
    """What completes a local landline number; "" where it is not known, and the number is left out."""
    return _AREA_CODES.get(division_code[:6]) or _AREA_CODES.get(division_code[:4], "")


def next_status(
    event: contracts.EventKind,
    *,
    status: str | None,
    status_at: datetime | None,
    moment: datetime,
    has_discharge_time: bool,
) -> EncounterStatus | None:
    """The status that the event decides, or None where it decides nothing.

    `status` None is an encounter not seen before; `status_at` is when the message was sent that decided the
    present one. Only admission, discharge and their cancellations decide, in the order of the source's time:
    a late A01 never reopens, a late A03 never undoes a newer A13.
    """
    kind = contracts.EventKind
    is_newer = status_at is None or moment >= status_at
    if event is kind.DISCHARGE:
        return EncounterStatus.DISCHARGED if is_newer else None
    if event is kind.CANCEL_ADMIT:
        return EncounterStatus.CANCELLED if is_newer else None
    if event is kind.CANCEL_DISCHARGE:
        return EncounterStatus.OPEN if is_newer and status != EncounterStatus.CANCELLED else None
    if event in (kind.ADMIT, kind.REGISTER):
        if status is None or (status == EncounterStatus.OPEN and is_newer):
            return EncounterStatus.OPEN
        is_again = status == EncounterStatus.CANCELLED and status_at is not None and moment > status_at
        return EncounterStatus.OPEN if is_again else None
    if status is None and event is kind.UPDATE and has_discharge_time:
        # The first that we hear of the stay is a correction made after it: the discharge itself was missed.
        return EncounterStatus.DISCHARGED
    return None


def age_at(birth_date: date | None, day: date | None) -> int | None:
    """Completed years, None where one of the dates is missing or the birth lies after the day."""
    if birth_date is None or day is None or birth_date > day:
        return None
    return age_on(birth_date, day)


def diagnosis_kinds(
    diagnoses: Iterable[contracts.DiagnosisData], status: str
) -> list[tuple[DiagnosisKind, contracts.DiagnosisData]]:
    """Each diagnosis with the kind it is stored as.

    A working diagnosis (DG1-6 empty or W) is what the patient was discharged with, if the stay is over and the
    message names no discharge diagnosis; else it is one of the admission.
    """
    given = list(diagnoses)
    has_final = any(item.kind is contracts.DiagnosisKind.DISCHARGE for item in given)
    is_final = status == EncounterStatus.DISCHARGED and not has_final
    working = DiagnosisKind.DISCHARGE if is_final else DiagnosisKind.ADMISSION
    return [
        (working if item.kind is contracts.DiagnosisKind.WORKING else DiagnosisKind(item.kind.value), item)
        for item in given
    ]


_MAIN_ORDER = (DiagnosisKind.DISCHARGE, DiagnosisKind.OUTPATIENT, DiagnosisKind.ADMISSION)


def main_diagnosis_text(rows: Iterable[Any]) -> str:
    """The name (or code) of the main diagnosis: of the discharge if there is one, else of the visit."""
    by_kind: dict[str, Any] = {}
    for row in sorted(rows, key=lambda row: (not row.is_main, row.seq)):
        by_kind.setdefault(row.kind, row)
    row = next((by_kind[kind] for kind in _MAIN_ORDER if kind in by_kind), None)
    return (row.name or row.icd10)[:120] if row is not None else ""


def initials_of(name: str) -> str:
    """First letters in pinyin, lower case: 张三 is zs. Letters of other scripts stay as they are."""
    # Loading the dictionary costs 0.1 s and 20 MB: only who writes names pays for it.
    from pypinyin import Style, lazy_pinyin

    parts = lazy_pinyin(name, style=Style.FIRST_LETTER)
    return "".join(re.findall(r"[a-z0-9]", "".join(parts).lower()))[:80]
