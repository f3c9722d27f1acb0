"""Every write to the records."""

from records.services.applying import apply_event
from records.services.deaths import confirm_death, propose_death, propose_death_by_rule, reject_death
from records.services.flags import lift_flag, set_flag, set_flag_by_rule
from records.services.labels import activate_label, deactivate_label, rename_label, save_label, set_labels
from records.services.looking import list_marks, list_timeline, search, unmask, view_patient
from records.services.merging import undo_merge
from records.services.registers import save_register

__all__ = [
    "activate_label",
    "apply_event",
    "confirm_death",
    "deactivate_label",
    "lift_flag",
    "list_marks",
    "list_timeline",
    "propose_death",
    "propose_death_by_rule",
    "reject_death",
    "rename_label",
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
