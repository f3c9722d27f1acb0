"""The queue of 归属待确认 over HTTP: who may, what it shows, what a decision does and teaches."""

from typing import Any

import pytest

from community.routing.models import PlaceAlias, RoutingDecision
from community.routing.services import apply_alias
from community.routing.tests.factories import (
    WENAN,
    current,
    enter_catchments,
    events,
    make_patient,
    report_address,
    route,
)
from kernel.tenancy import bind_schema
from organization.models import Ward
from records.models import Encounter
from trail.models import TrailRow

pytestmark = pytest.mark.req("D2", "C17")

ESTATE = "枝江市金润国际小区2栋"


@pytest.fixture
def waiting(in_alpha: Any) -> Any:
    enter_catchments()
    patient = make_patient(ESTATE)
    route(patient)
    return patient


def act(client: Any, patient: Any, code: str = WENAN, **body: Any) -> Any:
    with bind_schema("t_alpha"):
        decision_id = current(patient).decision_id
    return client.post(f"/routing/queue/{decision_id}/resolve", {"division_code": code, **body})


def test_who_may_not(api: Any, waiting: Any) -> None:
    decision_id = current(waiting).decision_id
    for who in ("clinician", "doctor", "supervisor", "it", "admin"):
        client = api("alpha", who)
        assert client.get("/routing/queue").status_code == 403, who
        assert client.get("/routing/summary").status_code == 403, who
        assert act(client, waiting).status_code == 403, who
    assert api("alpha", "operations").get("/routing/queue").status_code == 200
    assert act(api("alpha", "operations"), waiting).status_code == 403
    assert api("alpha").get("/routing/queue").status_code == 401
    other = api("beta", "centre").post(f"/routing/queue/{decision_id}/resolve", {"division_code": WENAN})
    assert other.status_code == 404
    assert api("beta", "centre").get("/routing/queue").json()["items"] == []
    with bind_schema("t_alpha"):
        assert RoutingDecision.objects.count() == 1


def test_the_queue(api: Any, in_alpha: Any, at: Any, django_assert_num_queries: Any) -> None:
    enter_catchments()
    with at("2026-11-20 08:00"):
        first = make_patient("枝江市双湖村3组")
        route(first)
    with at("2026-11-20 09:00"):
        route(make_patient("不详", name="李秀英"))
        route(make_patient("湖北省宜昌市枝江市问安镇关庙山村3组"))
    client = api("alpha", "centre")
    with at("2026-11-21 09:30"):
        client.get("/routing/queue")
        # The account with its grants; the page; the trail.
        with django_assert_num_queries(3):
            page = client.get("/routing/queue", limit="1").json()
        rest = client.get("/routing/queue", limit="1", cursor=page["next_cursor"]).json()
    (row,) = page["items"]
    with bind_schema("t_alpha"):
        decision_id = current(first).decision_id
    assert row["id"] == str(decision_id)
    assert row["patient"] == {"id": str(first.pk), "name_masked": "张*国", "sex": "M", "age": 70}
    assert row["encounter"] == {"discharge_on": "2026-11-20", "department": "骨科", "diagnosis": "股骨颈骨折"}
    assert (row["address_text"], row["confidence"], row["waiting_hours"]) == ("枝江市双湖村3组", 0.4, 25)
    assert {candidate["path"] for candidate in row["candidates"]} == {
        "枝江市 / 董市镇 / 双湖村", "枝江市 / 问安镇 / 双湖村",
    }  # fmt: skip
    assert "乡镇不能确定" in row["evidence"]
    assert (rest["items"][0]["address_text"], rest["next_cursor"]) == ("不详", None)
    assert client.get("/routing/queue", state="open").status_code == 422
    assert client.get("/routing/queue", limit="0").status_code == 422
    assert client.get("/routing/queue", cursor="x").status_code == 422


