"""Every write of the cards. Each locks the card first, so versions are numbered one by one."""

from followup.education.services.drafts import create_card, delete_draft, save_draft, start_draft
from followup.education.services.governance import (
    retire_version,
    return_version,
    review_version,
    sign_version,
)
from followup.education.services.loading import load_cards

__all__ = [
    "create_card",
    "delete_draft",
    "load_cards",
    "retire_version",
    "return_version",
    "review_version",
    "save_draft",
    "sign_version",
    "start_draft",
]
