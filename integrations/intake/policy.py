"""Messages and quarantine are worked by the hospital's IT for the whole tenant, masked."""

from typing import Any, TypeVar

from django.db.models import QuerySet

from access.actor import Actor
from access.functions import Function
from integrations.intake.models import QuarantinedRow

Rows = TypeVar("Rows", bound=QuerySet[Any, Any])


def visible_to(actor: Actor, queryset: Rows) -> Rows:
    """All or none: an interface belongs to no ward."""
    is_quarantine = queryset.model is QuarantinedRow
    function = Function.QUARANTINE_VIEW if is_quarantine else Function.INTAKE_VIEW
    return queryset.all() if actor.can(function) else queryset.none()
