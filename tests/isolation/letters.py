"""Messages of the story. They come in faulty; read again (replay) they are right, as after a repair of ours."""

from datetime import timedelta

from integrations.intake.contracts import (
    CanonicalEvent,
    EncounterData,
    EventKind,
    Incoming,
    PatientData,
    PatientSex,
    PhoneData,
    SourceData,
    VisitClass,
)
from kernel import clock
from tests.isolation.words import BORN, WORDS, Words

FORMAT = "story"


def letter_of(words: Words, number: str, *, with_fault: bool) -> tuple[bytes, Incoming]:
    """Raw bytes and what their reader makes of them."""
    person = words.people["quarantined"]
    fault = "x" if with_fault else ""
    now = clock.now()
    event = CanonicalEvent(
        kind=EventKind.DISCHARGE,
        source=SourceData("HIS"),
        control_id=f"{words.mark}{number}",
        occurred_at=now,
        patient=PatientData(
            local_id=person.record_no, name=person.name, sex=PatientSex.MALE, birth_date=BORN,
            resident_id_text=person.id_no + fault, phones=(PhoneData(person.phone),),
        ),
        encounter=EncounterData(
            visit_no=f"Q-{number}", visit_class=VisitClass.INPATIENT, admit_at=now - timedelta(days=9),
            discharge_at=now - timedelta(days=1),
        ),
    )  # fmt: skip
    raw = f"{words.tenant} {number} {person.name} {person.id_no} {person.phone}".encode()
    return raw, Incoming(control_id=event.control_id, message_type="ADT^A03", charset="utf-8", event=event)


def read_again(raw: bytes) -> Incoming:
    tenant, number, *_ = raw.decode().split(" ")
    return letter_of(WORDS[tenant], number, with_fault=False)[1]
