"""Reads of the public tables. The caller has bound public: the gate for a tenant, the bureau's own door."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet

from community.handover.enums import AgreementState, ConsentBasis, OfferState, Purpose
from community.handover.exchange.contracts import AgreementFact, EnvelopeFact, OfferFact
from community.handover.exchange.models import Agreement, AgreementAct, Envelope, Offer
from community.handover.rules import describe_fields

_ACTS = {
    "drafted": "起草", "edited": "修改", "proposed": "提交会签", "countersigned": "会签", "approved": "批准",
    "rejected": "退回", "revoked": "撤销", "expired": "到期",
}  # fmt: skip
AGREEMENT_ROW = (
    "id", "code", "from_tenant", "to_tenant", "purpose", "note", "kinds", "consent_basis", "valid_from", "valid_to",
    "state", "revision",
)  # fmt: skip
_ENVELOPE = ("id", "seq", "act", "key_id", "sealed", "from_tenant", "created_at")
_OFFER = (
    "id", "case_no", "agreement_id", "kind", "urgency", "from_tenant", "to_tenant", "state", "offered_at",
    "accept_by", "acknowledged_at", "results_due_on",
)  # fmt: skip


def visible_agreements(codes: Iterable[str], *, own: str | None = None) -> QuerySet[Agreement]:
    """Agreements of which one of these tenants is a party; a draft is seen only by `own`, who writes it."""
    parties = list(codes)
    rows = Agreement.objects.filter(Q(from_tenant__in=parties) | Q(to_tenant__in=parties))
    return rows.filter(~Q(state=AgreementState.DRAFT) | Q(from_tenant=own or ""))


def names_of(codes: Iterable[str]) -> dict[str, str]:
    """Names of tenants by code: every row of a list in one query, where the registry answers one at a time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT code, name FROM registry_tenant WHERE code = ANY(%s)", [sorted(set(codes))])
        return dict(cursor.fetchall())


def list_partners(own: str) -> list[dict[str, str]]:
    """Tenants in use that an agreement can name, but the one who asks."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code, name, kind FROM registry_tenant WHERE status = 'active' AND code <> %s ORDER BY name, code",
            [own],
        )
        return [{"code": code, "name": name, "kind": kind} for code, name, kind in cursor.fetchall()]


def present_agreements(rows: list[dict[str, Any]], today: date) -> list[dict[str, Any]]:
    """List rows as the API shows them. One query for the names, one for the fields."""
    names = names_of(code for row in rows for code in (row["from_tenant"], row["to_tenant"]))
    keys = _fields_of([row["id"] for row in rows])
    return [_present(row, names, keys.get(row["id"], []), today) for row in rows]


def agreement_detail(row: dict[str, Any], today: date) -> dict[str, Any]:
    return {**present_agreements([row], today)[0], "history": _history(row["id"])}


def _present(row: dict[str, Any], names: dict[str, str], fields: list[str], today: date) -> dict[str, Any]:
    state = state_on(row["state"], row["valid_to"], today)
    return {
        "id": str(row["id"]),
        "code": row["code"],
        "from_tenant": _tenant(row["from_tenant"], names),
        "to_tenant": _tenant(row["to_tenant"], names),
        "purpose": row["purpose"],
        "purpose_name": Purpose(row["purpose"]).label,
        "note": row["note"],
        "kinds": row["kinds"],
        "fields": describe_fields(fields),
        "consent_basis": row["consent_basis"],
        "consent_basis_name": ConsentBasis(row["consent_basis"]).label,
        "valid_from": row["valid_from"],
        "valid_to": row["valid_to"],
        "state": state,
        "state_name": AgreementState(state).label,
        "revision": row["revision"],
    }


def state_on(state: str, valid_to: date, today: date) -> str:
    """An agreement past its last day is no longer in force, whether or not the sweep has been by."""
    return AgreementState.EXPIRED.value if state == AgreementState.ACTIVE and valid_to < today else state


def _tenant(code: str, names: dict[str, str]) -> dict[str, str]:
    return {"code": code, "name": names.get(code, code)}


def _fields_of(ids: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    rows = Agreement.objects.filter(pk__in=ids, fields__key__isnull=False).values_list("pk", "fields__key")
    for pk, key in rows:
        found.setdefault(pk, []).append(key)
    return found


def _history(agreement_id: int) -> list[dict[str, Any]]:
    rows = AgreementAct.objects.filter(agreement_id=agreement_id).order_by("id")
    return [
        {"at": row.at, "act": row.act, "act_name": _ACTS.get(row.act, row.act), "party_name": row.party_name,
         "by_name": row.by_name, "reason": row.reason}
        for row in rows
    ]  # fmt: skip


def shared_rows(agreement_id: int, *, of: str) -> QuerySet[Any, Any]:
    """What went out under the agreement, for a party to it."""
    return Offer.objects.filter(Q(from_tenant=of) | Q(to_tenant=of), agreement_id=agreement_id).values(
        "id", "case_no", "kind", "state", "fields", "offered_at"
    )


def present_shared(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "case_no": row["case_no"],
            "kind": row["kind"],
            "state": row["state"],
            "state_name": OfferState(row["state"]).label,
            "sent_at": row["offered_at"],
            "fields": describe_fields(row["fields"]),
        }
        for row in rows
    ]


def shared_totals(agreement_id: int) -> dict[str, Any]:
    """Counts only, which the bureau may read too."""
    counts = dict(
        Offer.objects.filter(agreement_id=agreement_id)
        .order_by()
        .values("state")
        .annotate(n=Count("pk"))
        .values_list("state", "n")
    )
    return {
        "offers": sum(counts.values()),
        **{state.value: counts.get(state.value, 0) for state in OfferState},
    }


def agreement_fact(agreement: Agreement) -> AgreementFact:
    return AgreementFact(
        id=agreement.pk, code=agreement.code, from_tenant=agreement.from_tenant, to_tenant=agreement.to_tenant,
        kinds=tuple(agreement.kinds), fields=tuple(agreement.fields.order_by("id").values_list("key", flat=True)),
        consent_basis=agreement.consent_basis, valid_from=agreement.valid_from, valid_to=agreement.valid_to,
        state=agreement.state,
    )  # fmt: skip


def offer_fact(offer: Offer) -> OfferFact:
    return OfferFact(**{name: getattr(offer, name) for name in _OFFER})


def waiting_envelopes(offer_id: int, to_tenant: str) -> list[EnvelopeFact]:
    """Not delivered yet, in the order in which they were written."""
    rows = Envelope.objects.filter(offer_id=offer_id, to_tenant=to_tenant, delivered_at=None)
    return [
        EnvelopeFact(**{**row, "sealed": bytes(row["sealed"])})
        for row in rows.order_by("seq").values(*_ENVELOPE)
    ]


def offers_waiting(to_tenant: str, *, limit: int) -> list[int]:
    rows = Envelope.objects.filter(to_tenant=to_tenant, delivered_at=None)
    return list(rows.order_by("offer_id").distinct("offer_id").values_list("offer_id", flat=True)[:limit])


def offers_lapsed(tenant: str, now: Any, *, limit: int) -> list[int]:
    rows = Offer.objects.filter(
        Q(from_tenant=tenant) | Q(to_tenant=tenant), state=OfferState.OFFERED, accept_by__lt=now
    )
    return list(rows.order_by("accept_by", "id").values_list("pk", flat=True)[:limit])
