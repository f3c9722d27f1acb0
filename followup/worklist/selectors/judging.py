"""Judging answers: one section for each task of a contact, each with its own form, history and context."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, F, When

from followup.questionnaires.contracts import QuestionnaireVersionView
from followup.questionnaires.engine import Evaluation, evaluate
from followup.questionnaires.selectors import get_version
from followup.worklist.models import Submission, Task
from followup.worklist.rules import (
    PREVIOUS_ROUNDS,
    PREVIOUS_ROUNDS_DAYS,
    build_context,
    find_shared,
)
from kernel import clock

_EVALUATED = (
    "visible", "level", "errors", "missing_required", "unknown_rules", "score", "band", "complete", "can_auto_close",
)  # fmt: skip
_JUDGED = {
    "sex": F("patient__sex"),
    "birth_date": F("patient__birth_date"),
    # A revisit is not on a day of the path.
    "step_day": Case(When(revisit_of=None, then=F("step__day"))),
    "discharged_on": F("encounter__discharged_on"),
}


@dataclass(frozen=True, slots=True)
class Section:
    """What one task of a contact asks. `shared`: its questions that an earlier section asks → that one's number."""

    task_id: int
    version: QuestionnaireVersionView
    previous: list[dict[str, Any]]
    context: dict[str, dict[str, Any]]
    shared: dict[str, int]

    def judge(self, answers: Mapping[str, Any]) -> Evaluation:
        """The server's judgement is the one that counts."""
        earlier = [one["answers"] for one in self.previous]
        return evaluate(self.version.document, answers, earlier, self.context)


def read_sections(task_ids: Sequence[int]) -> list[Section]:
    """Of the tasks of one contact, in the order given; tasks without a form have none.

    The caller has checked the sight.
    """
    today = clock.today()
    found: dict[int, Any] = {
        row["id"]: row
        for row in Task.objects.filter(pk__in=task_ids).values(
            "id", "patient_id", "due_on", "questionnaire_version_id", **_JUDGED
        )
    }
    rows = [found[pk] for pk in task_ids if found[pk]["questionnaire_version_id"] is not None]
    versions = [get_version(row["questionnaire_version_id"]) for row in rows]
    shared = find_shared([version.document for version in versions])
    return [
        Section(
            task_id=row["id"],
            version=version,
            previous=_list_previous(row["patient_id"], version.questionnaire_id, task_ids, today),
            context=build_context(
                sex=row["sex"], birth_date=row["birth_date"], day=today, task_day=_day_of(row)
            ),
            shared=again,
        )
        for row, version, again in zip(rows, versions, shared, strict=True)
    ]


def evaluation_of(evaluation: Evaluation) -> dict[str, Any]:
    """The evaluation as the API shows it."""
    whole = evaluation.to_dict()
    findings = [
        {"link_id": f.link_id, "level": f.level, "prompt": f.prompt, "advice": f.advice}
        for f in evaluation.findings
    ]
    return {**{name: whole[name] for name in _EVALUATED}, "findings": findings}


def _list_previous(
    patient_id: int, questionnaire_id: int, without: Collection[int], today: date
) -> list[dict[str, Any]]:
    """Last answers of the patient's earlier tasks with the same questionnaire, the newest first."""
    rows = (
        Submission.objects.filter(
            task__patient_id=patient_id,
            questionnaire_version__questionnaire_id=questionnaire_id,
            task__closed_on__gte=today - timedelta(days=PREVIOUS_ROUNDS_DAYS),
        )
        .exclude(task_id__in=without)
        .order_by("-at", "-id")
        .values("task_id", "answers", closed_at=F("task__closed_at"))
    )
    newest: dict[int, dict[str, Any]] = {}
    for row in rows[: 4 * PREVIOUS_ROUNDS]:
        newest.setdefault(row["task_id"], {"closed_at": row["closed_at"], "answers": row["answers"]})
    return list(newest.values())[:PREVIOUS_ROUNDS]


def _day_of(task: Mapping[str, Any]) -> int | None:
    """The day of the path: as the step says, else counted from the discharge."""
    if task["step_day"] is not None:
        return int(task["step_day"])
    return (task["due_on"] - task["discharged_on"]).days if task["discharged_on"] else None
