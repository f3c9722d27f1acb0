"""Every read of the records."""

from records.selectors.addresses import addresses_of
from records.selectors.marks import (
    flag_row,
    flags_of,
    kinds_in_force,
    label_row,
    labels_of,
    list_labels,
    registers_of,
)
from records.selectors.people import (
    patient_detail,
    require_own,
    require_visible,
    reveal_id_no,
    reveal_phone,
    visible_patients,
)
from records.selectors.search import search_patients
from records.selectors.stays import find_stay
from records.selectors.timeline import timeline

__all__ = [
    "addresses_of", "find_stay", "flag_row", "flags_of", "kinds_in_force", "label_row", "labels_of", "list_labels",
    "patient_detail", "registers_of", "require_own", "require_visible", "reveal_id_no", "reveal_phone",
    "search_patients", "timeline", "visible_patients",
]  # fmt: skip
