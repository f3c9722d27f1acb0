"""A death that was told on the phone: proposed by who heard it, confirmed by somebody else or the hospital's record.

While it is proposed nobody calls the family (records.enums.PROPOSED_DEATH among the flag effects), and nothing ends.
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from access.actor import Actor
from access.functions import Function
from kernel import clock
from kernel.events import publish
from records import selectors
from records.enums import PROPOSED_DEATH, FlagKind, FlagOrigin, FlagState
from records.errors import FlagAlreadySet, FlagNotProposed, FlagProposed, ProposerCannotConfirm
from records.models import Patient, PatientFlag
from records.services.flags import (
    apply_effects,
    find_held,
    lock_flag,
    lock_patient,
    note_flag,
    put_flag,
    put_in_force,
    require_reason,
)


@transaction.atomic
def propose_death(*, actor: Actor, patient_id: int, reason: str) -> dict[str, Any]:
    """A person says what they heard; the row of the flag.

    Raises NotFound, NotAllowed, InvalidInput, FlagAlreadySet, FlagProposed.
    """
    selectors.require_own(actor, patient_id, Function.FLAG_SET)
    reason = require_reason(reason)
    patient = lock_patient(patient_id)
    held = find_held(patient, FlagKind.DECEASED)
    if held is not None:
        raise FlagProposed() if held.state == FlagState.PROPOSED else FlagAlreadySet()
    flag = _propose(actor, patient, FlagOrigin.MANUAL, reason, {})
    return selectors.flag_row(flag.pk)


@transaction.atomic
def propose_death_by_rule(
    *, teller: Actor, patient_id: int, reason: str, evidence: Mapping[str, Any]
) -> bool:
    """A rule has heard it from `teller`, who cannot confirm it. False when the patient bears the flag, proposed or in
    force, or bore one for the same evidence.
    """
    patient = lock_patient(patient_id)
    known = PatientFlag.objects.filter(patient=patient, kind=FlagKind.DECEASED)
    if known.filter(lifted_at=None).exists() or known.filter(evidence=dict(evidence)).exists():
        return False
    _propose(teller, patient, FlagOrigin.RULE, reason, evidence)
    return True


@transaction.atomic
def confirm_death(*, actor: Actor, patient_id: int, flag_id: int) -> dict[str, Any]:
    """By somebody else than who proposed it: from now on the patient has died, and follow-up ends.

    Raises NotFound, NotAllowed, FlagNotProposed, ProposerCannotConfirm.
    """
    patient, flag = _lock_proposed(actor, patient_id, flag_id)
    if flag.set_by_id == actor.id:
        raise ProposerCannotConfirm()
    put_in_force(actor, patient, flag)
    publish("patient.marked", patient_id=patient.pk)
    return selectors.flag_row(flag.pk)


@transaction.atomic
def reject_death(*, actor: Actor, patient_id: int, flag_id: int, reason: str) -> dict[str, Any]:
    """It was not so: what waited goes on. Whoever proposed it may take it back.

    Raises NotFound, NotAllowed, InvalidInput, FlagNotProposed.
    """
    patient, flag = _lock_proposed(actor, patient_id, flag_id)
    reason = require_reason(reason)
    flag.state = FlagState.REJECTED
    flag.lifted_at, flag.lifted_by_name, flag.lift_reason = clock.now(), actor.name, reason
    flag.save(update_fields=["state", "lifted_at", "lifted_by_name", "lift_reason"])
    note_flag(actor, "rejected", flag, reason)
    apply_effects(actor, patient.pk, PROPOSED_DEATH, is_set=False)
    publish("patient.marked", patient_id=patient.pk)
    return selectors.flag_row(flag.pk)


def _propose(
    actor: Actor, patient: Patient, origin: FlagOrigin, reason: str, evidence: Mapping[str, Any]
) -> PatientFlag:
    flag = put_flag(actor, patient, FlagKind.DECEASED, origin, reason, evidence, FlagState.PROPOSED)
    publish("patient.marked", patient_id=patient.pk)
    return flag


def _lock_proposed(actor: Actor, patient_id: int, flag_id: int) -> tuple[Patient, PatientFlag]:
    patient, flag = lock_flag(actor, patient_id, flag_id)
    if flag.state != FlagState.PROPOSED:
        raise FlagNotProposed()
    return patient, flag
