"""Every write of a tenant's hand-overs."""

from community.handover.services.agreements import (
    countersign,
    create_agreement,
    propose,
    reject,
    revoke,
    save_agreement,
)
from community.handover.services.deciding import accept, acknowledge, complete, decline, give_back
from community.handover.services.keys import ensure_key, seed_key
from community.handover.services.offering import (
    merge_patient,
    offer,
    part_patient,
    preview,
    recall,
    recall_for_encounter,
    recall_for_patient,
    reoffer,
)
from community.handover.services.receiving import receive, sweep
from community.handover.services.results import send_result
from community.handover.services.viewing import view_case

__all__ = [
    "accept",
    "acknowledge",
    "complete",
    "countersign",
    "create_agreement",
    "decline",
    "ensure_key",
    "give_back",
    "merge_patient",
    "offer",
    "part_patient",
    "preview",
    "propose",
    "recall",
    "recall_for_encounter",
    "recall_for_patient",
    "receive",
    "reject",
    "reoffer",
    "revoke",
    "save_agreement",
    "seed_key",
    "send_result",
    "sweep",
    "view_case",
]
