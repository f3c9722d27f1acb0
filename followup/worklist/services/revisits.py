"""复访: a result that first reaches the level which the step names is followed up again soon (clinical-paths, 4.2).

The revisit is a task beside those of the path, in the transaction that closes the task which asked for it. The step
says {level, days, window}; a result that was as bad the last time asks for none: then the form's own rule refers.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import F

from access.actor import Actor
from followup.worklist.enums import TaskState
from followup.worklist.models import Submission, Task
from followup.worklist.rules import PREVIOUS_ROUNDS_DAYS, asks_for_revisit, explain_revisit
from followup.worklist.services.locking import note
from kernel import clock
from kernel.events import publish

WITHDRAWN = "更正后的结果未达到复访级别"
_UNTOUCHED = (TaskState.PLANNED, TaskState.PAUSED)
_PLACE = ("institution_id", "department_id", "ward_id", "assignee_id", "channel")
_LOCK = """
SELECT x.id FROM programmes_enrolment x
 WHERE x.id IN (SELECT t.enrolment_id FROM worklist_task t
                  JOIN worklist_task asked ON asked.id = %s
                 WHERE t.id = COALESCE(asked.lead_id, asked.id) OR t.lead_id = COALESCE(asked.lead_id, asked.id))
 ORDER BY x.id FOR SHARE
"""


def lock_enrolments(task_id: int) -> None:
    """Before the tasks of the contact are locked: whoever stops an enrolment locks it first and its tasks after, and
    must not pass by a revisit that is being made.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [task_id])


def settle_revisits(actor: Actor, task_ids: Sequence[int], today: date) -> bool:
    """Make or withdraw the revisits of tasks that were closed with a level; whether the contacts are to be made again.

    Safe to repeat: one revisit a task. One on which somebody has begun to work is left to them.
    """
    asked = Task.objects.filter(pk__in=task_ids, step__revisit__isnull=False, enrolment__isnull=False)
    rows: list[Any] = list(asked.select_related("step", "enrolment", "programme").order_by("pk"))
    settled = [_settle(actor, task, task.step.revisit, today) for task in rows]
    return any(settled)


def _settle(actor: Actor, task: Any, rule: dict[str, Any], today: date) -> bool:
    found = Task.objects.select_for_update().filter(revisit_of=task).first()
    is_asked_for = asks_for_revisit(rule, task.level, _previous_level(task, today))
    if is_asked_for and found is None:
        return _make(actor, task, rule, today)
    if is_asked_for and found is not None and found.close_reason == WITHDRAWN:
        return _move(actor, found, _state_for(task), "", "task.revisit_planned")
    if not is_asked_for and found is not None and found.state in _UNTOUCHED and not found.attempts.exists():
        return _move(actor, found, TaskState.CANCELLED, WITHDRAWN, "task.revisit_withdrawn")
    return False


def _make(actor: Actor, task: Any, rule: dict[str, Any], today: date) -> bool:
    state = _state_for(task)
    if state is None:
        return False
    due_on = today + timedelta(days=rule["days"])
    before, after = rule["window"]
    # A member stands at its lead's place; the revisit is due at its own.
    prefix = "own_" if task.lead_id is not None else ""
    place = {name: getattr(task, f"{prefix}{name}") for name in _PLACE}
    known = task.reason if isinstance(task.reason, dict) else {}
    revisit = Task.objects.create(
        revisit_of=task, enrolment_id=task.enrolment_id, step_id=task.step_id, occurrence=task.occurrence,
        kind=task.kind, programme_id=task.programme_id, patient_id=task.patient_id, encounter_id=task.encounter_id,
        questionnaire_version_id=task.questionnaire_version_id, township_code=task.township_code, **place,
        state=state, due_on=due_on, window_start=due_on + timedelta(days=before),
        window_end=due_on + timedelta(days=after), created_at=clock.now(),
        reason={
            **{name: known[name] for name in ("programme", "version", "step") if name in known},
            "revisit_of": str(task.pk),
            "why": explain_revisit(
                rule, contact=f"{task.programme.name}：{task.step.name}", level=task.level, closed_on=today
            ),
        },
    )  # fmt: skip
    note(actor, "task.revisit_planned", revisit, of=task.pk, level=task.level)
    publish("task.revisit_planned", task_id=revisit.pk, revisit_of=task.pk)
    return True


def _move(actor: Actor, revisit: Task, state: str | None, reason: str, act: str) -> bool:
    if state is None:
        return False
    is_over = state == TaskState.CANCELLED
    Task.objects.filter(pk=revisit.pk).update(
        state=state, close_reason=reason, version=F("version") + 1,
        closed_at=clock.now() if is_over else None, closed_on=clock.today() if is_over else None,
    )  # fmt: skip
    note(actor, act, revisit, of=revisit.revisit_of_id)
    publish(act, task_id=revisit.pk, revisit_of=revisit.revisit_of_id)
    return True


def _state_for(task: Any) -> str | None:
    """As the enrolment stands: paused with it, none once it has ended."""
    return {"active": TaskState.PLANNED.value, "paused": TaskState.PAUSED.value}.get(task.enrolment.state)


def _previous_level(task: Task, today: date) -> str:
    """Of the patient's last result with the same form before this one was first handed in, as far back as the form
    itself looks; "" for none.
    """
    since = today - timedelta(days=PREVIOUS_ROUNDS_DAYS)
    handed_in = task.submissions.order_by("revision").values_list("at", flat=True).first()
    levels = (
        Submission.objects.filter(
            task__patient_id=task.patient_id,
            questionnaire_version__questionnaire__versions=task.questionnaire_version_id,
            task__closed_on__gte=since,
            at__lt=handed_in or clock.now(),
        )
        .exclude(task_id=task.pk)
        .order_by("-at", "-id")
        .values_list("level", flat=True)
    )
    return levels.first() or ""
