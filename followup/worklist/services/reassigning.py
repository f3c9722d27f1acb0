from typing import Any

from django.db import transaction

from access.actor import SYSTEM
from followup.worklist.enums import TaskState
from followup.worklist.models import Task
from followup.worklist.services.contacts import regroup
from followup.worklist.services.locking import note


@transaction.atomic
def reassign_open_tasks(
    *,
    patient_id: int,
    institution_id: int,
    department_id: int,
    ward_id: int,
    staff_id: int | None,
    township_code: str,
    **_: Any,
) -> int:
    """Event patient.rerouted: what the clinician near home owes and nobody has begun goes to the new owner.

    Tasks of the hospital's ward or of the centre stay, and so does work that somebody has started (standards 1.5,
    step 9). Contacts are made again. Returns how many moved; a repeat moves none.
    """
    rows = Task.objects.select_for_update(of=("self",)).filter(
        patient_id=patient_id, state__in=(TaskState.PLANNED, TaskState.PAUSED), step__owner="community"
    )
    place = {
        "institution_id": institution_id, "department_id": department_id, "ward_id": ward_id,
        "assignee_id": staff_id,
    }  # fmt: skip
    moved = 0
    for task in rows.order_by("pk"):
        # A member stands at its lead's place; what moves is its own.
        prefix = "own_" if task.lead_id is not None else ""
        before = {name: getattr(task, f"{prefix}{name}") for name in place}
        if (before["ward_id"], before["assignee_id"]) == (ward_id, staff_id):
            continue
        for name, value in place.items():
            setattr(task, f"{prefix}{name}", value)
        task.township_code = township_code
        task.save()
        note(SYSTEM, "task.reassigned", task, ward_from=before["ward_id"], ward_to=ward_id)
        moved += 1
    if moved:
        regroup(patient_ids=[patient_id])
    return moved
