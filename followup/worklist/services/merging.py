"""Tasks and escalations follow the person when two records become one, and go back when they are parted."""

from typing import Any

from django.db import transaction
from django.db.models import F, Q

from followup.worklist.enums import OPEN_STATES
from followup.worklist.models import Escalation, Task
from followup.worklist.services.contacts import leave_contact, regroup
from followup.worklist.services.holding import settle_holds


@transaction.atomic
def merge_patient(*, survivor_id: int, retired_id: int, **_: Any) -> None:
    """Handler of patient.merged. Safe to repeat."""
    Task.objects.filter(patient_id=retired_id).update(patient_id=survivor_id)
    Escalation.objects.filter(patient_id=retired_id).update(patient_id=survivor_id)
    settle_holds(patient_ids=[survivor_id])
    regroup(patient_ids=[survivor_id])


@transaction.atomic
def part_patient(*, survivor_id: int, retired_id: int, **_: Any) -> int:
    """Handler of patient.unmerged: what hangs on a stay of the restored record is theirs again; how many tasks.

    A stay that came in since under the survivor keeps its tasks there. Safe to repeat.
    """
    theirs = Task.objects.filter(patient_id=survivor_id, encounter__patient_id=retired_id)
    moved = theirs.update(patient_id=retired_id)
    alarms = Escalation.objects.filter(patient_id=survivor_id, task__patient_id=retired_id)
    alarms.update(patient_id=retired_id)
    both = [survivor_id, retired_id]
    _part_contacts(both)
    settle_holds(patient_ids=both)
    regroup(patient_ids=both)
    return moved


def _part_contacts(patient_ids: list[int]) -> None:
    """Nobody is left in a contact of the other person: open members go back to their own places."""
    astray = Task.objects.select_for_update(of=("self",)).filter(
        ~Q(lead__patient_id=F("patient_id")),
        patient_id__in=patient_ids,
        lead__isnull=False,
        state__in=OPEN_STATES,
    )
    for task in astray.order_by("pk"):
        leave_contact(task)
        task.save()
