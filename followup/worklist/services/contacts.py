"""合并联系: making the groups again, and taking a task out of one."""

from collections.abc import Collection
from typing import Any

from django.db import connection, transaction

from access.actor import SYSTEM, Actor
from followup.worklist import contacts
from followup.worklist.models import Task
from followup.worklist.rules import CONTACT_DAYS_APART
from followup.worklist.services.locking import lock_open_contact, note
from kernel.errors import InvalidInput
from trail.services import record

# The planner knows nothing of how many rows a WITH gives. For a handful of patients any plan is quick; for many, a
# nested loop over all of their tasks costs the square of them.
_FEW = 30


@transaction.atomic
def regroup(*, patient_ids: Collection[int] | None = None, enrolments_from: int | None = None) -> int:
    """Group the planned tasks of these patients, or of everybody with an enrolment of that id or a later one.

    The same tasks always give the same groups; what has been begun stays as it is. Returns how many tasks changed:
    a repeat changes none. Call it after tasks were made, moved, paused, resumed, stopped or cancelled.
    """
    found: list[int] = []
    with connection.cursor() as cursor:
        if patient_ids:
            cursor.execute(
                contacts.FIND_PATIENTS.format(patients=contacts.OF_PATIENTS), [sorted(set(patient_ids))]
            )
            found += [row[0] for row in cursor.fetchall()]
        if enrolments_from is not None:
            cursor.execute(
                contacts.FIND_PATIENTS.format(patients=contacts.OF_ENROLMENTS_FROM), [enrolments_from]
            )
            found += [row[0] for row in cursor.fetchall()]
        if not found:
            return 0
        cursor.execute(contacts.LOCK, [found])
        many = len(found) > _FEW
        if many:
            cursor.execute("SELECT set_config('enable_nestloop', 'off', true)")
        cursor.execute(contacts.REGROUP, {"patients": found, "days_apart": CONTACT_DAYS_APART})
        changed = int(cursor.rowcount)
        if many:
            cursor.execute("SELECT set_config('enable_nestloop', 'on', true)")
    if changed:
        record(
            actor_id=None, actor_name=SYSTEM.name, action="worklist.contact.regrouped", object_type="task",
            patients=len(found), tasks=changed,
        )  # fmt: skip
    return changed


@transaction.atomic
def detach_member(*, actor: Actor, task_id: int, member_id: int) -> None:
    """Take a task out of the contact: it stands for itself again, at its own place, and stays so.

    Raises NotFound, NotAllowed, TaskAlreadyClosed, TaskPaused; InvalidInput for a task that is not in the contact.
    """
    contact = lock_open_contact(actor, task_id)
    member = next((task for task in contact.members if task.pk == member_id), None)
    if member is None:
        raise InvalidInput.at("/member_id", "not_in_contact", "该任务不在此次联系中，请刷新后再试")
    leave_contact(member)
    member.detached = True
    member.save()
    note(actor, "contact.detached", contact.lead, member=member.pk)


def leave_contact(member: Task) -> None:
    """Back to its own place; the caller saves."""
    place: dict[str, Any] = {
        "institution_id": member.own_institution_id, "department_id": member.own_department_id,
        "ward_id": member.own_ward_id, "assignee_id": member.own_assignee_id, "channel": member.own_channel,
    }  # fmt: skip
    for name, value in place.items():
        setattr(member, name, value)
        setattr(member, f"own_{name}", "" if name == "channel" else None)
    member.lead = None
