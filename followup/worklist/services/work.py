"""Working on an open task: start, drafts, attempts."""

from typing import Any

from django.db import transaction

from access.actor import Actor
from followup.questionnaires.selectors import get_version
from followup.worklist.enums import AttemptOutcome, TaskState
from followup.worklist.models import Task, TaskAttempt
from followup.worklist.selectors.detail import JUDGED, evaluate_task, evaluation_of, list_previous
from followup.worklist.services.locking import lock_open_task, note
from kernel import clock
from kernel.errors import InvalidInput, VersionChanged


@transaction.atomic
def start_task(*, actor: Actor, task_id: int) -> None:
    """Planned → in progress; a task in progress stays. Raises NotFound, NotAllowed, TaskAlreadyClosed."""
    task = lock_open_task(actor, task_id)
    if task.state == TaskState.PLANNED:
        task.state = TaskState.IN_PROGRESS
        task.save(update_fields=["state"])
        note(actor, "task.started", task)


@transaction.atomic
def save_draft(
    *, actor: Actor, task_id: int, answers: dict[str, Any], expected_version: int
) -> dict[str, Any]:
    """Keep unfinished answers, right or wrong, and say what they mean so far: {version, evaluation}.

    Raises NotFound, NotAllowed, TaskAlreadyClosed, VersionChanged (with the present `version`).
    """
    task = lock_open_task(actor, task_id)
    if task.version != expected_version:
        raise VersionChanged(version=task.version)
    if task.questionnaire_version_id is None:
        raise InvalidInput.at("/answers", "no_questionnaire", "此任务没有问卷")
    task.answers = answers
    task.version += 1
    task.state = TaskState.IN_PROGRESS
    task.save(update_fields=["answers", "version", "state"])
    note(actor, "task.draft_saved", task, version=task.version)
    version = get_version(task.questionnaire_version_id)
    previous = list_previous(
        patient_id=task.patient_id,
        questionnaire_id=version.questionnaire_id,
        task_id=task.pk,
        today=clock.today(),
    )
    judged = Task.objects.values("due_on", **JUDGED).get(pk=task.pk)
    evaluation = evaluate_task(judged, version, answers, previous)
    return {"version": task.version, "evaluation": evaluation_of(evaluation)}


@transaction.atomic
def add_attempt(*, actor: Actor, task_id: int, channel: str, outcome: str, note_text: str) -> None:
    """One try at reaching the patient. A refusal or a death is written down here and closes nothing:
    closing is an act of its own, with its own reason. Raises NotFound, NotAllowed, TaskAlreadyClosed.
    """
    task = lock_open_task(actor, task_id)
    TaskAttempt.objects.create(
        task=task,
        channel=channel,
        outcome=outcome,
        note=note_text.strip(),
        at=clock.now(),
        by_id=actor.id or None,
        by_name=actor.name,
    )
    task.state = TaskState.IN_PROGRESS
    task.reached = task.reached or outcome == AttemptOutcome.REACHED
    task.save(update_fields=["state", "reached"])
    note(actor, "task.attempted", task, channel=channel, outcome=outcome)
