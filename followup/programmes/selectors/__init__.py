from followup.programmes.selectors.catalogue import get_vocabulary
from followup.programmes.selectors.drafting import plan_document
from followup.programmes.selectors.plans import (
    list_active_versions,
    list_paused_versions,
    list_periodic_versions,
    list_versions_of_encounter,
)
from followup.programmes.selectors.programmes import (
    count_by_card,
    count_by_questionnaire,
    get_programme,
    list_programmes,
)
from followup.programmes.selectors.versions import (
    diff_version,
    get_version_detail,
    judge_document,
    list_local_institutions,
)

__all__ = [
    "count_by_card",
    "count_by_questionnaire",
    "diff_version",
    "get_programme",
    "get_version_detail",
    "get_vocabulary",
    "judge_document",
    "list_active_versions",
    "list_local_institutions",
    "list_paused_versions",
    "list_periodic_versions",
    "list_programmes",
    "list_versions_of_encounter",
    "plan_document",
]
