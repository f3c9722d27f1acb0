"""Every read of a tenant's hand-overs."""

from community.handover.selectors.agreements import get_agreement, list_agreements, list_partners, list_shared
from community.handover.selectors.cases import ORDER, count_cases, get_case, list_cases, shape_rows

__all__ = [
    "ORDER",
    "count_cases",
    "get_agreement",
    "get_case",
    "list_agreements",
    "list_cases",
    "list_partners",
    "list_shared",
    "shape_rows",
]
