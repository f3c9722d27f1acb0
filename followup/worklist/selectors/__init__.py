"""Every read of the worklist. List rows are plain dicts made from one query."""

from followup.worklist.selectors.detail import evaluate_answers, get_task_detail
from followup.worklist.selectors.escalations import get_escalation, list_escalations
from followup.worklist.selectors.group import get_group
from followup.worklist.selectors.patients import timeline_entries
from followup.worklist.selectors.recordings import get_recording_file, list_recordings
from followup.worklist.selectors.rows import (
    STATES,
    TaskFilters,
    count_tasks,
    list_follow_ups,
    list_rows,
    list_tasks,
    read_filters,
    row_of,
    task_rows,
)
from followup.worklist.selectors.usage import used_options
from followup.worklist.selectors.workbench import get_workbench

__all__ = [
    "STATES",
    "TaskFilters",
    "count_tasks",
    "evaluate_answers",
    "get_escalation",
    "get_group",
    "get_recording_file",
    "get_task_detail",
    "get_workbench",
    "list_escalations",
    "list_follow_ups",
    "list_recordings",
    "list_rows",
    "list_tasks",
    "read_filters",
    "row_of",
    "task_rows",
    "timeline_entries",
    "used_options",
]
