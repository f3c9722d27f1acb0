"""Tasks that wait because of what is said of their patient: the enrolment goes on, its contacts stand still.

A death that nobody has confirmed holds all of them; 已迁出 holds those of the clinician near the former home. A task
that is paused in an active enrolment is one that is held, so that what a hold does can be found and undone.
"""

from collections.abc import Collection

from django.db import connection, transaction

from access.actor import SYSTEM
from followup.worklist.services.contacts import regroup
from kernel import clock
from trail.services import record

_GONE = "等待核实期间窗口已过"
# What went by before the hold began was overdue then, and is owed as it was.
_SETTLE = """
WITH settled AS (
  SELECT t.id, held.since IS NOT NULL AS is_held,
         held.since IS NULL AND t.window_end < %(today)s AND t.window_end >= released.since AS is_gone
    FROM worklist_task t
    LEFT JOIN programmes_enrolment x ON x.id = t.enrolment_id
    LEFT JOIN programmes_programmestep s ON s.id = t.step_id
   CROSS JOIN LATERAL (
         SELECT min(f.set_at) FROM records_patientflag f
          WHERE f.patient_id = t.patient_id AND f.lifted_at IS NULL
            AND (f.kind = 'deceased' AND f.state = 'proposed'
                 OR f.kind = 'moved_out' AND s.owner = 'community')) AS held (since)
   CROSS JOIN LATERAL (
         SELECT COALESCE((SELECT (f.set_at AT TIME ZONE 'Asia/Shanghai')::date FROM records_patientflag f
                           WHERE f.patient_id = t.patient_id AND f.kind IN ('deceased', 'moved_out')
                           ORDER BY f.lifted_at DESC NULLS LAST LIMIT 1), %(today)s)) AS released (since)
   WHERE t.patient_id = ANY(%(patients)s::bigint[])
     AND (t.state = 'planned' AND held.since IS NOT NULL
          OR t.state = 'paused' AND held.since IS NULL AND (x.id IS NULL OR x.state = 'active')))
UPDATE worklist_task t
   SET version = t.version + 1,
       state = CASE WHEN o.is_held THEN 'paused' WHEN o.is_gone THEN 'cancelled' ELSE 'planned' END,
       close_reason = CASE WHEN o.is_gone THEN %(gone)s ELSE t.close_reason END,
       closed_at = CASE WHEN o.is_gone THEN %(now)s::timestamptz END,
       closed_on = CASE WHEN o.is_gone THEN %(today)s::date END
  FROM settled o WHERE o.id = t.id
"""


@transaction.atomic
def settle_holds(*, patient_ids: Collection[int]) -> int:
    """Pause what is held now and take up what no longer is; how many tasks changed. A repeat changes none.

    Call it in the transaction that proposes, confirms or rejects a death, sets or lifts 已迁出, or makes or resumes
    tasks. Work that somebody has begun stays with them.
    """
    if not patient_ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            _SETTLE,
            {"patients": sorted(set(patient_ids)), "today": clock.today(), "now": clock.now(), "gone": _GONE},
        )
        changed = int(cursor.rowcount)
    if changed:
        record(
            actor_id=None, actor_name=SYSTEM.name, action="worklist.task.held", object_type="task",
            patients=len(set(patient_ids)), tasks=changed,
        )  # fmt: skip
        regroup(patient_ids=patient_ids)
    return changed
