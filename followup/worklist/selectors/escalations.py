from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf

from access.actor import Actor
from followup.worklist.enums import EscalationState
from followup.worklist.models import Escalation
from followup.worklist.policy import visible_to
from followup.worklist.selectors.rows import patient_of
from kernel import clock
from kernel.errors import InvalidInput, NotFound
from kernel.pagination import slice_page

if TYPE_CHECKING:
    from rest_framework.request import Request

STATES = ("open", "closed", "all")
_COLUMNS = (
    "id", "level", "state", "opened_at", "due_at", "findings", "task_id", "patient_id", "outcome", "note",
    "closed_at",
)  # fmt: skip
_JOINED = {
    "name_masked": F("patient__name_masked"),
    "sex": F("patient__sex"),
    "birth_date": F("patient__birth_date"),
    "programme_name": F("task__programme__name"),
    # Who took it on, until then whose patient it is.
    "owner_name": Coalesce(
        NullIf("acknowledged_by_name", Value("")), "task__assignee__name", output_field=CharField()
    ),
}


def escalation_rows(queryset: QuerySet[Escalation]) -> QuerySet[Escalation, dict[str, Any]]:
    return queryset.values(*_COLUMNS, **_JOINED)


def escalation_of(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    """EscalationRow of docs/notes/spine.md."""
    return {
        "id": str(row["id"]),
        "level": row["level"],
        "state": row["state"],
        "opened_at": row["opened_at"],
        "due_at": row["due_at"],
        "overdue": (row["closed_at"] or now) > row["due_at"],
        "prompts": [
            {"level": f["level"], "prompt": f["prompt"], "advice": f["advice"]} for f in row["findings"]
        ],
        "task_id": str(row["task_id"]),
        "patient": patient_of(row, clock.day_of(now)),
        "programme_name": row["programme_name"],
        "owner_name": row["owner_name"],
        "outcome": row["outcome"] or None,
        "note": row["note"],
        "closed_at": row["closed_at"],
    }


def list_escalations(actor: Actor, request: "Request") -> tuple[list[dict[str, Any]], str | None]:
    """Open ones by their clock, the most urgent first; others by their opening, the newest first."""
    state = request.query_params.get("state", "open")
    if state not in STATES:
        raise InvalidInput.at("?state", "unknown_value", f"state 应为 {'、'.join(STATES)} 之一")
    queryset = visible_to(actor, Escalation.objects.all())
    if state == "open":
        queryset = queryset.exclude(state=EscalationState.CLOSED)
    elif state == "closed":
        queryset = queryset.filter(state=EscalationState.CLOSED)
    order = ("due_at", "id") if state == "open" else ("-opened_at", "-id")
    rows, cursor = slice_page(escalation_rows(queryset), request, order=order)
    now = clock.now()
    return [escalation_of(row, now) for row in rows], cursor


def get_escalation(actor: Actor, escalation_id: int) -> dict[str, Any]:
    """Raises NotFound."""
    row = escalation_rows(visible_to(actor, Escalation.objects.filter(pk=escalation_id))).first()
    if row is None:
        raise NotFound()
    return escalation_of(row, clock.now())
