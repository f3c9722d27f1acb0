from typing import Any

from django.db.models import QuerySet

from access.actor import Actor
from integrations.intake import corrections, ports
from integrations.intake.models import InboundMessage, MessageState, QuarantinedRow, RowState
from integrations.intake.policy import visible_to
from kernel.crypto import decrypt_bytes
from kernel.errors import InvalidInput, NotFound

_ROW = (
    "id", "state", "summary", "problems", "created_at", "resolved_at", "resolved_by_name", "resolution", "message_id",
    "message__source", "message__format", "message__message_type", "message__control_id", "message__received_at",
)  # fmt: skip


def messages_in_sight(actor: Actor, state: str | None) -> QuerySet[Any, Any]:
    """For kernel.pagination in the order -id. Raises InvalidInput for an unknown state."""
    queryset = visible_to(actor, InboundMessage.objects.all())
    if state:
        queryset = queryset.filter(state=_check(state, MessageState.values))
    return queryset.values(
        "id", "source", "format", "message_type", "control_id", "state", "problem_code", "problem_text", "warnings",
        "size", "charset", "received_at", "repeats", "quarantined_row__id",
    )  # fmt: skip


def message_row(row: dict[str, Any]) -> dict[str, Any]:
    quarantine_id = row.pop("quarantined_row__id")
    return {**row, "id": str(row["id"]), "quarantine_id": str(quarantine_id) if quarantine_id else None}


def quarantine_in_sight(actor: Actor, state: str | None) -> QuerySet[Any, Any]:
    """For kernel.pagination in the order -id. Raises InvalidInput for an unknown state."""
    queryset = visible_to(actor, QuarantinedRow.objects.all())
    if state:
        queryset = queryset.filter(state=_check(state, RowState.values))
    return queryset.values(*_ROW)


def quarantine_row(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "state": row["state"],
        "summary": row["summary"],
        "problems": [
            {**problem, "pointer": corrections.pointer_of(problem["field"])} for problem in row["problems"]
        ],
        "message": {
            "id": str(row["message_id"]),
            "source": row["message__source"],
            "format": row["message__format"],
            "message_type": row["message__message_type"],
            "control_id": row["message__control_id"],
            "received_at": row["message__received_at"],
        },
        "created_at": row["created_at"],
        "resolved_at": row["resolved_at"],
        "resolved_by_name": row["resolved_by_name"],
        "resolution": row["resolution"],
    }


def quarantine_detail(actor: Actor, row_id: int) -> dict[str, Any]:
    """The row, the fields that may be corrected with their masked values, and what was corrected. Raises NotFound."""
    queryset = visible_to(actor, QuarantinedRow.objects.filter(pk=row_id))
    row = queryset.values(*_ROW, "corrections", "message__raw_enc").first()
    if row is None:
        raise NotFound()
    incoming = ports.reader_of(row["message__format"])(decrypt_bytes(row["message__raw_enc"]))
    named = [problem["field"] for problem in row["problems"]]
    fields = corrections.list_fields(incoming.event, named) if incoming.event is not None else []
    return {
        **quarantine_row(row),
        "is_correctable": incoming.event is not None,
        "fields": [
            {"pointer": f.pointer, "label": f.label, "kind": f.kind, "value_masked": f.value_masked}
            for f in fields
        ],
        "corrections": [
            {"pointer": pointer, "value_masked": given["masked"]}
            for pointer, given in sorted(row["corrections"].items())
        ],
    }


def _check(state: str, allowed: list[str]) -> str:
    if state not in allowed:
        raise InvalidInput.at("?state", "unknown_state", f"state 可用：{'、'.join(allowed)}")
    return state
