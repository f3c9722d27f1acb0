"""The end of the statement: `made(id, …, generation, operated_on, enrolled_on)` × steps → worklist_task."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from psycopg import sql

from followup.programmes.contracts import StepPlan, VersionPlan
from followup.screening.reasons import (
    CENTRE_NOTES,
    DAY_MARK,
    NUMBER_MARK,
    REPEATED_DAY_MARK,
    WARD_NOTES,
    dump,
    task_reason,
)
from followup.screening.rules import HORIZON_DAYS, ROUND
from followup.screening.statement.scope import Desk

_TASK: Final = """
INSERT INTO worklist_task
       (enrolment_id, step_id, occurrence, kind, programme_id, patient_id, encounter_id, questionnaire_version_id,
        institution_id, department_id, ward_id, assignee_id, township_code, state, channel,
        due_on, window_start, window_end, reason, level, answers, version, conclusion, close_reason, late_reason,
        reached, closed_by_name, created_at)
SELECT m.id, t.id, m.generation * %(round)s + r.n, t.kind, m.programme_id, m.patient_id, m.encounter_id, t.form,
       CASE own.kind WHEN 'ward' THEN wd.institution_id WHEN 'community' THEN cr.institution_id
                     WHEN 'named' THEN sd.institution_id ELSE %(desk_institution)s END,
       CASE own.kind WHEN 'ward' THEN w.department_id WHEN 'community' THEN cr.department_id
                     WHEN 'named' THEN sw.department_id ELSE %(desk_department)s END,
       CASE own.kind WHEN 'ward' THEN w.id WHEN 'community' THEN cr.ward_id
                     WHEN 'named' THEN sw.id ELSE %(desk_ward)s END,
       CASE own.kind WHEN 'community' THEN cr.staff_id ELSE own.staff_id END,
       CASE WHEN length(cr.division_code) = 12 AND substr(cr.division_code, 7, 3) <> '000'
            THEN left(cr.division_code, 9) || '000' ELSE '' END,
       'planned', t.channel, due.due_on, due.due_on - t.before, due.due_on + t.after,
       CASE WHEN own.note IS NULL THEN text.reason
            ELSE jsonb_insert(text.reason, '{{why,-1}}', to_jsonb(own.note), true) END,
       '', '{{}}', 1, '', '', '', false, '', %(now)s
  FROM made m
  JOIN records_encounter e ON e.id = m.encounter_id
  JOIN unnest(%(t_id)s::bigint[], %(t_version)s::bigint[], %(t_anchor)s::text[], %(t_day)s::int[],
              %(t_before)s::int[], %(t_after)s::int[], %(t_every)s::int[], %(t_times)s::int[], %(t_until)s::int[],
              %(t_channel)s::text[], %(t_owner)s::text[], %(t_staff_no)s::text[], %(t_kind)s::text[],
              %(t_form)s::bigint[], %(t_reason)s::text[], %(t_fallback)s::text[], %(t_ward_note)s::text[],
              %(t_centre_note)s::text[])
       AS t (id, version_id, anchor, day, before, after, every, times, until, channel, owner, staff_no, kind, form,
             reason, reason_fallback, ward_note, centre_note)
    ON t.version_id = m.version_id
  LEFT JOIN organization_ward w ON w.id = e.ward_id
  LEFT JOIN organization_department wd ON wd.id = w.department_id
  LEFT JOIN routing_currentrouting cr ON cr.patient_id = m.patient_id
  {staff}
 CROSS JOIN LATERAL (
       SELECT CASE t.anchor WHEN 'operation' THEN COALESCE(m.operated_on, e.discharged_on)
                            WHEN 'enrolment' THEN m.enrolled_on ELSE e.discharged_on END,
              t.anchor <> 'operation' OR m.operated_on IS NOT NULL,
              CASE WHEN %(today)s::date - e.discharged_on <= %(fresh)s THEN e.discharged_on
                   ELSE %(today)s::date END) AS at (anchor_on, found, owed_from)
  {repetition}
 CROSS JOIN LATERAL (SELECT at.anchor_on + t.day + {shift}) AS due (due_on)
  {owner}
 CROSS JOIN LATERAL (SELECT {reason}::jsonb) AS text (reason)
 WHERE due.due_on + t.after >= at.owed_from
{order}
{conflict}
RETURNING patient_id
"""

# Where the enrolments exist already, so may their tasks. A run's own `made` are new, or of a generation that this
# transaction alone has opened: nothing can be there, and looking for it costs every row.
_EXISTING: Final = "ON CONFLICT (enrolment_id, step_id, occurrence) WHERE revisit_of_id IS NULL DO NOTHING"

# Whose staff number the step means, and that person's own ward when it means the person.
_STAFF: Final = """
  LEFT JOIN organization_staffmember st ON st.is_active AND st.staff_no <> '' AND st.staff_no = CASE t.owner
       WHEN 'attending' THEN e.attending_no WHEN 'nurse' THEN e.nurse_no WHEN 'named' THEN t.staff_no END
  LEFT JOIN organization_ward sw ON sw.id = st.ward_id AND t.owner = 'named'
  LEFT JOIN organization_department sd ON sd.id = sw.department_id
