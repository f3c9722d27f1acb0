"""Every write to the records."""

from records.services.applying import apply_event
from records.services.flags import lift_flag, set_flag, set_flag_by_rule
from records.services.labels import save_label, save_register, set_labels
from records.services.looking import list_marks, list_timeline, search, unmask, view_patient
from records.services.merging import undo_merge

__all__ = [
    "apply_event",
    "lift_flag",
    "list_marks",
    "list_timeline",
    "save_label",
    "save_register",
    "search",
    "set_flag",
    "set_flag_by_rule",
    "set_labels",
    "undo_merge",
    "unmask",
    "view_patient",
]
