"""GB 11643-1999, the other documents, names and ages."""

import contextlib
from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from records.identity import (
    BirthInFuture,
    DocumentKind,
    IdentityError,
    IllegalCharacter,
    ImpossibleBirthDate,
    InvalidCheckDigit,
    Sex,
    TooOld,
    UnknownRegion,
    WrongLength,
    WrongShape,
    age_on,
    compute_check_digit,
    describe_age,
    detect_document,
    normalise_name,
    parse_resident_id,
)

pytestmark = pytest.mark.req("S1", "C11")
TODAY = date(2026, 11, 22)


@st.composite
def resident_ids(draw: st.DrawFn) -> str:
    region = draw(st.sampled_from(["420583", "420881", "429004", "110105", "650102", "810000"]))
    birth_date = draw(st.dates(date(1900, 1, 1), TODAY))
    first17 = f"{region}{birth_date:%Y%m%d}{draw(st.integers(0, 999)):03d}"
    return first17 + compute_check_digit(first17)


@pytest.mark.parametrize(
    ("number", "birth_date", "sex"),
    [
        ("11010519491231002X", date(1949, 12, 31), Sex.FEMALE),
        ("42058319800101001X", date(1980, 1, 1), Sex.MALE),
        ("42088119550615123X", date(1955, 6, 15), Sex.MALE),
        ("810000199001010019", date(1990, 1, 1), Sex.MALE),
    ],
)
def test_published_vectors_are_read(number: str, birth_date: date, sex: Sex) -> None:
    found = parse_resident_id(number, TODAY)
    assert (found.number, found.region, found.birth_date, found.sex, found.derived) == (
        number,
        number[:6],
        birth_date,
        sex,
        False,
    )


def test_the_vector_of_1880_was_valid_until_its_owner_was_131() -> None:
    assert parse_resident_id("440524188001010014", date(2011, 1, 1) - timedelta(days=1)).sex is Sex.MALE
    with pytest.raises(TooOld):
        parse_resident_id("440524188001010014", date(2011, 1, 1))


@pytest.mark.parametrize(
    ("text", "error", "code"),
    [
        ("420583198001010010", InvalidCheckDigit, "invalid_check_digit"),
        ("420583202302300017", ImpossibleBirthDate, "impossible_birth_date"),
        ("420583800230001", ImpossibleBirthDate, "impossible_birth_date"),
        ("42058320261123001" + compute_check_digit("42058320261123001"), BirthInFuture, "birth_in_future"),
        ("42058318950101001" + compute_check_digit("42058318950101001"), TooOld, "too_old"),
        ("4205831980010100", WrongLength, "wrong_length"),
        ("", WrongLength, "wrong_length"),
        ("4205831980010100 1X9", WrongLength, "wrong_length"),
        ("4205831980010X001X", IllegalCharacter, "illegal_character"),
        ("42058319800101001*", IllegalCharacter, "illegal_character"),
        ("护照E12345678", IllegalCharacter, "illegal_character"),
        ("42058319800101001٣", IllegalCharacter, "illegal_character"),
        ("99058319800101001" + compute_check_digit("99058319800101001"), UnknownRegion, "unknown_region"),
    ],
)
def test_each_fault_has_its_own_error(text: str, error: type[IdentityError], code: str) -> None:
    with pytest.raises(IdentityError) as caught:
        parse_resident_id(text, TODAY)
    assert type(caught.value) is error
    assert caught.value.code == code


def test_born_today_is_not_in_the_future() -> None:
    first17 = f"420583{TODAY:%Y%m%d}001"
    assert parse_resident_id(first17 + compute_check_digit(first17), TODAY).birth_date == TODAY


@pytest.mark.parametrize(
    "text", ["42058319800101001x", " 420583 19800101 001x ", "４２０５８３１９８００１０１００１Ｘ"]
)
def test_spelling_is_normalised(text: str) -> None:
    assert parse_resident_id(text, TODAY).number == "42058319800101001X"


def test_a_15_digit_number_gets_its_century_and_check_digit() -> None:
    found = parse_resident_id("420583800101001", TODAY)
    assert (found.number, found.derived) == ("42058319800101001X", True)


