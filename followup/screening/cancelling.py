"""Set-based reads and updates of enrolments' tasks: what a correction, a flag or a stay in hospital does to them.

Each caller tells it by one event about the enrolments (followup.programmes.services.enrolments) and makes the
contacts again (worklist.services.contacts.regroup) in the same transaction.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection
from psycopg import sql

from followup.programmes.contracts import VersionPlan
from followup.programmes.criteria import parse_criteria
from followup.screening.compiler import Parameters, compile_node, compile_switch
from followup.screening.reasons import ANCHOR_NAMES, NO_OPERATION
from kernel import clock


def read_standing(encounter_id: int) -> str | None:
    """discharged, dead, or another status of the stay; None when there is no such encounter."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT CASE WHEN p.deceased_at IS NOT NULL OR e.disposition = 'death' THEN 'dead' ELSE e.status END"
            " FROM records_encounter e JOIN records_patient p ON p.id = e.patient_id WHERE e.id = %s",
            [encounter_id],
        )
        row = cursor.fetchone()
    return str(row[0]) if row else None


def find_unmet(encounter_id: int, versions: Mapping[int, VersionPlan]) -> list[int]:
    """Enrolments (keys of `versions`) whose criteria no longer hold, or whose line is no longer the stay's, and on
    whose tasks nobody has begun."""
    if not versions:
        return []
    parameters = Parameters()
    ids = sorted(versions)
    switch = compile_switch(
        [
            (i, compile_node(parse_criteria(versions[pk].criteria), parameters))
            for i, pk in enumerate(ids, start=1)
        ]
    )
    statement = sql.SQL(
        "SELECT s.id FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS s (id, ord)"
        " CROSS JOIN records_encounter e JOIN records_patient p ON p.id = e.patient_id"
        " JOIN programmes_enrolment x ON x.id = s.id AND x.origin = 'rule'"
        " JOIN programmes_programmeversion v ON v.id = x.version_id"
        " WHERE e.id = %(encounter_id)s AND (NOT {switch} OR {elsewhere})"
        " AND NOT EXISTS (SELECT 1 FROM worklist_task t WHERE t.enrolment_id = s.id"
        " AND t.state NOT IN ('planned', 'paused', 'cancelled')) ORDER BY s.id"
    ).format(switch=switch, elsewhere=_ELSEWHERE)
    with connection.cursor() as cursor:
        parameters.values |= {"ids": ids, "encounter_id": encounter_id}
        cursor.execute(statement, parameters.values)
        return [row[0] for row in cursor.fetchall()]


# The stay is corrected to an institution that another line screens. Of the county's version only where the
# institution had its own line when the patient was enrolled: who is on a version stays on it when a line opens later.
_ELSEWHERE = sql.SQL(
    "CASE WHEN v.institution_id IS NOT NULL THEN e.institution_id IS DISTINCT FROM v.institution_id"
    " ELSE EXISTS (SELECT 1 FROM programmes_programmeversion l WHERE l.programme_id = v.programme_id"
    " AND l.institution_id = e.institution_id AND l.activated_at <= x.enrolled_at"
    " AND (l.retired_at IS NULL OR l.retired_at > x.enrolled_at)) END"
)


def cancel_tasks(enrolment_ids: Sequence[int], *, reason: str, states: Sequence[str]) -> int:
    if not enrolment_ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE worklist_task SET state = 'cancelled', close_reason = %s, closed_at = %s, closed_on = %s,"
            " version = version + 1 WHERE enrolment_id = ANY(%s::bigint[]) AND state = ANY(%s::text[])",
            [reason[:200], clock.now(), clock.today(), list(enrolment_ids), list(states)],
        )
        return int(cursor.rowcount)


def pause_tasks(enrolment_ids: Sequence[int]) -> int:
    """Planned → paused; work that somebody has begun stays with them."""
    return _update(
        "UPDATE worklist_task SET state = 'paused', version = version + 1"
        " WHERE enrolment_id = ANY(%(ids)s::bigint[]) AND state = 'planned'",
        enrolment_ids,
    )


