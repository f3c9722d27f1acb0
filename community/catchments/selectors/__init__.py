"""Every read of catchments."""

from community.catchments.selectors.absences import absences_between, absences_on
from community.catchments.selectors.areas import (
    areas_around,
    clinician_for,
    clinicians_around,
    institution_for,
)
from community.catchments.selectors.contracts import contracts_of

__all__ = [
    "absences_between",
    "absences_on",
    "areas_around",
    "clinician_for",
    "clinicians_around",
    "contracts_of",
    "institution_for",
]