@given(resident_ids(), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_any_single_changed_character_is_refused(number: str, at: int, replacement: str) -> None:
    assume(number[at] != replacement)
    with pytest.raises(IdentityError):
        parse_resident_id(number[:at] + replacement + number[at + 1 :], TODAY)


@given(resident_ids(), st.integers(0, 15))
def test_any_swap_of_neighbours_is_refused(number: str, at: int) -> None:
    assume(number[at] != number[at + 1])
    with pytest.raises(IdentityError):
        parse_resident_id(number[:at] + number[at + 1] + number[at] + number[at + 2 :], TODAY)


@given(resident_ids())
def test_what_was_made_right_is_read_back(number: str) -> None:
    found = parse_resident_id(number.lower(), TODAY)
    assert found.number == number
    assert f"{found.birth_date:%Y%m%d}" == number[6:14]
    assert (found.sex is Sex.MALE) == (int(number[16]) % 2 == 1)


@given(st.text(max_size=30))
def test_no_text_raises_anything_but_an_identity_error(text: str) -> None:
    for read in (parse_resident_id, detect_document):
        with contextlib.suppress(IdentityError):
            read(text, TODAY)


def test_digits_of_other_scripts_are_no_digits() -> None:
    with pytest.raises(IllegalCharacter):
        parse_resident_id("٩" * 18, TODAY)
    with pytest.raises(WrongShape):
        detect_document("9" + "٩" * 17, TODAY)


@pytest.mark.parametrize(
    "text", ["1234567890123456", "", "1234567890123456X", "１２３４５６７８９０１２３４５６７"]
)
def test_the_check_digit_needs_17_ascii_digits(text: str) -> None:
    with pytest.raises(ValueError, match="17 digits"):
        compute_check_digit(text)


@pytest.mark.parametrize(
    ("text", "kind", "standard_code"),
    [
        ("42058319800101001X", DocumentKind.RESIDENT_ID, "01"),
        ("810000199001010019", DocumentKind.HMT_RESIDENCE, "99"),
        ("e12345678", DocumentKind.PASSPORT, "03"),
        ("EA1234567", DocumentKind.PASSPORT, "03"),
        ("H12345678", DocumentKind.HK_MACAO_PASS, "06"),
        ("M1234567801", DocumentKind.HK_MACAO_PASS, "06"),
        ("12345678", DocumentKind.TAIWAN_PASS, "07"),
        ("CHN110098765432", DocumentKind.FOREIGN_RESIDENCE, "99"),
        ("T420123456", DocumentKind.BIRTH_CERTIFICATE, "99"),
        ("南字第012345号", DocumentKind.OFFICER_CARD, "04"),
        ("13812345678", DocumentKind.OTHER, "99"),
    ],
)
def test_documents_are_told_by_their_shape(text: str, kind: DocumentKind, standard_code: str) -> None:
    found = detect_document(text, TODAY)
    assert (found.kind, found.kind.standard_code) == (kind, standard_code)


def test_the_foreigners_card_of_2023_has_the_same_check_digit() -> None:
    first17 = "91184019900101001"
    number = first17 + compute_check_digit(first17)
    assert detect_document(number, TODAY).kind is DocumentKind.FOREIGN_RESIDENCE
    wrong = first17 + ("0" if number[-1] != "0" else "1")
    with pytest.raises(InvalidCheckDigit):
        detect_document(wrong, TODAY)


def test_a_declared_kind_is_checked_and_a_wrong_id_is_never_another_document() -> None:
    assert detect_document("X1234567", TODAY, DocumentKind.PASSPORT).kind is DocumentKind.PASSPORT
    with pytest.raises(WrongShape):
        detect_document("X1234567", TODAY, DocumentKind.HK_MACAO_PASS)
    with pytest.raises(WrongLength):
        detect_document("E12345678".replace("E", "1"), TODAY, DocumentKind.RESIDENT_ID)
    with pytest.raises(InvalidCheckDigit):
        detect_document("420583198001010010", TODAY)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("张 三", "张三"),
        ("　张三　", "张三"),
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        ("阿依古丽 ・ 买买提", "阿依古丽·买买提"),
        ("阿依古丽．买买提", "阿依古丽·买买提"),
        ("张\u200b三", "张三"),
        ("ＪＯＨＮ   SMITH ", "JOHN SMITH"),
        ("J. Smith", "J. Smith"),
        ("𬭎 明", "𬭎明"),
    ],
)
def test_names_are_unified(text: str, expected: str) -> None:
    assert normalise_name(text) == expected


@given(st.text(max_size=40))
def test_a_normalised_name_stays_as_it_is(text: str) -> None:
    once = normalise_name(text)
    assert normalise_name(once) == once


@pytest.mark.parametrize(
    ("born", "day", "years", "words"),
    [
        (date(1980, 1, 1), date(2025, 12, 31), 45, "45岁"),
        (date(1980, 1, 1), date(2026, 1, 1), 46, "46岁"),
        (date(2004, 2, 29), date(2026, 2, 28), 21, "21岁"),
        (date(2004, 2, 29), date(2026, 3, 1), 22, "22岁"),
        (date(2026, 11, 22), date(2026, 11, 22), 0, "0天"),
        (date(2024, 1, 31), date(2024, 2, 29), 0, "29天"),
        (date(2024, 1, 31), date(2024, 3, 1), 0, "1个月"),
        (date(2023, 12, 15), date(2024, 12, 14), 0, "11个月"),
        (date(2020, 5, 5), date(2022, 5, 4), 1, "23个月"),
        (date(2020, 5, 5), date(2022, 5, 5), 2, "2岁"),
    ],
)
def test_age_is_counted_on_the_day(born: date, day: date, years: int, words: str) -> None:
    assert age_on(born, day) == years
    assert describe_age(born, day) == words


def test_no_one_has_an_age_before_birth() -> None:
    with pytest.raises(BirthInFuture):
        age_on(date(2026, 1, 2), date(2026, 1, 1))
