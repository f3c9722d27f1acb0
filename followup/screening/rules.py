"""Pure rules of screening; `statement.py` says the same in SQL and `oracle.py` checks it."""

from datetime import date, timedelta

# A discharge counts as fresh this many days: its contacts are owed in full, even those whose window has already
# closed because the hospital's message came late (such a task is born overdue and asks for a reason when closed).
# Long enough for a hospital that is connected today and sends its last month; `starts_on` of the programme version
# is the sharper bound where a site does not want that.
FRESH_DAYS = 45


def first_owed_day(*, discharged_on: date, today: date) -> date:
    """A step is made when its window ends on or after this day, else it is skipped.

    Discharged longer ago (a programme that goes live over old discharges, a late import): what is already past is
    not owed any more. Fresh: everything since the discharge is. A window that ended before the discharge (operation
    anchor, long stay) is never owed: the patient was still in hospital. Skipped steps stand in the enrolment's
    reason, so nobody wonders where they are.
    """
    if today - discharged_on <= timedelta(days=FRESH_DAYS):
        return discharged_on
    return today


# Periodic steps are made as far ahead as this; the daily run makes the rest when it comes near.
HORIZON_DAYS = 400
# A task's occurrence is generation * ROUND + n; both are kept within what its column holds.
ROUND = 1000
MOST_GENERATIONS = 32
# OBX-8: every other flag means that the laboratory called the result abnormal.
NORMAL_LAB_FLAGS = ("", "N", "正常")

_UPPER = {code: code - 32 for code in range(ord("a"), ord("z") + 1)}


def fold(text: str) -> str:
    """Latin letters in capitals, everything else as it is: COPD and copd are one word."""
    return text.translate(_UPPER)
