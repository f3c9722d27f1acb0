"""Residences, overrides and the ageing queue over HTTP; divisions that were replaced."""

from datetime import date
from typing import Any

import pytest

from community.routing import jobs as routing_jobs
from community.routing.models import (
    CurrentRouting,
    OwnerChange,
    PlaceAlias,
    ResidenceClaim,
    RoutingOverride,
)
from community.routing.services import merge_patient
from community.routing.tests.factories import (
    BAILIZHOU,
    GUANMIAOSHAN,
    WENAN,
    current,
    enter_catchments,
    events,
    make_patient,
    report_address,
    route,
)
from divisions.models import AdminDivision
from kernel.crypto import encrypt_text, lookup_hash
from kernel.jobs import drain
from kernel.models import Job
from kernel.tenancy import bind_schema
from organization.models import StaffMember, Ward
from records.models import PatientPhone
from trail.models import TrailRow

pytestmark = pytest.mark.req("D2", "C17")

HERE, ISLAND = "湖北省宜昌市枝江市问安镇关庙山村3组", "枝江市百里洲镇八亩滩村2组"
STAY = {"kind": "temporary", "division_code": BAILIZHOU, "valid_to": "2026-12-31", "verified": "电话核实"}


@pytest.fixture
def patient(in_alpha: Any, at: Any) -> Any:
    with at("2026-11-20 09:30"):
        enter_catchments()
        made = make_patient(HERE)
        route(made)
        yield made


def team(clinic: str) -> Ward:
    return Ward.objects.get(code="TEAM", department__institution__code=clinic)


def wish(clinic: str = "T2", **more: Any) -> dict[str, Any]:
    with bind_schema("t_alpha"):
        ward = team(clinic)
        return {
            "institution_id": str(ward.department.institution_id), "ward_id": str(ward.pk), "asked_by": "patient",
            "reason": "女儿在洲上", "expires_on": "2026-12-31", **more,
        }  # fmt: skip


def test_who_may_not(api: Any, patient: Any) -> None:
    path, override = f"/patients/{patient.pk}/residences", f"/patients/{patient.pk}/routing-override"
    with bind_schema("t_alpha"):
        claim_id = ResidenceClaim.objects.get(patient=patient).pk
    for who, code in (
        ("doctor", 403), ("supervisor", 403), ("it", 403), ("admin", 403), ("operations", 403),
        ("other_clinician", 404),
    ):  # fmt: skip
        client = api("alpha", who)
        assert client.post(path, STAY).status_code == code, who
        assert client.post(override, wish()).status_code == code, who
        assert client.post(f"{override}/end", {"reason": "不再需要"}).status_code == code, who
        ended = client.post(f"/residences/{claim_id}/end", {"on": "2026-11-20", "reason": "搬走"})
        assert ended.status_code == code, who
    assert api("alpha", "other_clinician").get(path).status_code == 404
    assert api("alpha", "it").get(path).status_code == 403
    assert api("beta", "centre").get(path).status_code == 404
    assert api("beta", "centre").post(path, STAY).status_code == 404
    assert api("alpha").get(path).status_code == 401
    with bind_schema("t_alpha"):
        assert ResidenceClaim.objects.count() == 1
        assert not RoutingOverride.objects.exists()


