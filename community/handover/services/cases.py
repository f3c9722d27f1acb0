"""What every act on a case does: find it in sight, lock the offer before the case, write the event, tell the other."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from access.actor import Actor
from access.functions import Function
from community.handover import gate
from community.handover.enums import OfferState
from community.handover.errors import NotYourTurn, OfferMoved
from community.handover.exchange import services as exchange
from community.handover.gate import LockedOffer
from community.handover.models import HandoverCase, HandoverEvent, HandoverWork
from community.handover.policy import visible_to
from kernel import clock
from kernel.crypto import decrypt_bytes, encrypt_bytes
from kernel.errors import NotFound
from kernel.events import publish
from trail.services import record

_MAX_REASON = 300


def lock_case(actor: Actor, case_id: int, function: Function) -> tuple[HandoverCase, LockedOffer]:
    """Raises NotFound (out of sight), NotAllowed. Public first, then the tenant's row: everybody in that order."""
    offer_id = (
        visible_to(actor, HandoverCase.objects.filter(pk=case_id)).values_list("offer_id", flat=True).first()
    )
    if offer_id is None:
        raise NotFound()
    actor.require(function)
    offer = gate.lock_offer(offer_id)
    return HandoverCase.objects.select_for_update().get(pk=case_id), offer


def require_turn(case: HandoverCase, direction: str) -> None:
    """Raises NotYourTurn."""
    if case.direction != direction:
        raise NotYourTurn()


def require_state(offer: LockedOffer, *states: str) -> None:
    """Against the one truth, not the copy here. Raises OfferMoved."""
    if offer.fact.state not in states:
        raise OfferMoved(
            f"该转交当前为“{OfferState(offer.fact.state).label}”，请刷新后再操作", state=offer.fact.state
        )


def move(
    case: HandoverCase, offer: LockedOffer, *, state: str, actor: Actor, act: str, reason: str = "",
    content: Mapping[str, Any] | None = None, **changes: Any,
) -> int:  # fmt: skip
    """Move the offer, this side's case, and tell the other side; the envelope's id. Raises PartnerNotReady."""
    with gate.opened():
        exchange.move_offer(offer.row, state, results_due_on=changes.get("results_due_on"))
    envelope_id = tell(offer, act, actor=actor, reason=reason, content=content)
    settle(case, state=state, reason=reason, **changes)
    add_event(case, act, ours=True, by_name=actor.name, reason=reason, envelope_id=envelope_id)
    note(actor, act, case, reason)
    return envelope_id


def tell(
    offer: LockedOffer, act: str, *, actor: Actor, reason: str = "", content: Mapping[str, Any] | None = None
) -> int:
    """One sealed message to the other side."""
    told = {"by_name": actor.name, "reason": reason, "at": clock.now().isoformat(), **(content or {})}
    with gate.opened() as me:
        return exchange.post(offer.row, to=offer.other, sender=me.code, act=act, content=told)


def settle(case: HandoverCase, *, state: str, reason: str = "", **changes: Any) -> None:
    """This side's copy follows; what the case no longer holds of work is let go."""
    case.state = state
    case.reason = reason[:_MAX_REASON]
    case.updated_at = clock.now()
    for name, value in changes.items():
        setattr(case, name, value)
    case.save()
    if state not in (OfferState.OFFERED, OfferState.ACCEPTED):
        HandoverWork.objects.filter(case=case, is_open=True).update(is_open=False)
    publish("handover.moved", case_id=case.pk, state=str(state))


def add_event(
    case: HandoverCase, act: str, *, ours: bool, by_name: str, reason: str = "", envelope_id: int | None = None,
    detail: Mapping[str, Any] | None = None, at: datetime | None = None, ref: str = "",
) -> HandoverEvent:  # fmt: skip
    return HandoverEvent.objects.create(
        case=case, at=at or clock.now(), act=act, is_ours=ours, by_name=by_name[:40], reason=reason[:_MAX_REASON],
        envelope_id=envelope_id, ref=ref, detail_enc=encrypt_bytes(orjson.dumps(detail)) if detail else None,
    )  # fmt: skip


def note(actor: Actor, act: str, case: HandoverCase, reason: str = "", **detail: Any) -> None:
    record(
        actor_id=actor.id or None, actor_name=actor.name, action=f"handover.case.{act}",
        object_type="handover_case", object_id=case.pk, reason=reason, case_no=case.case_no, **detail,
    )  # fmt: skip


def packet_of(case: HandoverCase) -> dict[str, Any]:
    packet: dict[str, Any] = orjson.loads(decrypt_bytes(case.packet_enc))
    return packet


def enrolments_of(case: HandoverCase) -> list[int]:
    rows = HandoverWork.objects.filter(case=case).exclude(enrolment_id=0).order_by("enrolment_id")
    return list(rows.values_list("enrolment_id", flat=True))
