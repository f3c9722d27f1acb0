from typing import Any

from django.db import transaction

from access.actor import SYSTEM, Actor
from followup.programmes.enums import EnrolmentState, StopCode
from followup.programmes.models import Enrolment
from kernel import clock
from trail.services import record


@transaction.atomic
def stop_enrolments(
    *,
    encounter_id: int,
    reason: str,
    code: StopCode = StopCode.OTHER,
    enrolment_ids: list[int] | None = None,
    actor: Actor = SYSTEM,
) -> list[int]:
    """End the encounter's active enrolments (or those named); returns their ids. Their tasks are the caller's to
    cancel (followup.screening)."""
    active = Enrolment.objects.filter(encounter_id=encounter_id, state=EnrolmentState.ACTIVE)
    if enrolment_ids is not None:
        active = active.filter(pk__in=enrolment_ids)
    ids = list(active.select_for_update().order_by("pk").values_list("pk", flat=True))
    if ids:
        Enrolment.objects.filter(pk__in=ids).update(
            state=EnrolmentState.STOPPED, stop_code=code, stop_reason=reason[:80], ended_at=clock.now()
        )
        record(
            actor_id=actor.id or None, actor_name=actor.name, action="programmes.enrolment.stopped",
            object_type="encounter", object_id=encounter_id, reason=reason, enrolments=ids,
        )  # fmt: skip
    return ids


@transaction.atomic
def repoint_patient(*, survivor_id: int, retired_id: int, **_: Any) -> int:
    """After a merge of two patient rows (event patient.merged): the enrolments follow the survivor."""
    return Enrolment.objects.filter(patient_id=retired_id).update(patient_id=survivor_id)
