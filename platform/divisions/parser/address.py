"""parse_address: one line of free text to county, township and village, with reasons, or to candidates.

Confidence is that of the deepest division given (standards 1.5, step 4):

    county named, township and village          .90
    county named, township with suffix           .85   (nothing contradicts it, the village is not said or not known)
    county from context, township and village    .80
    county from context, township with suffix    .75
    village only (one township has it)           .70 county named, .60 from context, .50 without 村/社区
    township stem only, nothing else follows     .70 county named, .60 from context
    county only                                  .90 when it is another county and its prefecture or province is named,
                                                 .80 when only the county is; .50 for the home county
    exact code                                   1.0

    times .8 for each wrong character accepted, a prefecture that does not fit, or an unknown township name before the
    village; times .95 for an unusual suffix or unread characters before the township. A contradiction, or a registered
    address taken because the current one cannot be read, caps at .5. Candidates without a township: .4.
"""

from collections.abc import Iterable
from dataclasses import replace

from divisions.codes import level_of, pad_code
from divisions.parser.aliases import AliasIndex, PlaceAlias
from divisions.parser.gazetteer import CountyIndex, Gazetteer, UpperUnit
from divisions.parser.head import Head, read_head
from divisions.parser.locality import Locality, read_locality, township_at
from divisions.parser.normalise import Residence, clean_text, find_code, fold_width, split_residence
from divisions.parser.result import DivisionRef, ParsedAddress
from divisions.parser.tail import find_tail

CONTRADICTED = 0.5
UNDECIDED = 0.4

_NO_ALIASES = AliasIndex()


class UnknownHomeCounty(ValueError):
    """The home county's code is malformed or not in the gazetteer."""


def parse_address(
    text: str,
    home_county: str | None,
    gazetteer: Gazetteer,
    aliases: AliasIndex | Iterable[PlaceAlias] = (),
) -> ParsedAddress:
    """Reads one address. `home_county` (6 or 12 digits) is what is meant when no county is written.

    Never guesses: what the text leaves open comes back as `candidates` with a confidence below 0.6. Raises
    UnknownHomeCounty for a home county that the gazetteer does not hold; no text makes it raise.
    """
    home = find_home(home_county, gazetteer)
    known = aliases if isinstance(aliases, AliasIndex) else AliasIndex(aliases) if aliases else _NO_ALIASES
    folded, truncated = fold_width(text)
    prefix: tuple[str, ...] = ("input:truncated",) if truncated else ()
    code = find_code(folded)
    if code is not None and (found := gazetteer.find(code)) is not None and level_of(found.code) >= 3:
        return _from_code(found, folded, code, gazetteer, home, known, prefix)
    residence = split_residence(folded)
    parsed = _parse_part(residence.text, gazetteer, home, known, prefix + residence.evidence, residence.other)
    if parsed.county is None and not parsed.candidates and residence.other:
        return _parse_other_part(residence, parsed, gazetteer, home, known, prefix)
    return parsed


def find_home(code: str | None, gazetteer: Gazetteer) -> UpperUnit | None:
    """The county of a home code. Raises UnknownHomeCounty."""
    if code is None:
        return None
    try:
        # 东莞 441900: a prefecture that is its own county.
        home = gazetteer.county(pad_code(code)) if level_of(pad_code(code)) in (2, 3) else None
    except ValueError:
        home = None
    if home is None:
        raise UnknownHomeCounty(f"本县代码无效或不在名录中：{code}")
    return home


def _parse_other_part(
    residence: Residence,
    current: ParsedAddress,
    gazetteer: Gazetteer,
    home: UpperUnit | None,
    aliases: AliasIndex,
    prefix: tuple[str, ...],
) -> ParsedAddress:
    """Someone lives elsewhere than the address that can be read: shown, capped, never routed by."""
    other = _parse_part(
        residence.other, gazetteer, home, aliases, (*prefix, "residence:unreadable"), residence.text
    )
    if other.county is None and not other.candidates:
        return current
    return replace(other, confidence=min(other.confidence, CONTRADICTED))


