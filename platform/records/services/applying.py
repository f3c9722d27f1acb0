"""One event of a source system becomes rows, or nothing when it is known already."""

from datetime import datetime
from typing import Any

from django.db import transaction

from access.actor import Actor
from kernel import clock
from kernel.events import publish
from records.contracts import Applied, CanonicalEvent, EventKind
from records.errors import UnknownPatient
from records.models import Patient
from records.rules import Review
from records.services import identifying, people
from records.services.database import lock_keys
from records.services.flags import note_death
from records.services.identifying import Identity
from records.services.labs import apply_labs
from records.services.merging import apply_merge
from records.services.stays import apply_stay

# A laboratory and a merge name the patient; what they say of name and address is no newer than what ADT said.
_NOT_MASTER = frozenset({EventKind.LAB_RESULT, EventKind.MERGE})


@transaction.atomic(savepoint=False)
def apply_event(*, actor: Actor, event: CanonicalEvent, source_system: str) -> Applied:
    """Write what happened. The same event again, or one that is older, changes nothing and publishes nothing.

    `source_system` is the namespace of visit, report and record numbers: the sending facility, since its systems
    share them. The inbound message is the evidence of the change, so that only acts that join people leave a row in
    the trail. Raises UnknownPatient, VisitOfAnotherPatient; database errors pass through. After an error the
    caller's transaction (or savepoint) is to be rolled back.
    """
    if event.patient is None:
        raise UnknownPatient()
    moment = event.occurred_at or clock.now()
    identity = identifying.read_identity(event, source_system, moment)
    lock_keys(_lock_names(event, identity, source_system))
    published: list[str] = []

    def tell(event_type: str, **payload: Any) -> None:
        publish(event_type, **payload)
        published.append(event_type)

    if event.kind is EventKind.MERGE:
        patient = apply_merge(
            actor=actor, event=event, identity=identity, source_system=source_system, tell=tell
        )
        return Applied(patient.pk, None, tuple(published))
    patient, is_new, contacts_changed, was_alive = _apply_person(event, identity, moment)
    encounter_id: int | None = None
    if event.kind is EventKind.LAB_RESULT:
        encounter_id = apply_labs(patient=patient, event=event, source_system=source_system, moment=moment)
    elif event.encounter is not None and event.encounter.visit_no:
        stay = apply_stay(
            patient=patient,
            event=event,
            source_system=source_system,
            inpatient_no=identity.inpatient_no,
            moment=moment,
        )
        encounter_id = stay.encounter_id
        if stay.event:
            tell(stay.event, encounter_id=encounter_id, patient_id=patient.pk)
    if contacts_changed and not is_new:
        tell("patient.changed", patient_id=patient.pk)
    return _finish(patient, encounter_id, published, tell, is_new=is_new, was_alive=was_alive)


def _finish(
    patient: Patient,
    encounter_id: int | None,
    published: list[str],
    tell: Any,
    *,
    is_new: bool,
    was_alive: bool,
) -> Applied:
    note_death(patient, was_dead=not was_alive, is_new=is_new)
    if not is_new and was_alive and patient.deceased_at is not None:
        tell("patient.deceased", patient_id=patient.pk)
    return Applied(patient.pk, encounter_id, tuple(published))


def _lock_names(event: CanonicalEvent, identity: Identity, source_system: str) -> list[str]:
    names = identifying.lock_names(identity)
    if event.encounter is not None and event.encounter.visit_no:
        names.append(f"visit|{source_system}|{event.encounter.visit_no}")
    if event.merge is not None and event.merge.retired_local_id:
        names.append(f"identifier|{'|'.join(identifying.retired_key_of(event.merge, source_system))}")
    names += [
        f"report|{source_system}|{report.report_no}" for report in event.lab_reports if report.report_no
    ]
    return names


def _apply_person(
    event: CanonicalEvent, identity: Identity, moment: datetime
) -> tuple[Patient, bool, bool, bool]:
    """(the person, made just now, phone or address changed, alive before the message). Raises UnknownPatient."""
    data = event.patient
    assert data is not None
    match = identifying.match_patient(identity)
    phones = people.read_phones(data.phones)
    patient = match.patient
    if patient is None:
        if not identity.name:
            raise UnknownPatient()
        review = match.review
        if not review and identifying.find_duplicates(
            identity,
            [phone.number_hash for phone in phones],
            [address.text.strip() for address in data.addresses if address.text.strip()],
        ):
            review = Review.POSSIBLE_DUPLICATE
        patient = people.create_patient(identity, data, moment, review)
        people.create_contacts(patient, phones, data, moment)
        return patient, True, False, True
    identifying.add_identifiers(patient, [key for key in identity.keys if key not in match.known])
    was_alive = patient.deceased_at is None
    is_master = event.kind not in _NOT_MASTER
    is_newer = is_master and (patient.source_updated_at is None or moment >= patient.source_updated_at)
    people.update_patient(patient, identity, data, moment, is_master=is_master)
    changed = people.update_contacts(patient, phones, data, moment, is_newer=is_newer)
    return patient, False, changed, was_alive
