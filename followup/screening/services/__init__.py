from followup.screening.services.asking import explain, preview, recommend
from followup.screening.services.correcting import (
    reevaluate_encounter,
    reevaluate_patient,
    stop_for_encounter,
    stop_for_patient,
)
from followup.screening.services.enrolling import (
    cancel_tasks_of,
    make_tasks_for,
    pause_tasks_of,
    resume_tasks_of,
)
from followup.screening.services.flagging import apply_flag, enforce_flags
from followup.screening.services.pausing import pause_for_admission
from followup.screening.services.readmission import resume_for_cancelled, settle_discharge
from followup.screening.services.running import (
    continue_pass,
    extend_repetitions,
    run_screening,
    screen_encounter,
    start_run,
)
from followup.screening.services.stopping import flag_frequent_visits, hear_attempt, hear_closed

__all__ = [
    "apply_flag",
    "cancel_tasks_of",
    "continue_pass",
    "enforce_flags",
    "explain",
    "extend_repetitions",
    "flag_frequent_visits",
    "hear_attempt",
    "hear_closed",
    "make_tasks_for",
    "pause_for_admission",
    "pause_tasks_of",
    "preview",
    "recommend",
    "reevaluate_encounter",
    "reevaluate_patient",
    "resume_for_cancelled",
    "resume_tasks_of",
    "run_screening",
    "screen_encounter",
    "settle_discharge",
    "start_run",
    "stop_for_encounter",
    "stop_for_patient",
]
