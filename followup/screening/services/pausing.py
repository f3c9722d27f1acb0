"""A patient who has been admitted is not called at home: what earlier stays enrolled waits for the discharge."""

from typing import Any

from django.db import connection, transaction

from access.actor import SYSTEM
from followup.programmes.services import pause
from followup.screening.services.enrolling import pause_tasks_of

_MODE = """COALESCE(CASE jsonb_typeof(v.on_readmission) WHEN 'string' THEN v.on_readmission #>> '{{}}'
                         WHEN 'object' THEN v.on_readmission ->> '{which}' END, 'pause')"""
_MAIN = """(SELECT left(d.icd10_stem, 3) FROM records_diagnosis d WHERE d.encounter_id = {stay}.id
   AND d.superseded_at IS NULL AND d.kind = 'discharge' AND d.icd10_stem <> ''
 ORDER BY d.is_main DESC, d.seq, d.id LIMIT 1)"""
# Enrolments of stays that had ended before the new one, `n`, began.
EARLIER = """
  FROM records_encounter n
  JOIN programmes_enrolment x ON x.patient_id = n.patient_id AND x.encounter_id <> n.id
  JOIN records_encounter e ON e.id = x.encounter_id
  JOIN programmes_programmeversion v ON v.id = x.version_id
 WHERE n.id = %(encounter_id)s AND n.kind = 'inpatient'
   AND COALESCE(e.discharged_at, e.admitted_at, e.created_at)
       <= COALESCE(n.admitted_at, n.discharged_at, n.created_at)
"""
_TO_PAUSE = """
SELECT x.id {earlier} AND n.status = 'open' AND x.state = 'active'
   AND NOT ({same} = 'continue' AND {other} = 'continue') ORDER BY x.id
"""
PARTS = {
    "earlier": EARLIER,
    "same": _MODE.format(which="same_diagnosis"),
    "other": _MODE.format(which="other"),
    "main_before": _MAIN.format(stay="e"),
    "main_now": _MAIN.format(stay="n"),
}
_PAUSABLE = _TO_PAUSE.format(**PARTS)


@transaction.atomic
def pause_for_admission(*, encounter_id: int, **_: Any) -> int:
    """Events encounter.admitted and encounter.discharge_cancelled; how many enrolments paused. A stay that has ended
    by the time this is heard pauses none."""
    paused = pause(
        actor=SYSTEM, enrolment_ids=list_ids(_PAUSABLE, encounter_id), reason="再次住院，暂停随访",
        encounter_id=encounter_id,
    )  # fmt: skip
    pause_tasks_of(paused)
    return len(paused)


def list_ids(statement: str, encounter_id: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"encounter_id": encounter_id})
        return [row[0] for row in cursor.fetchall()]
