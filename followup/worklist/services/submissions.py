"""Handing in a follow-up: the server judges the answers, and an abnormal one opens an escalation with a
clock.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max

from access.actor import Actor
from followup.programmes.enums import StepKind
from followup.questionnaires.engine import Evaluation
from followup.worklist.enums import Level, TaskState
from followup.worklist.errors import AnswersNotAccepted, list_answer_faults
from followup.worklist.models import Escalation, Submission, Task
from followup.worklist.rules import (
    choose_done_state,
    compute_escalation_due,
    list_grave_findings,
    needs_escalation,
    share_answers,
)
from followup.worklist.selectors.judging import Section, evaluation_of, read_sections
from followup.worklist.services.answers import gather_answers
from followup.worklist.services.contacts import regroup
from followup.worklist.services.holding import settle_holds
from followup.worklist.services.locking import Contact, close, lock_open_contact, note
from followup.worklist.services.revisits import lock_enrolments, settle_revisits
from kernel import clock
from kernel.errors import FieldError, InvalidInput
from kernel.events import publish

# What closing an education or a reminder step says when nobody wrote more.
_SAID = {StepKind.EDUCATION: "已宣教", StepKind.REMINDER: "已提醒"}
Judged = dict[int, tuple[Section, Evaluation]]


@transaction.atomic
def submit_task(
    *,
    actor: Actor,
    task_id: int,
    answers: Mapping[str, Any],
    conclusion: str,
    late_reason: str = "",
    members: Mapping[str, Mapping[str, Any]] | None = None,
    partial: bool = False,
    reason: str = "",
) -> None:
    """Close the whole contact with its answers: each task done, or partial when too much was left open.

    A result that first reaches the level of its step's revisit plans that revisit with it.
    With `partial` the patient broke off: required answers may be missing then, for the `reason` given.
    Raises NotFound, NotAllowed, TaskAlreadyClosed, TaskPaused, ContactChanged, AnswersNotAccepted,
    LateReasonRequired; InvalidInput for a follow-up without a form that has no conclusion either.
    """
    lock_enrolments(task_id)
    contact = lock_open_contact(actor, task_id)
    now, today = clock.now(), clock.today()
    if partial and not reason.strip():
        raise InvalidInput.at("/reason", "required", "按部分完成提交时，请写明中断的原因")
    if reason.strip() and not partial:
        raise InvalidInput.at("/reason", "not_partial", "只有按部分完成提交时才填写中断原因")
    conclusion = conclusion.strip() or _SAID.get(StepKind(contact.lead.kind), "")
    judged = _judge(contact, answers, members or {}, partial=partial)
    if contact.lead.pk not in judged:
        if answers:
            raise InvalidInput.at("/answers", "no_questionnaire", "此任务没有问卷，请删去答案")
        if not conclusion:
            raise InvalidInput.at("/conclusion", "required", "此任务没有问卷，请填写随访结论")
    for task in contact.tasks:
        section, evaluation = judged.get(task.pk, (None, None))
        state, level = TaskState.DONE.value, Level.E0.value
        submission: Submission | None = None
        if section is not None and evaluation is not None:
            state, level = _choose_state(section, evaluation), evaluation.level
            task.answers = evaluation.pruned_answers
            submission = _add_submission(
                task, evaluation, actor=actor, version_id=section.version.id, conclusion=conclusion, now=now
            )
        close(task, actor=actor, state=state, now=now, today=today, late_reason=late_reason)
        task.level, task.conclusion, task.reached = level, conclusion, True
        task.close_reason = reason.strip()[:200] if state == TaskState.PARTIAL else ""
        task.save()
        note(actor, "task.submitted", task, level=level, state=state)
        publish("task.closed", task_id=task.pk)
        if submission is not None and evaluation is not None and needs_escalation(level):
            _open_escalation(task, submission, evaluation, actor=actor, now=now)
    if settle_revisits(actor, list(judged), today):
        patient_ids = [contact.lead.patient_id]
        settle_holds(patient_ids=patient_ids)
        regroup(patient_ids=patient_ids)


def _judge(
    contact: Contact, answers: Mapping[str, Any], members: Mapping[str, Mapping[str, Any]], *, partial: bool
) -> Judged:
    """All forms before the first is kept: two of the same form must not see each other as an earlier round."""
    gathered = gather_answers(contact, answers, members)
    sections = read_sections([task.pk for task in contact.tasks])
    given = share_answers([gathered[one.task_id] for one in sections], [one.shared for one in sections])
    judged = {
        section.task_id: (section, section.judge(own)) for section, own in zip(sections, given, strict=True)
    }
    faults: list[FieldError] = []
    for pk, (_, evaluation) in judged.items():
        base = "/answers" if pk == contact.lead.pk else f"/members/{pk}"
        missing = () if partial else evaluation.missing_required
        faults += list_answer_faults(base, evaluation.errors, missing)
    if faults:
        raise AnswersNotAccepted.make(faults)
    return judged


def _choose_state(section: Section, evaluation: Evaluation) -> str:
    if evaluation.missing_required:
        return TaskState.PARTIAL.value
    items = section.version.document["items"]
    return choose_done_state(items, evaluation.visible, evaluation.pruned_answers)


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