_RESUME = """
UPDATE worklist_task t
   SET version = version + 1, state = CASE WHEN o.gone THEN 'cancelled' ELSE 'planned' END,
       close_reason = CASE WHEN o.gone THEN %(reason)s ELSE close_reason END,
       closed_at = CASE WHEN o.gone THEN %(now)s::timestamptz END, closed_on = CASE WHEN o.gone THEN %(today)s::date END
  FROM (SELECT id, window_end < %(today)s AS gone FROM worklist_task
         WHERE enrolment_id = ANY(%(ids)s::bigint[]) AND state = 'paused') AS o
 WHERE o.id = t.id AND t.state = 'paused'
"""


def resume_tasks(enrolment_ids: Sequence[int], *, reason: str) -> int:
    """Paused → planned where the window is open or ahead, else cancelled."""
    return _update(_RESUME, enrolment_ids, reason=reason[:200])


def cancel_loose_tasks(patient_id: int, *, reason: str) -> int:
    """Open tasks of the patient that belong to no enrolment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE worklist_task SET state = 'cancelled', close_reason = %s, closed_at = %s, closed_on = %s,"
            " version = version + 1 WHERE patient_id = %s AND enrolment_id IS NULL"
            " AND state IN ('planned', 'in_progress', 'paused')",
            [reason[:200], clock.now(), clock.today(), patient_id],
        )
        return int(cursor.rowcount)


# Against the anchor that the task itself names, in the line of its reason that says so (reasons.task_reason); a begun
# task stays where it is.
_SHIFT = """
WITH moved AS (
  SELECT t.id, a.anchor_on, a.is_operation, a.anchor_on - (t.reason->>'anchor_on')::date AS days,
         replace(t.reason->'why'->>1, t.reason->>'anchor_on', a.anchor_on::text) AS told
    FROM worklist_task t
    JOIN programmes_programmestep s ON s.id = t.step_id
    JOIN records_encounter e ON e.id = t.encounter_id
    JOIN programmes_enrolment x ON x.id = t.enrolment_id AND x.state IN ('active', 'paused')
    LEFT JOIN unnest(%(versions)s::bigint[], %(operated)s::date[]) AS op (version_id, operated_on)
           ON op.version_id = x.version_id
   CROSS JOIN LATERAL (SELECT CASE s.anchor WHEN 'discharge' THEN e.discharged_on
           WHEN 'operation' THEN CASE WHEN op.version_id IS NOT NULL
                                      THEN COALESCE(op.operated_on, e.discharged_on) END END,
           CASE WHEN s.anchor = 'operation' THEN op.operated_on IS NOT NULL END) AS a (anchor_on, is_operation)
   WHERE t.encounter_id = %(encounter_id)s AND t.state IN ('planned', 'paused')
     AND a.anchor_on <> (t.reason->>'anchor_on')::date)
UPDATE worklist_task t
   SET due_on = t.due_on + m.days, window_start = t.window_start + m.days, window_end = t.window_end + m.days,
       reason = t.reason || jsonb_build_object(
         'anchor_on', m.anchor_on,
         'anchor', CASE m.is_operation WHEN true THEN 'operation' WHEN false THEN 'discharge'
                                       ELSE t.reason->>'anchor' END,
         'why', jsonb_set(t.reason->'why', '{1}', to_jsonb(
           CASE m.is_operation WHEN true THEN replace(m.told, %(missing)s, %(operation)s)
                WHEN false THEN replace(m.told, %(operation)s || ' ' || m.anchor_on, %(missing)s || ' ' || m.anchor_on)
                ELSE m.told END))),
       version = t.version + 1
  FROM moved m WHERE m.id = t.id
