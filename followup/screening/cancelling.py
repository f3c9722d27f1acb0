"""What a correction undoes: reads and updates of one encounter's enrolments and tasks."""

from collections.abc import Mapping, Sequence

from django.db import connection
from psycopg import sql

from followup.programmes.contracts import VersionPlan
from followup.programmes.criteria import parse_criteria
from followup.screening.compiler import Parameters, compile_node, compile_switch
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
    """Enrolments (keys of `versions`) whose criteria no longer hold and on whose tasks nobody has begun."""
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
        " WHERE e.id = %(encounter_id)s AND NOT {switch}"
        " AND NOT EXISTS (SELECT 1 FROM worklist_task t WHERE t.enrolment_id = s.id"
        " AND t.state NOT IN ('planned', 'cancelled')) ORDER BY s.id"
    ).format(switch=switch)
    with connection.cursor() as cursor:
        parameters.values |= {"ids": ids, "encounter_id": encounter_id}
        cursor.execute(statement, parameters.values)
        return [row[0] for row in cursor.fetchall()]


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


def list_enrolled_encounters(patient_id: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT encounter_id FROM programmes_enrolment WHERE patient_id = %s AND state = 'active'"
            " ORDER BY encounter_id",
            [patient_id],
        )
        return [row[0] for row in cursor.fetchall()]
