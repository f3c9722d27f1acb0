"""Two records of one person become one, and apart again."""

from collections.abc import Callable
from typing import Any

from django.db import transaction

from access.actor import Actor
from kernel import clock
from kernel.errors import NotFound
from kernel.events import publish
from records.contracts import CanonicalEvent
from records.errors import MergeNotUndoable, UnknownPatient
from records.models import (
    Encounter,
    LabReport,
    Patient,
    PatientAddress,
    PatientFlag,
    PatientIdentifier,
    PatientLabel,
    PatientMerge,
    PatientPhone,
    RegisterEntry,
)
from records.selectors import kinds_in_force
from records.services import identifying, people
from records.services.database import CurrentTransaction
from records.services.flags import apply_effects
from records.services.identifying import Identity
from trail.services import record

# What the survivor takes over where it knows nothing itself; the ID columns go together.
_ID_COLUMNS = ("id_no_enc", "id_no_hash", "id_no_masked", "id_no_last4")


def apply_merge(
    *,
    actor: Actor,
    event: CanonicalEvent,
    identity: Identity,
    source_system: str,
    tell: Callable[..., None],
) -> Patient:
    """The record number of MRG-1 goes up in that of PID-3; the surviving person. Raises UnknownPatient.

    Where only one of the two is known it gets the other number, so that later messages under either find it.
    """
    assert event.patient is not None
    assert event.merge is not None
    retired_key = identifying.retired_key_of(event.merge, source_system)
    survivor = identifying.match_patient(identity).patient
    retired = identifying.find_by_key(retired_key)
    if retired_key == identity.record_key:
        retired = None  # a merge of two accounts (visits) of one record: the person stays who it is
    moment = event.occurred_at or clock.now()
    if survivor is None and retired is None:
        if not identity.name:
            raise UnknownPatient()
        survivor = people.create_patient(identity, event.patient, moment, "")
        people.create_contacts(survivor, people.read_phones(event.patient.phones), event.patient, moment)
        identifying.add_identifiers(survivor, [retired_key], is_active=False)
        return survivor
    if survivor is None:
        assert retired is not None
        identifying.add_identifiers(retired, list(identity.keys))
        PatientIdentifier.objects.filter(
            system=retired_key[0], kind=retired_key[1], value=retired_key[2]
        ).update(is_active=False)
        return retired
    identifying.add_identifiers(survivor, list(identity.keys))
    if retired is None:
        identifying.add_identifiers(survivor, [retired_key], is_active=False)
        return survivor
    if retired.pk != survivor.pk:
        source = f"{source_system}/{event.control_id}"[:80]
        merge_patients(
            actor=actor, survivor=survivor, retired=retired, source=source, retired_key=retired_key
        )
        tell("patient.merged", survivor_id=survivor.pk, retired_id=retired.pk)
    return survivor


def merge_patients(
    *,
    actor: Actor,
    survivor: Patient,
    retired: Patient,
    source: str,
    retired_key: tuple[str, str, str] | None,
) -> PatientMerge:
    """Move everything of `retired` to `survivor`, and write down what was moved. Both rows are locked."""
    identifiers = PatientIdentifier.objects.filter(patient=retired)
    was_active = list(identifiers.filter(is_active=True).values_list("pk", flat=True))
    snapshot: dict[str, Any] = {
        "identifiers": list(identifiers.values_list("pk", flat=True)),
        "active_identifiers": was_active,
        "encounters": _pks(Encounter.objects.filter(patient=retired)),
        "lab_reports": _pks(LabReport.objects.filter(patient=retired)),
        "phones": _pks(_free_phones(survivor, retired)),
        "addresses": _pks(_free_addresses(survivor, retired)),
        "flags": _pks(_free(PatientFlag, survivor, retired, "kind", "lifted_at")),
        "labels": _pks(_free(PatientLabel, survivor, retired, "label", "removed_at")),
        "registers": _pks(_free(RegisterEntry, survivor, retired, "register", "until")),
    }
    own = kinds_in_force([survivor.pk, retired.pk])
    for model, name in _MOVED:
        if snapshot[name]:
            changes = {"revision": CurrentTransaction()} if model is Encounter else {}
            model.objects.filter(pk__in=snapshot[name]).update(patient=survivor, **changes)
    if retired_key is not None:
        system, kind, value = retired_key
        PatientIdentifier.objects.filter(system=system, kind=kind, value=value).update(is_active=False)
    filled = _fill(survivor, retired)
    snapshot["filled"] = sorted(filled)
    people.save_patient(survivor, filled)
    people.save_patient(retired, {"merged_into_id": survivor.pk})
    _share_flags(actor, own, survivor.pk, retired.pk, is_set=True)
    merge = PatientMerge.objects.create(
        survivor=survivor, retired=retired, snapshot=snapshot, source=source, merged_at=clock.now()
    )
    record(
        actor_id=actor.id or None, actor_name=actor.name, action="records.patient.merged",
        object_type="patient", object_id=survivor.pk, retired=str(retired.pk), merge=str(merge.pk), source=source,
    )  # fmt: skip
    return merge


