"""The routing of one patient: in force, over time, and as others show it."""

from collections.abc import Iterable
from typing import Any

from access.actor import Actor
from access.functions import Function
from community.routing.enums import describe
from community.routing.models import CurrentRouting, DecisionState, OwnerChange, RoutingDecision
from community.routing.policy import routing_sight, visible_to
from community.routing.selectors.places import describe_place, township_name
from kernel.errors import NotFound
from records.selectors import require_visible

__all__ = ["describe_decision", "history", "routing_of", "routing_sight", "timeline_entries", "townships_of"]

_DECISION = (
    "id", "patient_id", "encounter_id", "state", "rule", "confidence", "evidence", "candidates", "address_text",
    "division_code", "institution__name", "staff__name", "why", "decided_by_name", "decided_at",
)  # fmt: skip


def routing_of(patient_id: int) -> dict[str, Any] | None:
    """Who looks after the patient at home; None for a patient never routed. The caller has checked the sight."""
    row = (
        CurrentRouting.objects.filter(patient_id=patient_id)
        .values_list(
            "institution__name", "staff__name", "decision__confidence", "decision__why", "division_code"
        )
        .first()
    )
    if row is None:
        return None
    return {
        "institution_name": row[0],
        "staff_name": row[1],
        "confidence": float(row[2]),
        "why": row[3],
        "township_name": township_name(row[4]),
    }


def townships_of(patient_ids: Iterable[int]) -> dict[int, str]:
    """Names of the townships of those who were routed inside the lists' reach. One query for any number."""
    rows = CurrentRouting.objects.filter(patient_id__in=list(patient_ids))
    names = {pk: township_name(code) for pk, code in rows.values_list("patient_id", "division_code")}
    return {pk: name for pk, name in names.items() if name is not None}


def history(actor: Actor, patient_id: int) -> list[dict[str, Any]]:
    """Every decision on the patient, the newest first. Raises NotFound for a patient out of the actor's sight."""
    require_sight(actor, patient_id)
    rows = RoutingDecision.objects.filter(patient_id=patient_id).order_by("-pk").values(*_DECISION)
    found = [_shape(row) for row in rows]
    if not found:
        raise NotFound()
    return found


def require_sight(actor: Actor, patient_id: int) -> None:
    """Whoever resolves where patients belong sees all who were ever routed; others whom they see anyway.

    Raises NotFound.
    """
    if actor.can(Function.ROUTING_VIEW) and RoutingDecision.objects.filter(patient_id=patient_id).exists():
        return
    if not _is_routed_to(actor, patient_id):
        require_visible(actor, patient_id)


def describe_decision(decision_id: int) -> dict[str, Any]:
    """One decision as the API shows it. Raises NotFound."""
    row = RoutingDecision.objects.filter(pk=decision_id).values(*_DECISION).first()
    if row is None:
        raise NotFound()
    return _shape(row)


def timeline_entries(patient_id: int) -> list[dict[str, Any]]:
    """The decisions and the hand-over notes as items of the patient's timeline; the caller has checked the sight."""
    rows = (
        RoutingDecision.objects.filter(patient_id=patient_id)
        .order_by("-pk")
        .values_list("id", "decided_at", "state", "why", "institution__name")
    )
    return [
        {
            "at": at, "kind": "routing", "title": f"居住地归属：{DecisionState(state).label}", "summary": why,
            "department": institution, "ref": str(pk), "abnormal": False,
        }
        for pk, at, state, why, institution in rows
    ] + _handover_entries(patient_id)  # fmt: skip


def _handover_entries(patient_id: int) -> list[dict[str, Any]]:
    rows = OwnerChange.objects.filter(patient_id=patient_id).order_by("-pk")
    return [
        {
            "at": at, "kind": "routing", "title": "随访责任移交",
            "summary": f"{_who(was, was_staff)} → {_who(to, to_staff)}，原责任方可查看至{until:%Y-%m-%d}",
            "department": to, "ref": str(pk), "abnormal": False,
        }
        for pk, at, was, was_staff, to, to_staff, until in rows.values_list(
            "decision_id", "changed_at", "from_institution__name", "from_staff__name",
            "decision__institution__name", "decision__staff__name", "sight_until",
        )
    ]  # fmt: skip


def _who(institution: str, staff: str | None) -> str:
    return f"{institution}（{staff}）" if staff else institution


def _is_routed_to(actor: Actor, patient_id: int) -> bool:
    return visible_to(actor, CurrentRouting.objects.filter(patient_id=patient_id)).exists()


def _shape(row: dict[str, Any]) -> dict[str, Any]:
    encounter_id = row["encounter_id"]
    return {
        "id": str(row["id"]),
        "patient_id": str(row["patient_id"]),
        "encounter_id": str(encounter_id) if encounter_id is not None else None,
        "state": row["state"],
        "state_name": DecisionState(row["state"]).label,
        "rule": row["rule"],
        "confidence": float(row["confidence"]),
        "evidence": [describe(key) for key in row["evidence"]],
        "candidates": row["candidates"],
        "address_text": row["address_text"],
        "division": describe_place(row["division_code"]),
        "institution_name": row["institution__name"],
        "staff_name": row["staff__name"],
        "why": row["why"],
        "decided_by_name": row["decided_by_name"] or "系统",
        "decided_at": row["decided_at"],
    }
