from followup.screening.selectors.explaining import explain
from followup.screening.selectors.facts import iterate_facts
from followup.screening.selectors.previewing import count_cohort, list_cohort, list_conditions
from followup.screening.selectors.recommending import recommend
from followup.screening.selectors.rehearsing import rehearse
from followup.screening.selectors.runs import get_desk, get_run, get_watermarks, present_run, runs

__all__ = [
    "count_cohort",
    "explain",
    "get_desk",
    "get_run",
    "get_watermarks",
    "iterate_facts",
    "list_cohort",
    "list_conditions",
    "present_run",
    "recommend",
    "rehearse",
    "runs",
]
