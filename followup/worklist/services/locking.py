"""The row that everything about a task waits for."""

from datetime import date, datetime
from typing import Any

from access.actor import Actor
from followup.worklist.enums import OPEN_STATES
from followup.worklist.errors import LateReasonRequired, TaskAlreadyClosed
from followup.worklist.models import Task
from followup.worklist.policy import require_work, visible_to
from followup.worklist.rules import must_give_late_reason
from kernel.errors import NotFound
from trail.services import record


def lock_task(actor: Actor, task_id: int) -> Task:
    """The locked task, for work on it. Raises NotFound, NotAllowed. Call inside a transaction."""
    task = visible_to(actor, Task.objects.select_for_update()).filter(pk=task_id).first()
    if task is None:
        raise NotFound()
    require_work(actor, task.ward_id)
    return task


def lock_open_task(actor: Actor, task_id: int) -> Task:
    """As lock_task. Raises TaskAlreadyClosed."""
    task = lock_task(actor, task_id)
    if task.state not in OPEN_STATES:
        raise TaskAlreadyClosed()
    return task


def close(task: Task, *, actor: Actor, state: str, now: datetime, today: date, late_reason: str) -> None:
    """Set what every way of closing sets; the caller saves. Raises LateReasonRequired."""
    late_reason = late_reason.strip()
    if must_give_late_reason(task.window_end, today):
        if not late_reason:
            raise LateReasonRequired.make()
        task.late_reason = late_reason[:200]
    task.state = state
    task.closed_at = now
    task.closed_on = today
    task.closed_by_id = actor.id or None
    task.closed_by_name = actor.name
    task.version += 1


def note(actor: Actor, action: str, task: Task, **detail: Any) -> None:
    """One trail row about the task; `action` without the room's name."""
    record(
        actor_id=actor.id, actor_name=actor.name, action=f"worklist.{action}", object_type="task",
        object_id=task.pk, **detail,
    )  # fmt: skip
