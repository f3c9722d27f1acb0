from typing import Any

from django.db import connection
from django.db.models import QuerySet

from followup.screening.errors import CentreMissing
from followup.screening.models import ScreeningRun, ScreeningWatermark
from followup.screening.statement import Desk
from kernel.errors import NotFound


def get_desk() -> Desk:
    """The lead institution's follow-up centre. Raises CentreMissing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.id, d.id, w.id FROM organization_institution i"
            " JOIN organization_department d ON d.institution_id = i.id AND d.kind = 'follow_up_centre' AND d.is_active"
            " JOIN organization_ward w ON w.department_id = d.id AND w.kind = 'call_desk' AND w.is_active"
            " WHERE i.is_lead ORDER BY d.id, w.id LIMIT 1"
        )
        row = cursor.fetchone()
    if row is None:
        raise CentreMissing()
    return Desk(*row)


def get_watermarks() -> dict[int, int]:
    """Version id → revision from which encounters have not been screened."""
    return dict(ScreeningWatermark.objects.values_list("version_id", "revision"))


def runs() -> QuerySet[ScreeningRun, Any]:
    return ScreeningRun.objects.values(
        "id",
        "trigger",
        "started_at",
        "finished_at",
        "programmes",
        "enrolled",
        "tasks_made",
        "started_by_name",
    )


def present_run(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "id": str(row["id"])}


def get_run(*, run_id: int) -> dict[str, Any]:
    """Raises NotFound."""
    row = runs().filter(pk=run_id).first()
    if row is None:
        raise NotFound()
    return present_run(row)
