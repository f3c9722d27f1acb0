"""Writes of the public tables, with public bound and the party already judged (gate, policy)."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import orjson
from django.db import transaction
from django.db.models import F, Max

from community.handover.enums import IN_USE, Act, AgreementState, OfferState
from community.handover.errors import AgreementChanged, AgreementNotDraft, AgreementStep, PartnerNotReady
from community.handover.exchange.contracts import context_of
from community.handover.exchange.models import (
    Agreement,
    AgreementAct,
    AgreementField,
    Envelope,
    Offer,
    TenantKey,
)
from community.handover.sealing import seal
from kernel import clock, jobs
from kernel.errors import NotFound
from kernel.tenancy import bind_schema
from tenants.registry.selectors import get_tenant_by_code

RECEIVE = "handover.receive"
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

# act → states in which it may be done, the state after it.
_STEPS: dict[str, tuple[frozenset[str], str]] = {
    "proposed": (frozenset({AgreementState.DRAFT}), AgreementState.PROPOSED),
    "countersigned": (frozenset({AgreementState.PROPOSED}), AgreementState.COUNTERSIGNED),
    "approved": (frozenset({AgreementState.COUNTERSIGNED}), AgreementState.ACTIVE),
    "rejected": (
        frozenset({AgreementState.PROPOSED, AgreementState.COUNTERSIGNED}), AgreementState.REJECTED
    ),
    "revoked": (frozenset({AgreementState.ACTIVE}), AgreementState.REVOKED),
    "expired": (frozenset({AgreementState.ACTIVE}), AgreementState.EXPIRED),
}  # fmt: skip


def make_code(prefix: str, day: date) -> str:
    return f"{prefix}{day:%y%m%d}" + "".join(secrets.choice(_LETTERS) for _ in range(6))


# --- agreements -----------------------------------------------------------------------------------------------------


@transaction.atomic
def create_agreement(
    *, from_tenant: str, party_name: str, by_name: str, values: Mapping[str, Any], fields: Sequence[str]
) -> int:
    now = clock.now()
    agreement = Agreement.objects.create(
        code=make_code("XY", clock.today()), from_tenant=from_tenant, created_at=now, **values
    )
    _set_fields(agreement, fields)
    _note(agreement, "drafted", from_tenant, party_name, by_name, "")
    return agreement.pk


@transaction.atomic
def save_agreement(
    *,
    agreement_id: int,
    from_tenant: str,
    party_name: str,
    by_name: str,
    expected_revision: int,
    values: Mapping[str, Any],
    fields: Sequence[str],
) -> None:
    """Raises NotFound, AgreementNotDraft, AgreementChanged."""
    agreement = lock_agreement(agreement_id)
    if agreement.from_tenant != from_tenant:
        raise AgreementNotDraft()
    if agreement.state != AgreementState.DRAFT:
        raise AgreementNotDraft()
    if agreement.revision != expected_revision:
        raise AgreementChanged(revision=agreement.revision)
    for name, value in values.items():
        setattr(agreement, name, value)
    agreement.revision += 1
    agreement.save()
    _set_fields(agreement, fields)
    _note(agreement, "edited", from_tenant, party_name, by_name, "")


@transaction.atomic
def move_agreement(
    *, agreement_id: int, act: str, party: str, party_name: str, by_name: str, reason: str = ""
) -> Agreement:
    """One step of the agreement; `party` is the tenant's code, "" for the bureau. Raises NotFound, AgreementStep.

    A revoked one stops what has not been accepted: both sides of each such offer are told.
    """
    agreement = lock_agreement(agreement_id)
    states, after = _STEPS[act]
    if agreement.state not in states:
        raise AgreementStep(f"协议当前为“{AgreementState(agreement.state).label}”，不能进行此操作")
    agreement.state = after
    agreement.revision += 1
    agreement.save(update_fields=["state", "revision"])
    _note(agreement, act, party, party_name, by_name, reason)
    if act == "revoked":
        _recall_pending(agreement, f"共享协议已撤销：{reason}", by_name)
    return agreement


def lock_agreement(agreement_id: int) -> Agreement:
    """Raises NotFound."""
    agreement = Agreement.objects.select_for_update().filter(pk=agreement_id).first()
    if agreement is None:
        raise NotFound()
    return agreement


def _set_fields(agreement: Agreement, keys: Sequence[str]) -> None:
    AgreementField.objects.filter(agreement=agreement).delete()
    AgreementField.objects.bulk_create(AgreementField(agreement=agreement, key=key) for key in keys)


def _note(agreement: Agreement, act: str, party: str, party_name: str, by_name: str, reason: str) -> None:
    AgreementAct.objects.create(
        agreement=agreement, at=clock.now(), act=act, party=party, party_name=party_name[:80],
        by_name=by_name[:40], reason=reason[:200],
    )  # fmt: skip


def _recall_pending(agreement: Agreement, reason: str, by_name: str) -> None:
    pending = Offer.objects.select_for_update().filter(agreement=agreement, state=OfferState.OFFERED)
    for offer in pending.order_by("pk"):
        move_offer(offer, OfferState.RECALLED)
        for tenant in (offer.from_tenant, offer.to_tenant):
            post(
                offer, to=tenant, sender="", act=Act.RECALLED,
                content={"by_name": by_name, "reason": reason, "at": clock.now().isoformat()},
            )  # fmt: skip


# --- offers and envelopes --------------------------------------------------------------------------------------------


def create_offer(
    *,
    agreement_id: int,
    kind: str,
    urgency: str,
    from_tenant: str,
    to_tenant: str,
    fields: Sequence[str],
    offered_at: datetime,
    accept_by: datetime,
) -> Offer:
    return Offer.objects.create(
        case_no=make_code("ZJ", clock.day_of(offered_at)), agreement_id=agreement_id, kind=kind, urgency=urgency,
        from_tenant=from_tenant, to_tenant=to_tenant, fields=list(fields), offered_at=offered_at,
        accept_by=accept_by,
    )  # fmt: skip


def lock_offer(offer_id: int) -> Offer:
    """Raises NotFound."""
    offer = Offer.objects.select_for_update().filter(pk=offer_id).first()
    if offer is None:
        raise NotFound()
    return offer


def move_offer(offer: Offer, state: str, *, results_due_on: date | None = None) -> None:
    now = clock.now()
    if state in (OfferState.ACCEPTED, OfferState.DECLINED):
        offer.decided_at = now
    if state not in (OfferState.OFFERED, OfferState.ACCEPTED):
        offer.ended_at = now
    if results_due_on is not None:
        offer.results_due_on = results_due_on
    offer.state = state
    offer.save()


def acknowledge_offer(offer: Offer) -> None:
    offer.acknowledged_at = clock.now()
    offer.save(update_fields=["acknowledged_at"])


def post(offer: Offer, *, to: str, sender: str, act: str, content: Mapping[str, Any]) -> int:
    """Seal for the tenant `to`, put the envelope down, and wake that tenant: all in the present transaction.

    The job is written in the other tenant's schema under that tenant's own role; nothing there is read. While the
    tenant is suspended no job is written: its sweep finds the envelope when it works again. Raises PartnerNotReady.
    """
    key = TenantKey.objects.filter(tenant_code=to, retired_at=None).first()
    if key is None:
        raise PartnerNotReady()
    last = Envelope.objects.filter(offer=offer).aggregate(last=Max("seq"))["last"] or 0
    sealed = seal(
        orjson.dumps(content), public=bytes(key.public_key), context=context_of(offer.case_no, last + 1, act)
    )
    envelope = Envelope.objects.create(
        offer=offer, seq=last + 1, from_tenant=sender, to_tenant=to, act=act, key=key, sealed=sealed,
        created_at=clock.now(),
    )  # fmt: skip
    tenant = get_tenant_by_code(to)
    if tenant is not None and tenant.status == IN_USE:
        with bind_schema(tenant.schema_name):
            jobs.enqueue(RECEIVE, key=f"handover:{envelope.pk}", offer_id=offer.pk)
    return envelope.pk


def mark_delivered(envelope_id: int) -> None:
    Envelope.objects.filter(pk=envelope_id, delivered_at=None).update(delivered_at=clock.now())


def replace_key(*, tenant_code: str, public_key: bytes) -> int:
    """The tenant's key from now on; envelopes sealed with the old one are still opened with the old private half."""
    now = clock.now()
    TenantKey.objects.filter(tenant_code=tenant_code, retired_at=None).update(retired_at=now)
    return TenantKey.objects.create(tenant_code=tenant_code, public_key=public_key, created_at=now).pk


def expire_agreements(today: date) -> int:
    """Agreements past their last day; how many."""
    rows = Agreement.objects.select_for_update(skip_locked=True).filter(
        state=AgreementState.ACTIVE, valid_to__lt=today
    )
    ids = list(rows.values_list("pk", flat=True))
    Agreement.objects.filter(pk__in=ids).update(state=AgreementState.EXPIRED, revision=F("revision") + 1)
    AgreementAct.objects.bulk_create(
        AgreementAct(agreement_id=pk, at=clock.now(), act="expired", party_name="系统") for pk in ids
    )
    return len(ids)
