from community.handover.rules.catalogue import (
    FIELDS,
    REQUIRED,
    RESULT_FIELDS,
    Field,
    check_fields,
    describe_fields,
)
from community.handover.rules.clocks import (
    ACCEPT_WITHIN,
    DESK_WITHIN,
    accept_by,
    acknowledge_by,
    desk_by,
)
from community.handover.rules.consenting import judge_consent

__all__ = [
    "ACCEPT_WITHIN",
    "DESK_WITHIN",
    "FIELDS",
    "REQUIRED",
    "RESULT_FIELDS",
    "Field",
    "accept_by",
    "acknowledge_by",
    "check_fields",
    "describe_fields",
    "desk_by",
    "judge_consent",
]
