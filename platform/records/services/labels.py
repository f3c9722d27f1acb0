"""患者标签 and 慢病登记: the tenant's words for groups of patients, and the registers a patient stands on."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction

from access.actor import Actor
from access.functions import Function
from kernel import clock
from kernel.errors import FieldError, InvalidInput
from kernel.events import publish
from records import selectors
from records.enums import Register
from records.errors import AlreadyOnRegister, LabelExists, NotOnRegister
from records.models import Label, Patient, PatientLabel, RegisterEntry
from trail.services import record

_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


@transaction.atomic
def save_label(*, actor: Actor, code: str, name: str) -> dict[str, Any]:
    """A new word of the dictionary. Raises NotAllowed, InvalidInput, LabelExists."""
    actor.require(Function.LABEL_MANAGE)
    name = name.strip()
    if not _CODE.fullmatch(code):
        raise InvalidInput.at(
            "/code",
            "invalid_code",
            "编码用小写字母、数字、下划线或连字符，以字母或数字开头，不超过 40 个字符",
        )
    if not 1 <= len(name) <= 40:
        raise InvalidInput.at("/name", "invalid_text", "请填写标签名称，不超过 40 字")
    try:
        with transaction.atomic():
            label = Label.objects.create(code=code, name=name)
    except IntegrityError as error:
        raise LabelExists() from error
    record(
        actor_id=actor.id or None, actor_name=actor.name, action="records.label.created", object_type="label",
        object_id=label.pk, code=code,
    )  # fmt: skip
    return {"id": str(label.pk), "code": code, "name": name, "is_active": True}


@transaction.atomic
def set_labels(*, actor: Actor, patient_id: int, codes: Sequence[str]) -> list[dict[str, Any]]:
    """The patient wears exactly these labels from now on; what was taken off stays as history.

    A label that is out of use stays on whoever wears it. Raises NotFound, NotAllowed, InvalidInput.
    """
    selectors.require_visible(actor, patient_id)
    actor.require(Function.FLAG_SET)
    wanted = dict.fromkeys(codes)
    known = {label.code: label for label in Label.objects.filter(code__in=wanted)}
    Patient.objects.select_for_update(no_key=True).get(pk=patient_id)
    worn = {
        row.label.code: row
        for row in PatientLabel.objects.filter(patient_id=patient_id, removed_at=None).select_related("label")
    }
    faults = [
        FieldError(f"/codes/{i}", "unknown_label", f"没有编码为 {code} 的在用标签，请先在标签字典中建立")
        for i, code in enumerate(codes)
        if code not in worn and (code not in known or not known[code].is_active)
    ]
    if faults:
        raise InvalidInput(faults[0].message, errors=faults)
    now = clock.now()
    gone = [row.pk for code, row in worn.items() if code not in wanted]
    added = [known[code] for code in wanted if code not in worn]
    PatientLabel.objects.filter(pk__in=gone).update(removed_at=now)
    PatientLabel.objects.bulk_create(
        PatientLabel(patient_id=patient_id, label=label, set_at=now, set_by_name=actor.name)
        for label in added
    )
    if gone or added:
        record(
            actor_id=actor.id or None, actor_name=actor.name, action="records.labels.set", object_type="patient",
            object_id=patient_id, added=[label.code for label in added],
            removed=[code for code in worn if code not in wanted],
        )  # fmt: skip
        publish("patient.marked", patient_id=patient_id)
    return selectors.labels_of(patient_id)


@transaction.atomic
def save_register(
    *, actor: Actor, patient_id: int, register: str, since: date, until: date | None = None
) -> dict[str, Any]:
    """Enter the patient since a day; with `until` the standing entry of the same start ends, or a past one is added.

    Raises NotFound, NotAllowed, InvalidInput, AlreadyOnRegister, NotOnRegister.
    """
    selectors.require_visible(actor, patient_id)
    actor.require(Function.FLAG_SET)
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
