from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from access.actor import SYSTEM
from community.catchments.models import Catchment
from community.catchments.services import save_catchment
from community.routing import ports, selectors
from community.routing.models import CurrentRouting, ResidenceClaim, RoutingDecision
from community.routing.services import (
    merge_patient,
    reroute_patient,
    resolve,
    route_encounter,
    unmerge_patient,
)
from community.routing.tests.factories import (
    GUANMIAOSHAN,
    current,
    enter_catchments,
    events,
    make_encounter,
    make_patient,
    report_address,
    route,
)
from kernel.events import subscriptions
from kernel.tenancy import bind_schema
from organization.models import Institution, Ward
from records.models import Patient, PatientAddress
from tests.cast import actor_named

pytestmark = pytest.mark.req("D2", "C17")

HERE = "湖北省宜昌市枝江市问安镇关庙山村3组"
ISLAND = "枝江市百里洲镇八亩滩村2组"


def decisions(patient: Patient) -> list[RoutingDecision]:
    return list(RoutingDecision.objects.filter(patient=patient).order_by("pk"))


def test_a_discharge_is_routed_to_the_clinician_nearby(in_alpha: Any, at: Any) -> None:
    enter_catchments()
    with at("2026-11-20 09:30"):
        patient = make_patient(HERE)
        routing = route(patient)
    assert (routing.state, routing.division_code) == ("auto", GUANMIAOSHAN)
    assert (routing.institution.name, routing.staff.name) == ("问安镇卫生院", "李医生")
    assert routing.ward == Ward.objects.get(code="TEAM", department__institution__code="T1")
    assert routing.department_id == routing.ward.department_id
    assert routing.decision.why == f"住址“{HERE}”匹配到关庙山村（置信度0.90），由问安镇卫生院（李医生）负责"
    (claim,) = ResidenceClaim.objects.filter(patient=patient)
    assert (claim.source, claim.rank, claim.county_code, claim.division_code, claim.text) == (
        "his_text", 3, "420583000000", GUANMIAOSHAN, HERE,
    )  # fmt: skip
    encounter = patient.encounters.get()
    assert events("patient.routed") == [{"encounter_id": encounter.pk, "patient_id": patient.pk}]


def test_the_same_facts_leave_no_new_row_and_screening_still_hears(in_alpha: Any) -> None:
    enter_catchments()
    patient = make_patient(HERE)
    route(patient)
    second = make_encounter(patient)
    route_encounter(encounter_id=second.pk, patient_id=patient.pk, event_id=7)
    assert len(decisions(patient)) == 1
    assert ResidenceClaim.objects.filter(patient=patient).count() == 1
    assert [payload["encounter_id"] for payload in events("patient.routed")][-1] == second.pk


def test_a_discharge_takes_ten_queries(in_alpha: Any, django_assert_num_queries: Any) -> None:
    enter_catchments()
    route(make_patient(ISLAND))  # the process reads its lists once
    patient = make_patient(HERE)
    encounter = make_encounter(patient)
    hearers = len(subscriptions().get("patient.routed", ()))  # a job for each
    # Lock, own tables and addresses, catchments, clinicians, contracts, absences; claim, decision, routing, event.
    with django_assert_num_queries(10 + hearers):
        route_encounter(encounter_id=encounter.pk, patient_id=patient.pk)
    with django_assert_num_queries(7 + hearers):
        route_encounter(encounter_id=encounter.pk, patient_id=patient.pk)
    waiting = make_encounter(make_patient("不详"))
    # The desk in place of catchments, clinicians and absences.
    with django_assert_num_queries(8 + hearers):
        route_encounter(encounter_id=waiting.pk, patient_id=waiting.patient_id)


def test_without_an_address_the_centre_owns_it(in_alpha: Any) -> None:
    routing = route(make_patient())
    assert (routing.state, routing.ward.code, routing.staff) == ("unresolved", "D1", None)
    assert routing.institution.name == "人民医院"
    assert routing.decision.why == "没有登记住址，暂由随访中心负责，归属待确认"


def test_a_place_without_an_institution_is_kept_by_the_centre_with_a_warning(
    in_alpha: Any, caplog: Any
) -> None:
    patient = make_patient("枝江市安福寺镇秦家塝村2组")
    routing = route(patient)
    assert (routing.state, routing.division_code[:9], routing.ward.code) == ("auto", "420583101", "D1")
    assert "catchment:vacant" in routing.decision.evidence
    assert routing.division_code in caplog.text
    assert "秦家塝" not in caplog.text
    hospital = Institution.objects.get(code="T1")
    save_catchment(actor=SYSTEM, institution_id=hospital.pk, division_code="420583101000")
    assert route(patient).institution.name == "问安镇卫生院"