def test_a_temporary_stay_moves_the_patient_and_ends_by_the_daily_job(
    api: Any, patient: Any, at: Any
) -> None:
    path = f"/patients/{patient.pk}/residences"
    answer = api("alpha", "clinician").post(path, {**STAY, "text": "住女儿家"})
    assert answer.status_code == 201
    body = answer.json()
    claim = body["claims"][0]
    assert claim["division"] == {"code": BAILIZHOU, "name": "百里洲镇", "path": "枝江市 / 百里洲镇"}
    assert (claim["kind_name"], claim["valid_from"], claim["valid_to"], claim["verified_by"]) == (
        "暂住", "2026-11-20", "2026-12-31", "电话核实 · 李医生",
    )  # fmt: skip
    assert [row["in_force"] for row in body["claims"]] == [True, True]
    assert body["why"] == "李医生确认暂住在百里洲镇，由百里洲镇卫生院（赵医生）负责"
    assert (body["decision"]["rule"], body["decision"]["decided_by_name"]) == ("verified", "李医生")
    assert "暂住期内，以暂住地为准" in body["decision"]["evidence"]
    with bind_schema("t_alpha"):
        assert current(patient).recheck_on == date(2027, 1, 1)
        assert [told["ward_id"] for told in events("patient.rerouted")] == [team("T2").pk]
        assert (
            TrailRow.objects.filter(action="routing.residence.added", object_id=str(patient.pk)).count() == 1
        )
    # The former owner still reads it.
    assert api("alpha", "clinician").get(path).status_code == 200
    with bind_schema("t_alpha"), at("2027-01-01 00:05"):
        assert routing_jobs.recheck_daily() == 1
        assert current(patient).institution.code == "T1"
    with at("2027-01-01 09:00"):
        shown = api("alpha", "clinician").get(path).json()["claims"]
    assert [row["in_force"] for row in shown] == [False, True]


def test_a_new_word_ends_the_old_one_of_its_kind_and_can_be_ended(api: Any, patient: Any) -> None:
    path, client = f"/patients/{patient.pk}/residences", api("alpha", "centre")
    first = {"kind": "current", "division_code": BAILIZHOU, "verified": "上门核实"}
    assert client.post(path, first).status_code == 201
    client.post(path, {**first, "division_code": GUANMIAOSHAN})
    rows = client.get(path).json()["claims"]
    assert [(row["source"], row["in_force"], row["end_reason"]) for row in rows] == [
        ("verified", True, ""), ("verified", False, "由新的居住地取代"), ("his_text", True, ""),
    ]  # fmt: skip
    ended = client.post(f"/residences/{rows[0]['id']}/end", {"on": "2026-11-20", "reason": "登记有误"})
    assert ended.status_code == 200
    assert ended.json()["decision"]["rule"] == "his_text"
    refused = client.post(f"/residences/{rows[2]['id']}/end", {"on": "2026-11-20", "reason": "搬走"})
    assert (refused.status_code, refused.json()["code"]) == (409, "claim_from_source")
    assert client.post("/residences/999999/end", {"on": "2026-11-20", "reason": "搬走"}).status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"kind": "temporary", "valid_to": None}, "/valid_to", "required"),
        ({"valid_to": "2026-11-19"}, "/valid_to", "before_start"),
        ({"valid_from": "2026-11-01", "valid_to": "2026-11-19"}, "/valid_to", "in_past"),
        ({"valid_to": "2029-01-01"}, "/valid_to", "too_far"),
        ({"division_code": "420583"}, "/division_code", "level_too_high"),
        ({"division_code": "4208"}, "/division_code", "level_too_high"),
        ({"division_code": "420583999999"}, "/division_code", "unknown_division"),
        ({"division_code": "问安"}, "/division_code", "invalid_division"),
        ({"kind": "holiday"}, "/kind", "invalid_choice"),
        ({"verified": ""}, "/verified", "blank"),
    ],
)
def test_what_is_no_residence(api: Any, patient: Any, body: dict[str, Any], pointer: str, code: str) -> None:
    answer = api("alpha", "clinician").post(f"/patients/{patient.pk}/residences", {**STAY, **body})
    assert answer.status_code == 422
    assert (answer.json()["errors"][0]["pointer"], answer.json()["errors"][0]["code"]) == (pointer, code)


def test_an_override_is_set_replaced_and_ended(api: Any, patient: Any) -> None:
    path, client = f"/patients/{patient.pk}/routing-override", api("alpha", "centre")
    with bind_schema("t_alpha"):
        staff = StaffMember.objects.get(staff_no="S-other_clinician")
    body = client.post(path, wish(staff_id=str(staff.pk))).json()
    assert body["why"] == "患者要求由百里洲镇卫生院（赵医生）负责（理由：女儿在洲上，至2026年12月31日）"
    assert (body["override"]["staff_name"], body["override"]["asked_by_name"]) == ("赵医生", "患者")
    assert (body["decision"]["state"], body["decision"]["division"]["code"]) == ("manual", GUANMIAOSHAN)
    again = client.post(path, wish("T1", asked_by="clinician", reason="就近换药")).json()
    assert again["override"]["institution_name"] == "问安镇卫生院"
    assert again["why"].startswith("医务人员指定由问安镇卫生院负责")
    with bind_schema("t_alpha"):
        assert RoutingOverride.objects.filter(ended_at=None).count() == 1
        assert RoutingOverride.objects.count() == 2
    ended = client.post(f"{path}/end", {"reason": "患者改变主意"})
    assert (ended.status_code, ended.json()["override"]) == (200, None)
    assert ended.json()["decision"]["rule"] == "his_text"
    assert client.post(f"{path}/end", {"reason": "再结束"}).status_code == 404


