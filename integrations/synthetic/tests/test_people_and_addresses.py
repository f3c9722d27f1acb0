"""Invented people and the addresses they give."""

import random
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.synthetic.addresses import AddressBook, AddressStyle, shorten_village, strip_suffix
from integrations.synthetic.people import is_synthetic_phone, make_person, make_phone
from integrations.synthetic.tests.villages import VILLAGES
from records.identity import Sex, age_on, parse_resident_id
from records.phones import Phone, PhoneKind, parse_phones

DAY = date(2026, 11, 22)
BOOK = AddressBook(VILLAGES, home_county_code="420583", province="湖北省", prefecture="宜昌市")


@given(st.integers(0, 400_000), st.integers(0, 99), st.sampled_from(Sex))
def test_a_person_is_consistent(index: int, age: int, sex: Sex) -> None:
    person = make_person(random.Random(index), index=index, age=age, on=DAY, region="420583", sex=sex)
    stated = parse_resident_id(person.resident_id, DAY)
    assert (stated.region, stated.birth_date, stated.sex) == ("420583", person.birth_date, sex)
    assert age_on(person.birth_date, DAY) == age
    for number in (person.phone, person.contact_phone):
        assert is_synthetic_phone(number)
        assert parse_phones(number, "0717") == (Phone(PhoneKind.MOBILE, number),)
    assert person.phone != person.contact_phone
    assert len(person.name) >= 2


def test_people_of_one_age_have_different_numbers() -> None:
    rng = random.Random(1)
    people = [make_person(rng, index=index, age=60, on=DAY, region="420583") for index in range(20_000)]
    assert len({person.resident_id for person in people}) == 20_000


def test_the_phone_block_is_recognisable() -> None:
    assert make_phone(0) == "19900000001"
    assert make_phone(9_998) == "19900009999"
    assert make_phone(999_999) == "19900000001"
    assert not is_synthetic_phone("13812345678")
    assert not is_synthetic_phone("199000000001")


@pytest.mark.parametrize(
    ("style", "pattern"),
    [
        (AddressStyle.FULL, r"湖北省宜昌市枝江市问安镇关庙山村.*"),
        (AddressStyle.NO_PROVINCE, r"枝江市问安镇关庙山村.*"),
        (AddressStyle.NO_SUFFIX, r"枝江问安关庙山.*"),
        (AddressStyle.FROM_TOWNSHIP, r"问安镇关庙山村.*"),
        (AddressStyle.VILLAGE_ONLY, r"关庙山村.*"),
        (AddressStyle.TYPO, r"枝江市间按镇.*|枝江市间安镇.*"),
        (AddressStyle.STRUCTURED, r"湖北省宜昌市枝江市问安镇关庙山村.*"),
    ],
)
def test_a_village_is_written_in_each_style_with_its_truth(style: AddressStyle, pattern: str) -> None:
    address = BOOK.render(random.Random(3), VILLAGES[2], style)
    assert address.style is style
    assert (address.village_code, address.division_code) == ("420583101200", "420583101200")
    assert re.fullmatch(pattern, address.text), address.text


def test_styles_that_would_blur_the_truth_give_way() -> None:
    assert BOOK.render(random.Random(1), VILLAGES[3], AddressStyle.VILLAGE_ONLY).text.startswith(
        "问安镇四岗村"
    )
    assert BOOK.render(random.Random(1), VILLAGES[3], AddressStyle.ESTATE).style is AddressStyle.NO_PROVINCE
    estate = BOOK.render(random.Random(1), VILLAGES[0], AddressStyle.ESTATE)
    assert estate.text.startswith("枝江市马家店街道")
    assert "南岗" not in estate.text


def test_unknown_and_elsewhere_have_no_village_of_ours() -> None:
    assert BOOK.render(random.Random(1), VILLAGES[0], AddressStyle.UNKNOWN).division_code == ""
    outside = BOOK.render(random.Random(1), VILLAGES[0], AddressStyle.OTHER_COUNTY)
    assert outside.village_code == ""
    assert not outside.division_code.startswith("420583")
    both = AddressBook(
        [*VILLAGES, ("420881101200", "彭墩村委会", "石牌镇", "钟祥市")], home_county_code="420583"
    )
    outside = both.render(random.Random(1), VILLAGES[0], AddressStyle.OTHER_COUNTY)
    assert outside.village_code == "420881101200"
    assert outside.text.startswith("钟祥市石牌镇彭墩村")


def test_an_address_book_needs_its_county() -> None:
    with pytest.raises(ValueError, match="at least one"):
        AddressBook([])
    with pytest.raises(ValueError, match="429004"):
        AddressBook(VILLAGES, home_county_code="429004")


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("关庙山村委会", "关庙山村"),
        ("关庙山村村民委员会", "关庙山村"),
        ("关庙山村民委员会", "关庙山村"),
        ("南岗社区居委会", "南岗社区"),
        ("南岗社区居民委员会", "南岗社区"),
        ("金盆山居委会", "金盆山居委会"),
        ("关庙山村", "关庙山村"),
    ],
)
def test_villages_have_a_spoken_name(name: str, short: str) -> None:
    assert shorten_village(name) == short


def test_a_stem_of_one_character_keeps_its_suffix() -> None:
    assert strip_suffix("枝江市") == "枝江"
    assert strip_suffix("马家店街道") == "马家店"
    assert strip_suffix("李村") == "李村"
