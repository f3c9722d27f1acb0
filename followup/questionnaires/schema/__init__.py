"""Validation of a questionnaire document (format: ../README.md). Pure."""

from collections.abc import Iterable

from followup.questionnaires.schema.documents import Validator
from followup.questionnaires.schema.faults import DocumentError
from followup.questionnaires.schema.vocabulary import ITEM_LIMIT, OPTION_LIMIT, RESERVED, WORD_LIMIT
from followup.questionnaires.values import ITEM_TYPES

__all__ = [
    "ITEM_LIMIT",
    "ITEM_TYPES",
    "OPTION_LIMIT",
    "RESERVED",
    "WORD_LIMIT",
    "DocumentError",
    "list_unkeepable",
    "validate_document",
]


def validate_document(document: object) -> list[DocumentError]:
    """Every fault in the order of the document, at most FAULT_LIMIT of each sort; an empty list means valid."""
    return Validator().run(document)


def list_unkeepable(faults: Iterable[DocumentError]) -> list[DocumentError]:
    """Those with which not even an unfinished draft is stored."""
    return [fault for fault in faults if not fault.keepable]
