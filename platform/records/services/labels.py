"""患者标签: the tenant's own words for groups of patients, and who wears them."""

import re
from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction

from access.actor import Actor
from access.functions import Function
from kernel import clock
from kernel.errors import FieldError, InvalidInput, NotFound, VersionChanged
from kernel.events import publish
from records import selectors
from records.errors import LabelActive, LabelExists, LabelOutOfUse
from records.models import Label, Patient, PatientLabel
from trail.services import record

_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


@transaction.atomic
def save_label(*, actor: Actor, code: str, name: str) -> dict[str, Any]:
    """A new word of the dictionary. Raises NotAllowed, InvalidInput, LabelExists."""
    actor.require(Function.LABEL_MANAGE)
    name = _require_name(name)
    if not _CODE.fullmatch(code):
        raise InvalidInput.at(
            "/code",
            "invalid_code",
            "编码用小写字母、数字、下划线或连字符，以字母或数字开头，不超过 40 个字符",
        )
    try:
        with transaction.atomic():
            label = Label.objects.create(code=code, name=name)
    except IntegrityError as error:
        raise LabelExists() from error
    _note(actor, "created", label)
    return selectors.label_row(label.pk)


@transaction.atomic
def rename_label(*, actor: Actor, label_id: int, name: str, expected_version: int) -> dict[str, Any]:
    """Another name for the same code: criteria and whoever wears it stay. Raises NotFound, NotAllowed, InvalidInput,
    VersionChanged (with the present `version`).
    """
    label = _lock(actor, label_id)
    name = _require_name(name)
    if label.version != expected_version:
        raise VersionChanged(version=label.version)
    before, label.name = label.name, name
    _save(label, "name")
    _note(actor, "renamed", label, before=before, after=name)
    return selectors.label_row(label.pk)


@transaction.atomic
def deactivate_label(*, actor: Actor, label_id: int) -> dict[str, Any]:
    """Out of use: nobody gets it any more; who wears it keeps it. Raises NotFound, NotAllowed, LabelOutOfUse."""
    label = _lock(actor, label_id)
    if not label.is_active:
        raise LabelOutOfUse()
    label.is_active = False
    _save(label, "is_active")
    _note(actor, "deactivated", label)
    return selectors.label_row(label.pk)


@transaction.atomic
def activate_label(*, actor: Actor, label_id: int) -> dict[str, Any]:
    """In use again. Raises NotFound, NotAllowed, LabelActive."""
    label = _lock(actor, label_id)
    if label.is_active:
        raise LabelActive()
    label.is_active = True
    _save(label, "is_active")
    _note(actor, "activated", label)
    return selectors.label_row(label.pk)


@transaction.atomic
def set_labels(*, actor: Actor, patient_id: int, codes: Sequence[str]) -> list[dict[str, Any]]:
    """The patient wears exactly these labels from now on; what was taken off stays as history.

    A label that is out of use stays on whoever wears it. Raises NotFound, NotAllowed, InvalidInput.
    """
    selectors.require_own(actor, patient_id, Function.FLAG_SET)
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


def _lock(actor: Actor, label_id: int) -> Label:
    actor.require(Function.LABEL_MANAGE)
    label = Label.objects.select_for_update().filter(pk=label_id).first()
    if label is None:
        raise NotFound()
    return label


def _save(label: Label, *changed: str) -> None:
    label.version += 1
    label.save(update_fields=[*changed, "version"])


def _require_name(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= 40:
        raise InvalidInput.at("/name", "invalid_text", "请填写标签名称，不超过 40 字")
    return name


def _note(actor: Actor, act: str, label: Label, **detail: Any) -> None:
    record(
        actor_id=actor.id or None, actor_name=actor.name, action=f"records.label.{act}", object_type="label",
        object_id=label.pk, code=label.code, **detail,
    )  # fmt: skip
    publish(f"label.{act}", label_id=label.pk)
