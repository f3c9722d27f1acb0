"""Invented days of a hospital, taken in as bytes: what is stored is what the generator knows to be true."""

from collections import Counter
from datetime import date
from typing import Any

import pytest

from integrations.hl7v2 import services
from integrations.hl7v2.tests.rows import count_rows
from integrations.intake.models import InboundMessage, QuarantinedRow
from integrations.synthetic.discharges import SyntheticMessage, SyntheticTruth, generate_days
from integrations.synthetic.tests.villages import VILLAGES, make_plan
from records.models import Diagnosis, Encounter, LabReport, Operation, Patient, PatientAddress
from records.rules import says_nothing

pytestmark = pytest.mark.req("S1", "C11", "C19", "C20")
NOW = "2026-11-22 09:00"


@pytest.fixture(scope="module")
def messages() -> list[SyntheticMessage]:
    return list(generate_days(11, date(2026, 9, 1), 20, 12, make_plan("HIS-ALPHA"), VILLAGES))


def accepted(messages: list[SyntheticMessage]) -> list[SyntheticMessage]:
    return [m for m in messages if not m.truth.expected_problem and not m.truth.duplicate_of]


def last_of_visits(messages: list[SyntheticMessage]) -> dict[str, SyntheticTruth]:
    """What the newest accepted ADT says of each visit."""
    found: dict[str, SyntheticTruth] = {}
    for message in accepted(messages):
        if message.kind not in ("lab_result", "merge"):
            found[message.truth.visit_no] = message.truth
    return found


def test_what_is_stored_is_what_is_true(in_alpha: Any, at: Any, messages: list[SyntheticMessage]) -> None:
    with at(NOW):
        receipts = [services.receive(raw=message.payload) for message in messages]
    states = Counter(receipt.state for receipt in receipts if not receipt.duplicate)
    faulty = [m for m in messages if m.truth.expected_problem and not m.truth.duplicate_of]
    assert len(faulty) >= 3
    assert states == {"processed": len(accepted(messages)), "quarantined": len(faulty)}
    assert [r.duplicate for r in receipts] == [bool(m.truth.duplicate_of) for m in messages]
    assert InboundMessage.objects.count() == len(accepted(messages)) + len(faulty)
    codes = Counter(row.problems[0]["code"] for row in QuarantinedRow.objects.all())
    assert codes == Counter(m.truth.expected_problem for m in faulty)
    _check_people(messages)
    _check_stays(messages)
    _check_labs(messages)


def _check_people(messages: list[SyntheticMessage]) -> None:
    people = {m.truth.person_index: m.truth for m in accepted(messages)}
    assert Patient.objects.filter(merged_into=None).count() == len(people)
    stored = Counter(Patient.objects.values_list("name", "birth_date"))
    assert stored == Counter((truth.name, truth.birth_date) for truth in people.values())
    assert Patient.objects.exclude(needs_review="").count() == 0
    told: dict[int, str] = {}
    for message in accepted(messages):
        text = message.truth.address_text
        if message.kind not in ("lab_result", "merge") and text:
            index = message.truth.person_index
            told[index] = told[index] if index in told and says_nothing(text) else text
    addresses = PatientAddress.objects.filter(superseded_at=None, kind="current")
    assert Counter(addresses.values_list("text", flat=True)) == Counter(told.values())


def _check_stays(messages: list[SyntheticMessage]) -> None:
    visits = last_of_visits(messages)
    encounters = {e.source_id: e for e in Encounter.objects.all()}
    assert encounters.keys() == visits.keys()
    for visit_no, truth in visits.items():
        encounter = encounters[visit_no]
        assert encounter.status == ("discharged" if truth.discharge_at else "open"), visit_no
        assert encounter.discharged_at == truth.discharge_at
        assert encounter.discharged_on == (truth.discharge_at.date() if truth.discharge_at else None)
    finals = Diagnosis.objects.filter(superseded_at=None, kind="discharge", encounter__status="discharged")
    stored = Counter(finals.values_list("encounter__source_id", "icd10"))
    expected = Counter(
        (visit_no, code)
        for visit_no, truth in visits.items()
        if truth.discharge_at
        for code in truth.diagnosis_codes
    )
    assert stored == expected
    operations = Operation.objects.filter(superseded_at=None, encounter__status="discharged")
    assert Counter(operations.values_list("encounter__source_id", "code")) == Counter(
        (visit_no, code)
        for visit_no, truth in visits.items()
        if truth.discharge_at
        for code in truth.operation_codes
    )
    died = {truth.person_index for truth in visits.values() if truth.disposition_code == "5"}
    assert Patient.objects.exclude(deceased_at=None).count() == len(died)


def _check_labs(messages: list[SyntheticMessage]) -> None:
    visits = {m.truth.visit_no for m in accepted(messages) if m.kind == "lab_result"}
    reports = LabReport.objects.filter(superseded_at=None)
    assert set(reports.values_list("encounter__source_id", flat=True)) == visits
    assert reports.count() == len(visits)
    corrected = sum(m.kind == "lab_result" for m in accepted(messages)) - len(visits)
    assert LabReport.objects.exclude(superseded_at=None).count() == corrected


def test_the_whole_run_again_in_other_bytes_changes_nothing(
    in_alpha: Any, at: Any, messages: list[SyntheticMessage]
) -> None:
    """The same events under new control ids pass the intake's memory; the record itself knows them."""
    some = accepted(messages)[:150]
    with at(NOW):
        for message in some:
            services.receive(raw=message.payload)
        before = count_rows()
        revisions = set(Encounter.objects.values_list("id", "revision", "status"))
        for message in some:
            control_id = message.truth.control_id.encode()
            services.receive(raw=message.payload.replace(control_id, b"Z" + control_id[1:]))
    after = count_rows()
    assert after.pop("intake_inboundmessage") == before.pop("intake_inboundmessage") + len(some)
    assert after == before
    assert set(Encounter.objects.values_list("id", "revision", "status")) == revisions
