from typing import Any

from django.db import connection, transaction

from followup.programmes.enums import StopCode
from followup.programmes.selectors import list_versions_of_encounter
from followup.programmes.selectors.enrolments import plans_of
from followup.programmes.services import stop_enrolments
from followup.screening import cancelling
from followup.screening.compiler import compile_criteria
from followup.screening.rules import FRESH_DAYS
from followup.screening.services.enrolling import make_tasks_for, regroup_of
from followup.screening.services.flagging import enforce_flags
from followup.screening.services.readmission import pause_in_hospital
from followup.screening.services.running import screen_encounter
from kernel import clock


@transaction.atomic
def reevaluate_encounter(*, encounter_id: int, patient_id: int | None = None, **_: Any) -> int:
    """After a correction (event encounter.changed): stop what no longer holds, move what is counted from another day
    now, enrol what holds now; how many enrolled.

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
        cancelling.cancel_tasks(stopped, reason=reason, states=["planned", "paused"])
    running = cancelling.list_running(encounter_id)
    if _follow_anchors(encounter_id, running) or gone:
        regroup_of([*running, *gone])
    enrolled = screen_encounter(encounter_id=encounter_id)
    if enrolled:
        pause_in_hospital(encounter_id=encounter_id)
    return enrolled


def _follow_anchors(encounter_id: int, enrolment_ids: list[int]) -> int:
    """Tasks move with the corrected days, and those are made that were over by the wrong ones; how many of both."""
    if not enrolment_ids:
        return 0
    prefixes = {
        plan.id: compile_criteria(plan.criteria).anchor_prefixes
        for plan in plans_of(enrolment_ids)
        if any(step.anchor == "operation" for step in plan.steps)
    }
    operated = cancelling.read_operation_days(encounter_id, prefixes) if prefixes else {}
    moved = cancelling.shift_tasks(encounter_id, operated)
    corrected = cancelling.follow_anchors(encounter_id, operated)
    if corrected:
        moved += make_tasks_for(corrected)
        cancelling.forget_skipped(corrected)
    return moved


@transaction.atomic
def reevaluate_patient(*, patient_id: int, **_: Any) -> int:
    """After a change of flags, labels or registers (event patient.marked): the stays that are still fresh, as after a
    correction; how many enrolments were made.

    Waits for a slice of a run that is at work: it may be enrolling by what the patient bore before.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock_shared(hashtextextended('screening:' || current_schema(), 0))"
        )
        cursor.execute(
            "SELECT id FROM records_encounter WHERE patient_id = %s AND status = 'discharged'"
            " AND discharged_on >= %s::date - %s ORDER BY id",
            [patient_id, clock.today(), FRESH_DAYS],
        )
        stays = [row[0] for row in cursor.fetchall()]
    enforce_flags(patient_id=patient_id)
    return sum(reevaluate_encounter(encounter_id=pk) for pk in stays)


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
    count = cancelling.cancel_tasks(stopped, reason=reason, states=["planned", "in_progress", "paused"])
    regroup_of(stopped)
    return count


@transaction.atomic
def stop_for_patient(
    *, patient_id: int, reason: str = "患者已死亡", code: StopCode = StopCode.DEATH, **_: Any
) -> int:
    """The same for every stay of a patient who has died; how many tasks were cancelled."""
    encounters = cancelling.list_enrolled_encounters(patient_id)
    return sum(stop_for_encounter(encounter_id=pk, reason=reason, code=code) for pk in encounters)
