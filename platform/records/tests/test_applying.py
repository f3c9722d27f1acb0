"""What an event leaves in the record, and that it is told once."""

from datetime import date
from typing import Any

import pytest
from django.db import connection

from kernel.crypto import decrypt_text, lookup_hash
from kernel.models import OutboxEvent
from records.contracts import (
    AddressData,
    AddressKind,
    DiagnosisKind,
    Disposition,
    EventKind,
    Owner,
    PhoneData,
    VisitClass,
)
from records.errors import UnknownPatient, VisitOfAnotherPatient
from records.models import Encounter, Patient, PatientAddress, PatientPhone
from records.selectors import addresses_of
from records.tests.events import (
    ADDRESS,
    DIABETES,
    DISCHARGED,
    ID_NO,
    KNEE,
    SURGERY,
    admit,
    apply,
    apply_all,
    diagnosis,
    discharge,
    event,
    left,
    moment,
    person,
    replace,
    the_person,
    the_stay,
    update,
    visit,
)

pytestmark = [pytest.mark.req("S1", "C11"), pytest.mark.usefixtures("in_alpha", "today")]


@pytest.fixture
def today(at: Any) -> Any:
    with at("2026-11-22 09:00"):
        yield


def told(event_type: str) -> int:
    return OutboxEvent.objects.filter(type=event_type).count()


def current_codes(encounter: Encounter) -> list[tuple[str, bool]]:
    rows = encounter.diagnoses.filter(superseded_at=None, kind="discharge").order_by("seq")
    return list(rows.values_list("icd10", "is_main"))


def test_a_person_is_kept_sealed_and_searchable() -> None:
    apply(admit())
    patient = the_person()
    assert (patient.name, patient.name_masked, patient.name_initials) == ("张三", "张*", "zs")
    assert (patient.sex, patient.birth_date, patient.needs_review) == ("M", date(1980, 1, 1), "")
    assert (patient.id_no_masked, patient.id_no_last4) == ("420***********001X", "001X")
    assert patient.id_no_hash == lookup_hash(ID_NO)
    assert decrypt_text(patient.id_no_enc) == ID_NO
    phone = patient.phones.get()
    assert (phone.owner, phone.masked, phone.last4) == ("self", "138****5678", "5678")
    assert decrypt_text(phone.number_enc) == "13812345678"
    with connection.cursor() as cursor:
        for table in ("records_patient", "records_patientphone"):
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text ~ '13812345678|42058319800101001X'")
            assert cursor.fetchone()[0] == 0


def test_a_stay_from_admission_to_discharge() -> None:
    first, second = apply_all(admit(), discharge())
    assert (first.events, second.events) == (("encounter.admitted",), ("encounter.discharged",))
    stay = the_stay()
    assert (second.patient_id, second.encounter_id) == (stay.patient_id, stay.pk)
    assert (stay.kind, stay.status, stay.disposition) == ("inpatient", "discharged", "home")
    assert (stay.discharged_at, stay.discharged_on, stay.age_at_discharge) == (
        DISCHARGED,
        date(2026, 11, 20),
        46,
    )
    assert (stay.institution.code, stay.department.code, stay.ward.code) == ("H1", "0401", "W41")
    assert (stay.attending_no, stay.attending_name, stay.main_diagnosis) == ("GK001", "王强", "膝关节病")
    assert list(stay.diagnoses.order_by("seq").values_list("icd10_stem", "is_main")) == [
        ("M171", True),
        ("E119", False),
    ]
    operation = stay.operations.get()
    assert (operation.code_stem, operation.operated_on) == ("8154", date(2026, 11, 12))
    payload = OutboxEvent.objects.get(type="encounter.discharged").payload
    assert payload == {"encounter_id": stay.pk, "patient_id": stay.patient_id}


def test_the_revision_is_the_present_transaction() -> None:
    apply(admit())
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        assert the_stay().revision == cursor.fetchone()[0]


def test_the_day_of_discharge_is_shanghais() -> None:
    late = replace(left(), discharge_at=moment("2026-11-20 00:30"))
    apply(event(EventKind.DISCHARGE, "2026-11-20 00:40", encounter=late))
    assert the_stay().discharged_on == date(2026, 11, 20)


TABLES = (Patient, Encounter, PatientPhone, PatientAddress)


def read_rows() -> list[list[dict[str, Any]]]:
    return [list(model.objects.order_by("pk").values()) for model in TABLES]


