"""Every write of the worklist. Each locks the task (or escalation) first, so two people cannot both be
right.
"""

from followup.worklist.services.closing import cancel_open_tasks, close_task
from followup.worklist.services.contacts import detach_member, regroup
from followup.worklist.services.escalations import acknowledge_escalation, close_escalation
from followup.worklist.services.merging import merge_patient, part_patient
from followup.worklist.services.recordings import add_recording, make_recording_link
from followup.worklist.services.submissions import submit_task
from followup.worklist.services.work import add_attempt, save_draft, start_task

__all__ = [
    "acknowledge_escalation",
    "add_attempt",
    "add_recording",
    "cancel_open_tasks",
    "close_escalation",
    "close_task",
    "detach_member",
    "make_recording_link",
    "merge_patient",
    "part_patient",
    "regroup",
    "save_draft",
    "start_task",
    "submit_task",
]
