"""Work that waits, by institution, clinician and place: what catchments' rosters and changes ask (its WorkFigures).

Contacts are counted as lists show them: a task that is made together with another one is not a contact of its own.
"""

from collections.abc import Collection, Mapping
from datetime import date

from django.db import connection

from community.catchments.contracts import Affected, StaffLoad

_OPEN = "t.state IN ('planned', 'in_progress') AND t.lead_id IS NULL"
_BY_INSTITUTION = f"""
SELECT t.institution_id, count(*) FROM worklist_task t
 WHERE {_OPEN} AND t.institution_id = ANY(%s) AND t.due_on BETWEEN %s AND %s
 GROUP BY t.institution_id
"""  # noqa: S608
_OF_STAFF = f"""
SELECT t.assignee_id, count(*) FILTER (WHERE t.due_on BETWEEN %s AND %s), count(*)
  FROM worklist_task t JOIN organization_staffmember s ON s.id = t.assignee_id AND t.ward_id = s.ward_id
 WHERE {_OPEN} AND s.id = ANY(%s)
 GROUP BY t.assignee_id
"""  # noqa: S608
# What a new owner near home would take over are the community's steps; what somebody has begun stays with them.
_AFFECTED = """
WITH here AS MATERIALIZED (
    SELECT r.patient_id FROM routing_currentrouting r
     WHERE r.division_code <> '' AND (left(r.division_code, 6) = ANY(%(six)s)
        OR left(r.division_code, 9) = ANY(%(nine)s) OR r.division_code = ANY(%(twelve)s))
)
SELECT (SELECT count(*) FROM here),
       count(*) FILTER (WHERE t.state IN ('planned', 'paused')), count(*) FILTER (WHERE t.state = 'in_progress')
  FROM here JOIN worklist_task t ON t.patient_id = here.patient_id
       JOIN programmes_programmestep p ON p.id = t.step_id
 WHERE p.owner = 'community' AND t.state IN ('planned', 'paused', 'in_progress')
"""


class Workload:
    def due_by_institution(
        self, institution_ids: Collection[int], first: date, last: date
    ) -> Mapping[int, int]:
        """Contacts due from `first` to `last`, both included. One query."""
        with connection.cursor() as cursor:
            cursor.execute(_BY_INSTITUTION, [list(institution_ids), first, last])
            return dict(cursor.fetchall())

    def load_of_staff(self, staff_ids: Collection[int], first: date, last: date) -> Mapping[int, StaffLoad]:
        """Open contacts in their own ward or team, and how many of them are due from `first` to `last`. One query."""
        with connection.cursor() as cursor:
            cursor.execute(_OF_STAFF, [first, last, list(staff_ids)])
            return {staff: StaffLoad(planned, waiting) for staff, planned, waiting in cursor.fetchall()}

    def affected(self, division_prefixes: Collection[str]) -> Affected:
        """Patients routed to a division whose code begins with one of these 6, 9 or 12 digits. One query."""
        by_length = {
            name: [prefix for prefix in division_prefixes if len(prefix) == length]
            for name, length in (("six", 6), ("nine", 9), ("twelve", 12))
        }
        with connection.cursor() as cursor:
            cursor.execute(_AFFECTED, by_length)
            return Affected(*cursor.fetchone())
