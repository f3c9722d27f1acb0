"""The patient beside a task, from the rooms that own it, and a patient's follow-ups for their timeline."""

from typing import Any

from django.db.models import F

from community.routing.selectors import count_unresolved, routing_of
from followup.worklist.enums import Level
from followup.worklist.models import Submission
from followup.worklist.rules import needs_escalation
from records.selectors import patient_detail

__all__ = ["count_unresolved", "patient_detail_of", "timeline_entries"]

_ROUTING = ("institution_name", "staff_name", "confidence", "why")
_MAX_ENTRIES = 500


def patient_detail_of(patient_id: int) -> dict[str, Any]:
    """PatientDetail of docs/notes/spine.md: masked, with its routing. The caller has checked the sight."""
    routing = routing_of(patient_id)
    shown = {name: routing[name] for name in _ROUTING} if routing else None
    return {**patient_detail(patient_id), "routing": shown}


def timeline_entries(patient_id: int) -> list[dict[str, Any]]:
    """Follow-ups handed in, as items of the patient's timeline (records.ports.register_timeline)."""
    rows = (
        Submission.objects.filter(task__patient_id=patient_id)
        .order_by("-at", "-id")
        .values_list(
            "at",
            "level",
            "conclusion",
            "by_name",
            "task_id",
            F("task__programme__name"),
            F("task__step__name"),
            F("task__department__name"),
        )[:_MAX_ENTRIES]
    )
    return [
        {
            "at": at,
            "kind": "follow_up",
            "title": "：".join(part for part in (programme, step) if part),
            "summary": "，".join(part for part in (Level(level).label, conclusion, by_name) if part),
            "department": department,
            "ref": str(task_id),
            "abnormal": needs_escalation(level),
        }
        for at, level, conclusion, by_name, task_id, programme, step, department in rows
    ]
