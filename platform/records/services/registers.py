"""慢病登记: the registers of the public-health service on which a patient stands."""

from datetime import date
from typing import Any

from django.db import transaction

from access.actor import Actor
from access.functions import Function
from kernel import clock
from kernel.errors import InvalidInput
from kernel.events import publish
from records import selectors
from records.enums import Register
from records.errors import AlreadyOnRegister, NotOnRegister
from records.models import Patient, RegisterEntry
from trail.services import record


@transaction.atomic
def save_register(
    *, actor: Actor, patient_id: int, register: str, since: date, until: date | None = None
) -> dict[str, Any]:
    """Enter the patient since a day; with `until` the standing entry of the same start ends, or a past one is added.

    Raises NotFound, NotAllowed, InvalidInput, AlreadyOnRegister, NotOnRegister.
    """
    selectors.require_own(actor, patient_id, Function.FLAG_SET)
    today = clock.today()
    if register not in Register.values:
        raise InvalidInput.at("/register", "unknown_value", f"登记应为：{'、'.join(Register.values)}")
    if since > today:
        raise InvalidInput.at("/since", "in_the_future", "登记日期不能晚于今天")
    if until is not None and until < since:
        raise InvalidInput.at("/until", "before_since", "结束日期不能早于登记日期")
    if until is not None and until > today:
        raise InvalidInput.at("/until", "in_the_future", "结束日期不能晚于今天")
    Patient.objects.select_for_update(no_key=True).get(pk=patient_id)
    held = RegisterEntry.objects.filter(patient_id=patient_id, register=register, until=None).first()
    if held is not None:
        if until is None:
            raise AlreadyOnRegister()
        if held.since != since:
            raise NotOnRegister(f"现有登记自 {held.since} 起，请以该日期填写 since 再结束")
        held.until = until
        held.save(update_fields=["until"])
    else:
        held = RegisterEntry.objects.create(
            patient_id=patient_id, register=register, since=since, until=until, source="人工登记",
            recorded_at=clock.now(), recorded_by_name=actor.name,
        )  # fmt: skip
    record(
        actor_id=actor.id or None, actor_name=actor.name, action="records.register.saved", object_type="patient",
        object_id=patient_id, register=register, since=str(since), until=str(until) if until else None,
    )  # fmt: skip
    publish("patient.marked", patient_id=patient_id)
    return next(row for row in selectors.registers_of(patient_id) if row["id"] == str(held.pk))
