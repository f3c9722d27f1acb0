"""Generated days against our own reader, rules and the hl7 library."""

from collections import Counter
from datetime import date, datetime, timedelta
from itertools import pairwise

import hl7
import pytest

from integrations.hl7v2.mapper import map_message
from integrations.hl7v2.reader import parse
from integrations.intake.contracts import CanonicalEvent
from integrations.intake.rules import find_warnings, validate
from integrations.synthetic.discharges import SyntheticMessage, generate_days
from integrations.synthetic.diseases import DISEASES, HARMLESS_SECONDARIES, find_programmes
from integrations.synthetic.hospitals import DepartmentPlan, DoctorPlan, HospitalPlan, WardPlan
from integrations.synthetic.people import is_synthetic_phone
from integrations.synthetic.stays import Fault
from integrations.synthetic.tests.villages import VILLAGES, make_plan
from records.phones import parse_phones

pytestmark = pytest.mark.req("S1", "C11", "C19", "C20")
START = date(2026, 9, 1)
NOW = datetime.fromisoformat("2026-11-22T09:00:00+08:00")


@pytest.fixture(scope="module")
def messages() -> list[SyntheticMessage]:
    return list(generate_days(7, START, 40, 25, make_plan(), VILLAGES))


@pytest.fixture(scope="module")
def events(messages: list[SyntheticMessage]) -> list[CanonicalEvent]:
    return [map_message(parse(message.payload)) for message in messages]


def list_first_discharges(messages: list[SyntheticMessage]) -> list[SyntheticMessage]:
    found: dict[str, SyntheticMessage] = {}
    for message in messages:
        if message.kind == "discharge":
            found.setdefault(message.truth.visit_no, message)
    return list(found.values())


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(
    messages: list[SyntheticMessage],
) -> None:
    assert list(generate_days(7, START, 40, 25, make_plan(), VILLAGES)) == messages
    other = list(generate_days(8, START, 2, 5, make_plan(), VILLAGES))
    ours = list(generate_days(7, START, 2, 5, make_plan(), VILLAGES))
    assert {item.truth.control_id for item in other}.isdisjoint(item.truth.control_id for item in ours)


def test_messages_come_in_order_of_time(messages: list[SyntheticMessage]) -> None:
    assert all(first.sent_at <= second.sent_at for first, second in pairwise(messages))
    order: dict[str, list[str]] = {}
    for message in messages:
        if not message.truth.duplicate_of:
            order.setdefault(message.truth.visit_no, []).append(message.kind)
    inpatient = {visit: kinds for visit, kinds in order.items() if visit.startswith("ZY")}
    assert len(inpatient) == 40 * 25
    assert all(kinds[0] == "admit" and "discharge" in kinds for kinds in inpatient.values())


def test_control_ids_are_unique_but_for_exact_repeats(messages: list[SyntheticMessage]) -> None:
    first: dict[str, SyntheticMessage] = {}
    repeats = 0
    for message in messages:
        control_id = message.truth.control_id
        assert len(control_id) <= 20
        if message.truth.duplicate_of:
            repeats += 1
            assert message.truth.duplicate_of == control_id
            assert message.payload == first[control_id].payload
            assert message.sent_at == first[control_id].sent_at + timedelta(minutes=7)
        else:
            assert control_id not in first
            first[control_id] = message
    assert 0.002 < repeats / len(messages) < 0.03


