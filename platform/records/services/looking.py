"""Looking at a patient is an act: each look leaves a row in the trail."""

from collections.abc import Callable
from typing import Any

from django.db import transaction

from access.actor import Actor
from access.functions import Function
from kernel.errors import InvalidInput
from records import ports, selectors
from trail.services import record

_MIN_REASON = 2
_MAX_REASON = 300
_MARKS: dict[str, Callable[[int], Any]] = {
    "flags": selectors.flags_of, "labels": selectors.labels_of, "registers": selectors.registers_of,
}  # fmt: skip


@transaction.atomic
def search(*, actor: Actor, q: str) -> list[dict[str, Any]]:
    """selectors.search_patients. The words searched for are not written down: they may be an ID number."""
    rows = selectors.search_patients(actor, q)
    record(
        actor_id=actor.id, actor_name=actor.name, action="records.patient.searched", object_type="patient",
        found=len(rows),
    )  # fmt: skip
    return rows


@transaction.atomic
def view_patient(*, actor: Actor, patient_id: int) -> dict[str, Any]:
    """PatientDetail with `routing`. Raises NotFound."""
    selectors.require_visible(actor, patient_id)
    detail = {**selectors.patient_detail(patient_id), "routing": ports.find_routing(patient_id)}
    _record_look(actor, "records.patient.viewed", patient_id)
    return detail


@transaction.atomic
def list_timeline(*, actor: Actor, patient_id: int) -> list[dict[str, Any]]:
    """selectors.timeline. Raises NotFound."""
    items = selectors.timeline(actor, patient_id)
    _record_look(actor, "records.timeline.viewed", patient_id)
    return items


@transaction.atomic
def list_marks(*, actor: Actor, patient_id: int, what: str) -> Any:
    """`flags`, `labels` or `registers` of a patient in sight. Raises NotFound."""
    selectors.require_visible(actor, patient_id)
    rows = _MARKS[what](patient_id)
    _record_look(actor, f"records.{what}.viewed", patient_id)
    return rows


@transaction.atomic
def unmask(*, actor: Actor, patient_id: int, field: str, reason: str, phone_id: int | None = None) -> str:
    """The plain value of `id_no` or `phone`, for a reason that is written down.

    Raises NotFound, NotAllowed, InvalidInput, NothingToUnmask.
    """
    selectors.require_visible(actor, patient_id)
    actor.require(Function.PATIENT_UNMASK)
    reason = reason.strip()
    if not _MIN_REASON <= len(reason) <= _MAX_REASON:
        raise InvalidInput.at(
            "/reason", "reason_needed", f"请填写查看理由（{_MIN_REASON} 至 {_MAX_REASON} 字）"
        )
    if field == "id_no":
        value = selectors.reveal_id_no(patient_id)
    elif field == "phone":
        value = selectors.reveal_phone(patient_id, phone_id)
    else:
        raise InvalidInput.at("/field", "unknown_field", "只能查看身份证号（id_no）或电话（phone）")
    detail = {"phone": str(phone_id)} if phone_id is not None else {}
    record(
        actor_id=actor.id, actor_name=actor.name, action="records.patient.unmasked", object_type="patient",
        object_id=patient_id, reason=reason, field=field, **detail,
    )  # fmt: skip
    return value


def _record_look(actor: Actor, action: str, patient_id: int) -> None:
    record(
        actor_id=actor.id, actor_name=actor.name, action=action, object_type="patient", object_id=patient_id
    )
