"""Who sees which cases, and who does what with them."""

from typing import Any, TypeVar

from django.db.models import Exists, OuterRef, QuerySet

from access.actor import Actor
from access.functions import Function
from records.selectors import visible_patients

Rows = TypeVar("Rows", bound=QuerySet[Any, Any])


def visible_to(actor: Actor, queryset: Rows) -> Rows:
    """Whoever decides for the tenant sees every case of it, as the queue of open residences is the tenant's.

    Others see those of patients in their sight: what has not been accepted here is nobody's patient yet.
    """
    if not actor.can(Function.HANDOVER_VIEW):
        return queryset.none()
    if actor.can(Function.HANDOVER_DECIDE):
        return queryset
    return queryset.filter(Exists(visible_patients(actor, pk=OuterRef("patient_id"))))