def test_the_mapped_event_says_what_is_true(
    messages: list[SyntheticMessage], events: list[CanonicalEvent]
) -> None:
    for message, event in zip(messages, events, strict=True):
        truth, patient = message.truth, event.patient
        assert patient is not None
        assert event.kind.value == message.kind
        assert event.control_id == truth.control_id
        assert event.source.charset == message.charset
        assert event.source.facility == "HB0001"
        assert patient.local_id == truth.mrn
        assert event.warnings == ()
        if not truth.expected_problem:
            assert (patient.name, patient.birth_date) == (truth.name, truth.birth_date)
            assert patient.resident_id_text == truth.resident_id
            assert patient.sex.value == truth.sex.value
        own = [phone.text for phone in patient.phones if phone.owner.value == "self"]
        assert own == ([truth.phone_text] if truth.phone_text else [])
        if truth.address_text:
            assert patient.addresses[0].text == truth.address_text
        if message.kind == "merge":
            assert event.merge is not None
            assert event.merge.retired_local_id == truth.retired_mrn
        if message.kind in ("admit", "discharge", "update", "cancel_discharge", "lab_result"):
            encounter = event.encounter
            assert encounter is not None
            assert (encounter.visit_no, encounter.ward_code) == (truth.visit_no, truth.ward_code)
            assert encounter.department_code == truth.department_code
            assert encounter.attending.staff_no == truth.doctor_no
            if message.kind != "lab_result":
                assert encounter.discharge_at == truth.discharge_at
                assert encounter.disposition_code == truth.disposition_code
        if message.kind in ("discharge", "update"):
            assert tuple(item.icd10 for item in event.diagnoses) == truth.diagnosis_codes
            assert tuple(item.code for item in event.operations) == truth.operation_codes
            assert [item.is_main for item in event.diagnoses].count(True) == 1


def test_the_rules_find_exactly_the_faults_made_on_purpose(
    messages: list[SyntheticMessage], events: list[CanonicalEvent]
) -> None:
    for message, event in zip(messages, events, strict=True):
        expected = [message.truth.expected_problem] if message.truth.expected_problem else []
        assert [problem.code for problem in validate(event, NOW.date(), NOW)] == expected
        assert find_warnings(event, NOW.date()) == []


def test_every_kind_of_fault_and_turn_occurs(messages: list[SyntheticMessage]) -> None:
    firsts = list_first_discharges(messages)
    faults = Counter(item.truth.expected_problem for item in firsts if item.truth.expected_problem)
    assert set(faults) == {fault.value for fault in Fault}
    assert 0.01 < sum(faults.values()) / len(firsts) < 0.035
    kinds = Counter(message.kind for message in messages if not message.truth.duplicate_of)
    assert (kinds["merge"], kinds["register"], kinds["cancel_discharge"]) == (1, 1, 2)
    assert kinds["update"] > 60
    assert kinds["lab_result"] > 200
    corrections = {message.truth.correction for message in messages if message.kind == "update"}
    assert corrections == {"address", "phone", "diagnosis"}
    assert {message.charset for message in messages} == {"utf-8", "gb18030"}
    assert any(message.truth.readmission_of for message in messages)


def test_one_cancelled_discharge_is_discharged_again_and_one_stays(messages: list[SyntheticMessage]) -> None:
    cancelled = [item.truth.visit_no for item in messages if item.kind == "cancel_discharge"]
    stories = [
        [item.kind for item in messages if item.truth.visit_no == visit and item.kind != "lab_result"]
        for visit in cancelled
    ]
    assert sorted(stories, key=len) == [
        ["admit", "discharge", "cancel_discharge"],
        ["admit", "discharge", "cancel_discharge", "discharge"],
    ]


def test_a_merge_joins_the_number_of_the_stay_to_one_registered_before(
    messages: list[SyntheticMessage],
) -> None:
    register = next(item.truth for item in messages if item.kind == "register")
    merge = next(item.truth for item in messages if item.kind == "merge")
    assert (register.mrn, register.person_index) == (merge.mrn, merge.person_index)
    assert any(item.kind == "admit" and item.truth.mrn == merge.retired_mrn for item in messages)


def test_the_shares_of_the_common_programmes(messages: list[SyntheticMessage]) -> None:
    sound = [item.truth for item in list_first_discharges(messages) if not item.truth.expected_problem]
    share = Counter(slug for truth in sound for slug in truth.programmes)
    assert 0.16 < share["hypertension"] / len(sound) < 0.24
    assert 0.055 < share["joint_replacement"] / len(sound) < 0.105
    assert any(not truth.programmes for truth in sound)
    for truth in sound:
        if "joint_replacement" in truth.programmes:
            assert truth.operation_codes[0] in ("81.5400x003", "81.5100x001")
        if truth.disposition_code == "5":
            assert truth.programmes == ()


