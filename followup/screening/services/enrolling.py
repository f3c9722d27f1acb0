"""The tasks of enrolments that are not made by a run: by hand, restarted, or taken up again."""

from collections.abc import Sequence

from django.db import connection, transaction

from followup.programmes.selectors.enrolments import plans_of
from followup.screening import cancelling, selectors
from followup.screening.services.finishing import complete_reopened
from followup.screening.statement import build_tasks_for
from followup.worklist.services import contacts
from followup.worklist.services.holding import settle_holds
from followup.worklist.services.revisits import WITHDRAWN
from kernel import clock

_OPEN = ("planned", "in_progress", "paused")
WINDOW_GONE = "暂停期间窗口已过"

# A further generation repeats neither what an earlier one has settled, nor what went by while the enrolment stood
# still. What was overdue already when it was stopped is owed as before.
_DROP_SETTLED = """
DELETE FROM worklist_task t USING programmes_enrolment x
 WHERE x.id = t.enrolment_id AND x.id = ANY(%(ids)s::bigint[]) AND x.generation > 0
   AND t.state = 'planned' AND t.occurrence > x.generation * 1000 AND t.revisit_of_id IS NULL
   AND (EXISTS (SELECT 1 FROM worklist_task k WHERE k.enrolment_id = t.enrolment_id AND k.step_id = t.step_id
                   AND k.occurrence < x.generation * 1000 AND k.occurrence %% 1000 = t.occurrence %% 1000
                   AND k.due_on = t.due_on AND k.state <> 'cancelled' AND k.revisit_of_id IS NULL)
        OR t.window_end < %(today)s AND NOT EXISTS (
           SELECT 1 FROM worklist_task k WHERE k.enrolment_id = t.enrolment_id AND k.step_id = t.step_id
              AND k.occurrence < x.generation * 1000 AND k.occurrence %% 1000 = t.occurrence %% 1000
              AND k.state = 'cancelled' AND k.closed_on > k.window_end AND k.revisit_of_id IS NULL))
"""

# A revisit that went with its enrolment is asked for by its result still, as long as its window lasts.
_TAKE_UP_REVISITS = """
UPDATE worklist_task t
   SET state = 'planned', close_reason = '', closed_at = NULL, closed_on = NULL, version = t.version + 1
  FROM programmes_enrolment x
 WHERE x.id = t.enrolment_id AND x.id = ANY(%(ids)s::bigint[]) AND x.generation > 0 AND x.state = 'active'
   AND t.revisit_of_id IS NOT NULL AND t.state = 'cancelled' AND t.close_reason <> %(withdrawn)s
   AND t.window_end >= %(today)s
"""


@transaction.atomic
def make_tasks_for(enrolment_ids: Sequence[int]) -> int:
    """The steps that these active enrolments still owe, at once; how many tasks. One that was taken up again and owes
    nothing is completed. Raises CentreMissing.
    """
    plans = plans_of(enrolment_ids)
    if not plans:
        return 0
    today = clock.today()
    statement, values = build_tasks_for(
        plans, enrolment_ids=enrolment_ids, desk=selectors.get_desk(), today=today, now=clock.now()
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        made = int(cursor.fetchone()[1])
        cursor.execute(_DROP_SETTLED, {"ids": list(enrolment_ids), "today": today})
        made -= int(cursor.rowcount)
    settle_reopened(enrolment_ids)
    regroup_of(enrolment_ids)
    return made


def settle_reopened(enrolment_ids: Sequence[int]) -> None:
    """What a further generation takes over from the one before, or ends with."""
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKE_UP_REVISITS, {"ids": list(enrolment_ids), "withdrawn": WITHDRAWN, "today": clock.today()}
        )
    complete_reopened(enrolment_ids)


@transaction.atomic
def cancel_tasks_of(enrolment_ids: Sequence[int], reason: str) -> int:
    count = cancelling.cancel_tasks(enrolment_ids, reason=reason, states=_OPEN)
    regroup_of(enrolment_ids)
    return count


@transaction.atomic
def pause_tasks_of(enrolment_ids: Sequence[int]) -> int:
    """Of enrolments that are paused already: a paused task in an active one is one that a flag holds back."""
    count = cancelling.pause_tasks(enrolment_ids)
    regroup_of(enrolment_ids)
    return count


@transaction.atomic
def resume_tasks_of(enrolment_ids: Sequence[int], reason: str = WINDOW_GONE) -> int:
    count = cancelling.resume_tasks(enrolment_ids, reason=reason)
    regroup_of(enrolment_ids)
    return count


def regroup_of(enrolment_ids: Sequence[int]) -> None:
    """The patients' contacts are made again: nobody is left waiting in a contact whose lead has gone. What their flags
    hold back is held.
    """
    if not enrolment_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT patient_id FROM programmes_enrolment WHERE id = ANY(%s::bigint[])",
            [list(enrolment_ids)],
        )
        patients = [row[0] for row in cursor.fetchall()]
    settle_holds(patient_ids=patients)
    contacts.regroup(patient_ids=patients)
