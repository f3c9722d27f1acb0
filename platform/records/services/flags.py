"""患者标识: set and lifted by hand, by a rule or by the source. What a flag does to follow-up happens with it.

Whatever is enrolled when the flag is set stops with it. What another transaction is enrolling at that moment, and
cannot see the flag, is met by the event patient.marked, whose handler waits for it.
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from access.actor import SYSTEM, Actor
from access.functions import Function
from kernel import clock
from kernel.errors import InvalidInput, NotFound
from kernel.events import publish
from records import ports, selectors
from records.enums import PROPOSED_DEATH, FlagKind, FlagOrigin, FlagState
from records.errors import FlagAlreadyLifted, FlagAlreadySet, FlagProposed
from records.models import Patient, PatientFlag
from records.services.people import save_patient
from trail.services import record

_MAX_REASON = 200


@transaction.atomic
def set_flag(*, actor: Actor, patient_id: int, kind: str, reason: str) -> dict[str, Any]:
    """A person marks a patient in sight; further tasks stop in the same transaction. The row of the flag.

    Raises NotFound, NotAllowed, InvalidInput, FlagAlreadySet, FlagProposed.
    """
    selectors.require_own(actor, patient_id, Function.FLAG_SET)
    if kind not in FlagKind.values:
        raise InvalidInput.at("/kind", "unknown_value", f"标识应为：{'、'.join(FlagKind.values)}")
    reason = require_reason(reason)
    patient = lock_patient(patient_id)
    held = find_held(patient, kind)
    if held is not None:
        raise FlagProposed() if held.state == FlagState.PROPOSED else FlagAlreadySet()
    flag = put_flag(actor, patient, kind, FlagOrigin.MANUAL, reason, {})
    if kind == FlagKind.DECEASED and patient.deceased_at is None:
        save_patient(patient, {"deceased_at": flag.set_at})
    publish("patient.marked", patient_id=patient.pk)
    return selectors.flag_row(flag.pk)


@transaction.atomic
def set_flag_by_rule(*, patient_id: int, kind: str, reason: str, evidence: Mapping[str, Any]) -> bool:
    """A rule marks; False when the flag is in force already. Death is never a rule's to state."""
    if kind == FlagKind.DECEASED:
        raise ValueError("a rule does not declare a patient dead")
    patient = lock_patient(patient_id)
    if find_held(patient, kind) is not None:
        return False
    put_flag(SYSTEM, patient, kind, FlagOrigin.RULE, reason, evidence)
    publish("patient.marked", patient_id=patient.pk)
    return True


@transaction.atomic
def lift_flag(*, actor: Actor, patient_id: int, flag_id: int, reason: str) -> dict[str, Any]:
    """Take a flag back; what it had stopped and is still owed goes on. The flag stays as history.

    A death flag takes with it the time of death that it stands for, whether a person or the source had stated it;
    a source that states the death again sets both again. Raises NotFound, NotAllowed, InvalidInput,
    FlagAlreadyLifted, FlagProposed.
    """
    patient, flag = lock_flag(actor, patient_id, flag_id)
    reason = require_reason(reason)
    if flag.lifted_at is not None:
        raise FlagAlreadyLifted()
    if flag.state == FlagState.PROPOSED:
        raise FlagProposed()
    if flag.kind == FlagKind.DECEASED:
        save_patient(patient, {"deceased_at": None})
    _lift(actor, patient, flag, reason)
    publish("patient.marked", patient_id=patient.pk)
    return selectors.flag_row(flag.pk)


def note_death(patient: Patient, *, was_dead: bool, is_new: bool) -> None:
    """The flag follows what the source states of the death; called in the transaction of its message."""
    is_dead = patient.deceased_at is not None
    if is_dead == was_dead and not (is_new and is_dead):
        return
    held = find_held(patient, FlagKind.DECEASED)
    if is_dead and held is not None and held.state == FlagState.PROPOSED:
        held.origin = FlagOrigin.SOURCE
        put_in_force(SYSTEM, patient, held)
    elif is_dead and held is None:
        put_flag(SYSTEM, patient, FlagKind.DECEASED, FlagOrigin.SOURCE, "来源系统报告患者已死亡", {})
    elif not is_dead and held is not None and held.origin == FlagOrigin.SOURCE:
        _lift(SYSTEM, patient, held, "来源系统撤销了死亡记录")
    else:
        return
    publish("patient.marked", patient_id=patient.pk)


