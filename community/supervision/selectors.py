"""Reads of the county's table, in the public schema."""

from datetime import date
from typing import Any

from django.db.models import Case, IntegerField, Max, Value, When

from access.actor import Actor
from community.supervision.contracts import OUTSIDE, UNKNOWN
from community.supervision.models import TownshipIndicator
from community.supervision.policy import tenants_in_sight, visible_to
from community.supervision.ports import definitions
from community.supervision.rules import compute_rate, format_month

_FUNNEL = ("discharged", "routed", "unrouted", "reached", "abnormal", "handled")
_COUNTS = (
    "discharged", "routed", "unrouted", "tasks_due", "tasks_done", "reached", "abnormal", "handled"
)  # fmt: skip


def overview(actor: Actor, month: date) -> dict[str, Any]:
    """The county in one month: every tenant of the actor's bureau by township. Raises NoBureau.

    Townships come in the order of their codes; people living elsewhere and people without a residence yet come last.
    """
    last = Case(
        When(township_code=OUTSIDE, then=Value(1)), When(township_code=UNKNOWN, then=Value(2)),
        default=Value(0), output_field=IntegerField(),
    )  # fmt: skip
    rows = list(
        visible_to(actor, TownshipIndicator.objects.filter(month=month.replace(day=1)))
        .order_by(last, "township_code", "tenant_code", "institution_code")
        .values("tenant_code", "township_code", "township_name", "institution_name", *_COUNTS)
    )
    for row in rows:
        row["institution_name"] = row["institution_name"] or None
        row["rate_done"] = compute_rate(row["tasks_done"], row["tasks_due"])
    return {
        "month": format_month(month),
        "funnel": {name: sum(row[name] for row in rows) for name in _FUNNEL},
        "definitions": dict(definitions()),
        "townships": rows,
    }


def tenants(actor: Actor) -> list[dict[str, Any]]:
    """The bureau's tenants and when their figures were last computed (None: never). Raises NoBureau."""
    refs = tenants_in_sight(actor)
    computed = dict(
        TownshipIndicator.objects.filter(tenant_code__in=[ref.code for ref in refs])
        .values("tenant_code")
        .annotate(latest=Max("computed_at"))
        .values_list("tenant_code", "latest")
    )
    return [
        {
            "code": ref.code,
            "name": ref.name,
            "kind": ref.kind,
            "status": ref.status,
            "computed_at": computed.get(ref.code),
        }
        for ref in refs
    ]
