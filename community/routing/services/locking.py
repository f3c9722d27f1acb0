"""One decision at a time for a patient, also for the first, when there is no row to lock yet.

Single decisions share the tenant's lock and hold the patient's; a set holds the tenant's alone. So a set of thousands
takes one lock of the server's table and not thousands, and still excludes every single decision while it writes.
"""

from django.db import connection

_SINGLE = """
SELECT pg_advisory_xact_lock_shared(hashtextextended(current_schema() || '.routing.set', 0)),
       pg_advisory_xact_lock(hashtextextended(current_schema() || '.routing', %s))
"""
_SET = "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '.routing.set', 0))"


def lock_patient(patient_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_SINGLE, [patient_id])


def lock_set() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_SET)
