"""Figures of the bound tenant, each from the one definition in metrics.py; SQL from constants only."""

from datetime import date, timedelta
from typing import Any

import orjson
from django.db import connection

from access.actor import Actor
from community.supervision.contracts import OUTSIDE, UNKNOWN, TownshipCounts
from community.supervision.rules import compute_rate
from followup.statistics import metrics
from followup.statistics.policy import scope_of
from followup.statistics.rules import next_month
from kernel import clock


def _month_sql(scope: str) -> str:
    return f"""
SELECT {metrics.count_of(metrics.TASKS_DUE)}, {metrics.count_of(metrics.TASKS_DONE)},
       {metrics.count_of(metrics.DONE_IN_WINDOW)},
       (SELECT coalesce(jsonb_object_agg(per_day.closed_on, per_day.n), '{{}}')
          FROM (SELECT t.closed_on, count(*) AS n FROM worklist_task t
                 WHERE {metrics.CLOSED_DONE.condition} AND {scope} GROUP BY t.closed_on) per_day) AS per_day
  FROM worklist_task t
 WHERE {metrics.TASKS_DUE.condition} AND {scope}
"""  # noqa: S608


def my_month(actor: Actor, month: date) -> dict[str, Any]:
    """The month that `month` lies in, over the tasks in the actor's places. One query.

    Rates are shares (0 to 1), None when nothing was due. `days` holds every day of the month up to today with the
    tasks finished on it.
    """
    start = month.replace(day=1)
    end = next_month(start)
    scope, places = scope_of(actor)
    with connection.cursor() as cursor:
        cursor.execute(_month_sql(scope), {"start": start, "end": end, **places})
        due, done, done_in_window, per_day = cursor.fetchone()
    counts = orjson.loads(per_day)
    shown = max((min(end, clock.today() + timedelta(days=1)) - start).days, 0)
    days = [(start + timedelta(days=n)).isoformat() for n in range(shown)]
    return {
        "due": due,
        "done": done,
        "done_in_window": done_in_window,
        "rate_done": compute_rate(done, due),
        "rate_on_time": compute_rate(done_in_window, due),
        "days": [{"day": day, "done": counts.get(day, 0)} for day in days],
    }


_ENCOUNTER_COUNTS = ", ".join(metrics.count_of(metric) for metric in metrics.ENCOUNTER_METRICS)
_TASK_COUNTS = ", ".join(metrics.count_of(metric) for metric in metrics.TASK_METRICS)
_CODES = [metric.code for metric in (*metrics.ENCOUNTER_METRICS, *metrics.TASK_METRICS)]
_SUMS = ", ".join(f"coalesce(sum(u.{code}), 0)::int AS {code}" for code in _CODES)
_NO_ENCOUNTERS = ", ".join("0" for _ in metrics.ENCOUNTER_METRICS)
_NO_TASKS = ", ".join("0" for _ in metrics.TASK_METRICS)

# A stay counts for the institution that looks after the patient at home: the routing's, which is the follow-up
# centre's while the residence is open, else the discharging hospital. A task counts for who owes it.
_TOWNSHIP_SQL = f"""
WITH counted AS (
    SELECT coalesce(r.institution_id, e.institution_id, (SELECT id FROM organization_institution WHERE is_lead))
               AS institution_id,
           CASE WHEN r.state = 'outside' THEN %(outside)s
                WHEN r.state IS NULL OR r.state = 'unresolved' OR substr(r.division_code, 7, 3) IN ('', '000')
                THEN %(unknown)s
                ELSE left(r.division_code, 9) || '000' END AS township_code,
           {_ENCOUNTER_COUNTS}, {_NO_TASKS}
      FROM records_encounter e LEFT JOIN routing_currentrouting r ON r.patient_id = e.patient_id
     WHERE {metrics.DISCHARGED.condition}
     GROUP BY 1, 2
    UNION ALL
    SELECT t.institution_id, CASE WHEN r.state = 'outside' THEN %(outside)s ELSE t.township_code END,
           {_NO_ENCOUNTERS}, {_TASK_COUNTS}
      FROM worklist_task t LEFT JOIN routing_currentrouting r ON r.patient_id = t.patient_id
     WHERE {metrics.TASKS_DUE.condition}
     GROUP BY 1, 2
)
SELECT coalesce(i.code, ''), coalesce(i.name, ''), u.township_code,
       CASE u.township_code WHEN %(outside)s THEN '县外' WHEN %(unknown)s THEN '归属待确认'
            ELSE coalesce(max(d.name), u.township_code) END,
       {_SUMS}
  FROM counted u (institution_id, township_code, {", ".join(_CODES)})
  LEFT JOIN organization_institution i ON i.id = u.institution_id
  LEFT JOIN divisions_admindivision d ON d.code = u.township_code
 GROUP BY i.code, i.name, u.township_code
 ORDER BY u.township_code, i.code
"""  # noqa: S608


def township_counts(month: date) -> list[TownshipCounts]:
    """The month that `month` lies in by (institution, township). One set-based statement, no patient is read."""
    start = month.replace(day=1)
    parameters: dict[str, Any] = {
        "start": start,
        "end": next_month(start),
        "outside": OUTSIDE,
        "unknown": UNKNOWN,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TOWNSHIP_SQL, parameters)
        return [TownshipCounts(*row) for row in cursor.fetchall()]
