"""From messages to canonical events."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from integrations.hl7v2.errors import AckCode, HL7Error
from integrations.hl7v2.mapper import MappingProfile, map_message
from integrations.hl7v2.reader import parse
from integrations.hl7v2.tests.samples import DISCHARGE, build, list_foreign_samples, replace_line
from integrations.intake.contracts import (
    AddressData,
    AddressKind,
    CanonicalEvent,
    ContactData,
    DiagnosisData,
    DiagnosisKind,
    Disposition,
    EncounterData,
    EventKind,
    IdentifierData,
    IdentifierKind,
    MergeData,
    OperationData,
    Owner,
    PatientSex,
    PhoneData,
    SourceData,
    StaffData,
    VisitClass,
)

pytestmark = pytest.mark.req("S1", "C19", "C20")
SHANGHAI = ZoneInfo("Asia/Shanghai")
WANG = StaffData("GK001", "王强")


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SHANGHAI)  # type: ignore[misc, arg-type]


def map_text(raw: bytes | str) -> CanonicalEvent:
    return map_message(parse(raw.encode() if isinstance(raw, str) else raw))


def map_with(name: str, line: str) -> CanonicalEvent:
    return map_text(replace_line(name, line))


def test_a_discharge_is_mapped_whole() -> None:
    event = map_text(DISCHARGE.encode("gb18030"))
    assert event.kind is EventKind.DISCHARGE
    assert event.control_id == "C0001"
    assert event.occurred_at == at(2026, 11, 20, 10, 14)
    assert event.source == SourceData("HIS", "HB0001", "ADT^A03", "2.4", "gb18030", at(2026, 11, 20, 10, 15))
    assert event.warnings == ()
    patient = event.patient
    assert patient is not None
    assert (patient.local_id, patient.authority, patient.name) == ("P001", "HB0001", "张三")
    assert (patient.sex, patient.birth_date) == (PatientSex.MALE, date(1980, 1, 1))
    assert patient.resident_id_text == "42058319800101001X"
    assert patient.identifiers == (
        IdentifierData(IdentifierKind.MEDICAL_RECORD, "P001", "HB0001", "MR"),
        IdentifierData(IdentifierKind.RESIDENT_ID, "42058319800101001X", "2.16.156.10011.1.3", "NI"),
    )
    assert patient.phones == (
        PhoneData("13812345678"),
        PhoneData("0717-6221234"),
        PhoneData("13987654321"),
        PhoneData("13711112222", Owner.SPOUSE, "李四"),
    )
    assert patient.contacts == (ContactData("李四", Owner.SPOUSE, "配偶"),)
    assert patient.addresses == (
        AddressData(
            AddressKind.CURRENT,
            "湖北省宜昌市枝江市问安镇三组",
            street="三组",
            other_designation="问安镇",
            district="枝江市",
            city="宜昌市",
            province="湖北省",
            postal_code="443200",
        ),
        AddressData(AddressKind.REGISTERED, "湖北省钟祥市石牌镇", street="湖北省钟祥市石牌镇"),
        AddressData(
            AddressKind.CURRENT,
            "枝江市马家店街道",
            street="枝江市马家店街道",
            owner=Owner.SPOUSE,
            contact_name="李四",
        ),
    )
    assert (patient.is_deceased, patient.deceased_at) == (False, None)
    assert event.encounter == EncounterData(
        visit_no="ZY001",
        visit_class=VisitClass.INPATIENT,
        class_code="I",
        ward_code="GK1",
        ward_name="骨科一病区",
        room="301",
        bed="05",
        department_code="GK",
        department_name="骨科",
        attending=WANG,
        admit_at=at(2026, 11, 10, 8, 30),
        discharge_at=at(2026, 11, 20, 10),
        disposition=Disposition.HOME,
        disposition_code="1",
    )
    day = at(2026, 11, 20)
    kind = DiagnosisKind.DISCHARGE
    assert event.diagnoses == (
        DiagnosisData(1, "E11.900x001", "E11.900x001", "2型糖尿病", kind, False, "ICD-10", day),
        DiagnosisData(2, "M17.100", "M17.100", "膝关节病", kind, True, "ICD-10", day),
    )
    assert event.operations == (
        OperationData(
            1, "81.5400x003", "膝关节表面置换术", at(2026, 11, 12, 9, 30), WANG, True, "ICD-9-CM-3"
        ),
    )


@pytest.mark.parametrize(
    ("message_type", "kind"),
    [
        ("ADT^A01", EventKind.ADMIT),
        ("ADT^A02", EventKind.TRANSFER),
        ("ADT^A03", EventKind.DISCHARGE),
        ("ADT^A04", EventKind.REGISTER),
        ("ADT^A05", EventKind.REGISTER),
        ("ADT^A08", EventKind.UPDATE),
        ("ADT^A31", EventKind.UPDATE),
        ("ADT^A11", EventKind.CANCEL_ADMIT),
        ("ADT^A13", EventKind.CANCEL_DISCHARGE),
        ("ORM^O01", EventKind.STORED_ONLY),
        ("RDE^O11", EventKind.STORED_ONLY),
        ("MDM^T02", EventKind.STORED_ONLY),
        ("SIU^S12", EventKind.STORED_ONLY),
        ("DFT^P03", EventKind.STORED_ONLY),
    ],
)
def test_triggers_become_kinds(message_type: str, kind: EventKind) -> None:
    assert map_text(DISCHARGE.replace("ADT^A03^ADT_A03", message_type)).kind is kind


@pytest.mark.parametrize(
    ("message_type", "code", "condition"),
    [
        ("ADT^A60", "unsupported_event", 201),
        ("QRY^A19", "unsupported_type", 200),
        ("ACK", "unsupported_type", 200),
        ("", "unsupported_type", 200),
    ],
)
def test_other_types_are_rejected(message_type: str, code: str, condition: int) -> None:
    raw = DISCHARGE.replace("ADT^A03^ADT_A03", message_type).replace("EVN|A03", "EVN|")
    with pytest.raises(HL7Error) as caught:
        map_text(raw)
    assert (caught.value.code, caught.value.condition) == (code, condition)
    assert caught.value.ack_code is AckCode.REJECT
    assert caught.value.position == "MSH-9（第1段）"


def test_a_trigger_missing_from_msh_is_taken_from_evn() -> None:
    assert map_text(DISCHARGE.replace("ADT^A03^ADT_A03", "ADT")).kind is EventKind.DISCHARGE


@pytest.mark.parametrize(("name", "position"), [("PID", "PID"), ("PV1", "PV1")])
def test_a_missing_segment_is_an_error_with_its_name(name: str, position: str) -> None:
    with pytest.raises(HL7Error) as caught:
        map_with(name, "")
    assert (caught.value.code, caught.value.position) == ("missing_segment", position)


def test_a_person_update_needs_no_visit() -> None:
    raw = replace_line("PV1", "").replace(b"ADT^A03^ADT_A03", b"ADT^A31")
    assert map_text(raw).encounter is None


def test_a_message_without_control_id_cannot_be_idempotent() -> None:
    with pytest.raises(HL7Error) as caught:
        map_text(DISCHARGE.replace("|C0001|", "||"))
    assert (caught.value.code, caught.value.field_no, caught.value.condition) == (
        "missing_control_id",
        10,
        101,
    )


def test_a_missing_discharge_time_falls_back_to_the_event() -> None:
    event = map_text(DISCHARGE.replace("|20261110083000|20261120100000", "|20261110083000"))
    assert event.encounter is not None
    assert event.encounter.discharge_at == at(2026, 11, 20, 10, 14)
    assert [warning.code for warning in event.warnings] == ["discharge_time_from_event"]


@pytest.mark.parametrize(
    ("field", "expected", "warnings"),
    [
        ("1^医嘱离院", Disposition.HOME, []),
        ("2", Disposition.TRANSFER, []),
        ("3", Disposition.TRANSFER_COMMUNITY, []),
        ("4^非医嘱离院", Disposition.AGAINST_ADVICE, []),
        ("非医嘱离院", Disposition.AGAINST_ADVICE, []),
        ("5", Disposition.DIED, []),
        ("死亡", Disposition.DIED, []),
        ("1^死亡", Disposition.DIED, []),
        ("20", Disposition.DIED, []),
        ("", Disposition.UNKNOWN, []),
        ("05", Disposition.UNKNOWN, ["unclear_disposition"]),
        ("04", Disposition.UNKNOWN, ["unclear_disposition"]),
    ],
)
def test_dispositions_never_guess(field: str, expected: Disposition, warnings: list[str]) -> None:
    event = map_text(DISCHARGE.replace("1^医嘱离院", field))
    assert event.encounter is not None
    assert event.encounter.disposition is expected
    assert [warning.code for warning in event.warnings] == warnings


def test_a_profile_says_what_one_hospital_means() -> None:
    profile = MappingProfile(
        zone=ZoneInfo("Asia/Urumqi"),
        dispositions={"05": Disposition.DIED},
        visit_classes={"I": VisitClass.EMERGENCY},
        identifier_types={"MR": IdentifierKind.OUTPATIENT_NO},
    )
    event = map_message(parse(DISCHARGE.replace("1^医嘱离院", "05").encode()), profile)
    assert event.encounter is not None
    assert event.patient is not None
    assert event.encounter.disposition is Disposition.DIED
    assert event.encounter.visit_class is VisitClass.EMERGENCY
    assert event.encounter.admit_at == datetime(2026, 11, 10, 8, 30, tzinfo=ZoneInfo("Asia/Urumqi"))
    assert event.patient.identifiers[0].kind is IdentifierKind.OUTPATIENT_NO


def test_an_id_number_is_found_wherever_it_stands() -> None:
    number = "42058319800101001X"
    for line in (
        f"PID|1||P1^^^H^MR~{number}^^^^身份证||张三",
        f"PID|1||P1^^^H^MR~{number}||张三",
        f"PID|1||P1^^^H^MR~{number}^^^&2.16.156.10011.1.3&ISO^ZZ||张三",
        f"PID|1||P1^^^H^MR||张三{'|' * 14}{number}",
    ):
        patient = map_with("PID", line).patient
        assert patient is not None
        assert (patient.local_id, patient.resident_id_text) == ("P1", number), line


@pytest.mark.parametrize("text", ["无", "不详", "-", "null"])
def test_a_placeholder_in_the_id_field_is_no_id(text: str) -> None:
    event = map_with("PID", f"PID|1||P1^^^H^MR||张三{'|' * 14}{text}")
    assert event.patient is not None
    assert event.patient.resident_id_text == ""
    assert [warning.code for warning in event.warnings] == ["placeholder_id"]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("张^三", "张三"),
        ("ZHANG^SAN^^^^^L^A~张三^^^^^^L^I", "张三"),
        ("阿依古丽·买买提", "阿依古丽·买买提"),
        ("DUCK^DONALD^D", "DONALD D DUCK"),
        ("van Beethoven&van^Ludwig", "Ludwig van Beethoven"),
        ("", ""),
    ],
)
def test_names_are_put_in_the_order_of_their_language(field: str, expected: str) -> None:
    patient = map_with("PID", f"PID|1||P1||{field}").patient
    assert patient is not None
    assert patient.name == expected


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("枝江市问安镇关庙山村三组", "枝江市问安镇关庙山村三组"),
        ("关庙山村三组^问安镇^宜昌市^湖北省^^^H^^枝江市", "湖北省宜昌市枝江市问安镇关庙山村三组"),
        ("民主大道12号^3单元201^宜昌市^湖北省", "湖北省宜昌市民主大道12号3单元201"),
        ("湖北省宜昌市枝江市问安镇^问安镇^宜昌市^湖北省", "湖北省宜昌市枝江市问安镇"),
        ("111 DUCK ST^^FOWL^CA", "111 DUCK ST, FOWL, CA"),
        ("民主大道&&12号", "民主大道12号"),
    ],
)
def test_addresses_are_written_from_large_to_small_without_repeats(field: str, expected: str) -> None:
    patient = map_with("PID", f"PID|1||P1||张三||||||{field}").patient
    assert patient is not None
    assert patient.addresses[0].text == expected


def test_a_time_that_cannot_be_read_is_a_warning_and_no_death() -> None:
    event = map_with("PID", f"PID|1||P1||张三||1980{'|' * 22}00000000")
    assert event.patient is not None
    assert (event.patient.birth_date, event.patient.is_deceased) == (None, False)
    assert [(warning.code, warning.field) for warning in event.warnings] == [
        ("unreadable_time", "PID-29"),
        ("unreadable_date", "PID-7"),
    ]
    dead = map_with("PID", f"PID|1||P1||张三||19800101{'|' * 22}20261120").patient
    assert dead is not None
    assert (dead.is_deceased, dead.deceased_at) == (True, at(2026, 11, 20))


def test_the_main_diagnosis_is_the_first_where_no_one_is_named() -> None:
    raw = DISCHARGE.replace("|F|||||||||2", "|F").replace("|F|||||||||1", "|F")
    assert [item.is_main for item in map_text(raw).diagnoses] == [True, False]
    mixed = DISCHARGE.replace("20261120|F|||||||||2", "20261120|A")
    assert [(item.kind, item.is_main) for item in map_text(mixed).diagnoses] == [
        (DiagnosisKind.ADMISSION, True),
        (DiagnosisKind.DISCHARGE, True),
    ]


def test_codes_of_other_systems_are_no_icd10() -> None:
    event = map_with("DG1", "DG1|1|I9|422504002^Ischemic stroke^SCT|Stroke|2026|A")
    first = event.diagnoses[0]
    assert (first.code, first.icd10, first.name, first.code_system) == ("422504002", "", "Stroke", "SCT")


@pytest.mark.parametrize("trigger", ["A40", "A34", "A36"])
def test_a_merge_names_survivor_and_retired(trigger: str) -> None:
    event = map_text(
        build(
            f"MSH|^~\\&|HIS|H1|JL|H1|20261120||ADT^{trigger}|C1|P|2.4",
            f"EVN|{trigger}|20261121",
            "PID|1||P1^^^H1^MR||张三",
            "MRG|P2^^^H1^MR~ZY9^^^2.16.156.10011.1.12^VN||||V2||张三",
        )
    )
    assert event.kind is EventKind.MERGE
    assert event.patient is not None
    assert event.patient.local_id == "P1"
    assert event.merge == MergeData(
        retired_local_id="P2",
        retired_authority="H1",
        retired_identifiers=(
            IdentifierData(IdentifierKind.MEDICAL_RECORD, "P2", "H1", "MR"),
            IdentifierData(IdentifierKind.INPATIENT_NO, "ZY9", "2.16.156.10011.1.12", "VN"),
        ),
        retired_visit_no="V2",
        retired_name="张三",
    )


@pytest.mark.parametrize(
    ("tail", "code"), [((), "missing_segment"), (("MRG|P2", "PID|2||P3", "MRG|P4"), "several_merges")]
)
def test_an_incomplete_or_double_merge_is_an_error(tail: tuple[str, ...], code: str) -> None:
    with pytest.raises(HL7Error) as caught:
        map_text(build("MSH|^~\\&|HIS|H1|JL|H1|20261120||ADT^A40|C1|P|2.4", "PID|1||P1", *tail))
    assert (caught.value.code, caught.value.segment) == (code, "MRG")


def test_a_wrongly_declared_charset_is_a_warning() -> None:
    raw = DISCHARGE.replace("|P|2.4", "|P|2.4||||||UNICODE UTF-8").encode("gb18030")
    assert [warning.code for warning in map_text(raw).warnings] == ["charset_mismatch"]


FOREIGN_KINDS = {
    "ADT-A01-01": EventKind.ADMIT,
    "ADT-A02-01": EventKind.TRANSFER,
    "ADT-A03-01": EventKind.DISCHARGE,
    "ADT-A04-01": EventKind.REGISTER,
    "ADT-A08-01": EventKind.UPDATE,
    "ADT-A11-01": EventKind.CANCEL_ADMIT,
    "ADT-A13-01": EventKind.CANCEL_DISCHARGE,
    "ADT-A31-01": EventKind.UPDATE,
    "ADT-A40-01": EventKind.MERGE,
    "ADT01-23": EventKind.ADMIT,
    "ADT04-251": EventKind.REGISTER,
    "LAB-ORU-1": EventKind.LAB_RESULT,
    "ORU-R01-01": EventKind.LAB_RESULT,
}


def test_every_foreign_sample_is_mapped_or_classified() -> None:
    files = list_foreign_samples()
    assert len(files) == 20
    for file in files:
        event = map_text(file.read_bytes())
        assert event.kind is FOREIGN_KINDS.get(file.stem, EventKind.STORED_ONLY), file.name
        assert event.patient is not None
        assert event.patient.local_id, file.name


@pytest.mark.parametrize(
    ("segments", "nurse"),
    [
        (["ROL|1|AD|RN^责任护士|HL007^刘^护士"], StaffData("HL007", "刘护士")),
        (["ROL|1|UP|ZR^责任护士|HL007^刘"], StaffData("HL007", "刘")),
        (["ROL|1|AD|责任护士|刘护士"], StaffData("", "刘护士")),
        (["ROL|1|AD|AT^主管医生|GK001^王强", "ROL|2|AD|nurse|HL008^陈"], StaffData("HL008", "陈")),
        (["ROL|1|DE|RN|HL007^刘", "ROL|2|AD|RN|HL009^周"], StaffData("HL009", "周")),
        (["ROL|1|DE|RN|HL007^刘"], StaffData()),
        (["ROL|1|AD|RN|"], StaffData()),
        ([], StaffData()),
    ],
)
def test_the_responsible_nurse_of_a_role_segment(segments: list[str], nurse: StaffData) -> None:
    event = map_text("\r".join([DISCHARGE, *segments]).encode("gb18030"))
    assert event.encounter is not None
    assert event.encounter.nurse == nurse
