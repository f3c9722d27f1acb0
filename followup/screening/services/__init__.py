from followup.screening.services.correcting import (
    reevaluate_encounter,
    stop_for_encounter,
    stop_for_patient,
)
from followup.screening.services.explaining import explain
from followup.screening.services.running import run_screening, screen_encounter

__all__ = [
    "explain",
    "reevaluate_encounter",
    "run_screening",
    "screen_encounter",
    "stop_for_encounter",
    "stop_for_patient",
]
