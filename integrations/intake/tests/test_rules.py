"""What goes to quarantine, what is only flagged, and in which words."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from integrations.intake.codes import ICD10_SHAPE, normalise_icd9cm3, normalise_icd10
from integrations.intake.contracts import (
    AddressData,
    AddressKind,
    CanonicalEvent,
    ContactData,
    DiagnosisData,
    DiagnosisKind,
    EncounterData,
    EventKind,
    IdentifierData,
    IdentifierKind,
    MergeData,
    OperationData,
    Owner,
    PatientData,
    PatientSex,
    SourceData,
    StaffData,
    VisitClass,
)
from integrations.intake.rules import Problem, find_warnings, validate

pytestmark = pytest.mark.req("C11", "S1")
NOW = datetime(2026, 11, 22, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
TODAY = NOW.date()

PATIENT = PatientData(
    local_id="P001",
    name="张三",
    sex=PatientSex.MALE,
    birth_date=date(1980, 1, 1),
    resident_id_text="42058319800101001X",
)
ENCOUNTER = EncounterData(
    visit_no="ZY001",
    visit_class=VisitClass.INPATIENT,
    admit_at=NOW - timedelta(days=10),
    discharge_at=NOW - timedelta(days=1),
)
DISCHARGE = CanonicalEvent(
    kind=EventKind.DISCHARGE,
    source=SourceData("HIS"),
    control_id="C1",
    occurred_at=NOW,
    patient=PATIENT,
    encounter=ENCOUNTER,
    diagnoses=(DiagnosisData(1, "I10.x00x002", "I10.x00x002", "高血压", DiagnosisKind.DISCHARGE, True),),
)


def with_patient(**changes: object) -> CanonicalEvent:
    return replace(DISCHARGE, patient=replace(PATIENT, **changes))


def with_encounter(**changes: object) -> CanonicalEvent:
    return replace(DISCHARGE, encounter=replace(ENCOUNTER, **changes))


def list_codes(event: CanonicalEvent) -> list[tuple[str, str]]:
    return [(problem.code, problem.field) for problem in validate(event, TODAY, NOW)]


def test_a_sound_event_has_no_problem_and_no_warning() -> None:
    assert validate(DISCHARGE, TODAY, NOW) == []
    assert find_warnings(DISCHARGE, TODAY) == []


def test_a_wrong_check_digit_says_what_to_do_and_hides_the_birth_date() -> None:
    event = with_patient(resident_id_text="420583198001010010")
    assert validate(event, TODAY, NOW) == [
        Problem(
            "resident_id_invalid_check_digit",
            "patient.resident_id_text",
            "身份证号校验位不符，可能有一位录错，请核对身份证原件后更正身份证号；没有身份证请留空",
            "420***********0010",
        )
    ]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (with_patient(resident_id_text="123"), [("resident_id_wrong_length", "patient.resident_id_text")]),
        (with_patient(resident_id_text=""), []),
        (with_patient(resident_id_text="420583800101001"), []),
        (with_patient(birth_date=TODAY), []),
        (
            with_patient(birth_date=TODAY + timedelta(days=1)),
            [("birth_in_future", "patient.birth_date")],
        ),
        (with_patient(birth_date=date(1895, 1, 1)), [("too_old", "patient.birth_date")]),
        (with_patient(birth_date=None), []),
        (with_patient(name=" "), [("missing_name", "patient.name")]),
        (
            with_patient(local_id="", resident_id_text=""),
            [("missing_identifier", "patient.local_id")],
        ),
        (
            with_patient(
                local_id="", resident_id_text="", identifiers=(IdentifierData(IdentifierKind.INSURANCE, "9"),)
            ),
            [],
        ),
        (replace(DISCHARGE, patient=None), [("missing_patient", "patient")]),
        (with_encounter(visit_no=""), [("missing_visit_no", "encounter.visit_no")]),
        (replace(DISCHARGE, kind=EventKind.REGISTER, encounter=None), []),
        (with_encounter(discharge_at=None), [("missing_discharge_time", "encounter.discharge_at")]),
        (
            with_encounter(discharge_at=ENCOUNTER.admit_at - timedelta(seconds=1)),
            [("discharge_before_admit", "encounter.discharge_at")],
        ),
        (with_encounter(discharge_at=ENCOUNTER.admit_at), []),
        (with_encounter(discharge_at=NOW + timedelta(days=1)), []),
        (
            with_encounter(discharge_at=NOW + timedelta(days=1, seconds=1)),
            [("discharge_in_future", "encounter.discharge_at")],
        ),
        (with_encounter(admit_at=None), []),
    ],
)
def test_each_fault_is_named_with_its_field(event: CanonicalEvent, expected: list[tuple[str, str]]) -> None:
    assert list_codes(event) == expected


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "@SUM(1)", "+王芳", "-1+1", "＝HYPERLINK()", "  =1"])
def test_text_that_a_spreadsheet_would_run_is_a_problem_in_names(name: str) -> None:
    assert list_codes(with_patient(name=name)) == [("formula_like_text", "patient.name")]
    assert list_codes(with_patient(contacts=(ContactData(name, Owner.CHILD),))) == [
        ("formula_like_text", "patient.contacts[0].name")
    ]
    assert list_codes(with_encounter(attending=StaffData("1", name))) == [
        ("formula_like_text", "encounter.attending.name")
    ]


@pytest.mark.parametrize("name", ["-", "--", "欧阳-明", "阿依古丽·买买提", "O'Neil"])
def test_a_dash_for_none_and_ordinary_names_are_harmless(name: str) -> None:
    assert list_codes(with_patient(contacts=(ContactData(name, Owner.CHILD),))) == []


def test_a_formula_in_a_diagnosis_is_only_a_warning() -> None:
    diagnosis = replace(DISCHARGE.diagnoses[0], name="=1+1")
    operation = OperationData(1, "81.5400x003", "@膝")
    event = replace(DISCHARGE, diagnoses=(diagnosis,), operations=(operation,))
    assert validate(event, TODAY, NOW) == []
    assert [(item.code, item.field) for item in find_warnings(event, TODAY)] == [
        ("formula_like_text", "diagnoses[0].name"),
        ("formula_like_text", "operations[0].name"),
    ]


@pytest.mark.parametrize("mark", ["\x00", "\x1b", "\x7f", "\u202e", "\u2066"])
def test_control_characters_are_a_problem_wherever_they_stand(mark: str) -> None:
    assert list_codes(with_patient(name=f"张{mark}三")) == [("control_characters", "patient.name")]
    address = AddressData(AddressKind.CURRENT, f"枝江{mark}市")
    assert list_codes(with_patient(addresses=(address,))) == [
        ("control_characters", "patient.addresses[0].text")
    ]
    diagnosis = replace(DISCHARGE.diagnoses[0], name=f"高血压{mark}")
    assert list_codes(replace(DISCHARGE, diagnoses=(diagnosis,))) == [
        ("control_characters", "diagnoses[0].name")
    ]


def test_line_ends_are_allowed_in_addresses_but_not_in_names() -> None:
    assert list_codes(with_patient(addresses=(AddressData(AddressKind.CURRENT, "枝江市\n问安镇"),))) == []
    assert list_codes(with_patient(name="张\n三")) == [("control_characters", "patient.name")]


def test_id_against_sex_and_birth_date_is_a_warning_not_a_problem() -> None:
    event = with_patient(sex=PatientSex.FEMALE, birth_date=date(1980, 1, 2))
    assert validate(event, TODAY, NOW) == []
    assert [(item.code, item.field) for item in find_warnings(event, TODAY)] == [
        ("birth_date_differs", "patient.birth_date"),
        ("sex_differs", "patient.sex"),
    ]
    assert find_warnings(with_patient(sex=PatientSex.UNKNOWN, birth_date=None), TODAY) == []


@pytest.mark.parametrize(
    ("icd10", "expected"),
    [("I10.x00x002", []), ("", ["icd10_missing"]), ("高血压", ["icd10_shape"]), ("I1", ["icd10_shape"])],
)
def test_the_shape_of_a_diagnosis_code_is_a_warning(icd10: str, expected: list[str]) -> None:
    event = replace(DISCHARGE, diagnoses=(replace(DISCHARGE.diagnoses[0], icd10=icd10),))
    assert validate(event, TODAY, NOW) == []
    assert [item.code for item in find_warnings(event, TODAY)] == expected


def test_a_merge_needs_two_different_numbers() -> None:
    merge = replace(DISCHARGE, kind=EventKind.MERGE, encounter=None, merge=MergeData("P002"))
    assert list_codes(merge) == []
    assert list_codes(replace(merge, merge=MergeData(""))) == [("missing_retired", "merge.retired_local_id")]
    assert list_codes(replace(merge, merge=MergeData("P001"))) == [
        ("merge_with_itself", "merge.retired_local_id")
    ]
    assert list_codes(replace(merge, merge=MergeData("P001", retired_visit_no="V2"))) == []


def test_what_is_only_stored_is_not_judged() -> None:
    event = replace(DISCHARGE, kind=EventKind.STORED_ONLY, patient=None)
    assert validate(event, TODAY, NOW) == []


def test_a_cancelled_admission_needs_no_name() -> None:
    event = replace(with_patient(name=""), kind=EventKind.CANCEL_ADMIT)
    assert list_codes(event) == []


@pytest.mark.parametrize(
    ("code", "stem"),
    [
        ("I10.x00x002", "I10"),
        ("I10", "I10"),
        ("i10.X00", "I10"),
        ("M17.100", "M171"),
        ("S72.000", "S720"),
        ("S72.000x001", "S720"),
        ("E11.900x001", "E119"),
        ("I63.900", "I639"),
        ("I21.401", "I214"),
        ("M80.800x051", "M808"),
        ("A17.0+", "A170"),
        ("A17.0+G01*", "A170"),
        ("C34", "C34"),
        ("M80000/3", ""),
        ("BNW030", ""),
        ("高血压", ""),
        ("", ""),
    ],
)
def test_icd10_is_cut_to_its_stem(code: str, stem: str) -> None:
    assert normalise_icd10(code) == stem
    assert normalise_icd10(stem) == stem


@pytest.mark.parametrize(
    ("code", "stem"),
    [
        ("81.5400x003", "8154"),
        ("81.54", "8154"),
        ("85.4", "854"),
        ("00.66", "0066"),
        ("47.0x00", "470"),
        ("74.1x01", "741"),
        ("36.0600X004", "3606"),
        ("手术", ""),
        ("", ""),
    ],
)
def test_icd9cm3_is_cut_to_its_digits(code: str, stem: str) -> None:
    assert normalise_icd9cm3(code) == stem


@pytest.mark.parametrize(
    ("code", "is_right"),
    [
        ("I10.x00x002", True),
        ("I21.900", True),
        ("I10", True),
        ("A17.0+", True),
        ("i10", False),
        ("I10.", False),
    ],
)
def test_the_icd10_shape_is_that_of_the_standard(code: str, is_right: bool) -> None:
    assert bool(ICD10_SHAPE.fullmatch(code)) is is_right