@pytest.mark.parametrize("given", [admit(), discharge()])
def test_the_same_event_again_changes_nothing(given: Any) -> None:
    apply(given)
    rows = read_rows()
    events = OutboxEvent.objects.count()
    Encounter.objects.update(revision=7)
    assert apply(given).events == ()
    assert Encounter.objects.get().revision == 7
    Encounter.objects.update(revision=rows[1][0]["revision"])
    assert read_rows() == rows
    assert OutboxEvent.objects.count() == events


def test_a_correction_after_the_discharge_supersedes_only_what_differs() -> None:
    apply(discharge())
    before = set(the_stay().diagnoses.values_list("pk", flat=True))
    pressure = diagnosis("I10.x00x002", "高血压病2级")
    result = apply(update("2026-11-21 09:00", encounter=left(), diagnoses=(KNEE, pressure)))
    assert result.events == ("encounter.changed",)
    stay = the_stay()
    assert current_codes(stay) == [("M17.100", True), ("I10.x00x002", False)]
    gone = stay.diagnoses.exclude(superseded_at=None)
    assert [row.icd10 for row in gone] == ["E11.900x001"]
    assert gone.get().pk in before
    assert told("encounter.discharged") == 1
    assert stay.operations.filter(superseded_at=None).count() == 1


def test_another_operation_and_department_are_told() -> None:
    apply(discharge())
    changed = replace(SURGERY, code="81.5100x001", name="全髋关节置换术")
    assert apply(update("2026-11-21 09:00", encounter=left(), operations=(changed,))).events == (
        "encounter.changed",
    )
    moved = left(
        department_code="0301", department_name="心血管内科", ward_code="W31", ward_name="心内一病区"
    )
    assert apply(update("2026-11-21 10:00", encounter=moved)).events == ("encounter.changed",)
    assert the_stay().ward.code == "W31"


def test_diagnoses_of_the_admission_and_the_discharge_stand_side_by_side() -> None:
    admitted = replace(KNEE, kind=DiagnosisKind.ADMISSION, name="膝痛")
    apply_all(
        event(EventKind.ADMIT, "2026-11-10 08:40", encounter=visit(), diagnoses=(admitted,)),
        discharge(diagnoses=(DIABETES,)),
    )
    stay = the_stay()
    assert stay.diagnoses.filter(superseded_at=None, kind="admission").get().name == "膝痛"
    assert [code for code, _ in current_codes(stay)] == ["E11.900x001"]
    assert stay.main_diagnosis == "2型糖尿病"


def test_an_unmarked_diagnosis_is_of_the_discharge_when_the_stay_is_over() -> None:
    working = replace(KNEE, kind=DiagnosisKind.WORKING)
    apply(discharge(diagnoses=(working,)))
    assert current_codes(the_stay()) == [("M17.100", True)]


def test_an_unknown_place_stays_a_text() -> None:
    apply(admit(ward_code="W99", ward_name="儿科病区", department_code="0999", department_name="儿科"))
    stay = the_stay()
    assert (stay.ward_id, stay.department_id, stay.institution.code) == (None, None, "H1")
    assert (stay.ward_text, stay.department_text) == ("儿科病区", "儿科")
    apply(event(EventKind.TRANSFER, "2026-11-11 09:00", encounter=visit()))
    assert the_stay().ward.code == "W41"
    unknown = visit(ward_code="W99", ward_name="儿科病区", department_code="0999", department_name="儿科")
    apply(event(EventKind.TRANSFER, "2026-11-12 09:00", encounter=unknown))
    assert (the_stay().ward_id, the_stay().department_id) == (None, None)


def test_a_new_address_and_phone_supersede_and_are_told() -> None:
    apply(admit())
    changed = person(phone="13900001111", address="枝江市百里洲镇四岗村")
    assert apply(update("2026-11-11 09:00", changed)).events == ("patient.changed",)
    patient = the_person()
    assert [fact.text for fact in addresses_of(patient.pk)] == ["枝江市百里洲镇四岗村"]
    assert patient.addresses.exclude(superseded_at=None).get().text == ADDRESS
    assert patient.phones.get(superseded_at=None).masked == "139****1111"
    assert patient.phones.exclude(superseded_at=None).count() == 1
    silent = person(phone="", address="")
    assert apply(update("2026-11-12 09:00", silent)).events == ()
    assert len(addresses_of(patient.pk)) == 1
    says_nothing = person(phone="13800138000", address="不详")
    assert apply(update("2026-11-13 09:00", says_nothing)).events == ()


