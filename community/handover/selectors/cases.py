"""Cases as lists and pages show them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db.models import Count, Q, QuerySet

from access.actor import Actor
from access.functions import Function
from community.handover import gate
from community.handover.enums import (
    DESK_STATES,
    Act,
    ConsentGiven,
    Direction,
    Kind,
    OfferState,
    Urgency,
)
from community.handover.models import HandoverCase, HandoverEvent, HandoverWork
from community.handover.policy import visible_to
from community.handover.rules import describe_fields
from community.handover.rules.presenting import present_packet, present_result
from community.routing.selectors import routing_of
from kernel import clock
from kernel.crypto import decrypt_bytes, lookup_hash
from kernel.errors import NotFound
from records.rules import age_at

ORDER = ("-id",)
_ROW = (
    "id", "offer_id", "case_no", "direction", "kind", "urgency", "state", "other_code", "other_name", "patient_id",
    "encounter_id", "name_masked", "sex", "birth_date", "diagnosis", "encounter__main_diagnosis", "offered_at",
    "accept_by", "acknowledge_by", "acknowledged_at", "results_due_on", "desk_by", "reason",
)  # fmt: skip
_DETAIL = (
    "agreement_id", "packet_enc", "result_keys", "consent", "note", "conclusion", "sent_by_name", "digest",
)  # fmt: skip


def list_cases(
    actor: Actor, *, direction: str | None, state: str | None, q: str | None
) -> QuerySet[Any, dict[str, Any]]:
    """One query; page by ORDER, then shape_rows. `q`: the beginning of a case number, or the whole name.

    `state` desk: what waits for the sender's desk, whatever brought it back.
    """
    rows = visible_to(actor, HandoverCase.objects.all())
    if direction:
        rows = rows.filter(direction=direction)
    if state == "desk":
        rows = rows.filter(desk_by__isnull=False)
    elif state:
        rows = rows.filter(state=state)
    if q:
        rows = rows.filter(Q(case_no__istartswith=q) | Q(name_hash=lookup_hash(q)))
    return rows.values(*_ROW)


def shape_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    now, own_name = clock.now(), gate.own_tenant().name
    return [_shape(row, now, own_name) for row in rows]


def count_cases(actor: Actor) -> dict[str, int]:
    """What waits for somebody here. One query."""
    now = clock.now()
    inbox = Q(direction=Direction.IN, state=OfferState.OFFERED)
    late = Q(accept_by__lt=now) | Q(acknowledge_by__lt=now, acknowledged_at=None)
    return visible_to(actor, HandoverCase.objects.all()).aggregate(
        inbox_open=Count("pk", filter=inbox),
        inbox_overdue=Count("pk", filter=inbox & late),
        outbox_declined=Count("pk", filter=Q(desk_by__isnull=False)),
        outbox_open=Count("pk", filter=Q(direction=Direction.OUT, state=OfferState.OFFERED)),
    )


def get_case(actor: Actor, case_id: int) -> dict[str, Any]:
    """Raises NotFound."""
    row = visible_to(actor, HandoverCase.objects.filter(pk=case_id)).values(*_ROW, *_DETAIL).first()
    if row is None:
        raise NotFound()
    packet = orjson.loads(decrypt_bytes(row["packet_enc"]))
    events = list(HandoverEvent.objects.filter(case_id=case_id).order_by("id"))
    consent = packet.get("consent", {})
    own_name = gate.own_tenant().name
    shaped = _shape(row, clock.now(), own_name)
    ids = HandoverWork.objects.filter(case_id=case_id).exclude(enrolment_id=0)
    return {
        **shaped,
        "owner_name": _owner_in_detail(row, shaped["owner_name"]),
        "agreement_id": str(row["agreement_id"]),
        "encounter_id": str(row["encounter_id"]) if row["encounter_id"] else None,
        "enrolment_ids": [str(pk) for pk in ids.order_by("id").values_list("enrolment_id", flat=True)],
        "sent_by_name": row["sent_by_name"],
        "note": row["note"],
        "consent": {
            "basis": consent.get("basis", ConsentGiven.NONE),
            "basis_name": ConsentGiven(consent.get("basis", ConsentGiven.NONE)).label,
            "given_by": consent.get("given_by", ""),
            "at": consent.get("at"),
            "proof": consent.get("proof", ""),
        },
        "packet": present_packet(packet["facts"]),
        "digest": row["digest"],
        "result_fields": describe_fields(row["result_keys"]),
        "reason": row["reason"],
        "conclusion": row["conclusion"] or None,
        "events": [_event(event, own_name, row["other_name"]) for event in events],
        "results": _results(events),
        "clocks": {
            "offered_at": row["offered_at"],
            "accept_by": row["accept_by"],
            "acknowledge_by": row["acknowledge_by"],
            "acknowledged_at": row["acknowledged_at"],
            "results_due_on": row["results_due_on"],
            "desk_by": row["desk_by"],
        },
        "can": _can(actor, row),
    }


def _shape(row: Mapping[str, Any], now: datetime, own_name: str) -> dict[str, Any]:
    due_at = _due_at(row)
    return {
        "id": str(row["id"]),
        "case_no": row["case_no"],
        "direction": row["direction"],
        "kind": row["kind"],
        "kind_name": Kind(row["kind"]).label,
        "urgency": row["urgency"],
        "urgency_name": Urgency(row["urgency"]).label,
        "state": row["state"],
        "state_name": OfferState(row["state"]).label,
        "other_tenant": {"code": row["other_code"], "name": row["other_name"]},
        "patient": {
            "id": str(row["patient_id"]) if row["patient_id"] else None,
            "name_masked": row["name_masked"],
            "sex": row["sex"],
            "age": age_at(row["birth_date"], clock.day_of(now)),
        },
        "diagnosis": row["diagnosis"] or row["encounter__main_diagnosis"] or None,
        "offered_at": row["offered_at"],
        "due_at": due_at,
        "overdue": due_at is not None and due_at < now,
        "owner_name": _owner(row, own_name),
    }


def _due_at(row: Mapping[str, Any]) -> datetime | None:
    """The clock that runs now: acknowledgement, acceptance, the desk's decision, the last window's end."""
    if row["desk_by"] is not None:
        desk: datetime = row["desk_by"]
        return desk
    if row["state"] == OfferState.OFFERED:
        waits = row["acknowledge_by"] is not None and row["acknowledged_at"] is None
        due: datetime = row["acknowledge_by"] if waits else row["accept_by"]
        return due
    if row["state"] == OfferState.ACCEPTED and row["results_due_on"] is not None:
        return clock.start_of(row["results_due_on"] + timedelta(days=1))
    return None


def _owner(row: Mapping[str, Any], own_name: str) -> str:
    """Always one of the two: the sender until accepted, and again once it came back."""
    with_receiver = row["state"] in (OfferState.ACCEPTED, OfferState.COMPLETED)
    is_receiver = row["direction"] == Direction.IN
    return own_name if with_receiver == is_receiver else str(row["other_name"])


def _owner_in_detail(row: Mapping[str, Any], name: str) -> str:
    """On the receiving side the person's own place and clinician."""
    if row["direction"] != Direction.IN or row["state"] != OfferState.ACCEPTED:
        return name
    routing = routing_of(row["patient_id"])
    if routing is None:
        return name
    return " ".join(part for part in (routing["institution_name"], routing["staff_name"]) if part)


