"""Which parts of the organisation an account sees: only as far as its work reaches."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from access.actor import Actor
from access.functions import Function
from organization.models import Department, Institution, Ward


def sees_everything(actor: Actor) -> bool:
    """Roles without a place (system administrator, hospital IT) hold in the whole tenant."""
    return any(role.place is None and Function.ORGANIZATION_VIEW in role.functions for role in actor.roles)


def visible_to(actor: Actor, queryset: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """Institutions, departments or wards that a grant reaches: what lies below it, and the way up to it.

    Raises TypeError for a queryset of another model.
    """
    model = queryset.model
    if model not in (Institution, Department, Ward):
        raise TypeError(f"no rule for {model.__name__}")
    if sees_everything(actor):
        return queryset
    if model is Ward:
        return queryset.filter(
            Q(pk__in=actor.wards)
            | Q(department__in=actor.departments)
            | Q(department__institution__in=actor.institutions)
        )
    if model is Department:
        holds_ward = Ward.objects.filter(department=OuterRef("pk"), pk__in=actor.wards)
        return queryset.filter(
            Q(pk__in=actor.departments) | Q(institution__in=actor.institutions) | Exists(holds_ward)
        )
    leads_to = Department.objects.filter(institution=OuterRef("pk")).filter(
        Q(pk__in=actor.departments) | Q(wards__in=actor.wards)
    )
    return queryset.filter(Q(pk__in=actor.institutions) | Exists(leads_to))
