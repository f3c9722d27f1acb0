"""Handing in a follow-up: the server judges the answers, and an abnormal one opens an escalation with a
clock.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max

from access.actor import Actor
from followup.questionnaires.engine import Evaluation
from followup.questionnaires.selectors import get_version
from followup.worklist.enums import Level, TaskState
from followup.worklist.errors import AnswersNotAccepted
from followup.worklist.models import Escalation, Submission, Task
from followup.worklist.rules import (
    choose_done_state,
    compute_escalation_due,
    list_grave_findings,
    needs_escalation,
)
from followup.worklist.selectors.detail import JUDGED, evaluate_task, evaluation_of, list_previous
from followup.worklist.services.locking import close, lock_open_task, note
from kernel import clock
from kernel.errors import InvalidInput
from kernel.events import publish


@transaction.atomic
def submit_task(
    *, actor: Actor, task_id: int, answers: dict[str, Any], conclusion: str, late_reason: str = ""
) -> None:
    """Close the task with its answers: done, or partial when too much was left open.

    Raises NotFound, NotAllowed, TaskAlreadyClosed, AnswersNotAccepted, LateReasonRequired; InvalidInput for a
    task without a questionnaire that has no conclusion either.
    """
    task = lock_open_task(actor, task_id)
    now, today = clock.now(), clock.today()
    conclusion = conclusion.strip()
    level, state = Level.E0.value, TaskState.DONE.value
    submission: Submission | None = None
    if task.questionnaire_version_id is None:
        if not conclusion or answers:
            raise InvalidInput.at("/conclusion", "required", "此任务没有问卷，请填写随访结论")
    else:
        version = get_version(task.questionnaire_version_id)
        previous = list_previous(
            patient_id=task.patient_id,
            questionnaire_id=version.questionnaire_id,
            task_id=task.pk,
            today=today,
        )
        judged = Task.objects.values("due_on", **JUDGED).get(pk=task.pk)
        evaluation = evaluate_task(judged, version, answers, previous)
        if evaluation.errors or evaluation.missing_required:
            raise AnswersNotAccepted.make(evaluation.errors, evaluation.missing_required)
        level = evaluation.level
        state = choose_done_state(version.document["items"], evaluation.visible, evaluation.pruned_answers)
        task.answers = evaluation.pruned_answers
        submission = _add_submission(
            task, evaluation, actor=actor, version_id=version.id, conclusion=conclusion, now=now
        )
    close(task, actor=actor, state=state, now=now, today=today, late_reason=late_reason)
    task.level, task.conclusion, task.reached = level, conclusion, True
    task.save()
    note(actor, "task.submitted", task, level=level, state=state)
    publish("task.closed", task_id=task.pk)
    if submission is not None and needs_escalation(level):
        _open_escalation(task, submission, evaluation, actor=actor, now=now)


def _add_submission(
    task: Task, evaluation: Evaluation, *, actor: Actor, version_id: int, conclusion: str, now: datetime
) -> Submission:
    last = task.submissions.aggregate(last=Max("revision"))["last"] or 0
    return Submission.objects.create(
        task=task,
        revision=last + 1,
        questionnaire_version_id=version_id,
        answers=evaluation.pruned_answers,
        evaluation=evaluation_of(evaluation),
        level=evaluation.level,
        score=None if evaluation.score is None else Decimal(str(round(evaluation.score, 2))),
        conclusion=conclusion,
        at=now,
        by_id=actor.id or None,
        by_name=actor.name,
    )


def _open_escalation(
    task: Task, submission: Submission, evaluation: Evaluation, *, actor: Actor, now: datetime
) -> None:
    escalation = Escalation.objects.create(
        task=task,
        submission=submission,
        patient_id=task.patient_id,
        institution_id=task.institution_id,
        department_id=task.department_id,
        ward_id=task.ward_id,
        level=evaluation.level,
        findings=list_grave_findings(evaluation.findings),
        opened_at=now,
        due_at=compute_escalation_due(evaluation.level, now),
    )
    note(actor, "escalation.opened", task, escalation=escalation.pk, level=evaluation.level)
    publish("escalation.opened", escalation_id=escalation.pk)
