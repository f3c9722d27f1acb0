"""From the addresses of a patient to what they say. Pure: the gazetteer and the aliases come in."""

import re
from collections.abc import Iterable
from dataclasses import replace

from community.routing.contracts import CONTACT, FIELDS, REGISTERED, TEXT, Candidate, Reading
from divisions.codes import level_of
from divisions.enums import DivisionLevel
from divisions.parser import (
    AliasIndex,
    DivisionRef,
    Gazetteer,
    ParsedAddress,
    parse_address,
    parse_structured,
)
from records.contracts import AddressFact

# What desks write into a field that must not be empty.
_NOTHING = frozenset(
    {"", "不详", "未知", "无", "暂无", "不明", "没有", "空", "未填", "未提供", "本市", "本县"}
)
_PUNCTUATION = re.compile(r"[\s\-_/\\.,。，、*]+")
_TEXT_SOURCE = {"registered": REGISTERED, "contact": CONTACT}


def is_blank(text: str) -> bool:
    return _PUNCTUATION.sub("", text) in _NOTHING


def spoken_name(name: str) -> str:
    """The name as people say it: 关庙山村村民委员会 → 关庙山村, 刘巷社区居民委员会 → 刘巷社区."""
    for ending in ("村民委员会", "居民委员会", "村委会", "居委会"):
        if name.endswith(ending) and len(name) > len(ending) + 1:
            stem = name.removesuffix(ending)
            if stem.endswith(("村", "社区")):
                return stem
            return stem + ("村" if ending.startswith("村") else "社区")
    return name


def read_addresses(
    addresses: Iterable[AddressFact], home: str, gazetteer: Gazetteer, aliases: AliasIndex
) -> tuple[Reading, ...]:
    """Every reading that counts, the best source first. `home` is empty where the tenant has no county.

    The registered and the contact's address are read only where no current (or temporary) address was given.
    """
    by_kind = {address.kind: address for address in addresses}
    for kind in ("current", "temporary", "registered", "contact"):
        address = by_kind.get(kind)
        if address is None or not (_has_fields(address) or not is_blank(address.text)):
            continue
        found = _read(address, home, gazetteer, aliases)
        source = _TEXT_SOURCE.get(kind)
        return found if source is None else (replace(found[0], source=source),)
    # Nothing to read: what the desk wrote instead is still shown to whoever asks.
    written = next((address for address in by_kind.values() if address.text.strip()), None)
    if written is None:
        return ()
    parsed = parse_address(written.text, home or None, gazetteer, aliases)
    return (_reading(TEXT, written.text, parsed, written, gazetteer),)


def places_of(readings: Iterable[Reading], home: str) -> set[str]:
    """Codes of the townships and villages of the home county that the readings name."""
    codes = {reading.parsed.deepest_code for reading in readings}
    return {
        code for code in codes
        if home and code.startswith(home[:6]) and level_of(code) >= DivisionLevel.TOWNSHIP
    }  # fmt: skip


def list_candidates(refs: Iterable[DivisionRef], gazetteer: Gazetteer) -> tuple[Candidate, ...]:
    return tuple(Candidate(ref.code, spoken_name(ref.name), path_of(ref.code, gazetteer)) for ref in refs)


def path_of(code: str, gazetteer: Gazetteer) -> str:
    """枝江市 / 问安镇 / 关庙山村."""
    names = [
        spoken_name(ref.name) for ref in gazetteer.path(code) if level_of(ref.code) >= DivisionLevel.COUNTY
    ]
    return " / ".join(names)


def _has_fields(address: AddressFact) -> bool:
    return not (is_blank(address.township) and is_blank(address.village))


def _read(address: AddressFact, home: str, gazetteer: Gazetteer, aliases: AliasIndex) -> tuple[Reading, ...]:
    readings: list[Reading] = []
    if _has_fields(address):
        parsed = parse_structured(
            county=address.county, township=address.township, village=address.village,
            gazetteer=gazetteer, home_county=home or None, aliases=aliases,
        )  # fmt: skip
        joined = address.text or "".join((address.county, address.township, address.village))
        readings.append(_reading(FIELDS, joined, parsed, address, gazetteer))
    if not is_blank(address.text):
        parsed = parse_address(_with_county(address), home or None, gazetteer, aliases)
        readings.append(_reading(TEXT, address.text, parsed, address, gazetteer))
    return tuple(readings)


def _with_county(address: AddressFact) -> str:
    # A sender that splits off the county alone leaves a text that begins at the township.
    county = address.county.strip()
    if not county or county.isascii() or county in address.text or county.rstrip("市县区") in address.text:
        return address.text
    return county + address.text


def _reading(
    source: str, text: str, parsed: ParsedAddress, address: AddressFact, gazetteer: Gazetteer
) -> Reading:
    refs: tuple[DivisionRef, ...] = parsed.candidates
    if not refs and parsed.township is not None:
        refs = (parsed.village or parsed.township,)
    return Reading(source, text, parsed, address.reported_at, list_candidates(refs, gazetteer))
