"""Which protected scales the tenant may use."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from rest_framework.request import Request

from followup.questionnaires.models import ScaleLicence
from followup.questionnaires.policy import in_force
from kernel import clock
from kernel.pagination import slice_page

_FIELDS = (
    "id", "scale", "holder", "licence_no", "valid_until", "stated_by_name", "stated_at", "revoked_at",
)  # fmt: skip


def list_licensed() -> frozenset[str]:
    """The scales for which a licence is in force today. One query."""
    return frozenset(ScaleLicence.objects.filter(in_force()).values_list("scale", flat=True))


def is_usable(locked_scale: str) -> bool:
    """A scale that nobody protects needs no licence."""
    if not locked_scale:
        return True
    return ScaleLicence.objects.filter(in_force(), scale=locked_scale).exists()


def list_licences(request: Request) -> tuple[list[dict[str, Any]], str | None]:
    """Newest first, revoked ones too."""
    rows, cursor = slice_page(ScaleLicence.objects.values(*_FIELDS), request, order=("-id",))
    today = clock.today()
    return [present_licence(row, today) for row in rows], cursor


def present_licence(row: Mapping[str, Any], today: date) -> dict[str, Any]:
    valid = row["valid_until"] is None or row["valid_until"] >= today
    return {**row, "id": str(row["id"]), "in_force": row["revoked_at"] is None and valid}


def get_licence(licence_id: int) -> dict[str, Any]:
    return present_licence(ScaleLicence.objects.values(*_FIELDS).get(pk=licence_id), clock.today())
