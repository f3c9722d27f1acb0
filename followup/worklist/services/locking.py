"""The rows that everything about a contact waits for."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from access.actor import Actor
from followup.worklist.enums import OPEN_STATES, TaskState
from followup.worklist.errors import ContactChanged, LateReasonRequired, TaskAlreadyClosed, TaskPaused
from followup.worklist.models import Task
from followup.worklist.policy import require_work, visible_to
from followup.worklist.rules import must_give_late_reason
from kernel.errors import NotFound
from trail.services import record


@dataclass(frozen=True, slots=True)
class Contact:
    """A task that stands for itself, or the lead with the open tasks that are worked together with it."""

    lead: Task
    members: tuple[Task, ...]

    @property
    def tasks(self) -> tuple[Task, ...]:
        return (self.lead, *self.members)


def lock_contact(actor: Actor, task_id: int) -> Contact:
    """The locked contact of the task, for work on it. Raises NotFound, NotAllowed, ContactChanged.

    Call inside a transaction. All of its tasks are locked in the order of their ids, as grouping locks them.
    """
    found = visible_to(actor, Task.objects.filter(pk=task_id)).values_list("lead_id", flat=True)
    if not found:
        raise NotFound()
    lead_id = found[0] or task_id
    together = Q(pk=lead_id) | Q(lead_id=lead_id)
    tasks = {task.pk: task for task in Task.objects.select_for_update().filter(together).order_by("pk")}
    lead = tasks.get(lead_id)
    # Grouped anew between the look and the lock: what the actor sees is no longer what is there.
    if lead is None or task_id not in tasks or lead.lead_id is not None:
        raise ContactChanged()
    require_work(actor, lead.ward_id)
    others = sorted(
        (task for task in tasks.values() if task.pk != lead_id and task.state in OPEN_STATES),
        key=lambda task: (task.due_on, task.pk),
    )
    return Contact(lead, tuple(others))


def lock_open_contact(actor: Actor, task_id: int) -> Contact:
    """As lock_contact. Raises TaskPaused, TaskAlreadyClosed."""
    contact = lock_contact(actor, task_id)
    if contact.lead.state == TaskState.PAUSED:
        raise TaskPaused()
    if contact.lead.state not in OPEN_STATES:
        raise TaskAlreadyClosed()
    return contact


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
