"""Who is meant (standards 2.3): linked, not linked, or left to a person."""

from datetime import date
from typing import Any

import pytest

from kernel.crypto import lookup_hash
from records.contracts import EventKind, IdentifierData, IdentifierKind, PatientData, PatientSex
from records.models import Patient, PatientIdentifier
from records.rules import is_newborn
from records.tests.events import (
    ID_NO,
    OTHER_ID,
    admit,
    apply,
    event,
    lab,
    person,
    the_person,
    update,
    visit,
)

pytestmark = [pytest.mark.req("S1", "C11"), pytest.mark.usefixtures("in_alpha", "today")]


@pytest.fixture
def today(at: Any) -> Any:
    with at("2026-11-22 09:00"):
        yield


def arrive(mrn: str, name: str = "张三", **values: Any) -> Patient:
    """A first visit under a record number; the person that it was put to."""
    patient = person(mrn, name, **values)
    result = apply(
        event(EventKind.REGISTER, "2026-11-10 08:40", patient, encounter=visit(f"MZ-{mrn}-{name}"))
    )
    return Patient.objects.get(pk=result.patient_id)


def test_the_same_record_number_is_the_same_person() -> None:
    first = arrive("P1", id_no="")
    again = apply(
        event(EventKind.REGISTER, "2026-11-12 08:40", person("P1", id_no=""), encounter=visit("MZ-2"))
    )
    assert again.patient_id == first.pk


def test_another_hospitals_number_is_another_number() -> None:
    arrive("P1", id_no="", phone="", address="")
    assert arrive("P1", "李四", id_no="", authority="H2").name == "李四"
    assert Patient.objects.count() == 2


@pytest.mark.parametrize("spelling", ["张 三", "张三 ", "\u3000张三"])
def test_the_same_id_and_name_are_linked(spelling: str) -> None:
    first = arrive("P1")
    second = arrive("P2", spelling)
    assert (second.pk, second.needs_review) == (first.pk, "")
    numbers = first.identifiers.filter(kind="medical_record").values_list("value", flat=True)
    assert sorted(numbers) == ["P1", "P2"]


def test_a_fifteen_digit_id_is_the_same_id() -> None:
    assert arrive("P1", id_no="420583800101010").pk == arrive("P2", id_no=_long_form()).pk


def _long_form() -> str:
    from records.identity import parse_resident_id

    return parse_resident_id("420583800101010", date(2026, 11, 22)).number


def test_the_same_id_with_another_name_is_a_new_person_to_be_reviewed() -> None:
    first = arrive("P1")
    second = arrive("P2", "李四")
    assert second.pk != first.pk
    assert second.needs_review == "same_id_other_name"
    # From then on each keeps to its own: the number finds the one whose name it is.
    assert arrive("P3", "李四").pk == second.pk


@pytest.mark.parametrize(
    ("name", "birth", "expected"),
    [
        ("张三之子", None, True),
        ("李四之女B", None, True),
        ("王芳之长女", None, True),
        ("赵六子A", None, True),
        ("张三", date(2026, 11, 1), True),
        ("张三", date(2026, 10, 1), False),
        ("孔子", None, False),
        ("张子", None, False),
        ("张三", date(1980, 1, 1), False),
    ],
)
def test_who_is_newborn(name: str, birth: date | None, expected: bool) -> None:
    assert is_newborn(name, birth, date(2026, 11, 10)) is expected


def test_a_newborn_under_the_mothers_id_is_not_the_mother() -> None:
    mother = arrive("P1", "张芳", sex=PatientSex.FEMALE)
    twin_a = arrive("P2", "张芳之子A", birth_date=date(2026, 11, 8))
    twin_b = arrive("P3", "张芳之子B", birth_date=date(2026, 11, 8))
    assert len({mother.pk, twin_a.pk, twin_b.pk}) == 3
    assert (twin_a.id_no_hash, twin_b.id_no_hash) == ("", "")
    assert mother.id_no_hash == lookup_hash(ID_NO)
    same_name = arrive("P4", "张芳", birth_date=date(2026, 11, 8))
    assert same_name.pk != mother.pk


def test_without_an_id_a_shared_phone_asks_for_review_only() -> None:
    first = arrive("P1", id_no="")
    second = arrive("P2", id_no="")
    assert (second.pk != first.pk, second.needs_review) == (True, "possible_duplicate")
    other = arrive("P3", id_no="", birth_date=date(1990, 1, 1))
    assert other.needs_review == ""


def test_a_phone_of_many_proves_nothing() -> None:
    for number, name in enumerate(("王一", "王二", "王三")):
        arrive(f"P{number}", name, id_no="", address="")
    assert arrive("P9", "王一", id_no="", address="").needs_review == ""


def cards(*kinds: IdentifierKind) -> tuple[IdentifierData, ...]:
    return tuple(IdentifierData(kind, f"{kind.value}-77", "CARD") for kind in kinds)


def test_two_cards_link_and_one_does_not() -> None:
    both = cards(IdentifierKind.INSURANCE, IdentifierKind.HEALTH_CARD)
    first = arrive("P1", id_no="", identifiers=both)
    assert arrive("P2", id_no="", identifiers=both).pk == first.pk
    assert arrive("P3", id_no="", identifiers=both[:1]).pk != first.pk
    assert arrive("P4", "张四", id_no="", identifiers=both).pk != first.pk


def test_a_changed_id_under_one_record_number_keeps_the_old_one() -> None:
    first = arrive("P1")
    apply(update("2026-11-12 09:00", person("P1", id_no=OTHER_ID)))
    first.refresh_from_db()
    assert (first.id_no_hash, first.id_no_masked, first.needs_review) == (
        lookup_hash(OTHER_ID), "420***********123X", "",
    )  # fmt: skip
    former = PatientIdentifier.objects.get(patient=first, kind="former_resident_id")
    assert (former.value, former.is_active) == (lookup_hash(ID_NO), False)


def test_a_new_name_and_id_under_one_record_number_are_reviewed() -> None:
    arrive("P1")
    apply(update("2026-11-12 09:00", person("P1", "李四", id_no=OTHER_ID)))
    assert (the_person("P1").name, the_person("P1").needs_review) == ("李四", "id_changed")


def test_an_id_that_is_another_records_is_reviewed() -> None:
    arrive("P1")
    arrive("P2", id_no="", phone="", address="")
    apply(update("2026-11-12 09:00", person("P2")))
    assert the_person("P2").needs_review == "id_of_another_record"
    assert the_person("P1").pk != the_person("P2").pk


def test_an_invalid_id_is_no_evidence() -> None:
    first = arrive("P1", id_no="420583198001010011", phone="", address="")
    assert (first.id_no_hash, first.id_no_enc) == ("", None)
    assert arrive("P2", id_no="420583198001010011", phone="", address="").pk != first.pk


def test_a_laboratory_fills_but_does_not_correct() -> None:
    arrive("P1", id_no="", birth_date=None)
    apply(lab("2026-11-13 09:00", ("HGB", "130", "N"), patient=person("P1", "张叁", phone="13700000001")))
    patient = the_person("P1")
    assert (patient.name, patient.birth_date, patient.id_no_hash) == (
        "张三",
        date(1980, 1, 1),
        lookup_hash(ID_NO),
    )
    assert patient.phones.get(superseded_at=None).last4 == "5678"


def test_only_the_id_is_known() -> None:
    bare = PatientData(local_id="", name="张三", resident_id_text=ID_NO)
    first = apply(update("2026-11-10 09:00", bare))
    assert apply(update("2026-11-10 09:00", bare)).patient_id == first.patient_id
    assert apply(admit()).patient_id == first.patient_id
