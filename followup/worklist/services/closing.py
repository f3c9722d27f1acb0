"""Ending tasks without answers: by a person with a reason, by a cancelled stay, and following a merged
patient.
"""

from collections.abc import Collection

from django.db import transaction
from django.db.models import F, Q

from access.actor import Actor
from followup.worklist.enums import OPEN_STATES, TaskState
from followup.worklist.models import Escalation, Task
from followup.worklist.rules import weigh_attempts
from followup.worklist.services.locking import close, lock_open_task, note
from kernel import clock
from kernel.errors import InvalidInput
from kernel.events import publish
from trail.services import record


@transaction.atomic
def close_task(*, actor: Actor, task_id: int, outcome: str, reason: str, late_reason: str = "") -> None:
    """Close as failed, lost or exempt. The trail says whether the rule of attempts for 失访 was kept.

    Raises NotFound, NotAllowed, TaskAlreadyClosed, LateReasonRequired; InvalidInput without a reason.
    """
    task = lock_open_task(actor, task_id)
    if not reason.strip():
        raise InvalidInput.at("/reason", "required", "请填写结束原因")
    close(
        task, actor=actor, state=outcome, now=clock.now(), today=clock.today(), late_reason=late_reason
    )  # fmt: skip
    task.close_reason = reason.strip()[:200]
    task.save()
    tried = weigh_attempts(
        [at.astimezone(clock.SHANGHAI) for at in task.attempts.values_list("at", flat=True)]
    )
    note(
        actor, "task.closed", task, state=outcome, attempt_days=tried.days, attempt_rule_met=tried.is_met
    )  # fmt: skip
    publish("task.closed", task_id=task.pk)


@transaction.atomic
def cancel_open_tasks(
    *,
    actor: Actor,
    reason: str,
    encounter_ids: Collection[int] = (),
    enrolment_ids: Collection[int] = (),
) -> int:
    """Cancel what is still open of these stays or enrolments; returns how many. Safe to repeat."""
    rows = Task.objects.select_for_update().filter(
        Q(encounter_id__in=list(encounter_ids)) | Q(enrolment_id__in=list(enrolment_ids)),
        state__in=OPEN_STATES,
    )
    ids = sorted(rows.order_by("pk").values_list("pk", flat=True))
    if not ids:
        return 0
    Task.objects.filter(pk__in=ids).update(
        state=TaskState.CANCELLED,
        close_reason=reason[:200],
        closed_at=clock.now(),
        closed_on=clock.today(),
        closed_by_id=actor.id or None,
        closed_by_name=actor.name,
        version=F("version") + 1,
    )
    for task_id in ids:
        record(
            actor_id=actor.id, actor_name=actor.name, action="worklist.task.cancelled", object_type="task",
            object_id=task_id, reason=reason,
        )  # fmt: skip
        publish("task.closed", task_id=task_id)
    return len(ids)


@transaction.atomic
def merge_patient(*, survivor_id: int, retired_id: int) -> None:
    """Handler of patient.merged: tasks and escalations follow the person. Safe to repeat."""
    Task.objects.filter(patient_id=retired_id).update(patient_id=survivor_id)
    Escalation.objects.filter(patient_id=retired_id).update(patient_id=survivor_id)
