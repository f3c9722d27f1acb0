from typing import Any

from django.db import transaction

from followup.programmes.enums import StopCode
from followup.programmes.selectors import list_versions_of_encounter
from followup.programmes.services import stop_enrolments
from followup.screening import cancelling
from followup.screening.services.running import screen_encounter


@transaction.atomic
def reevaluate_encounter(*, encounter_id: int, patient_id: int | None = None, **_: Any) -> int:
    """After a correction (event encounter.changed): stop what no longer holds, enrol what now does; how many enrolled.

    An enrolment on which somebody has begun to work goes on: a clinician decides about it, not a late diagnosis code.
    A patient who has died, or a stay that is no longer discharged, stops everything.
    """
    status = cancelling.read_standing(encounter_id)
    if status is None:
        return 0
    if status != "discharged":
        code, reason = (
            (StopCode.DEATH, "患者已死亡")
            if status == "dead"
            else (StopCode.DISCHARGE_CANCELLED, "出院已取消")
        )
        stop_for_encounter(encounter_id=encounter_id, reason=reason, code=code)
        return 0
    versions = list_versions_of_encounter(encounter_id=encounter_id)
    gone = cancelling.find_unmet(encounter_id, versions)
    if gone:
        reason = "病案更正后不再符合入组条件"
        stopped = stop_enrolments(
            encounter_id=encounter_id, reason=reason, code=StopCode.CRITERIA_GONE, enrolment_ids=gone
        )
        cancelling.cancel_tasks(stopped, reason=reason, states=["planned"])
    return screen_encounter(encounter_id=encounter_id)


@transaction.atomic
def stop_for_encounter(
    *,
    encounter_id: int,
    patient_id: int | None = None,
    reason: str = "出院已取消",
    code: StopCode = StopCode.DISCHARGE_CANCELLED,
    **_: Any,
) -> int:
    """End the encounter's enrolments and cancel their open tasks (cancelled discharge or stay); how many tasks."""
    stopped = stop_enrolments(encounter_id=encounter_id, reason=reason, code=code)
    return cancelling.cancel_tasks(stopped, reason=reason, states=["planned", "in_progress"])


@transaction.atomic
def stop_for_patient(
    *, patient_id: int, reason: str = "患者已死亡", code: StopCode = StopCode.DEATH, **_: Any
) -> int:
    """The same for every stay of a patient who has died; how many tasks were cancelled."""
    encounters = cancelling.list_enrolled_encounters(patient_id)
    return sum(stop_for_encounter(encounter_id=pk, reason=reason, code=code) for pk in encounters)