def test_a_decision_by_hand_moves_the_work(api: Any, waiting: Any) -> None:
    before = current(waiting).decision
    answer = act(api("alpha", "centre"), waiting)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["state"], body["state_name"], body["confidence"]) == ("manual", "人工确认", 1.0)
    assert body["division"] == {"code": WENAN, "name": "问安镇", "path": "枝江市 / 问安镇"}
    assert (body["institution_name"], body["staff_name"], body["decided_by_name"]) == (
        "问安镇卫生院",
        "李医生",
        "周护士",
    )
    assert body["why"] == "周护士确认住址在问安镇，由问安镇卫生院（李医生）负责"
    with bind_schema("t_alpha"):
        routing = current(waiting)
        assert routing.decision.supersedes == before
        assert events("patient.rerouted") == [
            {
                "patient_id": waiting.pk, "institution_id": routing.institution_id,
                "department_id": routing.department_id, "ward_id": routing.ward_id, "staff_id": routing.staff_id,
                "township_code": WENAN, "encounter_id": before.encounter_id,
            }
        ]  # fmt: skip
        assert (
            TrailRow.objects.filter(action="routing.decision.resolved", object_id=str(waiting.pk)).count()
            == 1
        )
        assert not PlaceAlias.objects.exists()


def test_the_second_decision_comes_too_late(api: Any, waiting: Any) -> None:
    decision_id = current(waiting).decision_id
    client = api("alpha", "centre")
    path = f"/routing/queue/{decision_id}/resolve"
    assert client.post(path, {"division_code": WENAN}).status_code == 200
    again = client.post(path, {"division_code": "420583108000"})
    assert (again.status_code, again.json()["code"]) == (409, "routing_already_resolved")
    assert act(client, waiting).status_code == 409
    assert client.get("/routing/queue").json()["items"] == []


def test_what_was_taught_routes_the_next_patient(api: Any, waiting: Any) -> None:
    assert act(api("alpha", "centre"), waiting, remember_text="金润国际小区").status_code == 200
    with bind_schema("t_alpha"):
        second = route(make_patient("湖北省枝江市金润国际小区7栋1单元"))
        assert (second.state, second.institution.name, second.division_code) == (
            "auto",
            "问安镇卫生院",
            WENAN,
        )
        assert "township:alias" in second.decision.evidence
    with bind_schema("t_beta"):
        assert not PlaceAlias.objects.exists()


def test_what_was_taught_empties_the_queue(api: Any, waiting: Any) -> None:
    neighbour, other = make_patient("枝江市金润国际小区9栋"), make_patient("枝江市滨江花园3栋")
    route(neighbour)
    route(other)
    assert act(api("alpha", "centre"), waiting, remember_text="金润国际小区").status_code == 200
    with bind_schema("t_alpha"):
        (taught,) = events("place.taught")
        assert apply_alias(**taught) == 1
        assert apply_alias(**taught) == 0
        assert (current(neighbour).state, current(other).state) == ("auto", "unresolved")
        assert [payload["patient_id"] for payload in events("patient.rerouted")] == [waiting.pk, neighbour.pk]


def test_the_word_holds_when_the_discharge_comes_again_and_ends_with_a_move(api: Any, waiting: Any) -> None:
    act(api("alpha", "centre"), waiting)
    with bind_schema("t_alpha"):
        assert route(waiting).state == "manual"
        report_address(waiting, "枝江市百里洲镇八亩滩村")
        assert route(waiting).institution.name == "百里洲镇卫生院"


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/division_code", "required"),
        ({"division_code": "420881103000"}, "/division_code", "other_county"),
        ({"division_code": "420583"}, "/division_code", "level_too_high"),
        ({"division_code": "420583199000"}, "/division_code", "unknown_division"),
        ({"division_code": "42058310"}, "/division_code", "invalid_division"),
        ({"division_code": "问安镇"}, "/division_code", "invalid_division"),
        ({"division_code": "420583104000"}, "/division_code", "no_owner"),
        ({"division_code": WENAN, "remember_text": "小区"}, "/remember_text", "out_of_range"),
        ({"division_code": WENAN, "remember_text": "2" * 61}, "/remember_text", "out_of_range"),
        ({"division_code": WENAN, "remember_text": "123"}, "/remember_text", "only_digits"),
        ({"division_code": WENAN, "remember_text": "滨江花园"}, "/remember_text", "not_in_address"),
        ({"division_code": WENAN, "remember_text": "枝江市"}, "/remember_text", "official_name"),
        ({"division_code": WENAN, "note": "x"}, "/note", "unknown_field"),
    ],
)
def test_bad_input(api: Any, waiting: Any, body: dict[str, str], pointer: str, code: str) -> None:
    with bind_schema("t_alpha"):
        decision_id = current(waiting).decision_id
    answer = api("alpha", "centre").post(f"/routing/queue/{decision_id}/resolve", body)
    assert answer.status_code == 422
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [(pointer, code)]
    with bind_schema("t_alpha"):
        assert current(waiting).state == "unresolved"
        assert not PlaceAlias.objects.exists()


