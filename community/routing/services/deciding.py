"""Event handlers. They decide anew from the facts; the same facts leave no new row."""

import logging
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from community.routing.contracts import OPERATOR, RANKS, Decision, Facts, Reading
from community.routing.enums import UNRESOLVED
from community.routing.models import CurrentRouting, PlaceAlias, ResidenceClaim, RoutingDecision
from community.routing.rules import decide
from community.routing.selectors.facts import Context, load_context, load_facts
from kernel import clock
from kernel.events import publish

logger = logging.getLogger("community.routing")
_MAX_TEXT = 200
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Settled:
    """The decision in force after a patient was settled, and the encounter that it was first made for."""

    patient_id: int
    encounter_id: int | None
    decision_id: int
    decision: Decision


# No savepoint: a handler runs in its job's transaction, and two round trips for each discharge would be for nothing.
@transaction.atomic(savepoint=False)
def route_encounter(*, encounter_id: int, patient_id: int, **_: Any) -> None:
    """Hears encounter.discharged: brings the patient's routing up to date and lets screening begin.

    `patient.routed` is published also when nothing changed: screening waits for it.
    """
    settled = settle(patient_id, encounter_id=encounter_id)
    publish("patient.routed", encounter_id=encounter_id, patient_id=settled.patient_id)


@transaction.atomic(savepoint=False)
def reroute_patient(*, patient_id: int, **_: Any) -> None:
    """Hears patient.changed. Whoever was never routed waits for a discharge.

    Tasks that exist stay with their owner (standards 1.5, step 9); those to come go to the new one.
    """
    if RoutingDecision.objects.filter(patient_id=patient_id).exists():
        settle(patient_id)


@transaction.atomic(savepoint=False)
def merge_patient(*, survivor_id: int, retired_id: int, **_: Any) -> None:
    """Hears patient.merged: the survivor is decided anew, with what a person said of either of the two."""
    for patient_id in sorted((survivor_id, retired_id)):
        lock_patient(patient_id)
    retired, survivor = load_context(retired_id), load_context(survivor_id)
    now = clock.now()
    word = next((c for c in retired.claims if c["source"] == OPERATOR), None)
    if word is not None and not any(c["source"] == OPERATOR for c in survivor.claims):
        claim = ResidenceClaim.objects.get(pk=word["id"])
        claim.pk, claim.patient_id = None, survivor_id
        claim.save(force_insert=True)
    ResidenceClaim.objects.filter(patient_id=retired_id, valid_to=None).update(valid_to=now)
    CurrentRouting.objects.filter(patient_id=retired_id).delete()
    if retired.current is not None or survivor.current is not None:
        encounter_id = retired.current["encounter_id"] if retired.current and not survivor.current else None
        settle(survivor_id, encounter_id=encounter_id)


@transaction.atomic(savepoint=False)
def unmerge_patient(*, survivor_id: int, retired_id: int, **_: Any) -> None:
    """Hears patient.unmerged: each of the two is decided by its own facts again."""
    for patient_id in sorted((survivor_id, retired_id)):
        reroute_patient(patient_id=patient_id)


@transaction.atomic(savepoint=False)
def apply_alias(*, alias_id: int, **_: Any) -> int:
    """Hears place.taught: whoever waits in the queue with the same place name leaves it. Returns how many did."""
    found = PlaceAlias.objects.filter(pk=alias_id).values_list("text", flat=True).first()
    if found is None:
        return 0
    waiting = CurrentRouting.objects.filter(state=UNRESOLVED, decision__address_text__contains=found)
    moved = 0
    for patient_id in waiting.order_by("patient_id").values_list("patient_id", flat=True)[:_AT_ONCE]:
        settled = settle(patient_id)
        if settled.decision.residence.state != UNRESOLVED:
            tell_rerouted(settled)
            moved += 1
    return moved


def tell_rerouted(settled: Settled) -> None:
    """The centre was only looking after the patient: the work that waits moves to the owner (patient.rerouted)."""
    owner, code = settled.decision.owner, settled.decision.residence.code
    is_below_county = len(code) == 12 and code[6:9] != "000"
    publish(
        "patient.rerouted", patient_id=settled.patient_id, institution_id=owner.institution_id,
        department_id=owner.department_id, ward_id=owner.ward_id, staff_id=owner.staff_id,
        township_code=f"{code[:9]}000" if is_below_county else "", encounter_id=settled.encounter_id,
    )  # fmt: skip


