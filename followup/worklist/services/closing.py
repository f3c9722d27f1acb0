"""Ending tasks without answers: by a person with a reason, or by a cancelled stay."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import F, Q

from access.actor import Actor
from followup.worklist.enums import UNSETTLED_STATES, TaskState
from followup.worklist.models import Task
from followup.worklist.rules import weigh_attempts
from followup.worklist.services.contacts import regroup
from followup.worklist.services.locking import close, lock_open_contact, note
from kernel import clock
from kernel.errors import InvalidInput
from kernel.events import publish
from trail.services import record


@transaction.atomic
def close_task(*, actor: Actor, task_id: int, outcome: str, reason: str, late_reason: str = "") -> None:
    """Close the contact as failed, lost or exempt. The trail says whether the rule of attempts for 失访 was kept.

    Raises NotFound, NotAllowed, TaskAlreadyClosed, TaskPaused, ContactChanged, LateReasonRequired; InvalidInput
    without a reason.
    """
    contact = lock_open_contact(actor, task_id)
    if not reason.strip():
        raise InvalidInput.at("/reason", "required", "请填写结束原因")
    # Attempts are the lead's, and count for all.
    tried = weigh_attempts(
        [at.astimezone(clock.SHANGHAI) for at in contact.lead.attempts.values_list("at", flat=True)]
    )
    now, today = clock.now(), clock.today()
    for task in contact.tasks:
        close(task, actor=actor, state=outcome, now=now, today=today, late_reason=late_reason)
        task.close_reason = reason.strip()[:200]
        task.save()
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
    """Cancel what is open or paused of these stays or enrolments; returns how many. Safe to repeat.

    What was led by a cancelled task goes on under another lead, or for itself.
    """
    rows = Task.objects.select_for_update().filter(
        Q(encounter_id__in=list(encounter_ids)) | Q(enrolment_id__in=list(enrolment_ids)),
        state__in=UNSETTLED_STATES,
    )
    found = dict(rows.order_by("pk").values_list("pk", "patient_id"))
    ids = list(found)
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
    regroup(patient_ids=set(found.values()))
    return len(ids)
