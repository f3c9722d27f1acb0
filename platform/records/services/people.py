"""Master data of a person: what is newer replaces, what is older only fills what is empty."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kernel import clock
from kernel.crypto import encrypt_text, lookup_hash
from kernel.masking import mask_id_no, mask_name, mask_phone
from organization.errors import LeadInstitutionMissing
from organization.selectors import lead_institution
from records.contracts import Owner, PatientData, PhoneData
from records.enums import PhoneOwner, Sex
from records.models import Patient, PatientAddress, PatientPhone
from records.phones import parse_phones
from records.rules import (
    PHONE_OWNERS,
    AddressRow,
    Review,
    area_code_of,
    initials_of,
    list_addresses,
    says_nothing,
)
from records.services.identifying import FORMER_ID, Identity, add_identifiers


@dataclass(frozen=True, slots=True)
class PhoneRow:
    number: str
    number_hash: str
    owner: PhoneOwner
    owner_name: str


def read_phones(phones: Iterable[PhoneData]) -> list[PhoneRow]:
    """Each number once; the patient's own before a contact's."""
    given = sorted(phones, key=lambda phone: phone.owner is not Owner.SELF)
    area_code: str | None = None
    found: dict[str, PhoneRow] = {}
    for phone in given:
        numbers = parse_phones(phone.text, "0000")
        if any(number.number.startswith("0000") for number in numbers):
            area_code = _local_area_code() if area_code is None else area_code
            numbers = parse_phones(phone.text, area_code)
        for number in numbers:
            owner = PHONE_OWNERS.get(phone.owner, PhoneOwner.OTHER)
            name = phone.contact_name[:40] if phone.owner is not Owner.SELF else ""
            found.setdefault(number.number, PhoneRow(number.number, lookup_hash(number.number), owner, name))
    return list(found.values())


def _local_area_code() -> str:
    try:
        return area_code_of(lead_institution().division_code)
    except LeadInstitutionMissing:
        return ""


def create_patient(identity: Identity, data: PatientData, moment: datetime, review: str) -> Patient:
    now = clock.now()
    patient = Patient(
        **_name_values(identity.name),
        sex=identity.sex,
        birth_date=identity.birth_date,
        needs_review=review,
        source_updated_at=moment,
        created_at=now,
        updated_at=now,
        **_id_values(identity.id_no, identity.id_hash),
    )
    if data.is_deceased:
        patient.deceased_at = data.deceased_at or moment
    patient.save(force_insert=True)
    add_identifiers(patient, list(identity.keys))
    return patient


def update_patient(
    patient: Patient, identity: Identity, data: PatientData, moment: datetime, *, is_master: bool
) -> None:
    """Bring the row to the message. `is_master` False: fill only (a laboratory is no authority on names)."""
    is_newer = is_master and (patient.source_updated_at is None or moment >= patient.source_updated_at)
    values: dict[str, Any] = {}
    if identity.name and identity.name != patient.name and (is_newer or not patient.name):
        values |= _name_values(identity.name)
    if identity.sex not in (Sex.UNKNOWN, patient.sex) and (is_newer or patient.sex == Sex.UNKNOWN):
        values["sex"] = identity.sex
    if identity.birth_date not in (None, patient.birth_date) and (is_newer or patient.birth_date is None):
        values["birth_date"] = identity.birth_date
    if identity.id_hash and identity.id_hash != patient.id_no_hash and (is_newer or not patient.id_no_hash):
        values |= _change_id(patient, identity)
    if data.is_deceased and patient.deceased_at is None:
        values["deceased_at"] = data.deceased_at or moment
    if is_newer and patient.source_updated_at != moment:
        values["source_updated_at"] = moment
    save_patient(patient, values)


def save_patient(patient: Patient, values: dict[str, Any]) -> None:
    if not values:
        return
    for name, value in values.items():
        setattr(patient, name, value)
    patient.updated_at = clock.now()
    patient.save(update_fields=[*values, "updated_at"])


def _change_id(patient: Patient, identity: Identity) -> dict[str, Any]:
    """The same record number with another ID: a correction by the source. The old one is kept as retired."""
    values = _id_values(identity.id_no, identity.id_hash)
    taken = Patient.objects.filter(id_no_hash=identity.id_hash, merged_into=None).exclude(pk=patient.pk)
    if taken.exists():
        values["needs_review"] = Review.ID_OF_ANOTHER_RECORD
    if patient.id_no_hash:
        add_identifiers(patient, [("jieli", FORMER_ID, patient.id_no_hash)], is_active=False)
        if identity.name != patient.name:
            # A new name and a new ID under one record number: it may have been given to somebody else.
            values.setdefault("needs_review", Review.ID_CHANGED)
    return values


def _name_values(name: str) -> dict[str, str]:
    return {"name": name, "name_masked": mask_name(name), "name_initials": initials_of(name)}


def _id_values(id_no: str, id_hash: str) -> dict[str, Any]:
    if not id_no:
        return {}
    return {
        "id_no_enc": encrypt_text(id_no),
        "id_no_hash": id_hash,
        "id_no_masked": mask_id_no(id_no),
        "id_no_last4": id_no[-4:],
    }


def create_contacts(patient: Patient, phones: list[PhoneRow], data: PatientData, moment: datetime) -> None:
    """Phones and addresses of a person not seen before."""
    _insert_phones(patient, phones)
    PatientAddress.objects.bulk_create(
        [_address(patient, row, moment) for row in list_addresses(data.addresses)]
    )


def update_contacts(
    patient: Patient, phones: list[PhoneRow], data: PatientData, moment: datetime, *, is_newer: bool
) -> bool:
    """Supersede what changed; whether anything did. What the message does not speak of stays."""
    phones_changed = _update_phones(patient, phones, is_newer=is_newer)
    addresses_changed = _update_addresses(patient, list_addresses(data.addresses), moment, is_newer=is_newer)
    return phones_changed or addresses_changed


def _update_phones(patient: Patient, phones: list[PhoneRow], *, is_newer: bool) -> bool:
    if not phones:
        return False
    current = {
        row.number_hash: row for row in PatientPhone.objects.filter(patient=patient, superseded_at=None)
    }
    groups = {row.owner == PhoneOwner.SELF for row in phones}
    if not is_newer:
        spoken_for = {row.owner == PhoneOwner.SELF for row in current.values()}
        phones = [row for row in phones if (row.owner == PhoneOwner.SELF) not in spoken_for]
        groups = set()
    gone: list[int] = []
    added: list[PhoneRow] = []
    for row in phones:
        held = current.get(row.number_hash)
        if held is None:
            added.append(row)
        elif (held.owner, held.owner_name) != (row.owner, row.owner_name) and is_newer:
            # A contact's number that is also the patient's own, if the message is silent on that, stays own.
            if held.owner == PhoneOwner.SELF and True not in groups:
                continue
            gone.append(held.pk)
            added.append(row)
    wanted = {row.number_hash for row in phones}
    gone += [
        held.pk
        for held in current.values()
        if (held.owner == PhoneOwner.SELF) in groups and held.number_hash not in wanted
    ]
    if gone:
        PatientPhone.objects.filter(pk__in=gone).update(superseded_at=clock.now())
    _insert_phones(patient, added)
    return bool(gone or added)


def _insert_phones(patient: Patient, phones: list[PhoneRow]) -> None:
    now = clock.now()
    if phones:
        PatientPhone.objects.bulk_create(
            PatientPhone(
                patient=patient,
                owner=row.owner,
                owner_name=row.owner_name,
                number_enc=encrypt_text(row.number),
                number_hash=row.number_hash,
                masked=mask_phone(row.number),
                last4=row.number[-4:],
                created_at=now,
            )
            for row in phones
        )


def _update_addresses(
    patient: Patient, addresses: list[AddressRow], moment: datetime, *, is_newer: bool
) -> bool:
    if not addresses:
        return False
    current = {row.kind: row for row in PatientAddress.objects.filter(patient=patient, superseded_at=None)}
    gone: list[int] = []
    added: list[AddressRow] = []
    for row in addresses:
        held = current.get(row.kind)
        if held is None:
            added.append(row)
            continue
        same = (held.text, held.county, held.township, held.village) == (
            row.text,
            row.county,
            row.township,
            row.village,
        )
        if same or not is_newer or moment < held.reported_at or says_nothing(row.text):
            continue
        gone.append(held.pk)
        added.append(row)
    if gone:
        PatientAddress.objects.filter(pk__in=gone).update(superseded_at=clock.now())
    if added:
        PatientAddress.objects.bulk_create([_address(patient, row, moment) for row in added])
    return bool(added)


def _address(patient: Patient, row: AddressRow, moment: datetime) -> PatientAddress:
    return PatientAddress(
        patient=patient,
        kind=row.kind,
        text=row.text,
        county=row.county,
        township=row.township,
        village=row.village,
        reported_at=moment,
    )