"""
_OWNER: Final = """
 CROSS JOIN LATERAL (
       SELECT CASE WHEN t.owner IN ('hospital', 'attending', 'nurse') AND w.id IS NOT NULL THEN 'ward'
                   WHEN t.owner = 'community' AND cr.patient_id IS NOT NULL THEN 'community'
                   WHEN t.owner = 'named' AND sw.id IS NOT NULL THEN 'named' END) AS place (kind)
 CROSS JOIN LATERAL (
       SELECT place.kind, CASE WHEN place.kind IS NOT NULL THEN st.id END,
              CASE WHEN place.kind IS NULL THEN t.centre_note
                   WHEN place.kind = 'ward' AND st.id IS NULL THEN t.ward_note END) AS own (kind, staff_id, note)
"""
# Without steps that name a person nobody is looked for: three joins less per task.
_NO_STAFF: Final = """
 CROSS JOIN (SELECT NULL::bigint, NULL::bigint) AS st (id, ward_id)
 CROSS JOIN (SELECT NULL::bigint, NULL::bigint) AS sw (id, department_id)
 CROSS JOIN (SELECT NULL::bigint) AS sd (institution_id)
"""
_PERSONAL: Final = frozenset({"attending", "nurse", "named"})

_ONCE: Final = "CROSS JOIN (SELECT 1) AS r (n)"
# From the first repetition whose window is still owed to the last within the horizon, the step's number or its last
# day. GREATEST and LEAST pass over NULL, and a step without repetition comes out as 1 to 1.
_REPEATED: Final = """
 CROSS JOIN LATERAL (SELECT generate_series(
       GREATEST(1 + (GREATEST(at.owed_from - at.anchor_on - t.day - t.after, 0) + t.every - 1) / t.every, 1{after}),
       LEAST(t.times, CASE WHEN t.until IS NOT NULL THEN 1 + GREATEST(t.until - t.day, 0) / t.every END, %(round)s - 1,
             GREATEST(1 + GREATEST(%(horizon)s::date - at.anchor_on - t.day, 0) / t.every, 1)))) AS r (n)
"""
_AFTER_MADE: Final = """,
       1 + (SELECT max(k.occurrence) - m.generation * %(round)s FROM worklist_task k
             WHERE k.enrolment_id = m.id AND k.step_id = t.id AND k.occurrence > m.generation * %(round)s
               AND k.revisit_of_id IS NULL)"""
_REASON: Final = (
    "replace(CASE WHEN at.found THEN t.reason ELSE t.reason_fallback END, %(mark)s, at.anchor_on::text)"
)
_REPEATED_REASON: Final = (
    "CASE WHEN t.every IS NULL THEN {reason} ELSE replace(replace({reason}, %(number_mark)s, r.n::text),"
    " %(day_mark)s, (t.day + (r.n - 1) * t.every)::text) END"
)


def build_tasks(steps: Sequence[StepPlan], *, after_made: bool = False, existing: bool = False) -> sql.SQL:
    """The INSERT, with no more joins than these steps need.

    `after_made`: repetitions after those that exist. `existing`: the enrolments exist, so another transaction may make
    the same tasks; in one order both wait instead of deadlocking, and the second leaves them as they are.
    """
    repeats = any(step.repeat_every is not None for step in steps)
    personal = any(step.owner in _PERSONAL for step in steps)
    return sql.SQL(
        _TASK.format(
            staff=_STAFF if personal else _NO_STAFF,
            owner=_OWNER,
            repetition=_REPEATED.format(after=_AFTER_MADE if after_made else "") if repeats else _ONCE,
            shift="COALESCE((r.n - 1) * t.every, 0)" if repeats else "0",
            reason=_REPEATED_REASON.format(reason=_REASON) if repeats else _REASON,
            order=" ORDER BY m.id, t.id, r.n" if existing else "",
            conflict=_EXISTING if existing else "",
        )
    )


def task_values(plans: Sequence[VersionPlan], *, desk: Desk, today: date) -> dict[str, Any]:
    rows = [(plan, step) for plan in plans for step in plan.steps]
    return {
        "round": ROUND,
        "horizon": today + timedelta(days=HORIZON_DAYS),
        "mark": DAY_MARK,
        "number_mark": NUMBER_MARK,
        "day_mark": REPEATED_DAY_MARK,
        "desk_institution": desk.institution_id,
        "desk_department": desk.department_id,
        "desk_ward": desk.ward_id,
        "t_id": [s.id for _, s in rows],
        "t_version": [p.id for p, _ in rows],
        "t_anchor": [s.anchor for _, s in rows],
        "t_day": [s.day for _, s in rows],
        "t_before": [s.window_before for _, s in rows],
        "t_after": [s.window_after for _, s in rows],
        "t_every": [s.repeat_every for _, s in rows],
        "t_times": [s.repeat_times for _, s in rows],
        "t_until": [s.repeat_until for _, s in rows],
        "t_channel": [s.channel for _, s in rows],
        "t_owner": [s.owner for _, s in rows],
        "t_staff_no": [s.owner_staff_no for _, s in rows],
        "t_kind": [s.kind for _, s in rows],
        "t_form": [s.questionnaire_version_id for _, s in rows],
        "t_reason": [dump(task_reason(p, s, anchor_found=True)) for p, s in rows],
        "t_fallback": [
            dump(task_reason(p, s, anchor_found=False)) if s.anchor == "operation" else "" for p, s in rows
        ],
        "t_ward_note": [WARD_NOTES.get(s.owner) for _, s in rows],
        "t_centre_note": [CENTRE_NOTES.get(s.owner) for _, s in rows],
    }
