from followup.screening.selectors.explaining import explain
from followup.screening.selectors.facts import iterate_facts
from followup.screening.selectors.runs import get_desk, get_run, get_watermarks, present_run, runs

__all__ = ["explain", "get_desk", "get_run", "get_watermarks", "iterate_facts", "present_run", "runs"]
