"""A tenant's part in agreements. Each act is told in the tenant's own trail and in the agreement's history."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction

from access.actor import Actor
from access.functions import Function
from community.handover import gate
from community.handover.enums import IN_USE, ConsentBasis, Kind, Purpose
from community.handover.errors import AgreementStep, NotYourTurn
from community.handover.exchange import selectors as exchange_selectors
from community.handover.exchange import services as exchange
from community.handover.rules import FIELDS, check_fields
from community.handover.services.keys import ensure_key
from kernel import clock
from kernel.errors import FieldError, InvalidInput, NotFound
from tenants.registry.contracts import TenantRef
from trail.services import record

_MAX_DAYS = 366 * 5


@transaction.atomic
def create_agreement(*, actor: Actor, values: Mapping[str, Any]) -> int:
    """A draft from the bound tenant to another. Raises NotAllowed, InvalidInput."""
    actor.require(Function.AGREEMENT_MANAGE)
    me = gate.own_tenant()
    columns, fields = _read(values, me)
    with gate.opened():
        agreement_id = exchange.create_agreement(
            from_tenant=me.code, party_name=me.name, by_name=actor.name, values=columns, fields=fields
        )
    _note(actor, "drafted", agreement_id)
    return agreement_id


@transaction.atomic
def save_agreement(
    *, actor: Actor, agreement_id: int, values: Mapping[str, Any], expected_revision: int
) -> None:
    """Raises NotAllowed, NotFound, InvalidInput, AgreementNotDraft, AgreementChanged."""
    actor.require(Function.AGREEMENT_MANAGE)
    me = _require_sight(agreement_id)
    columns, fields = _read(values, me)
    with gate.opened():
        exchange.save_agreement(
            agreement_id=agreement_id, from_tenant=me.code, party_name=me.name, by_name=actor.name,
            expected_revision=expected_revision, values=columns, fields=fields,
        )  # fmt: skip
    _note(actor, "edited", agreement_id)


@transaction.atomic
def propose(*, actor: Actor, agreement_id: int) -> None:
    """Raises NotAllowed, NotFound, AgreementStep, NotYourTurn."""
    _move(actor, agreement_id, "proposed", side="from")


@transaction.atomic
def countersign(*, actor: Actor, agreement_id: int) -> None:
    """The receiver agrees. Raises NotAllowed, NotFound, AgreementStep, NotYourTurn."""
    _move(actor, agreement_id, "countersigned", side="to")


@transaction.atomic
def reject(*, actor: Actor, agreement_id: int, reason: str) -> None:
    """The receiver refuses what was proposed. Raises NotAllowed, NotFound, AgreementStep, NotYourTurn, InvalidInput."""
    _move(actor, agreement_id, "rejected", side="to", reason=require_reason(reason))


@transaction.atomic
def revoke(*, actor: Actor, agreement_id: int, reason: str) -> None:
    """Either party ends it: nothing new crosses, what was not accepted yet goes back, what was shared is listed.

    Raises NotAllowed, NotFound, AgreementStep, InvalidInput.
    """
    _move(actor, agreement_id, "revoked", side="", reason=require_reason(reason))


def require_reason(text: str) -> str:
    """Raises InvalidInput."""
    text = text.strip()
    if not 2 <= len(text) <= 200:
        raise InvalidInput.at("/reason", "reason_needed", "请填写原因（2 至 200 字）")
    return text


def _move(actor: Actor, agreement_id: int, act: str, *, side: str, reason: str = "") -> None:
    actor.require(Function.AGREEMENT_MANAGE)
    me = _require_sight(agreement_id)
    ensure_key()
    with gate.opened():
        agreement = exchange.lock_agreement(agreement_id)
        mine = "from" if agreement.from_tenant == me.code else "to"
        if side and side != mine:
            raise NotYourTurn()
        # The bureau sends back what has been countersigned; the receiver what has only been proposed.
        if act == "rejected" and agreement.state != "proposed":
            raise AgreementStep("只能退回待会签的协议；已会签的协议由卫健局退回")
        if act in ("proposed", "countersigned") and agreement.valid_to < clock.today():
            raise AgreementStep("协议的有效期已过，请另起草一份")
        exchange.move_agreement(
            agreement_id=agreement_id,
            act=act,
            party=me.code,
            party_name=me.name,
            by_name=actor.name,
            reason=reason,
        )
    _note(actor, act, agreement_id, reason)


def _require_sight(agreement_id: int) -> TenantRef:
    with gate.opened() as me:
        rows = exchange_selectors.visible_agreements([me.code], own=me.code)
        if not rows.filter(pk=agreement_id).exists():
            raise NotFound()
        return me


def _read(values: Mapping[str, Any], me: TenantRef) -> tuple[dict[str, Any], list[str]]:
    """The columns and the field keys. Raises InvalidInput with a pointer for each fault."""
    faults: list[FieldError] = []

    def fault(pointer: str, code: str, message: str) -> None:
        faults.append(FieldError(pointer, code, message))

    if values["to_tenant"] == me.code:
        fault("/to_tenant", "own_tenant", "接收方应为另一家机构")
    elif gate.status_of(values["to_tenant"]) != IN_USE:
        fault("/to_tenant", "unknown_tenant", "平台上没有这家在用的机构，请从列表中选择")
    if values["purpose"] not in Purpose.values:
        fault("/purpose", "unknown_value", f"用途应为：{'、'.join(Purpose.values)}")
    kinds = sorted(set(values["kinds"]))
    if not kinds or not set(kinds) <= set(Kind.values):
        fault("/kinds", "unknown_value", f"请选择转交类型：{'、'.join(Kind.values)}")
    if values["consent_basis"] not in ConsentBasis.values:
        fault("/consent_basis", "unknown_value", f"同意依据应为：{'、'.join(ConsentBasis.values)}")
    unknown, missing = check_fields(values["fields"])
    if unknown:
        fault("/fields", "unknown_field", f"目录中没有字段：{'、'.join(unknown)}")
    if missing:
        names = "、".join(FIELDS[key].name for key in missing)
        fault("/fields", "required_field", f"缺少必需字段：{names}")
    _check_dates(values["valid_from"], values["valid_to"], fault)
    if faults:
        raise InvalidInput("协议内容有误，未保存", errors=faults)
    columns = {
        name: values[name]
        for name in ("to_tenant", "purpose", "note", "consent_basis", "valid_from", "valid_to")
    }
    return columns | {"kinds": kinds}, [key for key in FIELDS if key in set(values["fields"])]


def _check_dates(first: date, last: date, fault: Any) -> None:
    if last < first:
        fault("/valid_to", "before_start", "截止日期不能早于开始日期")
    elif (last - first).days > _MAX_DAYS:
        fault("/valid_to", "too_long", "有效期最长五年，到期可另签")
    elif last < clock.today():
        fault("/valid_to", "in_past", "截止日期已过")


def _note(actor: Actor, act: str, agreement_id: int, reason: str = "") -> None:
    record(
        actor_id=actor.id or None, actor_name=actor.name, action=f"handover.agreement.{act}",
        object_type="handover_agreement", object_id=agreement_id, reason=reason,
    )  # fmt: skip
