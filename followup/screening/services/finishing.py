"""When an enrolment owes nothing any more."""

from collections.abc import Sequence
from typing import Final

from django.db import connection

from followup.programmes.services import complete
from kernel import clock

# Over the enrolment `x` and its stay `e`: no task to come, neither made nor a repetition that is still to be made.
NOTHING_OWED: Final = """
   NOT EXISTS (SELECT 1 FROM worklist_task t WHERE t.enrolment_id = x.id
                  AND t.state IN ('planned', 'in_progress', 'paused'))
   AND NOT EXISTS (
       SELECT 1 FROM programmes_programmestep s
        CROSS JOIN LATERAL (
              SELECT COALESCE(max(k.occurrence - x.generation * 1000), 0) FROM worklist_task k
               WHERE k.enrolment_id = x.id AND k.step_id = s.id AND k.occurrence > x.generation * 1000
                 AND k.revisit_of_id IS NULL) AS m (made)
        CROSS JOIN LATERAL (
              SELECT LEAST(s.repeat_times, 999, CASE WHEN s.repeat_until IS NOT NULL
                           THEN 1 + GREATEST(s.repeat_until - s.day, 0) / s.repeat_every END)) AS r (times)
        WHERE s.version_id = x.version_id AND s.repeat_every IS NOT NULL AND m.made < r.times
          AND e.discharged_on + s.day + (r.times - 1) * s.repeat_every + s.window_after >= %(today)s)
"""
_REOPENED_ONES = """
SELECT x.id
  FROM programmes_enrolment x JOIN records_encounter e ON e.id = x.encounter_id
 WHERE x.id = ANY(%(ids)s::bigint[]) AND x.state = 'active' AND x.generation > 0 AND {nothing_owed} ORDER BY x.id
"""
_REOPENED: Final = _REOPENED_ONES.format(nothing_owed=NOTHING_OWED)


def complete_reopened(enrolment_ids: Sequence[int]) -> list[int]:
    """Of enrolments that were taken up again, those for which nothing was left (every window was over): they are
    completed, whatever their version says of path_completed, for no task will ever close to tell of it.
    """
    if not enrolment_ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_REOPENED, {"ids": list(enrolment_ids), "today": clock.today()})
        found = [row[0] for row in cursor.fetchall()]
    return complete(enrolment_ids=found)
