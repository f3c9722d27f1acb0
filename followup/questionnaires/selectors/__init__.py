from followup.questionnaires.selectors.judging import evaluate_draft, export_fhir, judge_document
from followup.questionnaires.selectors.library import (
    get_questionnaire,
    get_version_detail,
    list_questionnaires,
)
from followup.questionnaires.selectors.licences import get_licence, list_licences
from followup.questionnaires.selectors.versions import get_version, latest_versions, list_keys_state

__all__ = [
    "evaluate_draft",
    "export_fhir",
    "get_licence",
    "get_questionnaire",
    "get_version",
    "get_version_detail",
    "judge_document",
    "latest_versions",
    "list_keys_state",
    "list_licences",
    "list_questionnaires",
]
