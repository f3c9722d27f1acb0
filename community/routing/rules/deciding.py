"""decide: the facts of a patient to one owner, always. The ten steps of standards 1.5.

An override first, then a family-doctor contract, then the place where the patient lives. Moves (9) are the difference
between two decisions; a refusal (10) is an override to the follow-up centre itself.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from community.catchments.contracts import Area, Contract, NamedClinician
from community.routing.contracts import BY_CONTRACT, OVERRIDE, Decision, Facts, Residence
from community.routing.enums import AUTO, MANUAL
from community.routing.rules.owners import by_contract, by_place, by_wish, is_wish_in_force
from community.routing.rules.residence import find_residence
from community.routing.rules.wording import explain
from kernel.clock import day_of

_DAY = timedelta(days=1)


def decide(facts: Facts) -> Decision:
    """Whatever the facts say, somebody owns the work. Raises only what asking for the desk raises."""
    residence = find_residence(facts)
    wish, contract = by_wish(facts), by_contract(facts)
    if wish is not None:
        found, residence = wish, _settled_by(residence, MANUAL, OVERRIDE)
    elif contract is not None:
        found, residence = contract, _settled_by(residence, AUTO, BY_CONTRACT)
    else:
        found = by_place(facts, residence)
    notes = (*_void(facts), *found.notes)
    return Decision(
        residence=residence,
        owner=found.owner,
        why=explain(facts, residence, found),
        is_vacant="catchment:vacant" in notes,
        evidence=(*residence.evidence, *notes),
        named_staff_id=found.named_staff_id,
        recheck_on=_next_boundary(facts),
    )


def _settled_by(residence: Residence, state: str, rule: str) -> Residence:
    """The owner is settled; the place stays what it was, for the lists by township."""
    return replace(residence, state=state, rule=rule, confidence=1.0, candidates=())


def _void(facts: Facts) -> Iterator[str]:
    wish = facts.override
    if wish is not None and not wish.works and is_wish_in_force(wish, day_of(facts.now)):
        yield "override:void"
    if facts.contracts and not any(row.works for row in facts.contracts):
        yield "contract:void"


def _next_boundary(facts: Facts) -> date | None:
    """The first day after today on which one of the facts begins or has ended."""
    today = day_of(facts.now)
    days = [day for day in _boundaries(facts) if day is not None and day > today]
    return min(days, default=None)


def _boundaries(facts: Facts) -> Iterator[date | None]:
    if facts.override is not None:
        yield facts.override.expires_on + _DAY
    for claim in facts.claims:
        yield claim.valid_from
        yield claim.until + _DAY if claim.until is not None else None
    rows: tuple[Contract | Area | NamedClinician, ...] = (*facts.contracts, *facts.areas, *facts.clinicians)
    for row in rows:
        yield row.valid_from
        yield row.valid_to + _DAY if row.valid_to is not None else None
    for span in facts.absences:
        yield span.from_on
        yield span.to_on + _DAY if span.to_on is not None else None