def test_a_contact_never_takes_the_patients_own_number() -> None:
    both = (
        PhoneData("13812345678", Owner.CHILD, "张小"),
        PhoneData("13812345678"),
        PhoneData("13700001111", Owner.CHILD, "张小"),
    )
    apply(admit(patient=person(phones=both)))
    phones = the_person().phones.filter(superseded_at=None).order_by("last4")
    assert list(phones.values_list("owner", "owner_name", "last4")) == [
        ("child", "张小", "1111"),
        ("self", "", "5678"),
    ]
    again = (PhoneData("13812345678", Owner.CHILD, "张小"),)
    apply(update("2026-11-11 09:00", person(phones=again)))
    phones = the_person().phones.filter(superseded_at=None)
    assert list(phones.values_list("owner", "last4")) == [("self", "5678")]


def test_a_local_landline_gets_the_countys_area_code() -> None:
    apply(admit(patient=person(phone="6221234")))
    assert decrypt_text(the_person().phones.get().number_enc) == "07176221234"


def test_address_parts_only_where_the_message_splits_them() -> None:
    split = AddressData(
        AddressKind.CURRENT, "湖北省宜昌市枝江市问安镇关庙山村三组", street="关庙山村三组", other_designation="问安镇",
        district="枝江市", city="宜昌市", province="湖北省",
    )  # fmt: skip
    born = replace(
        split, kind=AddressKind.REGISTERED, street="枝江市问安镇关庙山村三组", text="枝江市问安镇关庙山村三组"
    )
    kin = replace(split, owner=Owner.CHILD, text="宜昌市西陵区")
    work = replace(split, kind=AddressKind.WORK)
    apply(admit(patient=person(addresses=(split, born, kin, work))))
    facts = {fact.kind: fact for fact in addresses_of(the_person().pk)}
    assert set(facts) == {"current", "registered", "contact"}
    current = facts["current"]
    assert (current.county, current.township, current.village) == ("枝江市", "问安镇", "关庙山村三组")
    # The whole address typed into the street is no village.
    assert facts["registered"].village == ""
    apply(admit(patient=person("P002", "李四", id_no=""), number="ZY002"))
    (plain,) = addresses_of(the_person("P002").pk)
    assert (plain.text, plain.county, plain.township, plain.village) == (ADDRESS, "", "", "")
    assert plain.reported_at == moment("2026-11-10 08:40")


def test_a_death_is_the_end_and_its_correction_is_not() -> None:
    apply(admit())
    result = apply(discharge(disposition=Disposition.DIED))
    assert result.events == ("encounter.discharged", "patient.deceased")
    assert the_person().deceased_at == DISCHARGED
    apply(event(EventKind.CANCEL_DISCHARGE, "2026-11-20 12:00", encounter=visit()))
    assert the_person().deceased_at is None
    assert the_stay().disposition == ""


def test_an_unclear_way_of_leaving_is_not_home() -> None:
    apply(discharge(disposition=Disposition.UNKNOWN))
    assert the_stay().disposition == ""


def test_a_corrected_birth_date_corrects_the_age() -> None:
    apply(discharge())
    older = person(birth_date=date(1950, 1, 1))
    assert apply(update("2026-11-21 09:00", older, encounter=left())).events == ("encounter.changed",)
    assert the_stay().age_at_discharge == 76


@pytest.mark.parametrize(
    ("visit_class", "kind"),
    [
        (VisitClass.OUTPATIENT, "outpatient"),
        (VisitClass.EMERGENCY, "emergency"),
        (VisitClass.CHECKUP, "checkup"),
        (VisitClass.OTHER, "outpatient"),
    ],
)
def test_the_kind_of_a_visit(visit_class: VisitClass, kind: str) -> None:
    apply(event(EventKind.REGISTER, "2026-11-10 08:40", encounter=visit(visit_class=visit_class)))
    assert the_stay().kind == kind


def test_a_stranger_without_a_name_is_not_made_up() -> None:
    with pytest.raises(UnknownPatient):
        apply(event(EventKind.TRANSFER, "2026-11-10 08:40", person(name=""), encounter=visit()))
    assert Patient.objects.count() == 0


def test_a_visit_does_not_change_hands() -> None:
    apply(admit())
    with pytest.raises(VisitOfAnotherPatient):
        apply(discharge(patient=person("P002", "李四", id_no="")))


def test_two_visits_of_one_person() -> None:
    apply_all(admit(), discharge(), event(EventKind.ADMIT, "2026-11-21 09:00", encounter=visit("ZY002")))
    assert [row.status for row in the_person().encounters.order_by("source_id")] == ["discharged", "open"]