def apply_effects(actor: Actor, patient_id: int, kind: str, *, is_set: bool) -> None:
    for effect in ports.flag_effects():
        effect(actor, patient_id, kind, is_set)


def require_reason(text: str) -> str:
    """Raises InvalidInput."""
    text = text.strip()
    if not 2 <= len(text) <= _MAX_REASON:
        raise InvalidInput.at("/reason", "reason_needed", f"请填写原因（2 至 {_MAX_REASON} 字）")
    return text


def lock_patient(patient_id: int) -> Patient:
    """The patient, or whom the record went up in. Raises NotFound."""
    patient = Patient.objects.select_for_update(no_key=True).filter(pk=patient_id).first()
    if patient is None:
        raise NotFound()
    return lock_patient(patient.merged_into_id) if patient.merged_into_id is not None else patient


def find_held(patient: Patient, kind: str) -> PatientFlag | None:
    """The flag of the kind that is in force or proposed."""
    return PatientFlag.objects.filter(patient=patient, kind=kind, lifted_at=None).first()


def lock_flag(actor: Actor, patient_id: int, flag_id: int) -> tuple[Patient, PatientFlag]:
    """The locked patient and their flag, for acting on it. Raises NotFound (another patient's flag too), NotAllowed."""
    flags = PatientFlag.objects.filter(pk=flag_id, patient_id=patient_id)
    if not flags.exists():
        raise NotFound()
    selectors.require_own(actor, patient_id, Function.FLAG_SET)
    return lock_patient(patient_id), flags.get()


def put_flag(
    actor: Actor,
    patient: Patient,
    kind: str,
    origin: FlagOrigin,
    reason: str,
    evidence: Mapping[str, Any],
    state: FlagState = FlagState.CONFIRMED,
) -> PatientFlag:
    """The row, its trail and what it does to follow-up; the caller has locked the patient."""
    flag = PatientFlag.objects.create(
        patient=patient,
        kind=kind,
        origin=origin,
        state=state,
        reason=reason[:_MAX_REASON],
        evidence=dict(evidence),
        set_at=clock.now(),
        set_by_id=actor.id or None,
        set_by_name=actor.name,
    )
    is_proposed = state == FlagState.PROPOSED
    note_flag(actor, "proposed" if is_proposed else "set", flag, reason, origin=str(origin))
    if kind == FlagKind.MOVED_OUT:
        publish("patient.moved_out", patient_id=patient.pk, flag_id=flag.pk)
    apply_effects(actor, patient.pk, PROPOSED_DEATH if is_proposed else str(kind), is_set=True)
    return flag


def put_in_force(actor: Actor, patient: Patient, flag: PatientFlag) -> None:
    """A proposed death is one; what waited for it stops."""
    flag.state, flag.confirmed_at, flag.confirmed_by_name = FlagState.CONFIRMED, clock.now(), actor.name
    flag.save(update_fields=["state", "origin", "confirmed_at", "confirmed_by_name"])
    if patient.deceased_at is None:
        save_patient(patient, {"deceased_at": flag.confirmed_at})
    note_flag(actor, "confirmed", flag, flag.reason)
    apply_effects(actor, patient.pk, flag.kind, is_set=True)


def note_flag(actor: Actor, act: str, flag: PatientFlag, reason: str, **detail: Any) -> None:
    record(
        actor_id=actor.id or None, actor_name=actor.name, action=f"records.flag.{act}", object_type="patient",
        object_id=flag.patient_id, reason=reason, kind=str(flag.kind), flag=str(flag.pk), **detail,
    )  # fmt: skip


def _lift(actor: Actor, patient: Patient, flag: PatientFlag, reason: str) -> None:
    flag.lifted_at, flag.lifted_by_name, flag.lift_reason = clock.now(), actor.name, reason
    flag.save(update_fields=["lifted_at", "lifted_by_name", "lift_reason"])
    note_flag(actor, "lifted", flag, reason)
    apply_effects(actor, patient.pk, flag.kind, is_set=False)