"""


def shift_tasks(encounter_id: int, operated: Mapping[int, date | None]) -> int:
    """Planned tasks follow a corrected day of discharge or operation; `operated` by version id. How many moved."""
    with connection.cursor() as cursor:
        cursor.execute(
            _SHIFT,
            {
                "encounter_id": encounter_id,
                "versions": list(operated),
                "operated": list(operated.values()),
                "operation": ANCHOR_NAMES["operation"],
                "missing": NO_OPERATION,
            },
        )
        return int(cursor.rowcount)


# What repetitions to come and a further generation are counted from.
_ANCHORS = """
UPDATE programmes_enrolment x
   SET reason = x.reason || jsonb_build_object('discharged_on', e.discharged_on, 'operated_on', o.operated_on)
  FROM records_encounter e, programmes_enrolment y
  LEFT JOIN unnest(%(versions)s::bigint[], %(operated)s::date[]) AS op (version_id, operated_on)
         ON op.version_id = y.version_id
 CROSS JOIN LATERAL (SELECT CASE WHEN op.version_id IS NULL OR y.reason->>'operated_on' IS NULL
                                 THEN (y.reason->>'operated_on')::date ELSE op.operated_on END) AS o (operated_on)
 WHERE y.id = x.id AND e.id = x.encounter_id AND x.encounter_id = %(encounter_id)s
   AND x.state IN ('active', 'paused')
   AND ((x.reason->>'discharged_on')::date <> e.discharged_on
        OR (x.reason->>'operated_on')::date IS DISTINCT FROM o.operated_on)
RETURNING x.id
"""
_NO_LONGER_SKIPPED = """
UPDATE programmes_enrolment x
   SET reason = jsonb_set(x.reason, '{skipped_steps}', COALESCE(
         (SELECT jsonb_agg(k.code ORDER BY k.n) FROM jsonb_array_elements_text(x.reason->'skipped_steps')
                 WITH ORDINALITY AS k (code, n)
           WHERE NOT EXISTS (SELECT 1 FROM worklist_task t JOIN programmes_programmestep s ON s.id = t.step_id
                              WHERE t.enrolment_id = x.id AND s.code = k.code)), '[]'::jsonb))
 WHERE x.id = ANY(%s::bigint[]) AND x.reason->'skipped_steps' <> '[]'::jsonb
"""


def follow_anchors(encounter_id: int, operated: Mapping[int, date | None]) -> list[int]:
    """Running enrolments of the stay remember the corrected days; which ones. `operated` by version id."""
    values: dict[str, Any] = {
        "encounter_id": encounter_id,
        "versions": list(operated),
        "operated": list(operated.values()),
    }
    with connection.cursor() as cursor:
        cursor.execute(_ANCHORS, values)
        return [row[0] for row in cursor.fetchall()]


def forget_skipped(enrolment_ids: Sequence[int]) -> None:
    """Steps that have a task now were not skipped."""
    with connection.cursor() as cursor:
        cursor.execute(_NO_LONGER_SKIPPED, [list(enrolment_ids)])


def list_running(encounter_id: int) -> list[int]:
    """Enrolments of the stay that are active or paused."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM programmes_enrolment WHERE encounter_id = %s AND state IN ('active', 'paused')"
            " ORDER BY id",
            [encounter_id],
        )
        return [row[0] for row in cursor.fetchall()]


def read_operation_days(encounter_id: int, prefixes: Mapping[int, Sequence[str]]) -> dict[int, date | None]:
    """The latest operation of the stay whose code begins so (any, for no prefix), by version id."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code_stem, operated_on FROM records_operation"
            " WHERE encounter_id = %s AND superseded_at IS NULL AND operated_on IS NOT NULL",
            [encounter_id],
        )
        rows = cursor.fetchall()
    return {
        version_id: max(
            (day for stem, day in rows if not wanted or stem.startswith(tuple(wanted))), default=None
        )
        for version_id, wanted in prefixes.items()
    }


def _update(statement: str, enrolment_ids: Sequence[int], **values: Any) -> int:
    if not enrolment_ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            statement, {"ids": list(enrolment_ids), "now": clock.now(), "today": clock.today(), **values}
        )
        return int(cursor.rowcount)


def list_enrolled_encounters(patient_id: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT encounter_id FROM programmes_enrolment"
            " WHERE patient_id = %s AND state IN ('active', 'paused')"
            " ORDER BY encounter_id",
            [patient_id],
        )
        return [row[0] for row in cursor.fetchall()]
