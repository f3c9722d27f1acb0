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
