"""再入院: a new stay in hospital pauses what calls the patient at home; the discharge settles what becomes of it.

Modes of a version (programmes contract, 3): continue, pause (the default), restart, cancel_remaining; one for all
stays, or one for the same diagnosis (first three characters of the main discharge diagnosis) and one for others. What
the new stay is for is not known before its discharge, so it pauses unless every mode is `continue`.
"""

from typing import Any

from django.db import connection, transaction

from access.actor import SYSTEM
from followup.programmes.enums import StopCode
from followup.programmes.services import restart, resume, stop
from followup.screening import cancelling
from followup.screening.services.enrolling import (
    make_tasks_for,
    regroup_of,
    resume_tasks_of,
)
from followup.screening.services.pausing import PARTS, list_ids, pause_for_admission
from followup.screening.services.running import screen_encounter

STAY_OVER = "住院期间窗口已过"
# Those that wait for this stay, and those that were never paused because the admission was not told. Whoever enrolled
# by hand after the stay knew of it. And what had begun again on this very stay until its discharge was taken back.
_TO_SETTLE = """
SELECT x.id, x.state, x.programme_id, x.version_id, x.paused_for_id,
       CASE WHEN {main_before} = {main_now} THEN {same} ELSE {other} END
{earlier} AND n.status = 'discharged' AND x.state IN ('active', 'paused')
   AND (x.paused_for_id = n.id OR x.origin <> 'manual' OR x.enrolled_at <= n.discharged_at)
UNION ALL
SELECT x.id, x.state, x.programme_id, x.version_id, NULL, 'begin_again'
  FROM programmes_enrolment x JOIN records_encounter n ON n.id = x.encounter_id
 WHERE n.id = %(encounter_id)s AND n.status = 'discharged' AND x.origin = 'restart' AND x.state = 'stopped'
   AND x.stop_code = 'discharge_cancelled'
 ORDER BY 1
"""
_LIES_IN = """
SELECT n.id FROM records_encounter e JOIN records_encounter n ON n.patient_id = e.patient_id
 WHERE e.id = %(encounter_id)s AND n.kind = 'inpatient' AND n.status = 'open' AND n.admitted_at >= e.discharged_at
 ORDER BY n.admitted_at DESC LIMIT 1
"""
_SETTLED = _TO_SETTLE.format(**PARTS)


@transaction.atomic
def resume_for_cancelled(*, encounter_id: int, **_: Any) -> int:
    """Event encounter.cancelled: the admission was a mistake; how many enrolments go on."""
    return _resume(_paused_for(encounter_id), "入院已取消，恢复随访")


@transaction.atomic
def settle_discharge(*, encounter_id: int, patient_id: int | None = None, **_: Any) -> int:
    """Event patient.routed, when the owners near home are known: what the stay means for earlier enrolments.

    The new stay is screened first: a programme that enrols it needs no restart. A discharge that is told when the
    patient lies in hospital again pauses at once what it enrols. Returns how many were settled; a repeat settles none.
    """
    settled = _settle(encounter_id)
    if list_ids(_LIES_IN, encounter_id):
        screen_encounter(encounter_id=encounter_id)
        pause_in_hospital(encounter_id=encounter_id)
    return settled


@transaction.atomic
def pause_in_hospital(*, encounter_id: int) -> int:
    """What this stay is enrolled in waits when the patient has been admitted since; how many enrolments paused."""
    return sum(pause_for_admission(encounter_id=stay) for stay in list_ids(_LIES_IN, encounter_id))


def _settle(encounter_id: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_SETTLED, {"encounter_id": encounter_id})
        rows = cursor.fetchall()
    if not rows or cancelling.read_standing(encounter_id) != "discharged":
        return 0
    screen_encounter(encounter_id=encounter_id)
    resumed, ended, again = [], [], []
    for enrolment_id, state, programme_id, version_id, paused_for, mode in rows:
        if mode in ("restart", "begin_again"):
            again.append((programme_id, version_id))
        if mode in ("restart", "cancel_remaining"):
            ended.append(enrolment_id)
        elif state == "paused" and paused_for == encounter_id:
            resumed.append(enrolment_id)
    reason = "再次住院，按路径约定终止"
    stopped = stop(actor=SYSTEM, enrolment_ids=ended, reason=reason, code=StopCode.READMITTED)
    cancelling.cancel_tasks(stopped, reason=reason, states=["planned", "in_progress", "paused"])
    regroup_of(stopped)
    made = [
        pk
        for programme_id, version_id in dict(again).items()
        if (pk := restart(programme_id=programme_id, version_id=version_id, encounter_id=encounter_id))
    ]
    make_tasks_for(made)
    return _resume(resumed, "已出院，恢复随访") + len(stopped)


def _resume(enrolment_ids: list[int], reason: str) -> int:
    resumed = resume(actor=SYSTEM, enrolment_ids=enrolment_ids, reason=reason)
    resume_tasks_of(resumed, STAY_OVER)
    return len(resumed)


def _paused_for(encounter_id: int) -> list[int]:
    return list_ids(
        "SELECT x.id FROM programmes_enrolment x WHERE x.state = 'paused' AND x.paused_for_id = %(encounter_id)s"
        " ORDER BY x.id",
        encounter_id,
    )
