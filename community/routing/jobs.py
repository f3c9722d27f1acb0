"""Jobs of routing (config/wiring.py names them). Each hands the rest on in the transaction of its own slice."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from community.routing.selectors.waiting import patients_concerned, waiting_discharges
from community.routing.services import SLICE, remap_slice, reroute_many, route_many
from kernel import clock, jobs

REROUTE, REMAP, ROUTE_WAITING = "routing.reroute", "routing.remap", "routing.route_waiting"
# The event of a discharge usually routes it; this long is left to it.
_GRACE = timedelta(minutes=10)


def reroute(
    *,
    division_codes: Sequence[str] = (),
    patient_ids: Sequence[int] = (),
    staff_ids: Sequence[int] = (),
    due_on: str | None = None,
    after_id: int = 0,
    **_: Any,
) -> int:
    """Hears catchment.changed, contract.changed and roster.changed; how many of the slice got another owner."""
    day = date.fromisoformat(due_on) if due_on is not None else None
    ids = patients_concerned(
        division_codes=division_codes, patient_ids=patient_ids, staff_ids=staff_ids, due_on=day, after_id=after_id,
        limit=SLICE,
    )  # fmt: skip
    moved = reroute_many(patient_ids=ids)
    if len(ids) == SLICE:
        jobs.enqueue(
            REROUTE, division_codes=list(division_codes), patient_ids=list(patient_ids),
            staff_ids=list(staff_ids), due_on=due_on, after_id=ids[-1],
        )  # fmt: skip
    return moved


def recheck_daily() -> int:
    """After midnight in Shanghai: expired overrides, stays that end, absences and catchments that begin or end."""
    return reroute(due_on=clock.today().isoformat())


def route_waiting() -> int:
    """Discharges that arrived without an event, as sets; how many. A crash leaves whole slices and the rest waiting."""
    ids = waiting_discharges(before=clock.now() - _GRACE, limit=SLICE)
    if not ids:
        return 0
    done = route_many(encounter_ids=ids)
    if len(ids) == SLICE:
        jobs.enqueue(ROUTE_WAITING)
    return done


def remap(*, codes: Sequence[str], moved: int = 0, **_: Any) -> int:
    """Hears divisions.changed: claims and aliases of divisions that were replaced; how many claims so far.

    The last slice writes the report and has whoever is routed to one of the divisions decided anew.
    """
    done = remap_slice(codes=codes)
    if done == SLICE:
        jobs.enqueue(REMAP, codes=list(codes), moved=moved + done)
    return moved + done