def test_a_refusal_stays_with_the_centre_and_is_counted(api: Any, patient: Any) -> None:
    """Standards 1.5, step 10: 不同意转社区随访."""
    client = api("alpha", "centre")
    with bind_schema("t_alpha"):
        desk = Ward.objects.get(code="D1")
    asked = {
        "institution_id": str(desk.department.institution_id),
        "ward_id": str(desk.pk),
        "reason": "不愿社区上门",
    }
    body = client.post(f"/patients/{patient.pk}/routing-override", wish(**asked)).json()
    assert body["why"].startswith("患者不同意转社区随访，由随访中心负责（理由：不愿社区上门")
    assert client.get("/routing/unrouted").json()["kept_by_wish"] == 1


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"ward_id": "999999"}, "/ward_id"),
        ({"institution_id": "999999"}, "/ward_id"),
        ({"staff_id": "999999"}, "/staff_id"),
        ({"expires_on": "2026-11-19"}, "/expires_on"),
        ({"expires_on": "2027-11-30"}, "/expires_on"),
        ({"reason": ""}, "/reason"),
    ],
)
def test_what_is_no_override(api: Any, patient: Any, change: dict[str, Any], pointer: str) -> None:
    answer = api("alpha", "centre").post(f"/patients/{patient.pk}/routing-override", wish(**change))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
    with bind_schema("t_alpha"):
        assert not RoutingOverride.objects.exists()
        assert current(patient).institution.code == "T1"


def test_a_ward_of_the_hospital_can_not_be_asked_for(api: Any, patient: Any) -> None:
    with bind_schema("t_alpha"):
        ward = Ward.objects.get(code="W41")
    asked = wish(institution_id=str(ward.department.institution_id), ward_id=str(ward.pk))
    assert api("alpha", "centre").post(f"/patients/{patient.pk}/routing-override", asked).status_code == 422


def test_a_merge_takes_the_wish_and_the_word_along(patient: Any, api: Any) -> None:
    api("alpha", "centre").post(f"/patients/{patient.pk}/routing-override", wish())
    api("alpha", "centre").post(f"/patients/{patient.pk}/residences", STAY)
    with bind_schema("t_alpha"):
        survivor = make_patient("不详")
        route(survivor)
        merge_patient(survivor_id=survivor.pk, retired_id=patient.pk)
        assert current(survivor).decision.rule == "override"
        assert RoutingOverride.objects.get(ended_at=None).patient_id == survivor.pk
        assert ResidenceClaim.objects.get(kind="temporary", valid_to=None).patient_id == survivor.pk


def test_the_queue_ages_and_shows_a_masked_phone(api: Any, in_alpha: Any, at: Any) -> None:
    with at("2026-11-17 09:00"):
        old = make_patient("不详")
        for owner, number in (("spouse", "13911110000"), ("self", "13922220000")):
            PatientPhone.objects.create(
                patient=old, owner=owner, number_enc=encrypt_text(number), number_hash=lookup_hash(number),
                masked=f"{number[:3]}****{number[-4:]}", created_at=old.created_at,
            )  # fmt: skip
        route(old)
    with at("2026-11-19 09:00"):
        route(make_patient("不详"))
    with at("2026-11-20 08:00"):
        route(make_patient("枝江市双湖村"))
    with at("2026-11-20 09:30"):
        client = api("alpha", "centre")
        rows = client.get("/routing/queue").json()["items"]
        counts = client.get("/routing/unrouted").json()
    assert [(row["aged"], row["waiting_hours"], row["phone_masked"]) for row in rows] == [
        (True, 72, "139****0000"), (True, 24, None), (False, 1, None),
    ]  # fmt: skip
    assert counts == {
        "total": 3, "aged": 2, "oldest_hours": 72, "vacant": 0, "kept_by_wish": 0,
        "bands": [
            {"key": "under_24h", "name": "24 小时内", "count": 1},
            {"key": "under_72h", "name": "24 至 72 小时", "count": 1},
            {"key": "over_72h", "name": "超过 72 小时", "count": 1},
        ],
    }  # fmt: skip
    assert api("alpha", "clinician").get("/routing/unrouted").status_code == 403


