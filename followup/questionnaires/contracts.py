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


class LoadedDocuments(dict[str, int]):
    """Questionnaire key → version id; `skipped`: keys of which the tenant has a newer version of its own."""

    skipped: tuple[str, ...] = ()