_MOVED: tuple[tuple[Any, str], ...] = (
    (PatientIdentifier, "identifiers"),
    (Encounter, "encounters"),
    (LabReport, "lab_reports"),
    (PatientPhone, "phones"),
    (PatientAddress, "addresses"),
    (PatientFlag, "flags"),
    (PatientLabel, "labels"),
    (RegisterEntry, "registers"),
)


@transaction.atomic
def undo_merge(*, actor: Actor, merge_id: int, reason: str) -> PatientMerge:
    """Give back what the merge moved. What came in since under the survivor stays there.

    Publishes patient.unmerged. Raises NotFound, MergeNotUndoable.
    """
    merge = PatientMerge.objects.select_for_update().filter(pk=merge_id).first()
    if merge is None:
        raise NotFound()
    if merge.undone_at is not None:
        raise MergeNotUndoable("此次合并已经撤销")
    both = Patient.objects.select_for_update(no_key=True).order_by("pk")
    people_here = both.in_bulk([merge.survivor_id, merge.retired_id])
    survivor, retired = people_here[merge.survivor_id], people_here[merge.retired_id]
    if survivor.merged_into_id is not None:
        raise MergeNotUndoable("保留的档案后来又被合并，请先撤销后一次合并")
    snapshot = merge.snapshot
    for model, name in _MOVED:
        changes = {"revision": CurrentTransaction()} if model is Encounter else {}
        # A merge of before this table was moved has no such entry.
        model.objects.filter(pk__in=snapshot.get(name, []), patient=survivor).update(
            patient=retired, **changes
        )
    PatientIdentifier.objects.filter(pk__in=snapshot["active_identifiers"]).update(is_active=True)
    people.save_patient(survivor, _unfill(survivor, retired, snapshot["filled"]))
    people.save_patient(retired, {"merged_into_id": None})
    own = kinds_in_force([survivor.pk, retired.pk])
    _share_flags(actor, own, survivor.pk, retired.pk, is_set=False)
    merge.undone_at = clock.now()
    merge.save(update_fields=["undone_at"])
    publish("patient.unmerged", survivor_id=survivor.pk, retired_id=retired.pk)
    record(
        actor_id=actor.id or None, actor_name=actor.name, action="records.patient.unmerged",
        object_type="patient", object_id=survivor.pk, reason=reason, retired=str(retired.pk), merge=str(merge.pk),
    )  # fmt: skip
    return merge


def _pks(queryset: Any) -> list[int]:
    return list(queryset.order_by("pk").values_list("pk", flat=True))


def _free_phones(survivor: Patient, retired: Patient) -> Any:
    """Phones that the survivor has not: the others would break the rule of one row per number."""
    held = PatientPhone.objects.filter(patient=survivor, superseded_at=None).values("number_hash")
    return PatientPhone.objects.filter(patient=retired, superseded_at=None).exclude(number_hash__in=held)


def _free_addresses(survivor: Patient, retired: Patient) -> Any:
    held = PatientAddress.objects.filter(patient=survivor, superseded_at=None).values("kind")
    return PatientAddress.objects.filter(patient=retired, superseded_at=None).exclude(kind__in=held)


def _free(model: Any, survivor: Patient, retired: Patient, what: str, ended: str) -> Any:
    """Marks that the survivor does not bear now: nobody bears the same one twice."""
    held = model.objects.filter(patient=survivor, **{ended: None}).values(what)
    return model.objects.filter(patient=retired).exclude(**{f"{what}__in": held, ended: None})


def _share_flags(
    actor: Actor, own: dict[int, frozenset[str]], survivor_id: int, retired_id: int, *, is_set: bool
) -> None:
    """A flag of the one holds for the follow-up of the other while they are one person; apart again, no more."""
    for patient_id, other_id in ((survivor_id, retired_id), (retired_id, survivor_id)):
        for kind in sorted(own.get(other_id, frozenset()) - own.get(patient_id, frozenset())):
            apply_effects(actor, patient_id, kind, is_set=is_set)


def _fill(survivor: Patient, retired: Patient) -> dict[str, Any]:
    names: list[str] = []
    if not survivor.id_no_hash and retired.id_no_hash:
        names += _ID_COLUMNS
    if survivor.birth_date is None and retired.birth_date is not None:
        names.append("birth_date")
    if survivor.sex == "U" and retired.sex != "U":
        names.append("sex")
    if survivor.deceased_at is None and retired.deceased_at is not None:
        names.append("deceased_at")
    return {name: getattr(retired, name) for name in names}


def _unfill(survivor: Patient, retired: Patient, names: list[str]) -> dict[str, Any]:
    """Empty again what the survivor had taken over, unless the source has since stated it otherwise."""
    empty = {
        "id_no_enc": None,
        "id_no_hash": "",
        "id_no_masked": "",
        "id_no_last4": "",
        "birth_date": None,
        "sex": "U",
        "deceased_at": None,
    }
    if survivor.id_no_hash != retired.id_no_hash:
        names = [name for name in names if name not in _ID_COLUMNS]
    return {
        name: empty[name]
        for name in names
        if name in _ID_COLUMNS or getattr(survivor, name) == getattr(retired, name)
    }
