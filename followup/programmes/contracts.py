"""What screening gets of a programme version: plain values, no model."""

from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class StepPlan:
    id: int
    seq: int
    code: str
    name: str
    anchor: str
    day: int
    window_before: int
    window_after: int
    channel: str  # the first of the cascade
    owner: str
    questionnaire_version_id: int | None
    kind: str = "follow_up"
    text: str = ""
    repeat_every: int | None = None
    repeat_times: int | None = None
    repeat_until: int | None = None
    owner_staff_no: str = ""
    education: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VersionPlan:
    id: int
    programme_id: int
    key: str
    name: str
    version: int
    criteria: dict[str, Any]
    criteria_text: tuple[str, ...]
    starts_on: date
    steps: tuple[StepPlan, ...]
    # Flags (records.FlagKind) whose bearers are not enrolled; the deceased never are, whatever stands here.
    excluded_flags: tuple[str, ...] = ()
    # The member institution whose discharges this local version screens; None: the county's version, which leaves out
    # the institutions that run a local one.
    institution_id: int | None = None
    excluded_institution_ids: tuple[int, ...] = ()
    merge: str = "none"
    kind: str = "specialty"
