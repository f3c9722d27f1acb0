"""Hand-overs of the story: agreements and cases of each kind, as one tenant sees them.

The two tenants of the story have agreements with each other, which both see; what nobody but one of the two may see
is agreed with a third, which exists in the registry only.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from access.actor import SYSTEM
from kernel import clock
from kernel.postgres.base import PUBLIC
from kernel.tenancy import bind_schema
from tests.cast import actor_named
from tests.isolation.world import Thing, World

THIRD = "delta"
_FIELDS = ["patient.name", "patient.sex", "patient.id_no", "patient.phones", "patient.address", "encounter.period",
           "diagnoses", "result.level", "result.conclusion"]  # fmt: skip
# Of the cast: who has AGREEMENT_VIEW, and who has HANDOVER_DECIDE.
_READERS, _DECIDER = "doctor centre admin", "centre"


def agreement_body(world: World, thing: Thing | None) -> Mapping[str, Any]:
    return _terms(THIRD, "")


def offer_body(world: World, thing: Thing | None) -> Mapping[str, Any]:
    out = next(t.id for t in world.of("agreement") if t.place == "to the other")
    return {"encounter_id": thing.id if thing else "1", "agreement_id": out, "enrolment_ids": []}


def hand_over(
    world: World, patients: Mapping[str, Any], stays: Mapping[str, Any], enrolments: Mapping[str, Any]
) -> None:
    other = "beta" if world.tenant == "alpha" else "alpha"
    _agree(world, other)
    _send(world, stays, enrolments)
    _arrive(world, other, patients, stays, enrolments)


def _terms(to: str, note: str) -> dict[str, Any]:
    return {
        "to_tenant": to, "purpose": "continued_care", "note": note, "kinds": ["discharge"], "fields": _FIELDS,
        "consent_basis": "treatment", "valid_from": "2026-01-01", "valid_to": "2027-12-31",
    }  # fmt: skip


def _agree(world: World, other: str) -> None:
    from community.handover.exchange.models import Agreement
    from tenants.registry.models import Tenant

    with bind_schema(PUBLIC):
        Tenant.objects.get_or_create(
            code=THIRD,
            defaults={
                "schema_name": f"t_{THIRD}", "name": "第三家医院", "kind": "hospital", "status": "active",
                "created_at": clock.now(),
            },
        )  # fmt: skip
        if not Agreement.objects.filter(from_tenant="alpha", to_tenant="beta").exists():
            for sender, receiver in (("alpha", "beta"), ("beta", "alpha")):
                _write(sender, receiver, "active", "")
        between = {
            "to the other": Agreement.objects.get(from_tenant=world.tenant, to_tenant=other).pk,
            "from the other": Agreement.objects.get(from_tenant=other, to_tenant=world.tenant).pk,
        }
        own = {
            # A bureau reads what has been proposed, and no mark of a tenant may be in what it reads.
            state: _write(sender, receiver, state, world.words.mark if state == "draft" else "")
            for sender, receiver, state in (
                (world.tenant, THIRD, "draft"), (THIRD, world.tenant, "proposed"), (world.tenant, THIRD, "active"),
            )
        }  # fmt: skip
    for place, pk in between.items():
        world.add("agreement", place, pk, _READERS, variant="active")
    # Last, as the one that the other tenant is tried with: it is a party to those above.
    for state, pk in own.items():
        world.add("agreement", state, pk, _READERS, variant=state)


def _write(sender: str, receiver: str, state: str, note: str) -> int:
    from community.handover.exchange.models import Agreement
    from community.handover.exchange.services import create_agreement

    values = _terms(receiver, note)
    fields = values.pop("fields")
    values |= {name: date.fromisoformat(values[name]) for name in ("valid_from", "valid_to")}
    pk = create_agreement(from_tenant=sender, party_name=sender, by_name="", values=values, fields=fields)
    Agreement.objects.filter(pk=pk).update(state=state)
    return pk


def seed_bureau_agreements() -> dict[tuple[str, str], int]:
    """(bureau, state) → an agreement of a tenant of that bureau; public is bound."""
    return {
        (bureau, state): _write(sender, THIRD, state, "")
        for bureau, sender in (("bureau", "alpha"), ("bureau2", "gamma"))
        for state in ("countersigned", "active")
    }


def _send(world: World, stays: Mapping[str, Any], enrolments: Mapping[str, Any]) -> None:
    """`sent`: waits for the other side. `desk`: declined there, and back."""
    from community.handover.exchange.models import Offer
    from community.handover.models import HandoverCase, HandoverWork
    from community.handover.services import offer

    agreement = int(next(t.id for t in world.of("agreement") if t.place == "to the other"))
    for key, variant, seen in (
        ("resident", "sent", "clinician doctor centre"), ("unrouted", "desk waiting", "doctor centre"),
        # By somebody of another ward: the doctor may send, but has no sight of this one.
        ("neighbour", "sent", "other_clinician centre"),
    ):  # fmt: skip
        sender = replace(actor_named("doctor"), wards=frozenset({stays[key].ward_id}))
        pk = offer(
            actor=sender, encounter_id=stays[key].pk, agreement_id=agreement, urgency="normal", consent=None,
            enrolment_ids=[] if key == "neighbour" else [enrolments[key].pk],
            note=f"{world.words.people[key].tag}请接续",
        )  # fmt: skip
        world.add("handover_case", variant.split()[0], pk, seen, variant=variant)
        if "desk" in variant:
            case = HandoverCase.objects.get(pk=pk)
            case.state, case.desk_by = "declined", clock.now() + timedelta(hours=24)
            case.save()
            HandoverWork.objects.filter(case=case).update(is_open=False)
            with bind_schema(PUBLIC):
                Offer.objects.filter(pk=case.offer_id).update(state="declined")


def _arrive(
    world: World,
    other: str,
    patients: Mapping[str, Any],
    stays: Mapping[str, Any],
    enrolments: Mapping[str, Any],
) -> None:
    """`arrived`: waits for a decision here. `taken`: accepted, of a patient whom a township follows."""
    from community.handover.exchange import services as exchange
    from community.handover.exchange.models import Offer
    from community.handover.models import HandoverCase, HandoverWork
    from community.handover.services import receive

    agreement = int(next(t.id for t in world.of("agreement") if t.place == "from the other"))
    for key, variant, seen in (
        ("resident", "arrived waiting", _DECIDER), ("neighbour", "taken", f"other_clinician {_DECIDER}"),
    ):  # fmt: skip
        person, now = world.words.people[key], clock.now()
        facts = {
            "patient.name": person.name, "patient.sex": "M", "patient.id_no": person.id_no,
            "patient.phones": [{"number": person.phone, "owner": "self"}],
            "patient.address": [{"kind": "current", "text": person.address}],
            "encounter.period": {"admitted_at": None, "discharged_at": now.isoformat()},
            "diagnoses": [{"kind": "discharge", "code": "S72.0", "name": f"{person.tag}骨折", "is_main": True}],
        }  # fmt: skip
        with bind_schema(PUBLIC):
            row = exchange.create_offer(
                agreement_id=agreement, kind="discharge", urgency="normal", from_tenant=other,
                to_tenant=world.tenant, fields=sorted(facts), offered_at=now, accept_by=now + timedelta(hours=48),
            )  # fmt: skip
            exchange.post(
                row, to=world.tenant, sender=other, act="offered",
                content={
                    "packet": {
                        "kind": "discharge", "person_ref": f"p-{key}", "encounter_ref": f"e-{key}", "facts": facts,
                    },
                    "digest": "", "consent": {}, "note": f"{person.tag}请接续", "result_keys": [],
                    "by_name": SYSTEM.name, "reason": "", "at": now.isoformat(),
                },
            )  # fmt: skip
        receive(offer_id=row.pk)
        case = HandoverCase.objects.get(offer_id=row.pk)
        world.add("handover_case", variant.split()[0], case.pk, seen, variant=variant)
        if variant == "taken":
            case.state, case.patient, case.encounter = "accepted", patients[key], stays[key]
            case.save()
            HandoverWork.objects.create(case=case, encounter=stays[key], enrolment_id=enrolments[key].pk)
            with bind_schema(PUBLIC):
                Offer.objects.filter(pk=row.pk).update(state="accepted")
