"""Identity documents, names and ages: pure rules, no database.

Source: GB 11643-1999 (resident ID, check digit of ISO 7064 MOD 11-2); document shapes of standards 2.1.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
OLDEST_AGE = 130

# GB/T 2260: the first two digits. 71 Taiwan, 81-83 residence permits of Hong Kong, Macao and Taiwan.
_PROVINCES = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")


class Sex(StrEnum):
    """Administrative sex as the number itself states it."""

    MALE = "male"
    FEMALE = "female"


class IdentityError(ValueError):
    """An identity document that cannot be what it claims to be."""

    code = "identity"
    message_zh = "证件号码有误"

    def __init__(self) -> None:
        super().__init__(self.message_zh)


class WrongLength(IdentityError):
    """Neither 18 nor 15 characters."""

    code = "wrong_length"
    message_zh = "身份证号应为18位（旧证15位）"


class IllegalCharacter(IdentityError):
    """Something else than digits, or an X that is not the last of 18."""

    code = "illegal_character"
    message_zh = "身份证号只能是数字，末位可为X"


class UnknownRegion(IdentityError):
    """The first two digits name no province."""

    code = "unknown_region"
    message_zh = "身份证号前两位不是有效的省级代码"


class ImpossibleBirthDate(IdentityError):
    """A date that no calendar has, such as 30 February."""

    code = "impossible_birth_date"
    message_zh = "身份证号中的出生日期不存在"


class InvalidCheckDigit(IdentityError):
    """The last character does not follow from the first 17."""

    code = "invalid_check_digit"
    message_zh = "身份证号校验位不符，可能有一位录错"


class BirthInFuture(IdentityError):
    """Born after today."""

    code = "birth_in_future"
    message_zh = "出生日期晚于今天"


class TooOld(IdentityError):
    """Older than any person on record."""

    code = "too_old"
    message_zh = f"年龄超过{OLDEST_AGE}岁"


class WrongShape(IdentityError):
    """The number does not have the shape of the document it is declared to be."""

    code = "wrong_shape"
    message_zh = "证件号码与证件类型不符"


@dataclass(frozen=True, slots=True)
class ResidentId:
    """A checked resident ID; `derived` says that it was made from an old 15-digit number."""

    number: str
    region: str
    birth_date: date
    sex: Sex
    derived: bool


def compute_check_digit(first17: str) -> str:
    """Return the 18th character for the first 17 digits."""
    if len(first17) != 17 or not (first17.isascii() and first17.isdigit()):
        raise ValueError("compute_check_digit needs exactly 17 digits")
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first17, strict=True))
    return _CHECK_CHARACTERS[total % 11]


def parse_resident_id(text: str, today: date) -> ResidentId:
    """Check a resident ID and read what it states, or raise the precise `IdentityError`."""
    number = _tidy(text)
    if not re.fullmatch(r"[0-9X]*", number):
        raise IllegalCharacter
    if len(number) not in (15, 18):
        raise WrongLength
    if "X" in number[:17]:
        raise IllegalCharacter
    derived = len(number) == 15
    if derived:
        # 15-digit numbers were issued until 1999 only, so the century is 19 by definition.
        number = f"{number[:6]}19{number[6:]}"
    if not _PROVINCES.fullmatch(number[:2]):
        raise UnknownRegion
    birth_date = _read_birth_date(number[6:14])
    check = compute_check_digit(number[:17])
    if derived:
        number += check
    elif number[17] != check:
        raise InvalidCheckDigit
    if birth_date > today:
        raise BirthInFuture
    if age_on(birth_date, today) > OLDEST_AGE:
        raise TooOld
    sex = Sex.MALE if int(number[16]) % 2 else Sex.FEMALE
    return ResidentId(number, number[:6], birth_date, sex, derived)


class DocumentKind(StrEnum):
    """The kinds of standards 2.1."""

    RESIDENT_ID = "resident_id"
    HOUSEHOLD_BOOK = "household_book"
    PASSPORT = "passport"
    OFFICER_CARD = "officer_card"
    DRIVING_LICENCE = "driving_licence"
    HK_MACAO_PASS = "hk_macao_pass"  # noqa: S105 - a travel document
    TAIWAN_PASS = "taiwan_pass"  # noqa: S105 - a travel document
    HMT_RESIDENCE = "hmt_residence"
    FOREIGN_RESIDENCE = "foreign_residence"
    BIRTH_CERTIFICATE = "birth_certificate"
    OTHER = "other"

    @property
    def standard_code(self) -> str:
        """The code of CV02.01.101; kinds that it does not list are 99."""
        return _STANDARD_CODES.get(self, "99")


_STANDARD_CODES = {
    DocumentKind.RESIDENT_ID: "01",
    DocumentKind.HOUSEHOLD_BOOK: "02",
    DocumentKind.PASSPORT: "03",
    DocumentKind.OFFICER_CARD: "04",
    DocumentKind.DRIVING_LICENCE: "05",
    DocumentKind.HK_MACAO_PASS: "06",
    DocumentKind.TAIWAN_PASS: "07",
}

# Order matters: the first shape that fits wins, so the distinctive shapes come before the loose ones.
# The old Taiwan pass is 10 digits, never 11: 11 digits are a mobile number in the wrong field.
_SHAPES: tuple[tuple[DocumentKind, re.Pattern[str]], ...] = (
    (DocumentKind.HK_MACAO_PASS, re.compile(r"[HM][0-9]{8}(?:[0-9]{2})?")),
    (DocumentKind.PASSPORT, re.compile(r"[EGPSD][A-Z0-9][0-9]{7}")),
    (DocumentKind.BIRTH_CERTIFICATE, re.compile(r"[A-Z][0-9]{9}")),
    (DocumentKind.FOREIGN_RESIDENCE, re.compile(r"[A-Z]{3}[0-9]{12}")),
    (DocumentKind.TAIWAN_PASS, re.compile(r"[0-9]{8}|[0-9]{10}(?:\([A-Z0-9]\))?")),
    (DocumentKind.OFFICER_CARD, re.compile(r"[\u4e00-\u9fff]{1,4}字第?[0-9A-Z]{4,10}号?")),
)
# Where nothing more is known, a declared document only has to be printable and of a sane length.
_LOOSE = re.compile(r"[0-9A-Z\u4e00-\u9fff()./-]{4,20}")
_LOOSE_KINDS = frozenset(
    {
        DocumentKind.HOUSEHOLD_BOOK,
        DocumentKind.DRIVING_LICENCE,
        DocumentKind.OFFICER_CARD,
        DocumentKind.PASSPORT,
        DocumentKind.OTHER,
    }
)


@dataclass(frozen=True, slots=True)
class Document:
    """A document number in its stored form, with the kind it was recognised or declared as."""

    kind: DocumentKind
    number: str
    resident: ResidentId | None = None


def detect_document(text: str, today: date, declared: DocumentKind | None = None) -> Document:
    """Recognise a document by its shape, or check it against the kind that the sender declared.

    18 and 15 digits are checked in full: a number with a wrong check digit raises, it is never "other".
    """
    number = _tidy(text)
    if declared is not None:
        return _check_declared(number, today, declared)
    if re.fullmatch(r"[0-9]{17}[0-9X]|[0-9]{15}", number):
        return _read_citizen_number(number, today)
    for kind, shape in _SHAPES:
        if shape.fullmatch(number):
            return Document(kind, number)
    if not _LOOSE.fullmatch(number):
        raise WrongShape
    return Document(DocumentKind.OTHER, number)


def normalise_name(text: str) -> str:
    """Return the form in which two spellings of one name are equal.

    NFKC, no spaces inside a Chinese name, and one middle dot for the many that keyboards offer.
    """
    # Removing a space can put a base and a combining mark together, hence the repetition until stable.
    for _ in range(8):
        tidied = _tidy_name_once(text)
        if tidied == text:
            break
        text = tidied
    return text


def age_on(birth_date: date, day: date) -> int:
    """Return the completed years on a day; a birthday counts from 00:00, 29 February from 1 March."""
    if day < birth_date:
        raise BirthInFuture
    before_birthday = (day.month, day.day) < (birth_date.month, birth_date.day)
    return day.year - birth_date.year - before_birthday


def describe_age(birth_date: date, day: date) -> str:
    """Return the age as a clinician says it: days below a month, months below two years, then years."""
    years = age_on(birth_date, day)
    months = years * 12 + (day.month - birth_date.month) % 12
    if day.day < birth_date.day:
        months = months - 1 if day.month != birth_date.month else years * 12 + 11
    if months < 1:
        return f"{(day - birth_date).days}天"
    return f"{months}个月" if months < 24 else f"{years}岁"


def _tidy(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).upper()


def _read_birth_date(digits: str) -> date:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise ImpossibleBirthDate from None


def _read_citizen_number(number: str, today: date) -> Document:
    if number.startswith("9") and len(number) == 18:
        # The foreigner's card of 2023 shares the check digit but has a country in place of a region.
        if compute_check_digit(number[:17]) != number[17]:
            raise InvalidCheckDigit
        return Document(DocumentKind.FOREIGN_RESIDENCE, number)
    resident = parse_resident_id(number, today)
    hmt = resident.region in {"810000", "820000", "830000"}
    return Document(
        DocumentKind.HMT_RESIDENCE if hmt else DocumentKind.RESIDENT_ID, resident.number, resident
    )


def _check_declared(number: str, today: date, declared: DocumentKind) -> Document:
    if declared in (DocumentKind.RESIDENT_ID, DocumentKind.HMT_RESIDENCE):
        resident = parse_resident_id(number, today)
        return Document(declared, resident.number, resident)
    if declared is DocumentKind.FOREIGN_RESIDENCE and re.fullmatch(r"9[0-9]{16}[0-9X]", number):
        return _read_citizen_number(number, today)
    exact = any(kind is declared and shape.fullmatch(number) for kind, shape in _SHAPES)
    if exact or (declared in _LOOSE_KINDS and _LOOSE.fullmatch(number)):
        return Document(declared, number)
    raise WrongShape


_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
_DOTS = re.compile("[·•・‧∙⋅●]")
_DOT_BETWEEN_HAN = re.compile(r"(?<=[\u3400-\u9fff])\.(?=[\u3400-\u9fff])")
_HAN = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")


def _tidy_name_once(text: str) -> str:
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    text = _DOT_BETWEEN_HAN.sub("·", _DOTS.sub("·", text))
    text = re.sub(r"\s*·\s*", "·", text)
    return re.sub(r"\s+", "" if _HAN.search(text) else " ", text).strip()