def _event(event: HandoverEvent, own_name: str, other_name: str) -> dict[str, Any]:
    return {
        "at": event.at,
        "act": event.act,
        "act_name": Act(event.act).label,
        "by_name": event.by_name,
        "party_name": own_name if event.is_ours else other_name,
        "reason": event.reason,
    }


def _results(events: list[HandoverEvent]) -> list[dict[str, Any]]:
    return [
        present_result(orjson.loads(decrypt_bytes(event.detail_enc)))
        for event in events
        if event.act == Act.RESULT and event.detail_enc is not None
    ]


def _can(actor: Actor, row: Mapping[str, Any]) -> dict[str, bool]:
    incoming, state = row["direction"] == Direction.IN, row["state"]
    decides, sends = actor.can(Function.HANDOVER_DECIDE), actor.can(Function.HANDOVER_SEND)
    offered, accepted = state == OfferState.OFFERED, state == OfferState.ACCEPTED
    in_time = row["accept_by"] >= clock.now()
    return {
        "accept": decides and incoming and offered and in_time,
        "decline": decides and incoming and offered,
        "acknowledge": decides
        and ((incoming and offered and row["acknowledged_at"] is None) or row["desk_by"] is not None),
        "return": decides and incoming and accepted,
        "complete": decides and incoming and accepted,
        "recall": sends and not incoming and offered,
        "reoffer": sends and not incoming and state in (*DESK_STATES, OfferState.RECALLED),
    }
