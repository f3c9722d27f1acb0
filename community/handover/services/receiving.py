"""What the other side's envelopes do here: once each, in the order of the offer, however often the job runs."""

import logging
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import orjson
from django.db import transaction

from access.actor import SYSTEM
from community.handover import gate, ports
from community.handover.enums import Act, Direction, OfferState
from community.handover.exchange import selectors as exchange_selectors
from community.handover.exchange import services as exchange
from community.handover.exchange.contracts import EnvelopeFact
from community.handover.gate import LockedOffer
from community.handover.models import HandoverCase, HandoverEvent, HandoverWork
from community.handover.rules import acknowledge_by, desk_by
from community.handover.sealing import unseal
from community.handover.services import cases
from community.handover.services.keys import private_key
from community.handover.services.offering import describe_person
from kernel import clock
from kernel.crypto import encrypt_bytes

logger = logging.getLogger("community.handover")
_AT_ONCE = 200
Content = Mapping[str, Any]


@transaction.atomic
def receive(*, offer_id: int, **_: Any) -> int:
    """Job handover.receive: deliver what waits for this tenant about the offer; how many envelopes."""
    offer = gate.lock_offer(offer_id)
    with gate.opened() as me:
        waiting = exchange_selectors.waiting_envelopes(offer_id, me.code)
    for envelope in waiting:
        _deliver(offer, envelope)
        with gate.opened():
            exchange.mark_delivered(envelope.id)
    return len(waiting)


def sweep(**_: Any) -> int:
    """Job handover.sweep: what a lost job has left, and offers whose time is over; how many offers it touched.

    One that cannot be delivered stops none of the others.
    """
    touched = _each(_waiting(), receive)
    touched += _each(_lapsed(), _expire)
    with gate.opened(), transaction.atomic():
        exchange.expire_agreements(clock.today())
    return touched


def _waiting() -> list[int]:
    with gate.opened() as me:
        return exchange_selectors.offers_waiting(me.code, limit=_AT_ONCE)


def _lapsed() -> list[int]:
    with gate.opened() as me:
        return exchange_selectors.offers_lapsed(me.code, clock.now(), limit=_AT_ONCE)


def _each(ids: list[int], do: Callable[..., Any]) -> int:
    done = 0
    for pk in ids:
        try:
            with transaction.atomic():
                do(offer_id=pk)
            done += 1
        except Exception:
            logger.exception("offer %s could not be worked off", pk)
    return done


def _expire(*, offer_id: int) -> None:
    """Nobody has accepted in time. Both sides are told by an envelope, whichever of them noticed."""
    offer = gate.lock_offer(offer_id)
    if offer.fact.state != OfferState.OFFERED or clock.now() <= offer.fact.accept_by:
        return
    told = {"by_name": SYSTEM.name, "reason": "对方未在时限内接收", "at": clock.now().isoformat()}
    with gate.opened():
        exchange.move_offer(offer.row, OfferState.EXPIRED)
        for tenant in (offer.fact.from_tenant, offer.fact.to_tenant):
            exchange.post(offer.row, to=tenant, sender="", act=Act.EXPIRED, content=told)


def _deliver(offer: LockedOffer, envelope: EnvelopeFact) -> None:
    if HandoverEvent.objects.filter(envelope_id=envelope.id).exists():
        return
    raw = unseal(
        envelope.sealed, private=private_key(envelope.key_id), context=envelope.context(offer.fact.case_no)
    )
    content = orjson.loads(raw)
    if envelope.act == Act.OFFERED:
        case = _open(offer, content)
    else:
        case = HandoverCase.objects.select_for_update().get(offer_id=offer.fact.id)
        _APPLY[envelope.act](case, content)
    detail = content.get("result")
    cases.add_event(
        case, envelope.act, ours=False, by_name=content["by_name"], reason=content["reason"],
        envelope_id=envelope.id, detail=detail, at=datetime.fromisoformat(content["at"]),
        ref=str(detail["ref"]) if detail else "",
    )  # fmt: skip
    cases.note(SYSTEM, f"{envelope.act}_delivered", case, content["reason"])


