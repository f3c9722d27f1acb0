"""TaskDetail: everything that the page of one task shows, and the judgement of its answers."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db.models import F

from access.actor import Actor
from access.functions import Function
from followup.questionnaires.contracts import QuestionnaireVersionView
from followup.questionnaires.engine import Evaluation, evaluate
from followup.questionnaires.selectors import get_version
from followup.worklist.models import Escalation, Submission, Task, TaskAttempt
from followup.worklist.policy import can_work, visible_to
from followup.worklist.rules import PREVIOUS_ROUNDS, PREVIOUS_ROUNDS_DAYS, build_context
from followup.worklist.selectors.escalations import escalation_of, escalation_rows
from followup.worklist.selectors.patients import patient_detail_of
from followup.worklist.selectors.rows import row_of, task_rows
from kernel import clock
from kernel.errors import NotFound

_EVALUATED = (
    "visible", "level", "errors", "missing_required", "unknown_rules", "score", "band", "complete", "can_auto_close",
)  # fmt: skip


def evaluation_of(evaluation: Evaluation) -> dict[str, Any]:
    """The evaluation as the API shows it."""
    whole = evaluation.to_dict()
    findings = [
        {"link_id": f.link_id, "level": f.level, "prompt": f.prompt, "advice": f.advice}
        for f in evaluation.findings
    ]
    return {**{name: whole[name] for name in _EVALUATED}, "findings": findings}


def list_previous(
    *, patient_id: int, questionnaire_id: int, task_id: int, today: date
) -> list[dict[str, Any]]:
    """Last answers of the patient's earlier tasks with the same questionnaire, the newest first."""
    rows = (
        Submission.objects.filter(
            task__patient_id=patient_id,
            questionnaire_version__questionnaire_id=questionnaire_id,
            task__closed_on__gte=today - timedelta(days=PREVIOUS_ROUNDS_DAYS),
        )
        .exclude(task_id=task_id)
        .order_by("-at", "-id")
        .values("task_id", "answers", closed_at=F("task__closed_at"))
    )
    newest: dict[int, dict[str, Any]] = {}
    for row in rows[: 4 * PREVIOUS_ROUNDS]:
        newest.setdefault(row["task_id"], {"closed_at": row["closed_at"], "answers": row["answers"]})
    return list(newest.values())[:PREVIOUS_ROUNDS]


def evaluate_task(
    task: Mapping[str, Any],
    version: QuestionnaireVersionView,
    answers: Mapping[str, Any],
    previous: list[dict[str, Any]],
) -> Evaluation:
    """`task`: the columns of JUDGED. The server's judgement is the one that counts."""
    return evaluate(version.document, answers, [one["answers"] for one in previous], context_of(task))


def context_of(task: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What the form's rules may ask besides the answers, today. The browser judges with the very same."""
    return build_context(
        sex=task["sex"], birth_date=task["birth_date"], day=clock.today(), task_day=_day_of(task)
    )


JUDGED = {
    "sex": F("patient__sex"),
    "birth_date": F("patient__birth_date"),
    "step_day": F("step__day"),
    "discharged_on": F("encounter__discharged_on"),
}


def _day_of(task: Mapping[str, Any]) -> int | None:
    """The day of the path: as the step says, else counted from the discharge."""
    if task["step_day"] is not None:
        return int(task["step_day"])
    return (task["due_on"] - task["discharged_on"]).days if task["discharged_on"] else None


def evaluate_answers(actor: Actor, task_id: int, answers: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the answers would mean, without saving them; None for a task without a form. Raises NotFound."""
    task = (
        visible_to(actor, Task.objects.filter(pk=task_id))
        .values("id", "patient_id", "due_on", "questionnaire_version_id", **JUDGED)
        .first()
    )
    if task is None:
        raise NotFound()
    if task["questionnaire_version_id"] is None:
        return None
    version = get_version(task["questionnaire_version_id"])
    previous = list_previous(
        patient_id=task["patient_id"],
        questionnaire_id=version.questionnaire_id,
        task_id=task_id,
        today=clock.today(),
    )
    return evaluation_of(evaluate_task(task, version, answers, previous))


def get_task_detail(actor: Actor, task_id: int) -> dict[str, Any]:
    """Raises NotFound for a task that is absent or out of sight."""
    today, now = clock.today(), clock.now()
    rows = task_rows(
        "version",
        "answers",
        "conclusion",
        "ward_id",
        "questionnaire_version_id",
        step_day=F("step__day"),
    )
    row = visible_to(actor, rows).filter(pk=task_id).first()
    if row is None:
        raise NotFound()
    version, previous, evaluation = None, [], None
    if row["questionnaire_version_id"] is not None:
        version = get_version(row["questionnaire_version_id"])
        previous = list_previous(
            patient_id=row["patient_id"],
            questionnaire_id=version.questionnaire_id,
            task_id=task_id,
            today=today,
        )
        evaluation = evaluation_of(evaluate_task(row, version, row["answers"], previous))
    submissions = list(
        Submission.objects.filter(task_id=task_id)
        .order_by("-revision")
        .values("revision", "at", "by_name", "level", "conclusion")
    )
    work = can_work(actor, row["ward_id"])
    patient = patient_detail_of(row["patient_id"])
    reason = row["reason"]
    return {
        **row_of(row, today),
        "version": row["version"],
        "questionnaire": None
        if version is None
        else {
            "version_id": str(version.id),
            "key": version.key,
            "title": version.title,
            "document": version.document,
        },
        "answers": row["answers"],
        "evaluation": evaluation,
        "previous": previous,
        "form_context": context_of(row),
        "attempts": list(
            TaskAttempt.objects.filter(task_id=task_id)
            .order_by("at", "id")
            .values("at", "channel", "outcome", "note", "by_name")
        ),
        "escalations": [
            escalation_of(alarm, now)
            for alarm in escalation_rows(Escalation.objects.filter(task_id=task_id)).order_by(
                "-opened_at", "-id"
            )
        ],
        "submissions": submissions,
        "reason": reason,
        "why": reason.get("why", []) if isinstance(reason, dict) else [],
        "routing_why": patient["routing"]["why"] if patient["routing"] else None,
        "conclusion": row["conclusion"],
        "patient": patient,
        "can": {"work": work, "record": work, "unmask": actor.can(Function.PATIENT_UNMASK)},
    }
