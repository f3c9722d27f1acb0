"""Which person is meant (standards 2.3): the master patient index of one tenant."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Exists, OuterRef, Q

from kernel import clock
from kernel.crypto import lookup_hash
from records.contracts import CanonicalEvent, IdentifierData, IdentifierKind, MergeData
from records.enums import Sex
from records.identity import IdentityError, normalise_name, parse_resident_id
from records.models import Patient, PatientAddress, PatientIdentifier, PatientPhone
from records.rules import SEXES, SHARED_PHONE, Review, is_newborn

Key = tuple[str, str, str]  # system, kind, value: the natural key of a PatientIdentifier

# An ID that a person no longer has; the value is its keyed hash, so that a search by it still finds the person.
FORMER_ID = "former_resident_id"
_CARDS = (IdentifierKind.INSURANCE.value, IdentifierKind.HEALTH_CARD.value)


@dataclass(frozen=True, slots=True)
class Identity:
    """What a message says about who is meant, normalised once."""

    record_key: Key | None
    keys: tuple[Key, ...]  # every number of the message, the record number first
    name: str
    sex: Sex
    birth_date: date | None
    id_no: str
    id_hash: str
    is_newborn: bool
    inpatient_no: str


@dataclass(slots=True)
class Match:
    """`patient` None: nobody known, a new person. `known` are those of the keys that are stored already."""

    patient: Patient | None
    known: frozenset[Key]
    review: str = ""


def read_identity(event: CanonicalEvent, source_system: str, moment: datetime) -> Identity:
    """Raises nothing: an ID number that is none is left out (intake has told the sender)."""
    person = event.patient
    assert person is not None
    system = person.authority or source_system
    record_key = (system, IdentifierKind.MEDICAL_RECORD.value, person.local_id) if person.local_id else None
    keys = [record_key] if record_key else []
    inpatient_no = ""
    for item in person.identifiers:
        if item.kind is IdentifierKind.RESIDENT_ID or item.value == person.local_id:
            continue
        keys.append(key_of(item, source_system))
        if item.kind is IdentifierKind.INPATIENT_NO:
            inpatient_no = inpatient_no or item.value
    name = normalise_name(person.name)
    baby = is_newborn(name, person.birth_date, clock.day_of(moment))
    id_no = _read_id_no(person.resident_id_text)
    if baby and id_no and person.birth_date != parse_resident_id(id_no, clock.today()).birth_date:
        id_no = ""  # the mother's, written down for want of an own one
    return Identity(
        record_key=record_key,
        keys=tuple(dict.fromkeys(keys)),
        name=name,
        sex=SEXES.get(person.sex, Sex.UNKNOWN),
        birth_date=person.birth_date,
        id_no=id_no,
        id_hash=lookup_hash(id_no) if id_no else "",
        is_newborn=baby,
        inpatient_no=inpatient_no,
    )


def key_of(item: IdentifierData, source_system: str) -> Key:
    return (item.authority or source_system, item.kind.value, item.value)


def retired_key_of(merge: MergeData, source_system: str) -> Key:
    system = merge.retired_authority or source_system
    return (system, IdentifierKind.MEDICAL_RECORD.value, merge.retired_local_id)


def lock_names(identity: Identity) -> list[str]:
    """What must stand still while it is decided who is meant."""
    names = [f"identifier|{'|'.join(identity.record_key)}"] if identity.record_key else []
    if identity.id_hash:
        names.append(f"id|{identity.id_hash}")
    return names


def match_patient(identity: Identity) -> Match:
    """The person of the record number, else of the ID number with the same name; the row stays locked."""
    condition = Q()
    for system, kind, value in identity.keys:
        condition |= Q(system=system, kind=kind, value=value)
    found: dict[Key, Patient] = {}
    if condition:
        rows = PatientIdentifier.objects.filter(condition).select_related("patient")
        for row in rows.select_for_update(no_key=True, of=("patient",)):
            found[(row.system, row.kind, row.value)] = row.patient
    known = frozenset(found)
    if identity.record_key in found:
        return Match(_survivor(found[identity.record_key]), known)
    patient, review = _match_by_id(identity) if identity.id_hash else (None, "")
    if patient is None and not identity.id_hash and not identity.is_newborn:
        patient = _match_by_cards(identity, found)
    return Match(patient, known, review)


def find_duplicates(identity: Identity, phone_hashes: list[str], address_texts: list[str]) -> bool:
    """Whether somebody of the same name, sex and birth date is known who shares a phone or an address."""
    if not identity.birth_date or not (phone_hashes or address_texts):
        return False
    people = Patient.objects.filter(
        name=identity.name, birth_date=identity.birth_date, sex=identity.sex, merged_into=None
    )
    if identity.id_hash:
        people = people.filter(id_no_hash="")
    phones = PatientPhone.objects.filter(superseded_at=None, number_hash__in=phone_hashes)
    shared = (
        phones.values("number_hash").annotate(n=Count("patient", distinct=True)).filter(n__gte=SHARED_PHONE)
    )
    phones = phones.filter(patient=OuterRef("pk")).exclude(number_hash__in=shared.values("number_hash"))
    addresses = PatientAddress.objects.filter(
        patient=OuterRef("pk"), superseded_at=None, text__in=address_texts
    )
    return people.filter(Exists(phones) | Exists(addresses)).exists()


def find_by_key(key: Key) -> Patient | None:
    """The person of an identifier, the survivor if merged; the row stays locked."""
    system, kind, value = key
    row = (
        PatientIdentifier.objects.filter(system=system, kind=kind, value=value)
        .select_related("patient")
        .select_for_update(no_key=True, of=("patient",))
        .first()
    )
    return _survivor(row.patient) if row is not None else None


def add_identifiers(patient: Patient, keys: list[Key], *, is_active: bool = True) -> None:
    """Numbers that another person already has stay with that person: a number never moves by itself."""
    if not keys:
        return
    moment = clock.now()
    PatientIdentifier.objects.bulk_create(
        [
            PatientIdentifier(
                patient=patient, system=system, kind=kind, value=value, is_active=is_active, created_at=moment
            )
            for system, kind, value in keys
        ],
        ignore_conflicts=True,
    )


def _survivor(patient: Patient) -> Patient:
    while patient.merged_into_id is not None:
        patient = Patient.objects.select_for_update(no_key=True).get(pk=patient.merged_into_id)
    return patient


def _match_by_id(identity: Identity) -> tuple[Patient | None, str]:
    people = list(
        Patient.objects.filter(id_no_hash=identity.id_hash, merged_into=None)
        .order_by("pk")
        .select_for_update(no_key=True)
    )
    if not people:
        return None, ""
    if identity.is_newborn:
        return None, Review.NEWBORN
    same = [person for person in people if person.name == identity.name]
    return (same[0], "") if same else (None, Review.SAME_ID_OTHER_NAME)


def _match_by_cards(identity: Identity, found: dict[Key, Patient]) -> Patient | None:
    """Without an ID number: name, sex, birth date and both cards, insurance and health, agree."""
    holders: dict[int, set[str]] = {}
    people: dict[int, Patient] = {}
    for (_, kind, _), patient in found.items():
        if kind in _CARDS:
            holders.setdefault(patient.pk, set()).add(kind)
            people[patient.pk] = patient
    for pk, kinds in holders.items():
        person = _survivor(people[pk])
        is_same = (person.name, person.sex, person.birth_date) == (
            identity.name,
            identity.sex,
            identity.birth_date,
        )
        if len(kinds) == len(_CARDS) and is_same and identity.birth_date:
            return person
    return None


def _read_id_no(text: str) -> str:
    if not text.strip():
        return ""
    try:
        return parse_resident_id(text, clock.today()).number
    except IdentityError:
        return ""
