"""Stop rules that hear what happens to tasks, and flags that a rule sets (programmes contract, 6).

Only what happened after the flag was last lifted counts: a person who lifts one is not overruled by old attempts.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import connection, transaction

from access.actor import SYSTEM
from followup.programmes.services import complete
from followup.screening.services.finishing import NOTHING_OWED
from followup.screening.services.flagging import enforce_flags
from kernel import clock
from records.enums import FlagKind
from records.services import propose_death_by_rule, set_flag_by_rule

# Three tries at numbers that are none, within so many days, say that there is no way to reach the patient.
BAD_NUMBER_TRIES, BAD_NUMBER_DAYS = 3, 30
# So many contacts running that were closed 失访.
LOST_CONTACTS = 2
# Whoever is seen so often needs no further call by rule.
VISITS, VISIT_DAYS = 6, 90

_LIFTED = """COALESCE((SELECT max(f.lifted_at) FROM records_patientflag f
                       WHERE f.patient_id = {patient} AND f.kind = '{kind}'), '-infinity'::timestamptz)"""
_TRIES = """
SELECT t.patient_id,
       count(*) FILTER (WHERE a.outcome = 'refused' AND a.task_id = t.id
                          AND a.at > {refused}),
       count(*) FILTER (WHERE a.outcome = 'moved_out' AND a.task_id = t.id
                          AND a.at > {moved_out}),
       count(*) FILTER (WHERE a.outcome IN ('empty_number', 'wrong_number', 'stopped') AND a.at > %(since)s
                          AND a.at > {invalid})
  FROM worklist_task t
  JOIN worklist_task o ON o.patient_id = t.patient_id
  JOIN worklist_taskattempt a ON a.task_id = o.id
 WHERE t.id = %(task_id)s GROUP BY t.id
"""
_DEATH_TOLD = """
SELECT id, by_id, by_name FROM worklist_taskattempt
 WHERE task_id = %(task_id)s AND outcome = 'deceased' ORDER BY id DESC LIMIT 1
"""
# A contact of several tasks counts once, by its lead.
_LOST = """
SELECT t.patient_id, array(
         SELECT k.state = 'lost' AND k.closed_at > {unreachable}
           FROM worklist_task k
          WHERE k.patient_id = t.patient_id AND k.lead_id IS NULL AND k.kind = 'follow_up'
            AND k.state IN ('done', 'partial', 'failed', 'lost')
          ORDER BY k.closed_at DESC, k.id DESC LIMIT %(contacts)s)
  FROM worklist_task t WHERE t.id = %(task_id)s
"""
_FINISHED = """
SELECT DISTINCT x.id
  FROM worklist_task c
  JOIN programmes_enrolment x ON x.id = c.enrolment_id AND x.state = 'active'
  JOIN programmes_programmeversion v ON v.id = x.version_id
  JOIN records_encounter e ON e.id = x.encounter_id
 WHERE (c.id = %(task_id)s OR c.lead_id = %(task_id)s)
   AND (v.stop_rules = '[]'::jsonb OR v.stop_rules @> '"path_completed"'::jsonb)
   AND {nothing_owed}
"""
# Only a visit since the flag was last lifted sets it again.
_FREQUENT = """
SELECT e.patient_id, count(*), max(COALESCE(e.admitted_at, e.discharged_at))
  FROM records_encounter e
 WHERE e.status <> 'cancelled' AND COALESCE(e.admitted_at, e.discharged_at) > %(since)s
   AND COALESCE(e.admitted_at, e.discharged_at) <= %(now)s
   AND NOT EXISTS (SELECT 1 FROM records_patientflag f WHERE f.patient_id = e.patient_id
                      AND f.kind = 'frequent_visits' AND f.lifted_at IS NULL)
 GROUP BY e.patient_id
HAVING count(*) >= %(visits)s AND max(COALESCE(e.admitted_at, e.discharged_at))
       > {frequent}
 ORDER BY e.patient_id
