"""The receiver's part: acknowledge, accept, decline, return, complete."""

from collections.abc import Sequence

from django.db import transaction

from access.actor import Actor
from access.functions import Function
from community.handover import gate, ports
from community.handover.enums import IN_USE, Act, DeclineReason, Direction, Kind, OfferState
from community.handover.errors import (
    OfferLapsed,
    OfferMoved,
    ProgrammeNeeded,
    TransferRefused,
    UnknownProgramme,
)
from community.handover.exchange import services as exchange
from community.handover.models import HandoverCase, HandoverWork
from community.handover.rules.arriving import build_event, source_of
from community.handover.services import cases
from community.handover.services.agreements import require_reason
from community.handover.services.offering import keep
from community.routing.services import route_encounter
from kernel import clock
from kernel.errors import InvalidInput
from records.services import apply_event

_DECIDE = Function.HANDOVER_DECIDE
RETURNED, COMPLETED = "转交退回", "转交办结"


@transaction.atomic
def accept(*, actor: Actor, case_id: int, programme_keys: Sequence[str] = ()) -> None:
    """Take the person over: record, residence, enrolment and tasks in this one transaction.

    So whoever owns the work sees it the moment it is theirs. Raises NotFound, NotAllowed, NotYourTurn, OfferMoved,
    OfferLapsed, TransferRefused, ProgrammeNeeded, UnknownProgramme.
    """
    case, offer = cases.lock_case(actor, case_id, _DECIDE)
    cases.require_turn(case, Direction.IN)
    cases.require_state(offer, OfferState.OFFERED)
    if clock.now() > offer.fact.accept_by:
        raise OfferLapsed()
    if offer.me.status != IN_USE or gate.status_of(offer.other) != IN_USE:
        raise TransferRefused("tenant_suspended", "双方机构均在使用中才能接收，请联系平台管理员")
    packet = cases.packet_of(case)
    applied = apply_event(
        actor=actor,
        event=build_event(
            packet, kind=case.kind, from_code=case.other_code, from_name=case.other_name, case_no=case.case_no,
            offered_at=case.offered_at,
        ),
        source_system=source_of(case.other_code),
    )  # fmt: skip
    assert applied.encounter_id is not None
    route_encounter(encounter_id=applied.encounter_id, patient_id=applied.patient_id)
    work = ports.case_work()
    try:
        enrolment_ids = work.open_case(
            actor=actor, patient_id=applied.patient_id, encounter_id=applied.encounter_id, packet=packet,
            programme_keys=programme_keys,
        )  # fmt: skip
    except KeyError as unknown:
        raise UnknownProgramme.at(
            "/programme_keys", "unknown_programme", f"没有运行中的随访路径 {unknown.args[0]}"
        ) from unknown
    if case.kind == Kind.DISCHARGE and not enrolment_ids:
        raise ProgrammeNeeded()
    HandoverWork.objects.bulk_create(
        HandoverWork(case=case, encounter_id=applied.encounter_id, enrolment_id=pk)
        for pk in enrolment_ids or [0]
    )
    due_on = work.last_window(enrolment_ids)
    seen = case.acknowledged_at or clock.now()
    cases.move(
        case, offer, state=OfferState.ACCEPTED, actor=actor, act=Act.ACCEPTED,
        content={"results_due_on": due_on.isoformat() if due_on else None},
        patient_id=applied.patient_id, encounter_id=applied.encounter_id, results_due_on=due_on,
        acknowledged_at=seen,
    )  # fmt: skip


@transaction.atomic
def decline(*, actor: Actor, case_id: int, reason_code: str, reason: str) -> None:
    """Send it back unaccepted: it is on the sender's desk again. Raises as accept, and InvalidInput."""
    case, offer = cases.lock_case(actor, case_id, _DECIDE)
    cases.require_turn(case, Direction.IN)
    if reason_code not in DeclineReason.values:
        raise InvalidInput.at("/reason_code", "unknown_value", f"原因应为：{'、'.join(DeclineReason.values)}")
    text = f"{DeclineReason(reason_code).label}：{require_reason(reason)}"
    cases.require_state(offer, OfferState.OFFERED)
    cases.move(
        case, offer, state=OfferState.DECLINED, actor=actor, act=Act.DECLINED, reason=text,
        content={"reason_code": reason_code},
    )  # fmt: skip


@transaction.atomic
def acknowledge(*, actor: Actor, case_id: int) -> None:
    """The receiver has seen an offer; or the sender's desk has seen what came back and keeps the work.

    Raises NotFound, NotAllowed, OfferMoved.
    """
    case, offer = cases.lock_case(actor, case_id, _DECIDE)
    if case.direction == Direction.OUT:
        keep(case, actor)
        return
    cases.require_state(offer, OfferState.OFFERED)
    if case.acknowledged_at is not None:
        raise OfferMoved("已确认知悉，无需重复", state=offer.fact.state)
    with gate.opened():
        exchange.acknowledge_offer(offer.row)
    envelope_id = cases.tell(offer, Act.ACKNOWLEDGED, actor=actor)
    case.acknowledged_at = clock.now()
    case.save(update_fields=["acknowledged_at"])
    cases.add_event(case, Act.ACKNOWLEDGED, ours=True, by_name=actor.name, envelope_id=envelope_id)
    cases.note(actor, "acknowledged", case)


@transaction.atomic
def give_back(*, actor: Actor, case_id: int, reason: str) -> None:
    """An accepted case goes back by this explicit act alone; what was planned for it here ends.

    Raises NotFound, NotAllowed, NotYourTurn, OfferMoved, InvalidInput.
    """
    case, offer = cases.lock_case(actor, case_id, _DECIDE)
    cases.require_turn(case, Direction.IN)
    cases.require_state(offer, OfferState.ACCEPTED)
    reason = require_reason(reason)
    _finish(case, actor, f"{RETURNED}：{reason}")
    cases.move(case, offer, state=OfferState.RETURNED, actor=actor, act=Act.RETURNED, reason=reason)


@transaction.atomic
def complete(*, actor: Actor, case_id: int, conclusion: str) -> None:
    """The work is done: the sender gets the conclusion. Raises as give_back."""
    case, offer = cases.lock_case(actor, case_id, _DECIDE)
    cases.require_turn(case, Direction.IN)
    cases.require_state(offer, OfferState.ACCEPTED)
    conclusion = conclusion.strip()
    if not conclusion:
        raise InvalidInput.at("/conclusion", "required", "请填写办结结论")
    _finish(case, actor, COMPLETED)
    cases.move(
        case, offer, state=OfferState.COMPLETED, actor=actor, act=Act.COMPLETED,
        content={"conclusion": conclusion}, conclusion=conclusion,
    )  # fmt: skip


def _finish(case: HandoverCase, actor: Actor, reason: str) -> None:
    ports.case_work().finish(actor=actor, enrolment_ids=cases.enrolments_of(case), reason=reason)