# replaced divisions ---------------------------------------------------------------------------------------------


@pytest.fixture
def merged(patient: Any) -> Any:
    """关庙山村 went up in a new village of 百里洲镇; the process reads its lists anew afterwards."""
    from community.routing.selectors.places import forget_lists

    new = "420583108299"
    with bind_schema("public"):
        AdminDivision.objects.create(
            code=new, name="新关庙村", short="新关庙", level=5, parent_code=BAILIZHOU, kind="village",
            source="测试", as_of=date(2026, 11, 20),
        )  # fmt: skip
        AdminDivision.objects.filter(code=GUANMIAOSHAN).update(valid_to=date(2026, 11, 19), replaced_by=new)
    yield new
    forget_lists()


def test_claims_and_aliases_of_a_replaced_division_are_said_again_of_the_new_one(
    patient: Any, merged: str
) -> None:
    with bind_schema("t_alpha"):
        PlaceAlias.objects.create(text="关庙庄", division_code=GUANMIAOSHAN, created_at=patient.created_at)
        before = ResidenceClaim.objects.get(patient=patient)
        assert routing_jobs.remap(codes=[GUANMIAOSHAN]) == 1
        ended, made = ResidenceClaim.objects.filter(patient=patient).order_by("pk")
        assert (ended.pk, ended.division_code, ended.end_reason) == (before.pk, GUANMIAOSHAN, "区划撤并")
        assert ended.valid_to is not None
        assert (made.division_code, made.text, made.confidence) == (merged, before.text, before.confidence)
        assert made.evidence == [*before.evidence, "division:replaced"]
        old, new = PlaceAlias.objects.filter(text="关庙庄").order_by("pk")
        assert (old.division_code, old.ended_at is not None) == (GUANMIAOSHAN, True)
        assert (new.division_code, new.ended_at, new.source) == (merged, None, "division:replaced")
        report = TrailRow.objects.get(action="routing.divisions.remapped")
        assert report.detail["claims"] == 1
        assert report.detail["replaced"] == [f"{GUANMIAOSHAN}>{merged}"]
        # The address still says 关庙山村, which no list knows any more; the claim reads it.
        routing = current(patient)
        assert (routing.division_code, routing.institution.code, routing.state) == (merged, "T2", "auto")
        assert route(patient).decision_id == routing.decision_id
        assert OwnerChange.objects.filter(patient=patient).count() == 1
        assert routing_jobs.remap(codes=[GUANMIAOSHAN]) == 0
        report_address(patient, ISLAND)
        assert route(patient).division_code[:9] == BAILIZHOU[:9]


def test_a_division_without_a_successor_is_reported_and_keeps_its_claims(patient: Any) -> None:
    with bind_schema("public"):
        AdminDivision.objects.filter(code=GUANMIAOSHAN).update(valid_to=date(2026, 11, 19))
    with bind_schema("t_alpha"):
        try:
            assert routing_jobs.remap(codes=[GUANMIAOSHAN]) == 0
            report = TrailRow.objects.get(action="routing.divisions.remapped")
            assert report.detail["without_successor"] == [GUANMIAOSHAN]
            assert ResidenceClaim.objects.get(patient=patient).valid_to is None
            Job.objects.exclude(name="routing.reroute").delete()
            drain()
            assert CurrentRouting.objects.get(pk=patient.pk).division_code == WENAN
        finally:
            from community.routing.selectors.places import forget_lists

            forget_lists()
