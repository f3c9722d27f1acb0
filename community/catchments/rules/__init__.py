"""Who looks after a place, who stands in for whom, what a change of areas does. Pure."""

from community.catchments.rules.absences import (
    LONG_AFTER,
    absence_of,
    find_loop,
    is_long,
    stand_in,
)
from community.catchments.rules.choosing import (
    LOAD_DAYS,
    choose_clinician,
    choose_institution,
    codes_upward,
    compete,
    default_valid_from,
    do_overlap,
    is_valid_on,
)

__all__ = [
    "LOAD_DAYS",
    "LONG_AFTER",
    "absence_of",
    "choose_clinician",
    "choose_institution",
    "codes_upward",
    "compete",
    "default_valid_from",
    "do_overlap",
    "find_loop",
    "is_long",
    "is_valid_on",
    "stand_in",
]
