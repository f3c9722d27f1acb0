from followup.programmes.selectors.plans import list_active_versions, list_versions_of_encounter
from followup.programmes.selectors.programmes import get_programme, list_programmes

__all__ = ["get_programme", "list_active_versions", "list_programmes", "list_versions_of_encounter"]
