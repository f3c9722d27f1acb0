"""Reads of the imports of a county. They lie in public, out of a tenant's own reach: bound there, filtered here."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from divisions.enums import ImportState
from divisions.models import DivisionImport
from divisions.policy import visible_to
from divisions.ports import Importer
from kernel.errors import NotFound
from kernel.postgres.base import PUBLIC
from kernel.tenancy import bind_schema

_SUMMARY = (
    "id", "state", "file_name", "file_sha256", "source", "as_of", "report__counts", "report__absent", "problems__0",
    "made_by_name", "made_at", "closed_by_name", "closed_at",
)  # fmt: skip

Page = Callable[[QuerySet[Any, Any]], tuple[list[Any], str | None]]


def list_imports(actor: Importer, page: Page) -> tuple[list[dict[str, Any]], str | None]:
    """Imports of the actor's county, newest first. Raises NotAllowed and NoOwnCounty."""
    rows = visible_to(actor, DivisionImport.objects.values(*_SUMMARY))
    with bind_schema(PUBLIC):
        found, cursor = page(rows)
    return [_summary(row) for row in found], cursor


def get_import(actor: Importer, import_id: int) -> dict[str, Any]:
    """Raises NotAllowed, NoOwnCounty and NotFound."""
    rows = visible_to(actor, DivisionImport.objects.filter(pk=import_id))
    with bind_schema(PUBLIC):
        found = rows.defer("rows").first()
    if found is None:
        raise NotFound()
    return describe_import(found)


def describe_import(row: DivisionImport) -> dict[str, Any]:
    report = row.report
    return {
        "id": str(row.pk),
        "state": row.state,
        "state_name": ImportState(row.state).label,
        "fingerprint": row.fingerprint,
        "file_name": row.file_name,
        "file_sha256": row.file_sha256,
        "source": row.source,
        "as_of": row.as_of,
        "report": {**report["counts"], "absent": report["absent"], "rows": report["rows"]},
        "problems": row.problems,
        "made_by_name": row.made_by_name,
        "made_at": row.made_at,
        "closed_by_name": row.closed_by_name or None,
        "closed_at": row.closed_at,
    }


def _summary(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "state": row["state"],
        "state_name": ImportState(row["state"]).label,
        "file_name": row["file_name"],
        "file_sha256": row["file_sha256"],
        "source": row["source"],
        "as_of": row["as_of"],
        "counts": {**row["report__counts"], "absent": row["report__absent"]},
        "has_problems": row["problems__0"] is not None,
        "made_by_name": row["made_by_name"],
        "made_at": row["made_at"],
        "closed_by_name": row["closed_by_name"] or None,
        "closed_at": row["closed_at"],
    }
