"""Sight: the library is the whole tenant's, except scales that it has no licence for."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable

from access.actor import Actor
from access.functions import Function
from followup.questionnaires.models import Questionnaire, QuestionnaireVersion, ScaleLicence
from kernel import clock


def in_force() -> Q:
    return Q(revoked_at=None) & (Q(valid_until=None) | Q(valid_until__gte=clock.today()))


def _licensed(field: str) -> Combinable:
    return Q(**{field: ""}) | Exists(ScaleLicence.objects.filter(in_force(), scale=OuterRef(field)))


def usable(versions: QuerySet[QuestionnaireVersion, Any]) -> QuerySet[QuestionnaireVersion, Any]:
    """Versions that may be used and read: of free questionnaires and of licensed scales."""
    return versions.filter(_licensed("questionnaire__locked_scale"))


def visible_to(actor: Actor, questionnaires: QuerySet[Questionnaire, Any]) -> QuerySet[Questionnaire, Any]:
    """Whoever states licences sees in lists what waits for one; nobody opens it."""
    if actor.can(Function.LICENCE_STATE):
        return questionnaires
    return questionnaires.filter(_licensed("locked_scale"))


def openable(questionnaires: QuerySet[Questionnaire, Any]) -> QuerySet[Questionnaire, Any]:
    return questionnaires.filter(_licensed("locked_scale"))
