"""The one statement of a screening run: pairs → enrolments → tasks, all programmes at once, no row seen by Python.

hit     (encounter, programme, code) by one join of the codes with all programmes' drivers, of those that meet the
        residual criteria (hits)
pair    hits not enrolled yet, one row per (encounter, programme)
chosen  pairs of the programme's own line and without an excluding flag, with what their reason needs; in the order
        (encounter, programme), so that two runs at once take their unique-key locks in the same order and wait for
        each other instead of deadlocking
made    INSERT … ON CONFLICT: the natural key (encounter, programme) makes a second run harmless. An enrolment that
        a correction of the record had stopped is taken up again, in its next generation, when the record is corrected
        back
task    INSERT of every contact that is still owed (rules.first_owed_day), repetitions as far as the horizon, with its
        owner from the stay, the staff, routing or the centre (tasks)

`build_tasks_for` and `build_extension` put enrolments that exist in the place of `made`, and share the rest.
"""

from followup.screening.statement.runs import build_extension, build_match, build_run, build_tasks_for
from followup.screening.statement.scope import ALIVE, Desk, Scope, Statement

__all__ = [
    "ALIVE",
    "Desk",
    "Scope",
    "Statement",
    "build_extension",
    "build_match",
    "build_run",
    "build_tasks_for",
]