def _open(offer: LockedOffer, content: Content) -> HandoverCase:
    """A case of the inbox. The person is nobody's patient here before it is accepted."""
    fact, packet = offer.fact, content["packet"]
    return HandoverCase.objects.create(
        offer_id=fact.id, case_no=fact.case_no, direction=Direction.IN, kind=fact.kind, urgency=fact.urgency,
        state=OfferState.OFFERED, agreement_id=fact.agreement_id, other_code=fact.from_tenant,
        other_name=gate.name_of(fact.from_tenant),
        packet_enc=encrypt_bytes(orjson.dumps({**packet, "consent": content["consent"]})), digest=content["digest"],
        result_keys=content["result_keys"], consent={"basis": content["consent"].get("basis", "none")},
        note=content["note"], offered_at=fact.offered_at, accept_by=fact.accept_by,
        acknowledge_by=acknowledge_by(fact.kind, fact.urgency, fact.offered_at), sent_by_name=content["by_name"][:40],
        updated_at=clock.now(), **describe_person(packet["facts"]),
    )  # fmt: skip


def _acknowledged(case: HandoverCase, content: Content) -> None:
    case.acknowledged_at = datetime.fromisoformat(content["at"])
    case.save(update_fields=["acknowledged_at"])


def _accepted(case: HandoverCase, content: Content) -> None:
    """From now on the other side does it: what is planned here waits, so that nobody is called twice."""
    ids = cases.enrolments_of(case)
    paused = ports.case_work().suspend(actor=SYSTEM, enrolment_ids=ids, reason=f"已转交{case.other_name}")
    HandoverWork.objects.filter(case=case, enrolment_id__in=paused).update(suspended_at=clock.now())
    due = content.get("results_due_on")
    cases.settle(
        case, state=OfferState.ACCEPTED, results_due_on=date.fromisoformat(due) if due else None,
        acknowledged_at=case.acknowledged_at or datetime.fromisoformat(content["at"]),
    )  # fmt: skip


def _came_back(state: str) -> Callable[[HandoverCase, Content], None]:
    def apply(case: HandoverCase, content: Content) -> None:
        waits = case.direction == Direction.OUT
        if state == OfferState.RETURNED:
            suspended = HandoverWork.objects.filter(case=case, suspended_at__isnull=False)
            ids = list(suspended.values_list("enrolment_id", flat=True))
            suspended.update(suspended_at=None)
            ports.case_work().restore(
                actor=SYSTEM, enrolment_ids=ids, reason=f"{case.other_name}退回：{content['reason']}"
            )
        cases.settle(
            case, state=state, reason=content["reason"], desk_by=desk_by(clock.now()) if waits else None
        )

    return apply


def _completed(case: HandoverCase, content: Content) -> None:
    ids = cases.enrolments_of(case)
    ports.case_work().finish(actor=SYSTEM, enrolment_ids=ids, reason=f"已由{case.other_name}办结")
    HandoverWork.objects.filter(case=case).update(suspended_at=None)
    cases.settle(case, state=OfferState.COMPLETED, conclusion=content["conclusion"])


def _only_told(case: HandoverCase, content: Content) -> None:
    """A result or a notice: the event itself is what there is to keep."""


_APPLY: dict[str, Callable[[HandoverCase, Content], None]] = {
    Act.ACKNOWLEDGED: _acknowledged,
    Act.ACCEPTED: _accepted,
    Act.DECLINED: _came_back(OfferState.DECLINED),
    Act.EXPIRED: _came_back(OfferState.EXPIRED),
    Act.RECALLED: _came_back(OfferState.RECALLED),
    Act.RETURNED: _came_back(OfferState.RETURNED),
    Act.COMPLETED: _completed,
    Act.RESULT: _only_told,
    Act.NOTICE: _only_told,
}
