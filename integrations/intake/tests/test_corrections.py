"""Putting single fields of a quarantined event right."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from integrations.intake.contracts import AddressData, AddressKind, CanonicalEvent
from integrations.intake.corrections import (
    body_pointer,
    correct_event,
    list_fields,
    mask_value,
    pointer_of,
)
from integrations.intake.tests.test_rules import PATIENT
from kernel.clock import SHANGHAI
from kernel.errors import InvalidInput
from records.contracts import DiagnosisData, DiagnosisKind, EncounterData, EventKind, SourceData, VisitClass

pytestmark = pytest.mark.req("C11")
ADMITTED = datetime(2026, 11, 10, 8, 30, tzinfo=SHANGHAI)
EVENT = CanonicalEvent(
    kind=EventKind.ADMIT,
    source=SourceData("HIS"),
    control_id="C1",
    occurred_at=ADMITTED,
    patient=replace(
        PATIENT,
        resident_id_text="420583198001010011",
        addresses=(AddressData(AddressKind.CURRENT, "湖北省枝江市问安镇关庙山村三组"),),
    ),
    encounter=EncounterData("ZY1", VisitClass.INPATIENT, admit_at=ADMITTED),
    diagnoses=(DiagnosisData(1, "I10", "I10", "=高血压", DiagnosisKind.DISCHARGE),),
)


@pytest.mark.parametrize(
    ("field", "pointer"),
    [
        ("patient.name", "/patient/name"),
        ("patient.addresses[0].text", "/patient/addresses/0/text"),
        ("lab_reports[1].results[2].value_text", "/lab_reports/1/results/2/value_text"),
        ("", ""),
    ],
)
def test_a_contract_path_as_a_pointer(field: str, pointer: str) -> None:
    assert pointer_of(field) == pointer


def test_a_pointer_inside_the_body_is_escaped() -> None:
    assert body_pointer("/patient/name") == "/corrections/~1patient~1name"


def test_the_faulty_fields_come_first_and_all_are_masked() -> None:
    fields = list_fields(EVENT, ["patient.addresses[0].text", "patient.resident_id_text", "nowhere.at_all"])
    shown = {field.pointer: (field.kind, field.value_masked) for field in fields}
    assert [field.pointer for field in fields[:2]] == [
        "/patient/addresses/0/text",
        "/patient/resident_id_text",
    ]
    assert shown["/patient/addresses/0/text"] == ("text", "湖北省枝江市***")
    assert shown["/patient/resident_id_text"] == ("text", "420***********0011")
    assert shown["/patient/name"] == ("text", "张*")
    assert shown["/patient/birth_date"] == ("date", "1980-**-**")
    assert shown["/encounter/admit_at"] == ("datetime", "2026-11-10T08:30:00+08:00")
    assert "/merge/retired_local_id" not in shown
    assert "/diagnoses/0/name" not in shown


def test_values_are_put_in_their_types() -> None:
    corrected = correct_event(
        EVENT,
        {
            "/patient/name": " 张三丰 ",
            "/patient/birth_date": "1981-02-03",
            "/patient/resident_id_text": "",
            "/patient/addresses/0/text": "枝江市",
            "/encounter/discharge_at": "2026-11-20T10:00",
            "/encounter/admit_at": "2026-11-10T00:30:00+00:00",
            "/diagnoses/0/name": "高血压",
        },
    )
    assert corrected.patient is not None
    assert corrected.encounter is not None
    assert (corrected.patient.name, corrected.patient.birth_date) == ("张三丰", date(1981, 2, 3))
    assert (corrected.patient.resident_id_text, corrected.patient.addresses[0].text) == ("", "枝江市")
    assert corrected.encounter.discharge_at == datetime(2026, 11, 20, 10, 0, tzinfo=SHANGHAI)
    assert corrected.encounter.admit_at == ADMITTED
    assert corrected.diagnoses[0].name == "高血压"
    assert EVENT.diagnoses[0].name == "=高血压"


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/patient/birth_date", "1.2.1980"),
        ("/encounter/admit_at", "gestern"),
        ("/patient/addresses/5/text", "枝江市"),
        ("/merge/retired_local_id", "P1"),
        ("/kind", "discharge"),
        ("/patient/is_deceased", "true"),
        ("/source/facility", "H2"),
        ("/patient/__class__", "x"),
        ("patient/name", "张三"),
        ("", "x"),
        ("/patient/name", "长" * 501),
        ("/patient/name", 5),
    ],
)
def test_what_cannot_be_corrected_is_named(pointer: str, value: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        correct_event(
            EVENT,
            {pointer: value, "/patient/name": "张三"} if pointer != "/patient/name" else {pointer: value},
        )
    assert [error.pointer for error in caught.value.errors] == [body_pointer(pointer)]


def test_the_value_kept_as_evidence_is_masked() -> None:
    assert mask_value("/patient/resident_id_text", "42058319800101001X") == "420***********001X"
    assert mask_value("/nowhere", "42058319800101001X") == ""
