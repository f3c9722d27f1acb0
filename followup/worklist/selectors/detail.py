"""TaskDetail: everything that the page of one task shows, with the tasks that are worked together with it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import F

from access.actor import Actor
from access.functions import Function
from followup.education.selectors import get_cards
from followup.worklist.models import Escalation, Submission, Task, TaskAttempt
from followup.worklist.policy import can_work, visible_to
from followup.worklist.rules import build_context
from followup.worklist.selectors.escalations import escalation_of, escalation_rows
from followup.worklist.selectors.judging import Section, evaluation_of, read_sections
from followup.worklist.selectors.patients import patient_detail_of
from followup.worklist.selectors.rows import row_of, task_rows
from kernel import clock
from kernel.errors import NotFound

_SHOWN = ("version", "answers", "conclusion", "late_reason", "close_reason", "ward_id")


def evaluate_answers(actor: Actor, task_id: int, answers: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the answers would mean, without saving them; None for a task without a form. Raises NotFound."""
    if not visible_to(actor, Task.objects.filter(pk=task_id)).exists():
        raise NotFound()
    sections = read_sections([task_id])
    return evaluation_of(sections[0].judge(answers)) if sections else None


def get_task_detail(actor: Actor, task_id: int) -> dict[str, Any]:
    """Raises NotFound for a task that is absent or out of sight.

    Attempts belong to the contact, and so do the alarms that are shown: whoever rings up sees both.
    """
    today, now = clock.today(), clock.now()
    rows = visible_to(
        actor, task_rows(*_SHOWN, text=F("step__text"), cards=F("step__education"), step_day=F("step__day"))
    )
    row = rows.filter(pk=task_id).first()
    if row is None:
        raise NotFound()
    contact = _read_contact(row, rows)
    ids = [one["id"] for one in contact]
    sections = read_sections(ids)
    own = next((section for section in sections if section.task_id == task_id), None)
    work = can_work(actor, row["ward_id"])
    patient = patient_detail_of(row["patient_id"])
    reason = row["reason"]
    return {
        **row_of(row, today),
        "version": row["version"],
        "text": row["text"] or "",
        "education": get_cards(dict.fromkeys(key for one in contact for key in one["cards"] or ())),
        **_form_of(own, row["answers"]),
        "form_context": own.context
        if own
        else build_context(sex=row["sex"], birth_date=row["birth_date"], day=today, task_day=row["step_day"]),
        "sections": _sections_of(sections, contact),
        "attempts": list(
            TaskAttempt.objects.filter(task_id=ids[0])
            .order_by("at", "id")
            .values("at", "channel", "outcome", "note", "by_name")
        ),
        "escalations": [
            escalation_of(alarm, now)
            for alarm in escalation_rows(Escalation.objects.filter(task_id__in=ids)).order_by(
                "-opened_at", "-id"
            )
        ],
        "submissions": list(
            Submission.objects.filter(task_id=task_id)
            .order_by("-revision")
            .values("revision", "at", "by_name", "level", "conclusion")
        ),
        "reason": reason,
        "why": reason.get("why", []) if isinstance(reason, dict) else [],
        "routing_why": patient["routing"]["why"] if patient["routing"] else None,
        "conclusion": row["conclusion"],
        "close_reason": row["close_reason"],
        "patient": patient,
        "can": {"work": work, "record": work, "unmask": actor.can(Function.PATIENT_UNMASK)},
    }


def _read_contact(row: dict[str, Any], rows: Any) -> list[dict[str, Any]]:
    """The rows of the task's contact, its lead first."""
    if row["lead_id"] is None and not row["with_it"]:
        return [row]
    lead_id = row["lead_id"] or row["id"]
    together = rows.filter(lead_id=lead_id) | rows.filter(pk=lead_id)
    return sorted(together, key=lambda one: (one["id"] != lead_id, one["due_on"], one["id"]))


def _form_of(section: Section | None, answers: Mapping[str, Any]) -> dict[str, Any]:
    if section is None:
        return {"questionnaire": None, "answers": answers, "evaluation": None, "previous": []}
    version = section.version
    return {
        "questionnaire": {
            "version_id": str(version.id),
            "key": version.key,
            "title": version.title,
            "document": version.document,
        },
        "answers": answers,
        "evaluation": evaluation_of(section.judge(answers)),
        "previous": section.previous,
    }


def _sections_of(sections: Sequence[Section], contact: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = {row["id"]: row for row in contact}
    return [
        {
            "task_id": str(section.task_id),
            "programme_name": rows[section.task_id]["programme_name"],
            "step_name": rows[section.task_id]["step_name"] or "",
            "state": rows[section.task_id]["state"],
            "level": rows[section.task_id]["level"] or None,
            "version": rows[section.task_id]["version"],
            **_form_of(section, rows[section.task_id]["answers"]),
            "form_context": section.context,
            "shared": list(section.shared),
        }
        for section in sections
    ]
