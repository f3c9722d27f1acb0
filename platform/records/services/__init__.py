"""Every write to the records."""

from records.services.applying import apply_event
from records.services.looking import list_timeline, search, unmask, view_patient
from records.services.merging import undo_merge

__all__ = ["apply_event", "list_timeline", "search", "undo_merge", "unmask", "view_patient"]
