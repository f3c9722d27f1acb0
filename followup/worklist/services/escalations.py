from typing import Any

from django.db import transaction

from access.actor import Actor
from access.functions import Function
from followup.worklist.enums import EscalationState
from followup.worklist.errors import EscalationAlreadyClosed
from followup.worklist.models import Escalation
from followup.worklist.policy import require_work, visible_to
from kernel import clock
from kernel.errors import NotFound
from trail.services import record


@transaction.atomic
def acknowledge_escalation(*, actor: Actor, escalation_id: int) -> None:
    """Take it on; who took it first stays. Raises NotFound, NotAllowed, EscalationAlreadyClosed."""
    escalation = _lock_open(actor, escalation_id)
    if escalation.state == EscalationState.OPEN:
        escalation.state = EscalationState.ACKNOWLEDGED
        escalation.acknowledged_at = clock.now()
        escalation.acknowledged_by_name = actor.name
        escalation.save(update_fields=["state", "acknowledged_at", "acknowledged_by_name"])
        _note(actor, "acknowledged", escalation)


@transaction.atomic
def close_escalation(*, actor: Actor, escalation_id: int, outcome: str, note: str) -> None:
    """Every item at E2 and above ends with an outcome. Raises NotFound, NotAllowed,
    EscalationAlreadyClosed.
    """
    escalation = _lock_open(actor, escalation_id)
    now = clock.now()
    if escalation.state == EscalationState.OPEN:
        escalation.acknowledged_at, escalation.acknowledged_by_name = now, actor.name
    escalation.state = EscalationState.CLOSED
    escalation.closed_at, escalation.closed_by_name = now, actor.name
    escalation.outcome, escalation.note = outcome, note.strip()
    escalation.save()
    _note(actor, "closed", escalation, outcome=outcome, in_time=now <= escalation.due_at)


def _lock_open(actor: Actor, escalation_id: int) -> Escalation:
    escalation = visible_to(actor, Escalation.objects.select_for_update()).filter(pk=escalation_id).first()
    if escalation is None:
        raise NotFound()
    require_work(actor, escalation.ward_id, Function.ESCALATION_HANDLE)
    if escalation.state == EscalationState.CLOSED:
        raise EscalationAlreadyClosed()
    return escalation


def _note(actor: Actor, action: str, escalation: Escalation, **detail: Any) -> None:
    record(
        actor_id=actor.id, actor_name=actor.name, action=f"worklist.escalation.{action}",
        object_type="escalation", object_id=escalation.pk, level=escalation.level, **detail,
    )  # fmt: skip
