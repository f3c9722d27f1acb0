"""One person, masked, and the value behind a mask."""

from typing import Any

from django.db.models import Case, QuerySet, When

from access.actor import Actor
from access.functions import Function
from kernel import clock
from kernel.crypto import decrypt_text
from kernel.errors import NotAllowed, NotFound
from kernel.masking import mask_identifier
from records import ports
from records.contracts import IdentifierKind
from records.enums import AddressKind, PhoneOwner
from records.errors import NothingToUnmask
from records.models import Patient, PatientAddress, PatientIdentifier, PatientPhone
from records.policy import as_tier1, visible_to
from records.rules import age_at
from records.selectors.marks import flags_of, labels_of, registers_of

_SHOWN = [kind.value for kind in IdentifierKind if kind is not IdentifierKind.RESIDENT_ID]
_OWN_FIRST = Case(When(owner=PhoneOwner.SELF, then=0), default=1)
# Where somebody lives now before where they are registered; a contact's address is not theirs.
_HOME_ORDER = (AddressKind.CURRENT, AddressKind.TEMPORARY, AddressKind.REGISTERED)


def require_visible(actor: Actor, patient_id: int) -> None:
    """Raises NotFound for a patient who is absent or out of sight."""
    if not visible_to(actor, Patient.objects.filter(pk=patient_id)).exists():
        raise NotFound()


def require_own(actor: Actor, patient_id: int, function: Function) -> None:
    """For acting on a patient: in sight, with the function, and on the actor's own wards (tier 1).

    Raises NotFound for one out of sight, NotAllowed for one whom the actor only supervises.
    """
    require_visible(actor, patient_id)
    actor.require(function)
    if not visible_to(as_tier1(actor), Patient.objects.filter(pk=patient_id)).exists():
        raise NotAllowed("您对该患者只有督导权限，请由其责任病区或乡镇医生办理")


def visible_patients(actor: Actor, **which: Any) -> QuerySet[Patient]:
    """The patients in sight, narrowed by `which`: what another room's list asks with Exists(… pk=OuterRef(…))."""
    return visible_to(actor, Patient.objects.filter(**which))


def patient_detail(patient_id: int) -> dict[str, Any]:
    """PatientDetail of docs/notes/spine.md, masked, without `routing`. The caller has checked the sight.

    Raises NotFound.
    """
    patient = Patient.objects.filter(pk=patient_id).defer("id_no_enc").first()
    if patient is None:
        raise NotFound()
    phones = PatientPhone.objects.filter(patient=patient, superseded_at=None).order_by(_OWN_FIRST, "id")
    identifiers = PatientIdentifier.objects.filter(patient=patient, is_active=True, kind__in=_SHOWN)
    home = _home_of(patient_id)
    township = ports.find_townships([patient_id]).get(patient_id)
    return {
        "id": str(patient.pk),
        "name_masked": patient.name_masked,
        "name": patient.name,
        "sex": patient.sex,
        "birth_date": patient.birth_date,
        "age": age_at(patient.birth_date, clock.today()),
        "id_no_masked": patient.id_no_masked or None,
        "phones": [
            {"id": str(pk), "owner": owner, "masked": masked}
            for pk, owner, masked in phones.values_list("id", "owner", "masked")
        ],
        "address": home[0] if home else None,
        "township_name": township or (home[1] if home else "") or None,
        "identifiers": [
            {"kind": kind, "value_masked": mask_identifier(value)}
            for kind, value in identifiers.order_by("kind", "-id").values_list("kind", "value")
        ],
        "allergies": None,  # no source delivers them yet
        "deceased": patient.deceased_at is not None,
        "flags": flags_of(patient_id)["current"],
        "labels": labels_of(patient_id),
        "registers": [row for row in registers_of(patient_id) if row["until"] is None],
    }


def _home_of(patient_id: int) -> tuple[str, str] | None:
    rows = PatientAddress.objects.filter(patient_id=patient_id, superseded_at=None, kind__in=_HOME_ORDER)
    by_kind = {
        kind: (text, township) for kind, text, township in rows.values_list("kind", "text", "township")
    }
    return next((by_kind[kind] for kind in _HOME_ORDER if kind in by_kind), None)


def reveal_id_no(patient_id: int) -> str:
    """The plain ID number. Raises NothingToUnmask."""
    sealed = Patient.objects.filter(pk=patient_id).values_list("id_no_enc", flat=True).first()
    if sealed is None:
        raise NothingToUnmask()
    return decrypt_text(sealed)


def reveal_phone(patient_id: int, phone_id: int | None = None) -> str:
    """The plain number, the patient's own first where none is named. Raises NothingToUnmask."""
    phones = PatientPhone.objects.filter(patient_id=patient_id, superseded_at=None)
    if phone_id is not None:
        phones = phones.filter(pk=phone_id)
    sealed = phones.order_by(_OWN_FIRST, "id").values_list("number_enc", flat=True).first()
    if sealed is None:
        raise NothingToUnmask()
    return decrypt_text(sealed)
