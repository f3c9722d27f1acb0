"""The bureau's part in agreements: it approves what both parties have signed, and may end it. Public is bound."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from access.actor import Actor
from access.functions import Function
from community.handover.enums import AgreementState
from community.handover.errors import AgreementStep
from community.handover.exchange import selectors, services
from community.handover.exchange.policy import supervised_agreements
from kernel import clock
from kernel.errors import InvalidInput, NotFound
from trail.services import record

Page = tuple[list[dict[str, Any]], str | None]


def list_agreements(
    actor: Actor, slice_page: Callable[[QuerySet[Any, Any]], Page], *, state: str | None
) -> Page:
    """Raises NotAllowed for an account without a bureau."""
    rows = supervised_agreements(actor)
    if state:
        rows = rows.filter(state=state)
    found, cursor = slice_page(rows.values(*selectors.AGREEMENT_ROW))
    return selectors.present_agreements(found, clock.today()), cursor


def get_agreement(actor: Actor, agreement_id: int) -> dict[str, Any]:
    """Raises NotAllowed, NotFound."""
    row = supervised_agreements(actor).filter(pk=agreement_id).values(*selectors.AGREEMENT_ROW).first()
    if row is None:
        raise NotFound()
    detail = selectors.agreement_detail(row, clock.today())
    approves = actor.can(Function.AGREEMENT_APPROVE)
    waits, runs = detail["state"] == AgreementState.COUNTERSIGNED, detail["state"] == AgreementState.ACTIVE
    detail["can"] = {
        "edit": False, "propose": False, "countersign": False, "approve": approves and waits,
        "reject": approves and waits, "revoke": approves and runs,
    }  # fmt: skip
    return detail


def count_shared(actor: Actor, agreement_id: int) -> dict[str, Any]:
    """Raises NotAllowed, NotFound."""
    if not supervised_agreements(actor).filter(pk=agreement_id).exists():
        raise NotFound()
    return selectors.shared_totals(agreement_id)


@transaction.atomic
def decide(*, actor: Actor, agreement_id: int, act: str, reason: str = "") -> None:
    """`act`: approved, rejected or revoked. The door has asked for the function, the sight is the bureau's own.

    Raises NotAllowed, NotFound, AgreementStep, InvalidInput.
    """
    if not supervised_agreements(actor).filter(pk=agreement_id).exists():
        raise NotFound()
    reason = reason.strip()
    if act != "approved" and not 2 <= len(reason) <= 200:
        raise InvalidInput.at("/reason", "reason_needed", "请填写原因（2 至 200 字）")
    agreement = services.lock_agreement(agreement_id)
    if act == "rejected" and agreement.state != AgreementState.COUNTERSIGNED:
        raise AgreementStep("只能退回双方已会签的协议")
    services.move_agreement(
        agreement_id=agreement_id,
        act=act,
        party="",
        party_name="卫生健康局",
        by_name=actor.name,
        reason=reason,
    )
    record(
        actor_id=actor.id, actor_name=actor.name, action=f"handover.agreement.{act}",
        object_type="handover_agreement", object_id=agreement_id, reason=reason,
    )  # fmt: skip
