"""Working on an open contact: start, drafts, attempts."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from access.actor import Actor
from followup.worklist.enums import AttemptOutcome, TaskState
from followup.worklist.models import TaskAttempt
from followup.worklist.rules import share_answers
from followup.worklist.selectors.judging import evaluation_of, read_sections
from followup.worklist.services.answers import gather_answers
from followup.worklist.services.locking import Contact, lock_open_contact, note
from kernel import clock
from kernel.errors import InvalidInput, VersionChanged
from kernel.events import publish


@transaction.atomic
def start_task(*, actor: Actor, task_id: int) -> None:
    """Planned → in progress, with all that is worked together; a task in progress stays.

    Raises NotFound, NotAllowed, TaskAlreadyClosed, TaskPaused, ContactChanged.
    """
    contact = lock_open_contact(actor, task_id)
    if contact.lead.state == TaskState.PLANNED:
        _begin(contact)
        note(actor, "task.started", contact.lead)


@transaction.atomic
def save_draft(
    *,
    actor: Actor,
    task_id: int,
    answers: Mapping[str, Any],
    expected_version: int,
    members: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Keep unfinished answers, right or wrong, and say what they mean so far: {version, evaluation, sections}.

    Raises NotFound, NotAllowed, TaskAlreadyClosed, TaskPaused, VersionChanged (with the present `version` of the
    lead); InvalidInput for a task without a form, or for members that are not in the contact.
    """
    contact = lock_open_contact(actor, task_id)
    if contact.lead.version != expected_version:
        raise VersionChanged(version=contact.lead.version)
    if contact.lead.questionnaire_version_id is None:
        raise InvalidInput.at("/answers", "no_questionnaire", "此任务没有问卷")
    gathered = gather_answers(contact, answers, members or {})
    sections = read_sections([task.pk for task in contact.tasks])
    given = share_answers([gathered[one.task_id] for one in sections], [one.shared for one in sections])
    kept = {one.task_id: own for one, own in zip(sections, given, strict=True)}
    for task in contact.tasks:
        task.answers = kept.get(task.pk, {})
        task.version += 1
        task.state = TaskState.IN_PROGRESS
        task.save(update_fields=["answers", "version", "state"])
    note(actor, "task.draft_saved", contact.lead, version=contact.lead.version)
    judged = {one.task_id: evaluation_of(one.judge(kept[one.task_id])) for one in sections}
    return {
        "version": contact.lead.version,
        "evaluation": judged[contact.lead.pk],
        "sections": [
            {"task_id": str(task.pk), "version": task.version, "evaluation": judged[task.pk]}
            for task in contact.tasks
        ],
    }


@transaction.atomic
def add_attempt(*, actor: Actor, task_id: int, channel: str, outcome: str, note_text: str) -> None:
    """One try at reaching the patient, written down with the lead. A refusal or a death closes nothing:
    closing is an act of its own, with its own reason. Raises NotFound, NotAllowed, TaskAlreadyClosed, TaskPaused.
    """
    contact = lock_open_contact(actor, task_id)
    task = contact.lead
    TaskAttempt.objects.create(
        task=task,
        channel=channel,
        outcome=outcome,
        note=note_text.strip(),
        at=clock.now(),
        by_id=actor.id or None,
        by_name=actor.name,
    )
    _begin(contact, reached=outcome == AttemptOutcome.REACHED)
    note(actor, "task.attempted", task, channel=channel, outcome=outcome)
    publish("task.attempted", task_id=task.pk, outcome=outcome)


def _begin(contact: Contact, *, reached: bool = False) -> None:
    for task in contact.tasks:
        task.state = TaskState.IN_PROGRESS
        task.reached = task.reached or reached
        task.save(update_fields=["state", "reached"])
