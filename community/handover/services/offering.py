"""The sender's part: preview, offer, recall, offer again, keep."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import orjson
from django.db import IntegrityError, transaction

from access.actor import SYSTEM, Actor
from access.functions import Function
from community.handover import gate
from community.handover.enums import (
    DESK_STATES,
    Act,
    ConsentGiven,
    Direction,
    OfferState,
    Urgency,
)
from community.handover.errors import AlreadyOffered, OfferMoved, PacketChanged, TransferRefused
from community.handover.exchange import services as exchange
from community.handover.gate import LockedOffer
from community.handover.models import HandoverCase, HandoverWork
from community.handover.rules import RESULT_FIELDS, accept_by, acknowledge_by, desk_by, judge_consent
from community.handover.rules.presenting import present_packet
from community.handover.services import cases
from community.handover.services.agreements import require_reason
from community.handover.services.packing import Packing, pack
from kernel import clock
from kernel.crypto import encrypt_bytes, lookup_hash
from kernel.errors import InvalidInput
from kernel.masking import mask_name
from trail.services import record


def preview(
    *,
    actor: Actor,
    encounter_id: int,
    agreement_id: int,
    enrolment_ids: Sequence[int],
    kind: str | None = None,
) -> dict[str, Any]:
    """Exactly what an offer would send, what it leaves out and why, and what stands against it.

    Raises NotAllowed, NotFound, InvalidInput.
    """
    actor.require(Function.HANDOVER_SEND)
    packing = pack(
        actor=actor, agreement=gate.find_agreement(agreement_id), encounter_id=encounter_id,
        enrolment_ids=enrolment_ids, kind=kind,
    )  # fmt: skip
    record(
        actor_id=actor.id or None, actor_name=actor.name, action="handover.packet.previewed",
        object_type="encounter", object_id=encounter_id, agreement=str(agreement_id), fields=packing.keys,
    )  # fmt: skip
    return {
        "packet": present_packet(packing.packet["facts"]),
        "digest": packing.digest,
        "kind": str(packing.kind),
        "left_out": packing.left_out,
        "checks": [asdict(check) for check in packing.checks],
        "enrolments": [
            {
                "id": str(row["id"]),
                "name": row["programme_name"],
                "chosen": row["id"] in packing.enrolment_ids,
            }
            for row in packing.available
        ],
    }


@transaction.atomic
def offer(
    *,
    actor: Actor,
    encounter_id: int,
    agreement_id: int,
    enrolment_ids: Sequence[int],
    consent: Mapping[str, Any] | None,
    note: str,
    urgency: str,
    kind: str | None = None,
    digest: str = "",
) -> int:
    """Offer a stay and its follow-up to the other party of the agreement; the case's id.

    Until the other side accepts, the work stays here. Raises NotAllowed, NotFound, InvalidInput, TransferRefused,
    AlreadyOffered, PacketChanged, PartnerNotReady.
    """
    actor.require(Function.HANDOVER_SEND)
    if urgency not in Urgency.values:
        raise InvalidInput.at("/urgency", "unknown_value", f"紧急程度应为：{'、'.join(Urgency.values)}")
    packing = pack(
        actor=actor, agreement=gate.hold_agreement(agreement_id), encounter_id=encounter_id,
        enrolment_ids=enrolment_ids, kind=kind,
    )  # fmt: skip
    _refuse(packing, consent)
    if digest and digest != packing.digest:
        raise PacketChanged()
    return _send(actor, packing, dict(consent or {}), note.strip(), urgency).pk


def _refuse(packing: Packing, consent: Mapping[str, Any] | None) -> None:
    for check in packing.checks:
        if check.blocking:
            raise (
                AlreadyOffered()
                if check.code == "already_offered"
                else TransferRefused(check.code, check.message)
            )
    fault = judge_consent(packing.agreement.consent_basis, consent, clock.now())
    if fault is not None:
        raise TransferRefused(*fault)


def _send(actor: Actor, packing: Packing, consent: dict[str, Any], note: str, urgency: str) -> HandoverCase:
    now, agreement, facts = clock.now(), packing.agreement, packing.packet["facts"]
    deadline, seen_by = accept_by(urgency, now), acknowledge_by(packing.kind, urgency, now)
    with gate.opened() as me:
        row = exchange.create_offer(
            agreement_id=agreement.id, kind=packing.kind, urgency=urgency, from_tenant=me.code,
            to_tenant=agreement.to_tenant, fields=packing.keys, offered_at=now, accept_by=deadline,
        )  # fmt: skip
    locked = gate.lock_offer(row.pk)
    result_keys = [key for key in agreement.fields if key in RESULT_FIELDS]
    given = {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in consent.items()
    }
    packed = orjson.dumps({**packing.packet, "consent": given})
    case = HandoverCase.objects.create(
        offer_id=row.pk, case_no=row.case_no, direction=Direction.OUT, kind=packing.kind, urgency=urgency,
        state=OfferState.OFFERED, agreement_id=agreement.id, other_code=agreement.to_tenant,
        other_name=gate.name_of(agreement.to_tenant), patient_id=packing.stay.patient_id,
        encounter_id=packing.stay.encounter_id, packet_enc=encrypt_bytes(packed),
        digest=packing.digest, result_keys=result_keys, consent={"basis": given.get("basis", ConsentGiven.NONE)},
        note=note, offered_at=now, accept_by=deadline, acknowledge_by=seen_by, sent_by_id=actor.id or None,
        sent_by_name=actor.name[:40], updated_at=now, **describe_person(facts),
    )  # fmt: skip
    _hold(case, packing)
    envelope_id = cases.tell(
        locked, Act.OFFERED, actor=actor,
        content={
            "packet": packing.packet, "digest": packing.digest, "consent": given, "note": note,
            "result_keys": result_keys,
        },
    )  # fmt: skip
    cases.add_event(case, Act.OFFERED, ours=True, by_name=actor.name, reason=note, envelope_id=envelope_id)
    cases.note(actor, "offered", case, fields=packing.keys, to=agreement.to_tenant, digest=packing.digest)
    if given.get("basis") == ConsentGiven.OVERRIDE:
        cases.note(actor, "consent_overridden", case, str(given.get("proof", "")))
    return case


def describe_person(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that a list shows and searches."""
    born = facts.get("patient.birth_date")
    rows = facts.get("diagnoses", [])
    main = next((row for row in rows if row.get("is_main")), rows[0] if rows else None)
    return {
        "name_masked": mask_name(facts["patient.name"]),
        "name_hash": lookup_hash(facts["patient.name"]),
        "sex": facts.get("patient.sex", ""),
        "birth_date": date.fromisoformat(born) if born else None,
        "diagnosis": (main["name"] or main["code"])[:120] if main else "",
    }


