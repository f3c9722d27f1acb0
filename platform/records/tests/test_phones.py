"""Telephone fields of registration desks (standards 2.2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.phones import DroppedPhone, DropReason, Phone, PhoneKind, parse_phones, read_phones

pytestmark = pytest.mark.req("S1", "C11")
MOBILE = Phone(PhoneKind.MOBILE, "13812345678")
OTHER_MOBILE = Phone(PhoneKind.MOBILE, "13987654321")
LANDLINE = Phone(PhoneKind.LANDLINE, "07176221234")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("13812345678", (MOBILE,)),
        ("138 1234 5678", (MOBILE,)),
        ("138-1234-5678", (MOBILE,)),
        ("+86 13812345678", (MOBILE,)),
        ("008613812345678", (MOBILE,)),
        ("8613812345678", (MOBILE,)),
        ("013812345678", (MOBILE,)),
        ("１３８１２３４５６７８", (MOBILE,)),
        ("13812345678/13987654321", (MOBILE, OTHER_MOBILE)),
        ("13812345678、13987654321", (MOBILE, OTHER_MOBILE)),
        ("13812345678,13987654321；0717-6221234", (MOBILE, OTHER_MOBILE, LANDLINE)),
        ("13812345678 13987654321", (MOBILE, OTHER_MOBILE)),
        ("13812345678-13987654321", (MOBILE, OTHER_MOBILE)),
        ("138 1234 5678 139 8765 4321", (MOBILE, OTHER_MOBILE)),
        ("妻13812345678（本人13987654321）", (MOBILE, OTHER_MOBILE)),
        ("13812345678/13812345678", (MOBILE,)),
        ("0717-6221234", (LANDLINE,)),
        ("(0717)6221234", (LANDLINE,)),
        ("０７１７－６２２１２３４", (LANDLINE,)),
        ("6221234", (LANDLINE,)),
        ("+867176221234", (LANDLINE,)),
        ("86-0717-6221234", (LANDLINE,)),
        ("0717-6221234转801", (Phone(PhoneKind.LANDLINE, "07176221234", "801"),)),
        ("0717-6221234-801", (Phone(PhoneKind.LANDLINE, "07176221234", "801"),)),
        ("021-87654321", (Phone(PhoneKind.LANDLINE, "02187654321"),)),
        ("010 62345678", (Phone(PhoneKind.LANDLINE, "01062345678"),)),
        ("", ()),
        ("无", ()),
    ],
)
def test_every_number_of_a_field_is_found(text: str, expected: tuple[Phone, ...]) -> None:
    assert parse_phones(text, "0717") == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("13800000000", DropReason.PLACEHOLDER),
        ("11111111111", DropReason.PLACEHOLDER),
        ("13800138000", DropReason.PLACEHOLDER),
        ("0717-0000000", DropReason.PLACEHOLDER),
        ("0717-8888888", DropReason.PLACEHOLDER),
        ("400-123-4567", DropReason.SERVICE_NUMBER),
        ("120", DropReason.SERVICE_NUMBER),
        ("12812345678", DropReason.NOT_A_PHONE),
        ("1381234567", DropReason.NOT_A_PHONE),
        ("138123456789", DropReason.NOT_A_PHONE),
    ],
)
def test_what_cannot_be_called_is_dropped_with_its_reason(text: str, reason: DropReason) -> None:
    reading = read_phones(text, "0717")
    assert reading.phones == ()
    assert reading.dropped == (DroppedPhone(text, reason),)


def test_a_placeholder_does_not_take_its_neighbour_with_it() -> None:
    reading = read_phones("13800000000 13812345678", "0717")
    assert reading.phones == (MOBILE,)
    assert reading.dropped == (DroppedPhone("13800000000", DropReason.PLACEHOLDER),)


def test_a_lucky_number_is_a_number() -> None:
    assert parse_phones("13888888888", "0717") == (Phone(PhoneKind.MOBILE, "13888888888"),)


def test_a_local_number_needs_the_tenants_area_code() -> None:
    assert parse_phones("6221234", "0724") == (Phone(PhoneKind.LANDLINE, "07246221234"),)
    assert read_phones("6221234", "").dropped == (DroppedPhone("6221234", DropReason.NO_AREA_CODE),)


def test_the_tenants_switchboard_is_no_patients_number() -> None:
    reading = read_phones("6221234/0717-6221234", "0717", placeholders={"07176221234"})
    assert [dropped.reason for dropped in reading.dropped] == [DropReason.PLACEHOLDER] * 2
    assert reading.phones == ()


@given(
    st.from_regex(r"1[3-9][1-9][0-9]{7}[1-9]", fullmatch=True),
    st.sampled_from(["{}", "+86{}", "0086 {}", "电话{}。"]),
)
def test_any_mobile_survives_its_decoration(number: str, pattern: str) -> None:
    assert parse_phones(pattern.format(number), "0717") == (Phone(PhoneKind.MOBILE, number),)


@given(st.text(alphabet="0123456789+-()/、 ；x转号A", max_size=60))
def test_whatever_is_found_is_in_stored_form_and_stable(text: str) -> None:
    for phone in parse_phones(text, "0717"):
        assert phone.number.isascii()
        assert phone.number.isdigit()
        assert parse_phones(phone.number, "0717") == (Phone(phone.kind, phone.number),)