def test_everyone_can_be_told_for_synthetic_by_a_phone(events: list[CanonicalEvent]) -> None:
    for event in events:
        if event.kind.value in ("admit", "discharge"):
            assert event.patient is not None
            numbers = [
                phone.number for item in event.patient.phones for phone in parse_phones(item.text, "0717")
            ]
            assert numbers
            assert all(is_synthetic_phone(number) for number in numbers)


def test_laboratory_values_carry_ranges_and_right_flags(events: list[CanonicalEvent]) -> None:
    reports = [report for event in events for report in event.lab_reports]
    assert {report.status for report in reports} == {"F", "C"}
    for report in reports:
        assert [item.item_name for item in report.results] == ["血红蛋白", "空腹血糖", "钾", "肌酐"]
        for item in report.results:
            assert item.value_num is not None
            assert item.low is not None
            assert item.high is not None
            flag = "L" if item.value_num < item.low else "H" if item.value_num > item.high else "N"
            assert item.flag == flag
    corrected = {report.report_no for report in reports if report.status == "C"}
    assert corrected <= {report.report_no for report in reports if report.status == "F"}


def test_the_hl7_library_reads_what_is_generated(messages: list[SyntheticMessage]) -> None:
    for message in messages[::40]:
        ours = parse(message.payload)
        theirs = hl7.parse(message.payload.decode(message.charset))
        assert [str(item[0]) for item in theirs] == [item.name for item in ours.segments()]
        assert str(theirs.segment("MSH")[10]) == message.truth.control_id
        for segment, other in zip(ours.segments(), theirs, strict=True):
            if segment.name != "MSH":
                assert [segment.field(at).raw for at in range(1, len(other))] == [
                    str(item) for item in other[1:]
                ]


def test_a_hospital_with_one_department_has_only_its_diseases() -> None:
    department = DepartmentPlan(
        "GK", "骨科", (WardPlan("GK1", "一病区"),), (DoctorPlan("1", "王强"),), ("orthopaedics",)
    )
    found = list(generate_days(1, START, 3, 10, HospitalPlan("H9", (department,)), VILLAGES))
    assert {item.truth.department_code for item in found} == {"GK"}
    stems = {disease.diagnosis.code for disease in DISEASES if disease.group == "orthopaedics"}
    assert {item.truth.diagnosis_codes[0] for item in found} <= stems
    with pytest.raises(ValueError, match="no department"):
        next(generate_days(1, START, 1, 1, HospitalPlan("H9", ()), VILLAGES))


def test_an_empty_run_and_negative_numbers() -> None:
    assert list(generate_days(1, START, 0, 10, make_plan(), VILLAGES)) == []
    assert len(list(generate_days(1, START, 1, 1, make_plan(), VILLAGES))) >= 2
    with pytest.raises(ValueError, match="negative"):
        list(generate_days(1, START, -1, 1, make_plan(), VILLAGES))


@pytest.mark.parametrize(
    ("diagnoses", "operations", "age", "expected"),
    [
        (["I10.x00x002"], [], 60, ("hypertension",)),
        (["I10.x00x002", "E11.900x001"], [], 60, ("hypertension", "type2_diabetes")),
        (["M17.100"], ["81.5400x003"], 66, ("joint_replacement",)),
        (["S72.000"], ["81.5100x001"], 80, ("joint_replacement", "fracture")),
        (["J18.900"], [], 14, ("pneumonia",)),
        (["J18.900"], [], 13, ("child_respiratory",)),
        (["A09.900"], [], 30, ()),
    ],
)
def test_programmes_follow_the_stems_of_the_paths(
    diagnoses: list[str], operations: list[str], age: int, expected: tuple[str, ...]
) -> None:
    assert find_programmes(diagnoses, operations, age) == expected


def test_harmless_secondaries_start_nothing() -> None:
    assert find_programmes([item.code for item in HARMLESS_SECONDARIES], [], 60) == ()
