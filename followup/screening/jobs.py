from collections.abc import Mapping
from typing import Any

from followup.screening.services import continue_pass
from kernel import jobs


def run_daily(**_: Any) -> None:
    """Job `screening.daily`."""
    run_slice()


def run_slice(*, progress: Mapping[str, Any] | None = None, **_: Any) -> None:
    """Job `screening.slice`: a slice of the daily run; the next one is enqueued in the same transaction."""
    rest = continue_pass(progress=progress)
    if rest is not None:
        jobs.enqueue("screening.slice", progress=rest)
