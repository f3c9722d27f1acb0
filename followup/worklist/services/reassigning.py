from typing import Any

from django.db import transaction

from access.actor import SYSTEM
from followup.worklist.enums import TaskState
from followup.worklist.models import Task
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
    step 9). Returns how many moved; a repeat moves none.
    """
    rows = (
        Task.objects.select_for_update(of=("self",))
        .filter(patient_id=patient_id, state=TaskState.PLANNED, step__owner="community")
        .exclude(ward_id=ward_id, assignee_id=staff_id)
        .order_by("pk")
    )
    tasks = list(rows)
    for task in tasks:
        note(SYSTEM, "task.reassigned", task, ward_from=task.ward_id, ward_to=ward_id)
    Task.objects.filter(pk__in=[task.pk for task in tasks]).update(
        institution_id=institution_id,
        department_id=department_id,
        ward_id=ward_id,
        assignee_id=staff_id,
        township_code=township_code,
    )
    return len(tasks)
