"""Finding a person by what is known of them."""

import re
from datetime import date
from typing import Any

from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, When

from access.actor import Actor
from kernel import clock
from kernel.crypto import lookup_hash
from kernel.errors import InvalidInput
from records import ports
from records.enums import AddressKind, EncounterStatus, PhoneOwner
from records.identity import normalise_name
from records.models import Encounter, Patient, PatientAddress, PatientIdentifier, PatientPhone
from records.policy import visible_to
from records.rules import age_at

MIN_LENGTH = 2
MAX_ROWS = 50
_MAX_LENGTH = 80
_LAST_FOUR = re.compile(r"\d{3}[\dX]")
_RESIDENT_ID = re.compile(r"\d{17}[\dX]")
_PHONE = re.compile(r"\d{7,12}")


def search_patients(actor: Actor, q: str) -> list[dict[str, Any]]:
    """At most 50 PatientRow by name prefix, initials, last four of ID or phone, or a whole number of any kind.

    One query. Raises InvalidInput for less than two characters.
    """
    text = normalise_name(q)
    if not MIN_LENGTH <= len(text) <= _MAX_LENGTH:
        raise InvalidInput.at("?q", "too_short", f"请输入 {MIN_LENGTH} 到 {_MAX_LENGTH} 个字")
    people = visible_to(actor, Patient.objects.filter(_candidates(text)))
    rows = list(_rows(people).order_by("name", "id")[:MAX_ROWS])
    today = clock.today()
    townships = ports.find_townships([row["id"] for row in rows]) if rows else {}
    return [_row_of(row, today, townships.get(row["id"])) for row in rows]


def _candidates(text: str) -> Q:
    """Each way of finding is a subquery of its own, so that each uses its own index."""
    upper = text.upper()
    found: list[QuerySet[Any, Any]] = [Patient.objects.filter(name__startswith=text).values("pk")]
    if re.fullmatch(r"[a-zA-Z]{2,10}", text):
        found.append(Patient.objects.filter(name_initials__startswith=text.lower()).values("pk"))
    if _LAST_FOUR.fullmatch(upper):
        found.append(Patient.objects.filter(id_no_last4=upper).exclude(id_no_last4="").values("pk"))
        found.append(PatientPhone.objects.filter(last4=upper, superseded_at=None).values("patient"))
    if _RESIDENT_ID.fullmatch(upper):
        found.append(
            Patient.objects.filter(id_no_hash=lookup_hash(upper)).exclude(id_no_hash="").values("pk")
        )
    if _PHONE.fullmatch(text):
        found.append(
            PatientPhone.objects.filter(number_hash=lookup_hash(text), superseded_at=None).values("patient")
        )
    if re.search(r"\d", text):
        for number in dict.fromkeys((text, upper)):
            found.append(PatientIdentifier.objects.filter(value=number).values("patient"))
            found.append(
                Encounter.objects.filter(inpatient_no=number).exclude(inpatient_no="").values("patient")
            )
            found.append(Encounter.objects.filter(source_id=number).values("patient"))
    first, *others = found
    return Q(pk__in=first.union(*others, all=True) if others else first)


def _rows(people: QuerySet[Patient]) -> QuerySet[Any, Any]:
    # The patient's own number before a contact's.
    phones = PatientPhone.objects.filter(patient=OuterRef("pk"), superseded_at=None).order_by(
        Case(When(owner=PhoneOwner.SELF, then=0), default=1), "id"
    )
    addresses = PatientAddress.objects.filter(
        patient=OuterRef("pk"), superseded_at=None, kind=AddressKind.CURRENT
    )
    discharges = Encounter.objects.filter(patient=OuterRef("pk"), status=EncounterStatus.DISCHARGED).order_by(
        "-discharged_on", "-id"
    )
    return people.annotate(
        phone=Subquery(phones.values("masked")[:1]),
        address=Subquery(addresses.values("text")[:1]),
        township=Subquery(addresses.values("township")[:1]),
        last_discharge=Subquery(discharges.values("discharged_on")[:1]),
        last_diagnosis=Subquery(discharges.values("main_diagnosis")[:1]),
    ).values(
        "id", "name_masked", "sex", "birth_date", "id_no_masked", "phone", "address", "township",
        "last_discharge", "last_diagnosis",
    )  # fmt: skip


def _row_of(row: dict[str, Any], today: date, township: str | None) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "name_masked": row["name_masked"],
        "sex": row["sex"],
        "age": age_at(row["birth_date"], today),
        "id_no_masked": row["id_no_masked"] or None,
        "phone_masked": row["phone"],
        "address": row["address"],
        "township_name": township or row["township"] or None,
        "last_discharge_on": row["last_discharge"],
        "last_diagnosis": row["last_diagnosis"] or None,
    }