"""

_ATTEMPTS = _TRIES.format(
    refused=_LIFTED.format(patient="t.patient_id", kind="refused"),
    moved_out=_LIFTED.format(patient="t.patient_id", kind="moved_out"),
    invalid=_LIFTED.format(patient="t.patient_id", kind="invalid_contact"),
)
_RUNNING_LOST = _LOST.format(unreachable=_LIFTED.format(patient="t.patient_id", kind="unreachable"))
_WALKED = _FINISHED.format(nothing_owed=NOTHING_OWED)
_VISITORS = _FREQUENT.format(frequent=_LIFTED.format(patient="e.patient_id", kind="frequent_visits"))


@transaction.atomic
def hear_attempt(*, task_id: int, outcome: str = "", **_: Any) -> list[str]:
    """Event task.attempted: the kinds of the flags that it set. A death is only proposed: somebody else than who heard
    of it confirms it.
    """
    values = {"task_id": task_id, "since": clock.now() - timedelta(days=BAD_NUMBER_DAYS)}
    row = _row(_ATTEMPTS, values)
    if row is None:
        return []
    patient_id, refusals, removals, bad_numbers = row
    found: list[str] = []
    if outcome == "deceased" and _propose_death(patient_id, task_id):
        found.append(FlagKind.DECEASED.value)
    if removals and set_flag_by_rule(
        patient_id=patient_id,
        kind=FlagKind.MOVED_OUT,
        reason="随访时得知已迁出",
        evidence={"task_id": str(task_id)},
    ):
        found.append(FlagKind.MOVED_OUT.value)
    if refusals and set_flag_by_rule(
        patient_id=patient_id,
        kind=FlagKind.REFUSED,
        reason="随访时表示拒绝",
        evidence={"task_id": str(task_id)},
    ):
        found.append(FlagKind.REFUSED.value)
    if bad_numbers >= BAD_NUMBER_TRIES and set_flag_by_rule(
        patient_id=patient_id,
        kind=FlagKind.INVALID_CONTACT,
        reason=f"{BAD_NUMBER_DAYS} 天内 {bad_numbers} 次拨打为空号、错号或停机",
        evidence={"attempts": bad_numbers, "days": BAD_NUMBER_DAYS},
    ):
        found.append(FlagKind.INVALID_CONTACT.value)
    return found


def _propose_death(patient_id: int, task_id: int) -> bool:
    told = _row(_DEATH_TOLD, {"task_id": task_id})
    if told is None:
        return False
    attempt_id, by_id, by_name = told
    return propose_death_by_rule(
        teller=replace(SYSTEM, id=by_id or SYSTEM.id, name=by_name or SYSTEM.name),
        patient_id=patient_id,
        reason="随访时被告知患者已死亡",
        evidence={"task_id": str(task_id), "attempt": str(attempt_id)},
    )


@transaction.atomic
def hear_closed(*, task_id: int, **_: Any) -> list[int]:
    """Event task.closed: 失访 twice running flags the patient; an enrolment that owes nothing more is completed.

    The enrolments completed.
    """
    row = _row(_RUNNING_LOST, {"task_id": task_id, "contacts": LOST_CONTACTS})
    if row is None:
        return []
    patient_id, lost = row
    if len(lost) == LOST_CONTACTS and all(lost):
        set_flag_by_rule(
            patient_id=patient_id, kind=FlagKind.UNREACHABLE, reason=f"连续 {LOST_CONTACTS} 次随访失访",
            evidence={"lost": LOST_CONTACTS},
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_WALKED, {"task_id": task_id, "today": clock.today()})
        finished = [found[0] for found in cursor.fetchall()]
    return complete(enrolment_ids=finished)


@transaction.atomic
def flag_frequent_visits(**_: Any) -> int:
    """Daily: whoever was seen so often of late; how many were flagged. Flags in force are enforced on the way."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(_VISITORS, {"now": now, "since": now - timedelta(days=VISIT_DAYS), "visits": VISITS})
        rows = cursor.fetchall()
    flagged = sum(
        set_flag_by_rule(
            patient_id=patient_id,
            kind=FlagKind.FREQUENT_VISITS,
            reason=f"{VISIT_DAYS} 天内就诊 {visits} 次",
            evidence={"visits": visits, "days": VISIT_DAYS, "last_on": str(clock.day_of(last))},
        )
        for patient_id, visits, last in rows
    )
    enforce_flags()
    return flagged


def _row(statement: str, values: dict[str, Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()
