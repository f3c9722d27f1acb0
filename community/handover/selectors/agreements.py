"""A tenant's agreements, read through the gate: those of which it is a party."""

from collections.abc import Callable
from typing import Any

from django.db.models import Q, QuerySet

from access.actor import Actor
from access.functions import Function
from community.handover import gate
from community.handover.enums import AgreementState
from community.handover.exchange import selectors as exchange
from kernel import clock
from kernel.errors import NotFound

Page = tuple[list[dict[str, Any]], str | None]
Slice = Callable[[QuerySet[Any, Any]], Page]


def list_agreements(slice_page: Slice, *, state: str | None, direction: str | None) -> Page:
    """Newest first; `slice_page` cuts the page while the gate is open."""
    today = clock.today()
    with gate.opened() as me:
        rows = exchange.visible_agreements([me.code], own=me.code)
        if direction:
            rows = rows.filter(**{"from_tenant" if direction == "out" else "to_tenant": me.code})
        found, cursor = slice_page(filter_state(rows, state).values(*exchange.AGREEMENT_ROW))
        return exchange.present_agreements(found, today), cursor


def filter_state(rows: QuerySet[Any, Any], state: str | None) -> QuerySet[Any, Any]:
    """As the state is shown: what is past its last day has expired, whether or not the sweep has been by."""
    if not state:
        return rows
    today = clock.today()
    if state == AgreementState.ACTIVE:
        return rows.filter(state=state, valid_to__gte=today)
    if state == AgreementState.EXPIRED:
        return rows.filter(Q(state=state) | Q(state=AgreementState.ACTIVE, valid_to__lt=today))
    return rows.filter(state=state)


def get_agreement(actor: Actor, agreement_id: int) -> dict[str, Any]:
    """Raises NotFound."""
    with gate.opened() as me:
        row = (
            exchange.visible_agreements([me.code], own=me.code)
            .filter(pk=agreement_id)
            .values(*exchange.AGREEMENT_ROW)
            .first()
        )
        if row is None:
            raise NotFound()
        detail = exchange.agreement_detail(row, clock.today())
        sender, state = row["from_tenant"] == me.code, detail["state"]
    manages = actor.can(Function.AGREEMENT_MANAGE)
    detail["can"] = {
        "edit": manages and sender and state == AgreementState.DRAFT,
        "propose": manages and sender and state == AgreementState.DRAFT,
        "countersign": manages and not sender and state == AgreementState.PROPOSED,
        "reject": manages and not sender and state == AgreementState.PROPOSED,
        "revoke": manages and state == AgreementState.ACTIVE,
        "approve": False,
    }
    return detail


def list_shared(
    slice_page: Slice, agreement_id: int
) -> tuple[list[dict[str, Any]], dict[str, int], str | None]:
    """What went out under the agreement, the totals, and the next cursor. Raises NotFound."""
    with gate.opened() as me:
        if not exchange.visible_agreements([me.code], own=me.code).filter(pk=agreement_id).exists():
            raise NotFound()
        rows, cursor = slice_page(exchange.shared_rows(agreement_id, of=me.code))
        return exchange.present_shared(rows), exchange.shared_totals(agreement_id), cursor


def list_partners() -> list[dict[str, str]]:
    with gate.opened() as me:
        return exchange.list_partners(me.code)