def test_a_decision_that_is_none(api: Any, waiting: Any) -> None:
    client = api("alpha", "centre")
    assert client.post("/routing/queue/999999/resolve", {"division_code": WENAN}).status_code == 404
    assert client.post("/routing/queue/x/resolve", {"division_code": WENAN}).status_code == 422


def test_a_name_taught_for_one_place_is_not_taught_for_another(api: Any, waiting: Any) -> None:
    client = api("alpha", "centre")
    PlaceAlias.objects.create(
        text="国际小区2栋", division_code="420583108000", created_at=current(waiting).decided_at
    )
    answer = act(client, waiting, remember_text="国际小区2栋")
    assert (answer.status_code, answer.json()["code"]) == (409, "alias_taken")
    assert "百里洲镇" in answer.json()["detail"]


def test_the_history_and_who_sees_it(api: Any, waiting: Any) -> None:
    path = f"/routing/patients/{waiting.pk}"
    assert api("alpha", "clinician").get(path).status_code == 404
    assert act(api("alpha", "centre"), waiting).status_code == 200
    items = api("alpha", "clinician").get(path).json()["items"]
    assert [item["state"] for item in items] == ["manual", "unresolved"]
    assert items[1]["why"].endswith("暂由随访中心负责，归属待确认")
    assert items[1]["decided_by_name"] == "系统"
    assert api("alpha", "centre").get(path).status_code == 200
    assert api("alpha", "other_clinician").get(path).status_code == 404
    with bind_schema("t_alpha"):
        Encounter.objects.filter(patient=waiting).update(ward=Ward.objects.get(code="W41"))
    assert api("alpha", "doctor").get(path).status_code == 200
    assert api("alpha", "it").get(path).status_code == 403
    assert api("beta", "centre").get(path).status_code == 404
    assert api("alpha", "centre").get("/routing/patients/999999").status_code == 404
    assert api("alpha", "centre").get("/routing/patients/x").status_code == 422
    with bind_schema("t_alpha"):
        assert TrailRow.objects.filter(action="routing.history.viewed").count() == 3


def test_the_summary(api: Any, waiting: Any, django_assert_num_queries: Any) -> None:
    for text in ("枝江市问安镇关庙山村", "问安镇", "枝江市百里洲镇八亩滩村", "四川省成都市锦江区", "不详"):
        route(make_patient(text))
    client = api("alpha", "centre")
    client.get("/routing/summary")
    with django_assert_num_queries(2):
        body = client.get("/routing/summary").json()
    assert body == {
        "routed_auto": 2, "routed_flagged": 1, "unresolved": 2, "manual": 0, "outside": 1,
        "by_township": [
            {"code": "420583106000", "name": "问安镇", "count": 2},
            {"code": "420583108000", "name": "百里洲镇", "count": 1},
        ],
    }  # fmt: skip


def test_divisions_to_choose_from(api: Any, db: None) -> None:
    client = api("alpha", "clinician")
    townships = client.get("/divisions", parent="420583").json()["items"]
    assert townships[0] == {"code": "420583001000", "name": "马家店街道", "level": 4, "kind": "subdistrict"}
    assert len(townships) == 9
    assert len(client.get("/divisions").json()["items"]) == 31
    assert client.get("/divisions", parent="420583106205").json()["items"] == []
    assert client.get("/divisions", parent="问安").status_code == 422
    assert client.get("/divisions", level="4").status_code == 422
    assert api("alpha").get("/divisions").status_code == 401
