from typing import Any

from django.db.models import F

from access.actor import Actor
from followup.worklist.models import Task, TaskRecording
from followup.worklist.policy import visible_to
from kernel.errors import NotFound


def list_recordings(actor: Actor, task_id: int) -> list[dict[str, Any]]:
    """Those of the task's contact, which are kept with its lead. Raises NotFound for a task out of sight."""
    found = visible_to(actor, Task.objects.filter(pk=task_id)).values_list("lead_id", flat=True)
    if not found:
        raise NotFound()
    return [recording_of(row) for row in _rows().filter(task_id=found[0] or task_id).order_by("id")]


def recording_of(row: dict[str, Any]) -> dict[str, Any]:
    """Recording of docs/notes/spine.md."""
    return {**row, "id": str(row["id"])}


def get_recording(recording_id: int) -> dict[str, Any]:
    return recording_of(_rows().get(pk=recording_id))


def get_recording_file(actor: Actor, recording_id: int) -> Any:
    """The StoredFile of a recording of a task in sight. Raises NotFound."""
    visible = visible_to(actor, Task.objects.all()).values("pk")
    found = TaskRecording.objects.select_related("file").filter(pk=recording_id, task_id__in=visible).first()
    if found is None:
        raise NotFound()
    return found.file


def _rows() -> Any:
    return TaskRecording.objects.values(
        "id",
        "created_at",
        content_type=F("file__content_type"),
        size=F("file__size"),
        sha256=F("file__sha256"),
        duration_seconds=F("file__duration_seconds"),
        by_name=F("file__created_by_name"),
    )
