from followup.questionnaires.services.drafts import (
    create_questionnaire,
    delete_draft,
    import_questionnaire,
    open_draft,
    save_draft,
)
from followup.questionnaires.services.governance import (
    retire_version,
    return_version,
    review_version,
    sign_version,
)
from followup.questionnaires.services.licences import revoke_licence, state_licence
from followup.questionnaires.services.loading import load_documents

__all__ = [
    "create_questionnaire",
    "delete_draft",
    "import_questionnaire",
    "load_documents",
    "open_draft",
    "retire_version",
    "return_version",
    "review_version",
    "revoke_licence",
    "save_draft",
    "sign_version",
    "state_licence",
]