def test_a_vacant_place_goes_to_the_hospital_of_its_township_with_a_warning(
    in_alpha: Any, caplog: Any
) -> None:
    patient = make_patient(HERE)
    routing = route(patient)
    assert (routing.state, routing.division_code, routing.ward.code) == ("auto", GUANMIAOSHAN, "TEAM")
    assert routing.institution.name == "问安镇卫生院"
    assert {"catchment:vacant", "catchment:township-hospital"} <= set(routing.decision.evidence)
    assert GUANMIAOSHAN in caplog.text
    assert routing.decision.why.endswith("该地没有负责的机构，由当地问安镇卫生院负责，请在辖区设置中补齐")
    Institution.objects.filter(code="T1").update(is_active=False)
    assert route(patient).ward.code == "D1"


def test_a_new_catchment_row_wins_from_its_day(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        enter_catchments()
        patient = make_patient(HERE)
        assert route(patient).institution.name == "问安镇卫生院"
    Catchment.objects.filter(institution__code="T1").update(valid_to="2026-11-20")
    with at("2026-11-21 00:01"):
        routing = route(patient)
    assert (routing.ward.code, routing.state) == ("TEAM", "auto")
    assert "catchment:vacant" in routing.decision.evidence


def test_a_changed_address_supersedes(in_alpha: Any, at: Any) -> None:
    enter_catchments()
    with at("2026-11-20 09:30"):
        patient = make_patient(HERE)
        route(patient)
    written = RoutingDecision.objects.filter(patient=patient).values().get()
    with at("2026-11-21 09:30"):
        report_address(patient, ISLAND)
        reroute_patient(patient_id=patient.pk)
    first, second = decisions(patient)
    assert RoutingDecision.objects.filter(pk=first.pk).values().get() == written
    assert (first.state, first.institution.name, first.supersedes) == ("auto", "问安镇卫生院", None)
    assert (second.institution.name, second.supersedes_id) == ("百里洲镇卫生院", first.pk)
    assert current(patient).decision == second
    ended, present = ResidenceClaim.objects.filter(patient=patient).order_by("pk")
    assert ended.valid_to is not None
    assert (present.valid_to, present.text) == (None, ISLAND)
    assert second.encounter_id == first.encounter_id
    # Work that waits moves with the patient; work begun stays (worklist.reassign_open_tasks).
    (told,) = events("patient.rerouted")
    assert (told["patient_id"], told["ward_id"], told["encounter_id"]) == (
        patient.pk, second.ward_id, first.encounter_id,
    )  # fmt: skip


def test_a_patient_never_discharged_is_not_routed(in_alpha: Any) -> None:
    patient = make_patient(HERE)
    reroute_patient(patient_id=patient.pk)
    assert decisions(patient) == []
    assert not CurrentRouting.objects.exists()


def test_who_waits_keeps_the_place_in_the_queue(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        patient = make_patient("不详")
        waiting_since = route(patient).decided_at
    with at("2026-11-21 09:30"):
        report_address(patient, "枝江市双湖村3组")
        reroute_patient(patient_id=patient.pk)
    assert len(decisions(patient)) == 2
    assert current(patient).decided_at == waiting_since


def test_a_merge_leaves_one_owner_and_keeps_a_persons_word(in_alpha: Any) -> None:
    enter_catchments()
    survivor, retired = make_patient("不详"), make_patient("枝江市双湖村3组")
    route(survivor)
    waiting = route(retired)
    resolve(actor=actor_named("centre"), decision_id=waiting.decision_id, division_code="420583106000")
    merge_patient(survivor_id=survivor.pk, retired_id=retired.pk)
    assert not CurrentRouting.objects.filter(patient=retired).exists()
    routing = current(survivor)
    assert (routing.state, routing.institution.name) == ("manual", "问安镇卫生院")
    assert not ResidenceClaim.objects.filter(patient=retired, valid_to=None).exists()
    merge_patient(survivor_id=survivor.pk, retired_id=retired.pk)
    assert len(decisions(survivor)) == 2


def test_an_event_older_than_the_merge_routes_the_survivor(in_alpha: Any) -> None:
    enter_catchments()
    survivor, retired = make_patient(HERE), make_patient("不详")
    encounter = make_encounter(retired)
    Patient.objects.filter(pk=retired.pk).update(merged_into=survivor)
    merge_patient(survivor_id=survivor.pk, retired_id=retired.pk)
    assert not CurrentRouting.objects.exists()
    route_encounter(encounter_id=encounter.pk, patient_id=retired.pk)
    assert [row.patient_id for row in CurrentRouting.objects.all()] == [survivor.pk]
    assert events("patient.routed") == [{"encounter_id": encounter.pk, "patient_id": survivor.pk}]


def test_an_undone_merge_gives_both_their_own_again(in_alpha: Any) -> None:
    enter_catchments()
    survivor, retired = make_patient(HERE), make_patient(ISLAND)
    route(survivor)
    route(retired)
    Patient.objects.filter(pk=retired.pk).update(merged_into=survivor)
    merge_patient(survivor_id=survivor.pk, retired_id=retired.pk)
    assert not CurrentRouting.objects.filter(patient=retired).exists()
    Patient.objects.filter(pk=retired.pk).update(merged_into=None)
    unmerge_patient(survivor_id=survivor.pk, retired_id=retired.pk)
    assert current(retired).institution.name == "百里洲镇卫生院"
    assert len(decisions(retired)) == 2
    assert len(decisions(survivor)) == 1


def test_a_hospital_without_a_county_keeps_its_patients(in_beta: Any) -> None:
    routing = route(make_patient(HERE))
    assert (routing.state, routing.ward.code) == ("outside", "D1")
    assert "本院没有社区辖区" in routing.decision.why


def test_the_wired_county_is_used(in_beta: Any) -> None:
    ports.connect(home_county=lambda: "420583")
    try:
        enter_catchments()
        assert route(make_patient(HERE)).institution.name == "问安镇卫生院"
    finally:
        ports.connect(home_county=None)


def test_rooms_beside_read_the_routing(in_alpha: Any, django_assert_num_queries: Any) -> None:
    enter_catchments()
    patient, stranger, waiting = make_patient(HERE), make_patient(ISLAND), make_patient("不详")
    for each in (patient, stranger, waiting):
        route(each)
    with django_assert_num_queries(1):
        shown = selectors.routing_of(patient.pk)
    assert shown == {
        "institution_name": "问安镇卫生院", "staff_name": "李医生", "confidence": 0.9,
        "why": current(patient).decision.why, "township_name": "问安镇",
    }  # fmt: skip
    assert selectors.routing_of(10**12) is None
    with django_assert_num_queries(1):
        names = selectors.townships_of([patient.pk, stranger.pk, waiting.pk, 10**12])
    assert names == {patient.pk: "问安镇", stranger.pk: "百里洲镇"}
    assert selectors.count_unresolved() == 1
    (entry,) = selectors.timeline_entries(patient.pk)
    assert (entry["kind"], entry["title"], entry["department"]) == (
        "routing",
        "居住地归属：自动归属",
        "问安镇卫生院",
    )
    assert entry["summary"] == shown["why"]


def test_the_sight_follows_the_routing(in_alpha: Any) -> None:
    enter_catchments()
    here, there, waiting = make_patient(HERE), make_patient(ISLAND), make_patient("不详")
    for each in (here, there, waiting):
        route(each)

    def sees(who: str) -> set[int]:
        return {row["patient_id"] for row in selectors.routing_sight(actor_named(who))}

    assert sees("clinician") == {here.pk}
    assert sees("other_clinician") == {there.pk}
    assert sees("centre") == {waiting.pk}
    assert sees("operations") == {waiting.pk}
    assert sees("supervisor") == sees("it") == sees("admin") == set()


def test_another_tenant_sees_nothing_of_it(in_alpha: Any) -> None:
    patient = make_patient(HERE)
    route(patient)
    with bind_schema("t_beta"):
        assert selectors.routing_of(patient.pk) is None
        assert not RoutingDecision.objects.exists()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from([HERE, ISLAND, "不详", "", "枝江市双湖村", "四川省成都市", "420583106205"])
        | st.text(st.characters(blacklist_characters="\x00", blacklist_categories=("Cs",)), max_size=200),
        min_size=1, max_size=4,
    )
)  # fmt: skip
def test_whatever_is_reported_there_is_one_owner_and_one_chain(in_alpha: Any, texts: list[str]) -> None:
    if not Catchment.objects.exists():
        enter_catchments()
    patient = make_patient()
    for text in texts:
        PatientAddress.objects.filter(patient=patient).delete()
        report_address(patient, text)
        routing = route(patient)
        assert Institution.objects.filter(pk=routing.institution_id, is_active=True).exists()
    rows = decisions(patient)
    assert CurrentRouting.objects.filter(patient=patient).count() == 1
    assert routing.decision == rows[-1]
    assert [row.supersedes_id for row in rows] == [None, *(row.pk for row in rows[:-1])]
    assert ResidenceClaim.objects.filter(patient=patient, valid_to=None).count() <= 2


def test_the_village_clinic_is_more_specific(in_alpha: Any) -> None:
    from organization.services import save_department, save_institution, save_ward

    enter_catchments()
    village = save_institution(code="V1", name="关庙山村卫生室", kind="village_clinic")
    room = save_department(institution=village, code="PH", name="公共卫生", kind="public_health")
    team = save_ward(department=room, code="T", name="关庙山村医生", kind="care_team")
    save_catchment(actor=SYSTEM, institution_id=village.pk, division_code=GUANMIAOSHAN)
    assert route(make_patient(HERE)).ward == team
    assert route(make_patient("枝江市问安镇同心桥村")).institution.name == "问安镇卫生院"