def _hold(case: HandoverCase, packing: Packing) -> None:
    """Raises AlreadyOffered, also where another request was a moment earlier."""
    try:
        with transaction.atomic():
            HandoverWork.objects.bulk_create(
                HandoverWork(case=case, encounter_id=packing.stay.encounter_id, enrolment_id=pk)
                for pk in packing.enrolment_ids or [0]
            )
    except IntegrityError as error:
        raise AlreadyOffered() from error


@transaction.atomic
def recall(*, actor: Actor, case_id: int, reason: str) -> None:
    """Take back what has not been accepted. Raises NotFound, NotAllowed, NotYourTurn, OfferMoved, InvalidInput."""
    case, locked = cases.lock_case(actor, case_id, Function.HANDOVER_SEND)
    cases.require_turn(case, Direction.OUT)
    cases.require_state(locked, OfferState.OFFERED)
    _recall(case, locked, actor, require_reason(reason))


def _recall(case: HandoverCase, locked: LockedOffer, actor: Actor, reason: str) -> None:
    cases.move(case, locked, state=OfferState.RECALLED, actor=actor, act=Act.RECALLED, reason=reason)


@transaction.atomic
def reoffer(*, actor: Actor, case_id: int) -> int:
    """Offer again what came back, as it stands now; the new case's id.

    Consent, agreement, chosen follow-up and urgency are those of before. Raises as `offer`, and OfferMoved.
    """
    case, locked = cases.lock_case(actor, case_id, Function.HANDOVER_SEND)
    cases.require_turn(case, Direction.OUT)
    cases.require_state(locked, *DESK_STATES, OfferState.RECALLED)
    if case.state != locked.fact.state:
        raise OfferMoved(state=locked.fact.state)
    old = cases.packet_of(case)
    consent = dict(old.get("consent", {}))
    if isinstance(consent.get("at"), str):
        consent["at"] = datetime.fromisoformat(consent["at"])
    assert case.encounter_id is not None
    new_id = offer(
        actor=actor, encounter_id=case.encounter_id, agreement_id=case.agreement_id,
        enrolment_ids=cases.enrolments_of(case), consent=consent, note=case.note, urgency=case.urgency, kind=case.kind,
    )  # fmt: skip
    HandoverCase.objects.filter(pk=case.pk).update(desk_by=None)
    cases.add_event(case, Act.REOFFERED, ours=True, by_name=actor.name)
    cases.note(actor, "reoffered", case, new_case=str(new_id))
    return new_id


