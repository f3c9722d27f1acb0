"""What other rooms get of a questionnaire."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class QuestionnaireVersionView:
    id: int
    questionnaire_id: int
    key: str
    title: str
    version: int
    state: str
    document: dict[str, Any]