def lock_patient(patient_id: int) -> None:
    """One decision at a time for a patient, also for the first, when there is no row to lock yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '.routing', %s))", [patient_id]
        )


def settle(patient_id: int, *, encounter_id: int | None = None, by: tuple[int, str] | None = None) -> Settled:
    """Decide from the present facts and write what changed. `by` is the person whose word it was.

    A record that went up in another is that other one.
    """
    lock_patient(patient_id)
    context = load_context(patient_id)
    if context.survivor_id is not None:
        return settle(context.survivor_id, encounter_id=encounter_id, by=by)
    facts = load_facts(patient_id, context)
    decision = decide(facts)
    _save_claims(patient_id, facts, context)
    current = context.current
    if current is not None and _is_in_force(decision, context):
        return Settled(patient_id, current["encounter_id"], current["id"], decision)
    row = _store(patient_id, encounter_id, decision, context, by)
    if decision.is_vacant:
        logger.warning("no institution is entered for division %s", decision.residence.code)
    return Settled(patient_id, row.encounter_id, row.pk, decision)


def _is_in_force(decision: Decision, context: Context) -> bool:
    current = context.current
    if current is None:
        return False
    residence, owner = decision.residence, decision.owner
    return (
        current["state"], current["rule"], float(current["confidence"]), current["address_text"],
        current["division_code"], current["institution_id"], current["ward_id"], current["staff_id"],
        tuple(current["evidence"]),
    ) == (
        residence.state, residence.rule, residence.confidence, residence.text[:_MAX_TEXT],
        residence.code, owner.institution_id, owner.ward_id, owner.staff_id, decision.evidence,
    )  # fmt: skip


def _store(
    patient_id: int,
    encounter_id: int | None,
    decision: Decision,
    context: Context,
    by: tuple[int, str] | None,
) -> RoutingDecision:
    residence, owner, current = decision.residence, decision.owner, context.current
    now = clock.now()
    row = RoutingDecision.objects.create(
        patient_id=patient_id,
        encounter_id=encounter_id or (current["encounter_id"] if current else None),
        state=residence.state,
        rule=residence.rule,
        confidence=residence.confidence,
        evidence=list(decision.evidence),
        candidates=[{"code": c.code, "name": c.name, "path": c.path} for c in residence.candidates],
        address_text=residence.text[:_MAX_TEXT],
        division_code=residence.code,
        institution_id=owner.institution_id,
        ward_id=owner.ward_id,
        staff_id=owner.staff_id,
        why=decision.why,
        decided_by_id=by[0] if by else None,
        decided_by_name=by[1] if by else "",
        decided_at=now,
        supersedes_id=current["id"] if current else None,
    )
    # Who still waits keeps the place in the queue.
    waits = current is not None and current["state"] == residence.state == UNRESOLVED
    CurrentRouting.objects.bulk_create(
        [
            CurrentRouting(
                patient_id=patient_id, decision=row, state=residence.state, division_code=residence.code,
                institution_id=owner.institution_id, department_id=owner.department_id, ward_id=owner.ward_id,
                staff_id=owner.staff_id, decided_at=current["decided_at"] if current and waits else now,
            )
        ],
        update_conflicts=True,
        unique_fields=["patient"],
        update_fields=[
            "decision", "state", "division_code", "institution", "department", "ward", "staff", "decided_at",
        ],
    )  # fmt: skip
    return row


def _save_claims(patient_id: int, facts: Facts, context: Context) -> None:
    """End the claims that are not made any more (never a person's own), add the new ones."""
    open_claims = {claim["source"]: claim for claim in context.claims if claim["source"] != OPERATOR}
    wanted = {reading.source: reading for reading in facts.readings}
    ended = [
        claim["id"]
        for source, claim in open_claims.items()
        if source not in wanted or not _is_same(claim, wanted[source])
    ]
    if ended:
        ResidenceClaim.objects.filter(pk__in=ended).update(valid_to=facts.now)
    ResidenceClaim.objects.bulk_create(
        _build_claim(patient_id, reading)
        for source, reading in wanted.items()
        if source not in open_claims or not _is_same(open_claims[source], reading)
    )


def _is_same(claim: dict[str, Any], reading: Reading) -> bool:
    return (claim["text"], claim["code"], float(claim["confidence"])) == (
        reading.text[:_MAX_TEXT],
        reading.parsed.deepest_code,
        round(reading.parsed.confidence, 3),
    )


def _build_claim(patient_id: int, reading: Reading) -> ResidenceClaim:
    parsed = reading.parsed
    return ResidenceClaim(
        patient_id=patient_id,
        source=reading.source,
        rank=RANKS[reading.source],
        text=reading.text[:_MAX_TEXT],
        county_code=parsed.county.code if parsed.county else "",
        division_code=parsed.deepest_code,
        confidence=round(parsed.confidence, 3),
        evidence=list(parsed.evidence),
        candidates=[ref.code for ref in parsed.candidates],
        reported_at=reading.reported_at,
    )
