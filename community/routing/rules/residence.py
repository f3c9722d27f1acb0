"""Where somebody lives: steps 3 to 5 of standards 1.5.

A person's word first, a temporary stay before all; then the current address in fields, the current address as text,
and only where neither was given the registered one. Two sources that disagree decide nothing. From 0.85 it routes,
from 0.6 it routes and the first call confirms, below that the follow-up centre asks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from community.routing.contracts import (
    CONTACT,
    FIELDS,
    REGISTERED,
    TEXT,
    Candidate,
    Facts,
    PersonClaim,
    Reading,
    RegionHint,
    Residence,
)
from community.routing.enums import AUTO, AUTO_FLAGGED, MANUAL, OUTSIDE, UNRESOLVED
from community.routing.rules.readings import spoken_name
from divisions.codes import level_of
from divisions.enums import DivisionLevel
from divisions.parser import ParsedAddress
from kernel.clock import day_of

AUTO_FROM = 0.85
ROUTED_FROM = 0.6
CONTRADICTED = 0.5
# Many are registered elsewhere than they live: such a claim routes, but the first call always confirms it.
REGISTERED_AT_MOST = 0.84
_OLD = timedelta(days=730)
_OLD_FACTOR = 0.9


@dataclass(frozen=True, slots=True)
class _Best:
    """The reading that speaks, after all were compared."""

    source: str
    text: str
    parsed: ParsedAddress
    confidence: float
    evidence: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    reported_at: datetime


def find_residence(facts: Facts) -> Residence:
    best = _weigh(facts)
    if not facts.home:
        known = best is not None and best.confidence >= ROUTED_FROM
        return Residence(
            OUTSIDE, best.source if best else "none", best.confidence if best else 0.0,
            text=best.text if best else "",
            code=best.parsed.deepest_code if best and known else "",
            place=_county_and_place(best.parsed) if best and known else "",
            evidence=(*(best.evidence if best else ()), "tenant:no-county"),
        )  # fmt: skip
    word = find_word(facts.claims, day_of(facts.now))
    if word is not None and not _is_overtaken(word, best):
        return _by_word(word, facts.home)
    registered = _in_force(facts.claims, "registered", day_of(facts.now))
    if registered is not None and (best is None or best.source == CONTACT):
        return _by_word(registered, facts.home)
    if best is None:
        return Residence(UNRESOLVED, "none", 0.0)
    return _by_reading(facts, best)


def find_word(claims: Iterable[PersonClaim], day: date) -> PersonClaim | None:
    """Whose word holds on the day: of a temporary stay before that of a residence; a workplace never."""
    kept = tuple(claims)
    return _in_force(kept, "temporary", day) or _in_force(kept, "current", day)


def is_about(claim: PersonClaim, day: date) -> bool:
    return (claim.valid_from is None or claim.valid_from <= day) and (
        claim.until is None or day <= claim.until
    )


def _in_force(claims: Iterable[PersonClaim], kind: str, day: date) -> PersonClaim | None:
    return next((claim for claim in claims if claim.kind == kind and is_about(claim, day)), None)


def _by_word(word: PersonClaim, home: str) -> Residence:
    evidence: tuple[str, ...] = (f"source:{word.source}",)
    if word.kind == "temporary":
        evidence = (*evidence, "claim:temporary")
    is_inside = word.division_code.startswith(home[:6])
    if is_inside and level_of(word.division_code) < DivisionLevel.TOWNSHIP:
        return Residence(UNRESOLVED, word.source, CONTRADICTED, text=word.text, evidence=evidence)
    if word.kind == "registered" and is_inside:
        return Residence(
            AUTO_FLAGGED, word.source, REGISTERED_AT_MOST, text=word.text or word.place, code=word.division_code,
            place=word.place, evidence=evidence, by_name=word.by_name,
        )  # fmt: skip
    return Residence(
        MANUAL if is_inside else OUTSIDE, word.source, 1.0, text=word.text or word.place, code=word.division_code,
        place=word.place, evidence=evidence, by_name=word.by_name,
    )  # fmt: skip


def _by_reading(facts: Facts, best: _Best) -> Residence:
    parsed = best.parsed
    if (
        best.confidence >= ROUTED_FROM
        and parsed.county is not None
        and parsed.county.code[:6] != facts.home[:6]
    ):
        return Residence(
            OUTSIDE, best.source, best.confidence, text=best.text, code=parsed.deepest_code,
            place=_county_and_place(parsed), evidence=best.evidence,
        )  # fmt: skip
    if best.confidence < ROUTED_FROM or parsed.township is None:
        picked = _pick(best, facts)
        if picked is not None:
            return picked
        # A sure "枝江市" without a township is no answer to who lives nearby.
        return Residence(
            UNRESOLVED, best.source, min(best.confidence, CONTRADICTED), text=best.text, evidence=best.evidence,
            candidates=best.candidates,
        )  # fmt: skip
    evidence = best.evidence
    if best.confidence < AUTO_FROM and any(_lies_in(parsed.deepest_code, hint) for hint in facts.hints):
        evidence = (*evidence, "region:confirms")
    return Residence(
        AUTO if best.confidence >= AUTO_FROM else AUTO_FLAGGED, best.source, best.confidence, text=best.text,
        code=parsed.deepest_code, place=spoken_name((parsed.village or parsed.township).name), evidence=evidence,
    )  # fmt: skip


def _pick(best: _Best, facts: Facts) -> Residence | None:
    """The one of two candidates that lies where a number was issued; of contradicting sources never."""
    if len(best.candidates) != 2 or any(key.startswith("conflict:") for key in best.evidence):
        return None
    named = [c for c in best.candidates if any(_lies_in(c.code, hint) for hint in facts.hints)]
    if len(named) != 1 or not named[0].code.startswith(facts.home[:6]):
        return None
    (place,) = named
    if level_of(place.code) < DivisionLevel.TOWNSHIP:
        return None
    return Residence(
        AUTO_FLAGGED, best.source, ROUTED_FROM, text=best.text, code=place.code, place=place.name,
        evidence=(*best.evidence, "region:picked"), candidates=best.candidates,
    )  # fmt: skip


def _lies_in(code: str, hint: RegionHint) -> bool:
    return any(code.startswith(prefix) for prefix in hint.prefixes)


def _is_overtaken(word: PersonClaim, best: _Best | None) -> bool:
    """A person's word holds until another address is reported after it that is certain by itself (a move).

    A temporary stay ends with its days: the hospital goes on sending the address at home.
    """
    return (
        word.kind == "current"
        and best is not None
        and best.source in (FIELDS, TEXT)
        and best.text != word.text
        and (word.reported_at is None or best.reported_at > word.reported_at)
        and best.confidence >= AUTO_FROM
        and (best.parsed.township is not None or "outside:home-county" in best.parsed.evidence)
    )


def _weigh(facts: Facts) -> _Best | None:
    by_source = {reading.source: reading for reading in facts.readings}
    fields, text = by_source.get(FIELDS), by_source.get(TEXT)
    if fields is not None and text is not None:
        best = _compare(fields, text)
    else:
        only = next((by_source[s] for s in (FIELDS, TEXT, REGISTERED, CONTACT) if s in by_source), None)
        if only is None:
            return None
        best = _alone(only)
    reading = by_source[best.source]
    if facts.now - reading.reported_at > _OLD:
        best = replace(
            best, confidence=best.confidence * _OLD_FACTOR, evidence=(*best.evidence, "address:old")
        )
    if best.source in (REGISTERED, CONTACT):
        best = replace(best, confidence=min(best.confidence, REGISTERED_AT_MOST))
    return replace(best, confidence=round(best.confidence, 3))


def _alone(reading: Reading) -> _Best:
    return _Best(
        reading.source, reading.text, reading.parsed, reading.parsed.confidence,
        (f"source:{reading.source}", *reading.parsed.evidence), reading.candidates, reading.reported_at,
    )  # fmt: skip


def _compare(fields: Reading, text: Reading) -> _Best:
    a, b = fields.parsed, text.parsed
    if a.confidence < ROUTED_FROM:
        # Fields that contradict each other are evidence against the whole address; empty-handed ones are none.
        contradicted = any(key.startswith("conflict:") for key in a.evidence)
        return _alone(fields) if contradicted else _alone(text)
    best = _alone(fields)
    if b.confidence < ROUTED_FROM:
        return best
    if a.county != b.county or (a.township and b.township and a.township != b.township):
        both: Sequence[Candidate] = (*fields.candidates, *text.candidates)
        return replace(
            best, confidence=CONTRADICTED, evidence=(*best.evidence, "conflict:sources"),
            candidates=tuple(dict.fromkeys(both)),
        )  # fmt: skip
    if a.village is None and b.township is not None and (b.village is not None or a.township is None):
        return replace(_alone(text), confidence=max(a.confidence, b.confidence))
    if a.village and b.village and a.village != b.village:
        return replace(
            best, parsed=replace(a, village=None), confidence=min(a.confidence, REGISTERED_AT_MOST),
            evidence=(*best.evidence, "village:differs"),
        )  # fmt: skip
    return best


def _county_and_place(parsed: ParsedAddress) -> str:
    names = [ref.name for ref in (parsed.county, parsed.township, parsed.village) if ref is not None]
    return "".join(spoken_name(name) for name in names)
