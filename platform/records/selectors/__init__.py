"""Every read of the records."""

from records.selectors.addresses import addresses_of
from records.selectors.people import patient_detail, require_visible, reveal_id_no, reveal_phone
from records.selectors.search import search_patients
from records.selectors.timeline import timeline

__all__ = [
    "addresses_of", "patient_detail", "require_visible", "reveal_id_no", "reveal_phone", "search_patients", "timeline",
]  # fmt: skip
