"""Who sees and who changes what. The list of areas is the whole tenant's: it names institutions, not patients."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from access.actor import Actor
from access.functions import Function
from community.catchments.models import Absence, CareContract
from kernel.errors import NotAllowed
from organization.selectors import staff_of_account, visible_institutions
from records.selectors import visible_patients


def visible_to(actor: Actor, queryset: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """Absences: of the staff of the institutions in sight. Contracts: of the actor's teams, and of patients in sight.

    Raises TypeError for a queryset of another model.
    """
    if queryset.model is Absence:
        return queryset.filter(staff__institution__in=visible_institutions(actor).values("pk"))
    if queryset.model is CareContract:
        sight = Q(Exists(visible_patients(actor, pk=OuterRef("patient_id"))))
        for column, ids in (
            ("ward_id", actor.wards), ("ward__department_id", actor.departments),
            ("ward__department__institution_id", actor.institutions),
        ):  # fmt: skip
            if ids:
                sight |= Q(**{f"{column}__in": sorted(ids)})
        return queryset.filter(sight)
    raise TypeError(f"no rule for {queryset.model.__name__}")


def require_roster_of(actor: Actor, staff_id: int) -> None:
    """One's own absence, or the right to edit rosters. Raises NotAllowed."""
    if actor.can(Function.ROSTER_EDIT):
        return
    own = staff_of_account(actor.id)
    if own is None or own.id != staff_id:
        raise NotAllowed("只能登记本人的缺勤；同事的缺勤请联系医共体办公室或系统管理员")


def edits_any_contract(actor: Actor) -> bool:
    """The county's follow-up centre enters contracts of every team."""
    return actor.can(Function.CONTRACT_EDIT) and actor.can(Function.ROUTING_RESOLVE)


def require_team(actor: Actor, ward_id: int) -> None:
    """Tier 1 of the team, or the centre. Raises NotAllowed."""
    if ward_id not in actor.wards and not edits_any_contract(actor):
        raise NotAllowed("只能办理本团队的签约")
