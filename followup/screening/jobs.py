from typing import Any

from access.actor import SYSTEM
from followup.screening.models import RunTrigger
from followup.screening.services import run_screening


def run_daily(**_: Any) -> None:
    """Job `screening.daily`."""
    run_screening(actor=SYSTEM, trigger=RunTrigger.DAILY)
