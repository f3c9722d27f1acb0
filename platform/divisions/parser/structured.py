"""parse_structured: county, township and village from fields that a system keeps apart."""

from collections.abc import Iterable
from dataclasses import replace

from divisions.codes import level_of
from divisions.parser.address import CONTRADICTED, UNDECIDED, find_home, parse_address
from divisions.parser.aliases import AliasIndex, PlaceAlias
from divisions.parser.gazetteer import Gazetteer
from divisions.parser.result import ParsedAddress

STRUCTURED = 0.95
# What parse_address gives to a fully named township with and without village; fields raise both to STRUCTURED.
_NAMED = (0.9, 0.85)


def parse_structured(
    *,
    county: str = "",
    township: str = "",
    village: str = "",
    detail: str = "",
    gazetteer: Gazetteer,
    home_county: str | None = None,
    aliases: AliasIndex | Iterable[PlaceAlias] = (),
) -> ParsedAddress:
    """Reads split fields; each is a name or a code of 6, 9 or 12 digits. Confidence .95, times .8 for a slip.

    A field that contradicts another (a village that the township does not have, a code beside another name) caps the
    confidence at .5. Without a county field the home county is meant. Raises UnknownHomeCounty.
    """
    home = find_home(home_county, gazetteer)
    fields = [part.strip() for part in (county, township, village)]
    codes = [part for part in fields if part.isascii() and part.isdigit() and len(part) in (6, 9, 12)]
    if codes:
        return _from_codes(codes, fields, gazetteer, home_county, aliases)
    written_county = fields[0] or (home.ref.name if home is not None else "")
    parsed = parse_address(written_county + fields[1] + fields[2], home_county, gazetteer, aliases)
    keys = ("field:structured", *parsed.evidence)
    confidence = parsed.confidence
    if parsed.township is not None and confidence >= 0.6 and not parsed.rest:
        confidence = round(min(STRUCTURED, confidence * STRUCTURED / _NAMED[parsed.village is None]), 4)
    if fields[2] and parsed.township is not None and parsed.village is None and confidence > 0.85:
        confidence = 0.85  # the township is sure, the village field was not understood
    return replace(parsed, confidence=confidence, evidence=keys, detail=detail or parsed.detail)


def _from_codes(
    codes: list[str],
    fields: list[str],
    gazetteer: Gazetteer,
    home_county: str | None,
    aliases: AliasIndex | Iterable[PlaceAlias],
) -> ParsedAddress:
    deepest = max(codes, key=lambda code: len(code.rstrip("0")))
    parsed = parse_address(deepest, home_county, gazetteer, aliases)
    keys = ("field:structured", *parsed.evidence)
    if parsed.county is None:
        return replace(parsed, evidence=keys)
    for code in codes:
        found = gazetteer.find(code)
        inside = found is not None and found in gazetteer.path(parsed.deepest_code)
        if not inside:
            return replace(parsed, confidence=CONTRADICTED, evidence=(*keys, "conflict:fields"))
    names = [part for part in fields if part and part not in codes]
    if names and (
        beside := parse_address(parsed.county.name + "".join(names), parsed.county.code, gazetteer)
    ):
        if beside.township and parsed.township and beside.township != parsed.township:
            return replace(parsed, confidence=CONTRADICTED, evidence=(*keys, "conflict:fields"))
        if beside.township and level_of(parsed.deepest_code) <= level_of(beside.deepest_code):
            confidence = beside.confidence if beside.confidence <= UNDECIDED else STRUCTURED
            return replace(beside, confidence=confidence, evidence=("field:structured", *beside.evidence))
    return replace(parsed, evidence=keys)