def _parse_part(
    part: str,
    gazetteer: Gazetteer,
    home: UpperUnit | None,
    aliases: AliasIndex,
    evidence: tuple[str, ...],
    other_text: str,
) -> ParsedAddress:
    text = clean_text(part)
    other = clean_text(other_text)
    head = read_head(text, 0, gazetteer, home)
    county = head.county
    if county is not None and head.needs_township:
        head, county = _confirm_by_township(head, text, gazetteer, home)
    if county is not None:
        index = gazetteer.index_of(county)
        place = read_locality(index, text, head.end, aliases, True) if index else Locality(end=head.end)
        return _compose(text, head, county, place, index, home, evidence, other, named=True)
    if head.candidates:
        return ParsedAddress(
            confidence=UNDECIDED,
            evidence=evidence + head.evidence,
            candidates=head.candidates,
            rest=text,
            other_text=other,
        )
    if home is not None and home.prefix.startswith(head.named_above):
        index = gazetteer.index_of(home)
        if index is not None:
            place = read_locality(index, text, head.end, aliases, False)
            if place.township is not None:
                return _compose(text, head, home, place, index, home, evidence, other, named=False)
            if place.candidates:
                return _undecided_at_home(text, head, home, place, evidence, other)
    return _without_county(text, head, gazetteer, home, aliases, evidence, other)


def _confirm_by_township(
    head: Head, text: str, gazetteer: Gazetteer, home: UpperUnit | None
) -> tuple[Head, UpperUnit | None]:
    """A bare county name elsewhere (宜都枝城镇) counts only when one of its townships follows."""
    assert head.county is not None
    index = gazetteer.index_of(head.county)
    if index is not None and township_at(index, text, head.end) is not None:
        return head, head.county
    return Head(), None


def _without_county(
    text: str,
    head: Head,
    gazetteer: Gazetteer,
    home: UpperUnit | None,
    aliases: AliasIndex,
    evidence: tuple[str, ...],
    other: str,
) -> ParsedAddress:
    """No county: a township name that a single county of the named prefecture or province has still decides."""
    scope = head.named_above or (home.prefix[:2] if home else "")
    named = _townships_at(text, head.end, gazetteer, scope) if scope else ()
    counties = {county.prefix: county for county, _ in named}
    if len(counties) == 1 and head.named_above:
        county = next(iter(counties.values()))
        index = gazetteer.index_of(county)
        if index is not None:
            place = read_locality(index, text, head.end, aliases, True)
            if place.township is not None:
                place.evidence.insert(0, "county:from-township")
                return _compose(text, head, county, place, index, home, evidence, other, named=False)
    if named:
        keys = (*evidence, *head.evidence, "township:ambiguous")
        return ParsedAddress(
            confidence=UNDECIDED,
            evidence=keys,
            candidates=tuple(unit for _, unit in named),
            rest=text,
            other_text=other,
        )
    keys = evidence + head.evidence if head.evidence else ()
    deepest = head.prefecture or head.province
    if deepest is not None and home is not None and not home.prefix.startswith(deepest.prefix):
        keys += ("outside:prefecture",) if head.prefecture is not None else ("outside:province",)
    start = find_tail(text, head.end)
    return ParsedAddress(
        confidence=UNDECIDED if deepest else 0.0,
        evidence=keys,
        candidates=(deepest.ref,) if deepest else (),
        detail=text[start:],
        rest=text[head.end : start],
        other_text=other,
    )


def _townships_at(
    text: str, pos: int, gazetteer: Gazetteer, scope: str
) -> tuple[tuple[UpperUnit, DivisionRef], ...]:
    for end in range(pos + 2, min(len(text), pos + 8) + 1):
        if text.startswith(("镇", "乡", "街道"), end):
            name = text[pos : end + (2 if text.startswith("街道", end) else 1)]
            found = gazetteer.townships_named(name, scope)
            if found:
                return tuple((county, unit.ref) for county, unit in found)
    return ()