def keep(case: HandoverCase, actor: Actor) -> None:
    """The desk has seen what came back, and the work stays here. Raises OfferMoved."""
    if case.desk_by is None:
        raise OfferMoved("该转交没有待处理的退回", state=case.state)
    case.desk_by = None
    case.save(update_fields=["desk_by"])
    cases.add_event(case, Act.KEPT, ours=True, by_name=actor.name)
    cases.note(actor, "kept", case)


# --- what happens to the record while it is offered -----------------------------------------------------------------


@transaction.atomic
def recall_for_encounter(*, encounter_id: int, reason: str = "出院已取消", **_: Any) -> int:
    """Events encounter.discharge_cancelled, encounter.cancelled: what is only offered goes back, with the reason; of
    what was accepted the other side is told. How many cases it touched."""
    return _on_record_change(HandoverCase.objects.filter(encounter_id=encounter_id), reason)


@transaction.atomic
def recall_for_patient(*, patient_id: int, reason: str = "患者已死亡", **_: Any) -> int:
    """Event patient.deceased."""
    return _on_record_change(HandoverCase.objects.filter(patient_id=patient_id), reason)


@transaction.atomic
def merge_patient(*, survivor_id: int, retired_id: int, **_: Any) -> int:
    """Event patient.merged: an offer speaks of a record that is another now; the cases follow the person."""
    both = HandoverCase.objects.filter(patient_id__in=(survivor_id, retired_id))
    touched = _on_record_change(both, "患者档案已合并，请核对后重新发出")
    HandoverCase.objects.filter(patient_id=retired_id).update(patient_id=survivor_id)
    return touched


@transaction.atomic
def part_patient(*, survivor_id: int, retired_id: int, **_: Any) -> int:
    """Event patient.unmerged: each case is of its stay's patient again."""
    return HandoverCase.objects.filter(patient_id=survivor_id, encounter__patient_id=retired_id).update(
        patient_id=retired_id
    )


def _on_record_change(found: Any, reason: str) -> int:
    rows = found.filter(
        direction=Direction.OUT, state__in=(OfferState.OFFERED, OfferState.ACCEPTED)
    ).order_by("offer_id")
    touched = 0
    for pk, offer_id in list(rows.values_list("pk", "offer_id")):
        locked = gate.lock_offer(offer_id)
        case = HandoverCase.objects.select_for_update().get(pk=pk)
        if locked.fact.state == OfferState.OFFERED:
            _recall(case, locked, SYSTEM, reason)
            HandoverCase.objects.filter(pk=pk).update(desk_by=desk_by(clock.now()))
        elif locked.fact.state == OfferState.ACCEPTED:
            envelope_id = cases.tell(locked, Act.NOTICE, actor=SYSTEM, reason=reason)
            cases.add_event(
                case, Act.NOTICE, ours=True, by_name=SYSTEM.name, reason=reason, envelope_id=envelope_id
            )
        else:
            continue
        touched += 1
    return touched
