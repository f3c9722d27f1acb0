"""Where a patient is said to live, who was asked for, and who handed over to whom."""

from datetime import date
from typing import Any

from access.actor import Actor
from community.routing.enums import describe
from community.routing.models import (
    AskedBy,
    ClaimKind,
    CurrentRouting,
    OwnerChange,
    ResidenceClaim,
    RoutingOverride,
)
from community.routing.selectors.patients import describe_decision, require_sight
from community.routing.selectors.places import describe_place
from kernel import clock

_SHOWN = 100


def residences(actor: Actor, patient_id: int) -> dict[str, Any]:
    """Claims (the newest first), override, decision in force with its reason, and hand-over notes.

    Raises NotFound for a patient out of the actor's sight.
    """
    require_sight(actor, patient_id)
    today = clock.today()
    current = CurrentRouting.objects.filter(pk=patient_id).values_list("decision_id", flat=True).first()
    decision = describe_decision(current) if current is not None else None
    claims = ResidenceClaim.objects.filter(patient_id=patient_id).order_by("-pk")[:_SHOWN]
    return {
        "claims": [_shape_claim(claim, today) for claim in claims],
        "override": _override(patient_id, today),
        "decision": decision,
        "why": decision["why"] if decision else None,
        "handovers": handovers_of(patient_id),
    }


def _shape_claim(claim: ResidenceClaim, today: date) -> dict[str, Any]:
    ended_on = clock.day_of(claim.valid_to) if claim.valid_to is not None else None
    last = min((day for day in (ended_on, claim.valid_until) if day is not None), default=None)
    begins = claim.valid_from or clock.day_of(claim.reported_at)
    return {
        "id": str(claim.pk),
        "kind": claim.kind,
        "kind_name": ClaimKind(claim.kind).label,
        "source": claim.source,
        "source_name": describe(f"source:{claim.source}"),
        "text": claim.text,
        "division": describe_place(claim.division_code),
        "confidence": float(claim.confidence),
        "valid_from": begins,
        "valid_to": last,
        "verified_by": claim.verified_by,
        "end_reason": claim.end_reason,
        "in_force": claim.valid_to is None
        and begins <= today
        and (claim.valid_until is None or today <= claim.valid_until),
    }


def _override(patient_id: int, today: date) -> dict[str, Any] | None:
    row = (
        RoutingOverride.objects.filter(patient_id=patient_id, ended_at=None, expires_on__gte=today)
        .select_related("institution", "ward", "staff")
        .first()
    )
    if row is None:
        return None
    return {
        "institution_id": str(row.institution_id),
        "institution_name": row.institution.name,
        "ward_id": str(row.ward_id),
        "ward_name": row.ward.name,
        "staff_id": str(row.staff_id) if row.staff_id is not None else None,
        "staff_name": row.staff.name if row.staff is not None else None,
        "asked_by": row.asked_by,
        "asked_by_name": AskedBy(row.asked_by).label,
        "reason": row.reason,
        "expires_on": row.expires_on,
        "created_at": row.created_at,
        "created_by_name": row.created_by_name,
    }


def handovers_of(patient_id: int) -> list[dict[str, Any]]:
    """Each change of owner, the newest first: what both owners see of it. The caller has checked the sight."""
    rows = (
        OwnerChange.objects.filter(patient_id=patient_id)
        .order_by("-changed_at", "-pk")
        .values_list(
            "changed_at", "from_institution__name", "from_staff__name", "decision__institution__name",
            "decision__staff__name", "decision__why", "sight_until",
        )
    )  # fmt: skip
    return [
        {
            "changed_at": at, "from_institution_name": was, "from_staff_name": was_staff, "to_institution_name": to,
            "to_staff_name": to_staff, "why": why, "sight_until": until,
        }
        for at, was, was_staff, to, to_staff, why, until in rows
    ]  # fmt: skip


def count_kept_by_wish(today: date) -> int:
    """Patients who refused the community and stay with the follow-up centre (standards 1.5, step 10)."""
    rows = RoutingOverride.objects.filter(
        ward__department__kind="follow_up_centre", ended_at=None, expires_on__gte=today
    )
    return rows.count()
