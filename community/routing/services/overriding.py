"""Another owner by the patient's or a clinician's wish, with a reason and a last day."""

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from access.actor import Actor
from access.functions import Function
from community.routing.models import RoutingDecision, RoutingOverride
from community.routing.selectors.patients import require_sight
from community.routing.selectors.residences import residences
from community.routing.services.locking import lock_patient
from community.routing.services.settling import settle
from kernel import clock
from kernel.errors import InvalidInput, NotFound
from trail.services import record

_LONGEST = timedelta(days=366)
_OWNING = ("care_team", "call_desk")


@transaction.atomic
def set_override(
    *,
    actor: Actor,
    patient_id: int,
    institution_id: int,
    ward_id: int,
    asked_by: str,
    reason: str,
    expires_on: date,
    staff_id: int | None = None,
) -> dict[str, Any]:
    """Somebody else looks after the patient through `expires_on`; a team of the follow-up centre is a refusal of the
    community. A new one replaces the old. Returns the residences as the API shows them.

    Raises NotAllowed, NotFound, InvalidInput.
    """
    actor.require(Function.RESIDENCE_EDIT)
    require_sight(actor, patient_id)
    today = clock.today()
    if expires_on < today:
        raise InvalidInput.at("/expires_on", "in_past", "到期日期已过")
    if expires_on - today > _LONGEST:
        raise InvalidInput.at("/expires_on", "too_far", "指定最长一年，到期后可再次指定")
    lock_patient(patient_id)
    _end(patient_id, actor, "由新的指定取代")
    row = RoutingOverride.objects.create(
        patient_id=patient_id, institution_id=institution_id, ward_id=ward_id, staff_id=staff_id,
        asked_by=asked_by, reason=reason.strip(), expires_on=expires_on, created_at=clock.now(),
        created_by_id=actor.id, created_by_name=actor.name,
    )  # fmt: skip
    _check_owner(row)
    record(
        actor_id=actor.id, actor_name=actor.name, action="routing.override.set", object_type="patient",
        object_id=patient_id, override=row.pk, institution=institution_id, ward=ward_id, asked_by=asked_by,
        expires_on=expires_on.isoformat(),
    )  # fmt: skip
    _decide_again(actor, patient_id)
    return residences(actor, patient_id)


@transaction.atomic
def end_override(*, actor: Actor, patient_id: int, reason: str) -> dict[str, Any]:
    """Raises NotAllowed, NotFound (also where there is none)."""
    actor.require(Function.RESIDENCE_EDIT)
    require_sight(actor, patient_id)
    lock_patient(patient_id)
    if not _end(patient_id, actor, reason.strip()):
        raise NotFound("这位患者没有正在生效的指定")
    record(
        actor_id=actor.id, actor_name=actor.name, action="routing.override.ended", object_type="patient",
        object_id=patient_id,
    )  # fmt: skip
    _decide_again(actor, patient_id)
    return residences(actor, patient_id)


def _end(patient_id: int, actor: Actor, reason: str) -> int:
    rows = RoutingOverride.objects.filter(patient_id=patient_id, ended_at=None)
    return rows.update(ended_at=clock.now(), ended_by_name=actor.name, end_reason=reason)


def _check_owner(row: RoutingOverride) -> None:
    """After the row was written: its relations then say whether the team can own work; a refusal undoes it."""
    rows = RoutingOverride.objects.filter(pk=row.pk)
    team = rows.filter(
        institution__is_active=True, ward__is_active=True, ward__department__is_active=True,
        ward__department__institution=F("institution"), ward__kind__in=_OWNING,
    )  # fmt: skip
    if not team.exists():
        raise InvalidInput.at(
            "/ward_id", "unknown_ward", "该机构没有这个家医团队或随访坐席，或已停用，请重新选择"
        )
    if not rows.filter(Q(staff=None) | Q(staff__is_active=True, staff__ward=F("ward"))).exists():
        raise InvalidInput.at("/staff_id", "unknown_staff", "该团队没有这名工作人员，或已停用，请重新选择")


def _decide_again(actor: Actor, patient_id: int) -> None:
    if RoutingDecision.objects.filter(patient_id=patient_id).exists():
        settle(patient_id, by=(actor.id, actor.name))