def _compose(
    text: str,
    head: Head,
    county: UpperUnit,
    place: Locality,
    index: CountyIndex | None,
    home: UpperUnit | None,
    evidence: tuple[str, ...],
    other: str,
    named: bool,
) -> ParsedAddress:
    keys = [*evidence, *head.evidence]
    if not named and "county:from-township" not in place.evidence:
        keys.append("county:home-context")
    keys += place.evidence
    if home is not None and county is not home:
        keys.append("outside:home-county")
    tail = find_tail(text, place.end)
    rest = text[place.end : tail]
    confidence = _score(head, county, place, home, named)
    if place.conflict:
        confidence = min(confidence, CONTRADICTED)
    elif place.township is not None and index is not None and _names_second_place(index, text, place):
        keys.append("conflict:second-address")
        confidence = min(confidence, CONTRADICTED)
    return ParsedAddress(
        county=county.ref,
        township=place.township.ref if place.township else None,
        village=place.village.ref if place.village else None,
        confidence=confidence,
        evidence=tuple(keys),
        candidates=place.candidates,
        detail=text[tail:],
        rest=rest,
        other_text=other,
    )


def _score(head: Head, county: UpperUnit, place: Locality, home: UpperUnit | None, named: bool) -> float:
    factor = place.factor * (0.8 if head.fuzzy else 1.0) * (0.8 if place.fuzzy else 1.0)
    factor *= 0.8 if head.mismatch else 1.0
    if place.township is None:
        if place.candidates:
            return UNDECIDED
        if county is home or home is None:
            return round(CONTRADICTED * factor, 4)
        return round((0.9 if head.named_above else 0.8) * factor, 4)
    if place.from_village:
        base = CONTRADICTED if place.bare_village else 0.7 if named else 0.6
    elif place.village is not None:
        base = 0.9 if named else 0.8
    elif place.explicit:
        base = 0.85 if named else 0.75
    else:
        base = 0.7 if named else 0.6
    return round(base * factor, 4)


def _names_second_place(index: CountyIndex, text: str, place: Locality) -> bool:
    """Whether another township of the county is named in full after the one that was taken."""
    for at in range(place.end, len(text) - 2):
        for length, units in index.full.at(text, at):
            if length >= 3 and place.township not in units:
                return True
    return False


def _undecided_at_home(
    text: str, head: Head, home: UpperUnit, place: Locality, evidence: tuple[str, ...], other: str
) -> ParsedAddress:
    tail = find_tail(text, place.end)
    return ParsedAddress(
        county=home.ref,
        confidence=UNDECIDED,
        evidence=(*evidence, *head.evidence, "county:home-context", *place.evidence),
        candidates=place.candidates,
        detail=text[tail:],
        rest=text[place.end : tail],
        other_text=other,
    )


def _from_code(
    found: DivisionRef,
    folded: str,
    code: str,
    gazetteer: Gazetteer,
    home: UpperUnit | None,
    aliases: AliasIndex,
    evidence: tuple[str, ...],
) -> ParsedAddress:
    """A code is exact, unless the words beside it name another township or county."""
    by_level = {level_of(ref.code): ref for ref in gazetteer.path(found.code)}
    level = level_of(found.code)
    keys = [*evidence, ("code:county", "code:township", "code:village")[level - 3]]
    county, township = by_level.get(3), by_level.get(4)
    if home is not None and county is not None and county.code != home.ref.code:
        keys.append("outside:home-county")
    words = _parse_part(folded.replace(code, " ", 1), gazetteer, home, aliases, (), "")
    confidence = 1.0 if level > 3 or county != (home.ref if home else None) else CONTRADICTED
    candidates: tuple[DivisionRef, ...] = ()
    differs = (words.township and township and words.township != township) or (
        words.county and words.county != county and "county:home-context" not in words.evidence
    )
    if differs:
        keys.append("conflict:code")
        confidence = CONTRADICTED
        candidates = tuple(ref for ref in (found, words.village or words.township or words.county) if ref)
    return ParsedAddress(
        county=county,
        township=township,
        village=by_level.get(5),
        confidence=confidence,
        evidence=tuple(keys),
        candidates=candidates,
        detail=words.detail,
        rest=words.rest,
    )
