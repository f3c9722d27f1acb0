"""Telephone numbers as registration desks write them, brought to one stored form (standards 2.2)."""

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum


class PhoneKind(StrEnum):
    """Decides the channel: only a mobile gets SMS."""

    MOBILE = "mobile"
    LANDLINE = "landline"


class DropReason(StrEnum):
    """Why a piece of the field is not a number to call."""

    PLACEHOLDER = "placeholder"
    NO_AREA_CODE = "no_area_code"
    SERVICE_NUMBER = "service_number"
    NOT_A_PHONE = "not_a_phone"


@dataclass(frozen=True, slots=True)
class Phone:
    """One number: digits only, a landline with its area code."""

    kind: PhoneKind
    number: str
    extension: str = ""


@dataclass(frozen=True, slots=True)
class DroppedPhone:
    """What was left out, as written, and why."""

    text: str
    reason: DropReason


@dataclass(frozen=True, slots=True)
class PhoneReading:
    """Everything that a field held: numbers in their order without repeats, and what was dropped."""

    phones: tuple[Phone, ...]
    dropped: tuple[DroppedPhone, ...]


_MOBILE = re.compile(r"1[3-9]\d{9}")
_MOBILES = re.compile(r"(?:1[3-9]\d{9}){2,}")
# 010 and 02x have eight-digit subscribers; no Chinese subscriber number begins with 0 or 1.
_LANDLINE = re.compile(r"0(?:10|2\d)[2-9]\d{7}|0[3-9]\d{2}[2-9]\d{6,7}")
_LOCAL = re.compile(r"[2-9]\d{6,7}")
_SERVICE = re.compile(r"(?:400|800)\d{7}|95\d{3,4}|1(?:10|19|20|22)|12\d{3}")
# Numbers that hospital systems fill in by default; 13800138000 is an operator's own service line.
_PLACEHOLDERS = frozenset({"13800138000", "12345678901", "01234567890", "12345678", "1234567"})
_PIECE = re.compile(r"\+?\d[\d\s()\-x]*", re.ASCII)
_EXTENSION_WORD = re.compile(r"(?:转|分机|ext\.?)\s*(?=\d)", re.IGNORECASE)


def parse_phones(text: str, area_code: str) -> tuple[Phone, ...]:
    """Return the numbers of one field; see `read_phones` for what was dropped."""
    return read_phones(text, area_code).phones


def read_phones(text: str, area_code: str, placeholders: Collection[str] = ()) -> PhoneReading:
    """Read every number of a field and say what was dropped and why.

    `area_code` ("0717") completes local landlines; `placeholders` is the tenant's own list in stored form,
    such as the hospital's switchboard.
    """
    plain = _EXTENSION_WORD.sub("x", unicodedata.normalize("NFKC", text))
    phones: dict[str, Phone] = {}
    dropped: list[DroppedPhone] = []
    # NFKC has turned full-width punctuation into ASCII; all that cannot be part of a number separates.
    for piece in _PIECE.findall(plain):
        for token in _split_piece(piece):
            result = _read_number(token, area_code, placeholders)
            if isinstance(result, DropReason):
                dropped.append(DroppedPhone(token.strip(), result))
            else:
                phones.setdefault(result.number, result)
    return PhoneReading(tuple(phones.values()), tuple(dropped))


def _split_piece(piece: str) -> Iterator[str]:
    """Yield one token per number: blanks and hyphens may group one number or part two."""
    if _is_recognised(piece):
        yield piece
        return
    for separator in (r"\s+", r"[\s\-]+"):
        parts = [part for part in re.split(separator, piece.strip()) if re.search(r"\d", part)]
        if len(parts) > 1 and all(map(_is_recognised, parts)):
            yield from parts
            return
    if _MOBILES.fullmatch(digits := re.sub(r"\D", "", piece)):
        yield from _MOBILE.findall(digits)
        return
    yield piece


def _is_recognised(token: str) -> bool:
    return _read_number(token, "0000", ()) is not DropReason.NOT_A_PHONE


def _read_number(token: str, area_code: str, placeholders: Collection[str]) -> Phone | DropReason:
    main, _, extension = token.partition("x")
    digits = re.sub(r"\D", "", main)
    international = token.startswith("+") or digits.startswith("00")
    bare = _strip_country(digits, international=international)
    if _is_placeholder(bare) or bare in placeholders:
        return DropReason.PLACEHOLDER
    extension = re.sub(r"\D", "", extension)
    if _MOBILE.fullmatch(bare):
        return Phone(PhoneKind.MOBILE, bare, extension)
    if _MOBILE.fullmatch(bare[1:]) and bare.startswith("0"):
        # The trunk zero once dialled before a mobile of another city.
        return Phone(PhoneKind.MOBILE, bare[1:], extension)
    if _SERVICE.fullmatch(bare):
        return DropReason.SERVICE_NUMBER
    landline = _complete_landline(bare, area_code)
    if landline is None:
        split = re.fullmatch(r"([\d\s()+]*\d[\s)]*-?[\s(]*\d{7,8})-(\d{1,6})", main.strip())
        if split and not extension:
            return _read_number(f"{split[1]}x{split[2]}", area_code, placeholders)
        return DropReason.NOT_A_PHONE
    if isinstance(landline, DropReason):
        return landline
    if landline in placeholders:
        return DropReason.PLACEHOLDER
    return Phone(PhoneKind.LANDLINE, landline, extension)


def _strip_country(digits: str, *, international: bool) -> str:
    if digits.startswith("0086"):
        digits = digits[4:]
    elif digits.startswith("860") or (
        digits.startswith("86") and (international or _MOBILE.fullmatch(digits[2:]))
    ):
        digits = digits[2:]
    else:
        return digits
    is_abroad_style_landline = not digits.startswith("0") and _LANDLINE.fullmatch(f"0{digits}")
    return f"0{digits}" if is_abroad_style_landline and not _MOBILE.fullmatch(digits) else digits


def _is_placeholder(digits: str) -> bool:
    same_digit = len(digits) >= 5 and len(set(digits)) == 1
    zero_mobile = bool(re.fullmatch(r"1[3-9]\d0{8}", digits))
    return same_digit or zero_mobile or digits in _PLACEHOLDERS


def _complete_landline(digits: str, area_code: str) -> str | DropReason | None:
    if _LANDLINE.fullmatch(digits):
        subscriber = digits[3:] if re.match(r"0(?:10|2)", digits) else digits[4:]
        return DropReason.PLACEHOLDER if len(set(subscriber)) == 1 else digits
    if re.fullmatch(r"0\d{2,3}([01])\1{6,7}", digits):
        return DropReason.PLACEHOLDER
    if _LOCAL.fullmatch(digits):
        return f"{area_code}{digits}" if area_code else DropReason.NO_AREA_CODE
    return None
