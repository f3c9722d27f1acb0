"""decide: the facts of a patient to one owner, always. The ten steps of standards 1.5 as far as there are facts.

A person's word first; then the current address in fields, the current address as text, and only where neither was
given the registered one. Two sources that disagree decide nothing. From 0.85 it routes, from 0.6 it routes and the
first call confirms, below that the follow-up centre asks. Whoever lives elsewhere stays with the hospital's own centre.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from community.catchments.rules import choose_clinician, choose_institution
from community.routing.contracts import (
    CONTACT,
    FIELDS,
    OPERATOR,
    REGISTERED,
    TEXT,
    Candidate,
    Decision,
    Facts,
    Owner,
    Reading,
    Residence,
)
from community.routing.enums import AUTO, AUTO_FLAGGED, MANUAL, OUTSIDE, UNRESOLVED
from community.routing.rules.readings import spoken_name
from community.routing.rules.wording import explain
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


def decide(facts: Facts) -> Decision:
    """Whatever the facts say, somebody owns the work. Raises only what asking for the desk raises."""
    residence = _find_residence(facts)
    owner, notes = _find_owner(facts, residence)
    is_vacant = "catchment:vacant" in notes
    return Decision(
        residence=residence,
        owner=owner,
        why=explain(residence, owner, is_vacant=is_vacant, is_backup="catchment:backup" in notes),
        is_vacant=is_vacant,
        evidence=(*residence.evidence, *notes),
    )


def _find_residence(facts: Facts) -> Residence:
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
    manual = facts.manual
    if manual is not None and not _is_overtaken(manual.text, best):
        return Residence(
            MANUAL, OPERATOR, 1.0, text=manual.text, code=manual.division_code, place=manual.place,
            evidence=("source:operator",), by_name=manual.by_name,
        )  # fmt: skip
    if best is None:
        return Residence(UNRESOLVED, "none", 0.0)
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
        # A sure "枝江市" without a township is no answer to who lives nearby.
        return Residence(
            UNRESOLVED, best.source, min(best.confidence, CONTRADICTED), text=best.text, evidence=best.evidence,
            candidates=best.candidates,
        )  # fmt: skip
    return Residence(
        AUTO if best.confidence >= AUTO_FROM else AUTO_FLAGGED, best.source, best.confidence, text=best.text,
        code=parsed.deepest_code, place=spoken_name((parsed.village or parsed.township).name),
        evidence=best.evidence,
    )  # fmt: skip


def _is_overtaken(judged_text: str, best: _Best | None) -> bool:
    """A person's word holds until another address is reported that is certain by itself (a move)."""
    return (
        best is not None
        and best.source in (FIELDS, TEXT)
        and best.text != judged_text
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
        (f"source:{reading.source}", *reading.parsed.evidence), reading.candidates,
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


def _find_owner(facts: Facts, residence: Residence) -> tuple[Owner, tuple[str, ...]]:
    if residence.state in (UNRESOLVED, OUTSIDE):
        return _at_the_desk(facts), ()
    day = day_of(facts.now)
    area = choose_institution(facts.areas, residence.code, day)
    if area is None:
        return _at_the_desk(facts), ("catchment:vacant",)
    notes = () if area.is_primary else ("catchment:backup",)
    named = choose_clinician(facts.clinicians, residence.code, area.institution_id, day)
    if named is not None:
        owner = Owner(
            area.institution_id, named.department_id, named.ward_id, area.institution_name,
            named.staff_id, named.staff_name,
        )  # fmt: skip
        return owner, notes
    if area.team_ward_id is None or area.team_department_id is None:
        return _at_the_desk(facts), ("catchment:vacant",)
    return Owner(
        area.institution_id, area.team_department_id, area.team_ward_id, area.institution_name
    ), notes


def _at_the_desk(facts: Facts) -> Owner:
    desk = facts.desk()
    return Owner(desk.institution_id, desk.department_id, desk.ward_id)
