"""What the programme editor asks while criteria are being written: how many, who, and at which condition they fail."""

import time
from collections.abc import Mapping
from datetime import date
from typing import Any

import orjson
from django.db import connection
from psycopg import sql

from followup.programmes.criteria import sentence_of
from followup.screening.cohort import FUNNEL_DAYS, CohortQuery, build_cohort, build_funnel
from followup.screening.compiler import Parameters
from followup.worklist.rules import compute_age

_COUNTS = sql.SQL("""
WITH cohort AS MATERIALIZED ({cohort}),
     place AS (SELECT department_id, count(*) AS n FROM cohort WHERE NOT flagged GROUP BY department_id)
SELECT (SELECT count(*) FROM cohort WHERE NOT flagged),
       (SELECT count(DISTINCT patient_id) FROM cohort WHERE NOT flagged),
       (SELECT count(*) FROM cohort WHERE flagged),
       (SELECT COALESCE(json_agg(json_build_array(COALESCE(d.name, '未登记科室'), i.name, place.n)
                                 ORDER BY place.n DESC, place.department_id), '[]')::text
          FROM place LEFT JOIN organization_department d ON d.id = place.department_id
          LEFT JOIN organization_institution i ON i.id = d.institution_id),
       {programme}
""")
_ENROLLED = sql.SQL(
    "(SELECT count(*) FROM cohort WHERE NOT flagged AND EXISTS (SELECT 1 FROM programmes_enrolment x"
    " WHERE x.encounter_id = cohort.encounter_id AND x.programme_id = {}))"
)
_NAMES = sql.SQL("""
SELECT c.encounter_id, c.patient_id, p.name_masked, p.sex, p.birth_date, c.discharged_on, d.name, e.main_diagnosis
  FROM ({cohort}) c
  JOIN records_patient p ON p.id = c.patient_id
  JOIN records_encounter e ON e.id = c.encounter_id
  LEFT JOIN organization_department d ON d.id = c.department_id
 WHERE NOT c.flagged
 ORDER BY c.discharged_on DESC, c.encounter_id DESC LIMIT {limit}
""")


def count_cohort(query: CohortQuery, *, programme_id: int | None = None) -> dict[str, Any]:
    """Stays, patients, stays kept out by flags, already enrolled in the programme (null without one), by department.

    `took_ms` is the time of the database alone.
    """
    parameters = Parameters(few=False)
    statement = _COUNTS.format(
        cohort=build_cohort(query, parameters),
        programme=sql.SQL("NULL") if programme_id is None else _ENROLLED.format(parameters.add(programme_id)),
    )
    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('jit', 'off', true), set_config('work_mem', '64MB', true)")
        cursor.execute(statement, parameters.values)
        stays, patients, flagged, places, enrolled = cursor.fetchone()
    return {
        "count": stays,
        "patients": patients,
        "flagged": flagged,
        "enrolled": enrolled,
        "by_department": [
            {"department": name, "institution": institution or "", "count": n}
            for name, institution, n in orjson.loads(places)
        ],
        "took_ms": round((time.perf_counter() - started) * 1000),
    }


def list_cohort(query: CohortQuery, *, limit: int, today: date) -> list[dict[str, Any]]:
    """The latest of them, masked."""
    parameters = Parameters(few=False)
    statement = _NAMES.format(cohort=build_cohort(query, parameters), limit=sql.Literal(limit))
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters.values)
        rows = cursor.fetchall()
    return [
        {
            "encounter_id": str(encounter_id),
            "patient": {
                "id": str(patient_id),
                "name_masked": name,
                "sex": sex,
                "age": compute_age(birth_date, today),
            },
            "discharged_on": discharged_on,
            "department": department,
            "diagnosis": diagnosis or None,
        }
        for encounter_id, patient_id, name, sex, birth_date, discharged_on, department, diagnosis in rows
    ]


def list_conditions(query: CohortQuery) -> list[dict[str, Any]] | None:
    """Condition by condition, how many stays are left and how many fell there; None over a longer period than
    FUNNEL_DAYS, where asking every stay would keep the editor waiting.
    """
    if (query.last - query.first).days > FUNNEL_DAYS:
        return None
    parameters = Parameters(few=False)
    statement, conditions = build_funnel(query, parameters)
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters.values)
        fell: Mapping[int, int] = dict(cursor.fetchall())
    left, rows = sum(fell.values()), []
    for n, node in enumerate(conditions, start=1):
        lost = fell.get(n, 0)
        left -= lost
        rows.append({"text": sentence_of(node), "fell": lost, "left": left})
    return rows
