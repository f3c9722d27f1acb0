"""Who finds and sees which patients, masked, and what that leaves in the trail."""

from typing import Any

import pytest

from kernel.tenancy import bind_schema
from records.contracts import IdentifierData, IdentifierKind, PhoneData
from records.models import Patient
from records.tests.events import (
    ID_NO,
    Owner,
    admit,
    apply,
    apply_all,
    discharge,
    lab,
    merge,
    person,
    the_person,
    the_stay,
)
from trail.models import TrailRow

pytestmark = pytest.mark.req("S2", "C16", "D4")


@pytest.fixture
def records(in_alpha: Any, at: Any) -> Any:
    """张三, out of the orthopaedic ward; 张小明, still on the cardiological one."""
    own = person(
        identifiers=(IdentifierData(IdentifierKind.INPATIENT_NO, "ZYH7788", "H1"),),
        phones=(PhoneData("13812345678"), PhoneData("13711112222", Owner.SPOUSE, "李四")),
    )
    heart = {
        "ward_code": "W31",
        "ward_name": "心内一病区",
        "department_code": "0301",
        "department_name": "心血管内科",
    }
    with at("2026-11-22 09:00"):
        apply_all(
            admit(patient=own),
            discharge(patient=own),
            lab("2026-11-11 09:00", ("HGB", "103", "L"), ("K", "4.1", "N"), patient=own),
            admit(
                patient=person("P002", "张小明", id_no="", phone="13912340000", address=""),
                number="ZY002",
                **heart,
            ),
        )
        yield in_alpha


def alpha() -> Any:
    """A request leaves nothing bound behind it, so what a test reads itself it binds."""
    return bind_schema("t_alpha")


def id_of(mrn: str = "P001") -> str:
    with alpha():
        return str(the_person(mrn).pk)


def path(mrn: str = "P001", tail: str = "") -> str:
    return f"/patients/{id_of(mrn)}{tail}"


def trail(action: str) -> list[TrailRow]:
    with alpha():
        return list(TrailRow.objects.filter(action=action))


@pytest.mark.parametrize("who", ["it", "admin"])
def test_administrators_see_no_patient(records: Any, api: Any, who: str) -> None:
    client = api("alpha", who)
    for address in ("/patients", path(), path(tail="/timeline")):
        assert client.get(address, **({"q": "张三"} if address == "/patients" else {})).status_code == 403
    assert client.post(path(tail="/unmask"), {"field": "id_no", "reason": "核对身份"}).status_code == 403


def test_nobody_is_asked_to_log_in(records: Any, api: Any) -> None:
    assert api("alpha").get("/patients", q="张三").status_code == 401


@pytest.mark.parametrize("who", ["clinician", "other_clinician", "other_supervisor", "centre"])
def test_out_of_sight_is_not_found(records: Any, api: Any, who: str) -> None:
    client = api("alpha", who)
    assert client.get("/patients", q="张三").json()["items"] == []
    for address in (path(), path(tail="/timeline")):
        assert client.get(address).status_code == 404
    answer = client.post(path(tail="/unmask"), {"field": "id_no", "reason": "核对身份"})
    # A supervisor may unmask nobody's; a tier-1 role only whom it sees.
    assert answer.status_code == (403 if who == "other_supervisor" else 404)
    assert trail("records.patient.viewed") == []


@pytest.mark.req("D1")
def test_another_tenant_finds_nothing(records: Any, api: Any) -> None:
    for who in ("doctor", "operations"):
        client = api("beta", who)
        assert client.get("/patients", q="张三").json()["items"] == []
        assert client.get(path()).status_code == 404


def test_a_cancelled_stay_shows_nobody(records: Any, api: Any) -> None:
    stay = the_stay()
    stay.status = "cancelled"
    stay.save(update_fields=["status"])
    assert api("alpha", "doctor").get(path()).status_code == 404


@pytest.mark.parametrize(
    "q",
    ["张三", "张 三", "zs", "001X", "001x", "5678", "2222", "P001", "ZYH7788", "ZY001", ID_NO, "13812345678"],
)
def test_ways_of_finding(records: Any, api: Any, q: str) -> None:
    (row,) = api("alpha", "doctor").get("/patients", q=q).json()["items"]
    assert row == {
        "id": id_of(),
        "name_masked": "张*",
        "sex": "M",
        "age": 46,
        "id_no_masked": "420***********001X",
        "phone_masked": "138****5678",
        "address": "湖北省枝江市问安镇关庙山村三组",
        "township_name": None,
        "last_discharge_on": "2026-11-20",
        "last_diagnosis": "膝关节病",
    }


@pytest.mark.parametrize("q", ["李四", "3812", "ZY00", "1234", "%%", "__", "0001"])
def test_ways_of_not_finding(records: Any, api: Any, q: str) -> None:
    assert api("alpha", "doctor").get("/patients", q=q).json() == {"items": [], "next_cursor": None}


def test_each_tier_finds_its_own(records: Any, api: Any) -> None:
    found = {
        who: [row["name_masked"] for row in api("alpha", who).get("/patients", q="zh").json()["items"]]
        for who in ("doctor", "supervisor", "other_supervisor", "operations")
    }
    assert found == {"doctor": [], "supervisor": [], "other_supervisor": [], "operations": []}
    prefix = {
        who: sorted(
            row["name_masked"] for row in api("alpha", who).get("/patients", q="z" + last).json()["items"]
        )
        for who, last in (
            ("doctor", "s"),
            ("supervisor", "s"),
            ("other_supervisor", "x"),
            ("operations", "x"),
        )
    }
    assert prefix == {
        "doctor": ["张*"], "supervisor": ["张*"], "other_supervisor": ["张*明"], "operations": ["张*明"],
    }  # fmt: skip


_BAD = ({}, {"q": "张"}, {"q": " "}, {"q": "a" * 81})


@pytest.mark.parametrize(
    ("query", "pointer"), [*((bad, "?q") for bad in _BAD), ({"q": "张三", "sex": "M"}, "?sex")]
)
def test_bad_searches(records: Any, api: Any, query: dict[str, str], pointer: str) -> None:
    answer = api("alpha", "doctor").get("/patients", **query)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


def test_at_most_fifty_are_listed(records: Any, api: Any) -> None:
    for number in range(55):
        apply(
            admit(patient=person(f"M{number}", "赵多", id_no="", phone="", address=""), number=f"ZYM{number}")
        )
    assert len(api("alpha", "doctor").get("/patients", q="赵多").json()["items"]) == 50


def test_a_search_is_two_queries_and_a_trail_row(
    records: Any, api: Any, django_assert_num_queries: Any
) -> None:
    from records.services import search
    from tests.cast import actor_named

    actor = actor_named("doctor")
    # The list, the townships of its rows (routing), the trail; and the savepoint of this test's transaction.
    with django_assert_num_queries(5):
        search(actor=actor, q="张三")
    row = TrailRow.objects.get(action="records.patient.searched")
    assert (row.actor_name, row.detail) == ("孙主任", {"found": 1})


def test_the_detail_is_masked(records: Any, api: Any) -> None:
    answer = api("alpha", "doctor").get(path())
    assert answer.status_code == 200
    detail = answer.json()
    phones = [(phone["owner"], phone["masked"]) for phone in detail.pop("phones")]
    assert phones == [("self", "138****5678"), ("spouse", "137****2222")]
    assert detail == {
        "id": id_of(),
        "name_masked": "张*",
        "name": "张三",
        "sex": "M",
        "birth_date": "1980-01-01",
        "age": 46,
        "id_no_masked": "420***********001X",
        "address": "湖北省枝江市问安镇关庙山村三组",
        "township_name": None,
        "routing": None,
        "identifiers": [
            {"kind": "inpatient_no", "value_masked": "***7788"},
            {"kind": "medical_record", "value_masked": "****"},
        ],
        "allergies": None,
        "deceased": False,
        "flags": [],
        "labels": [],
        "registers": [],
    }
    assert ID_NO not in answer.content.decode()
    (row,) = trail("records.patient.viewed")
    assert (row.actor_name, row.object_id) == ("孙主任", id_of())


@pytest.mark.parametrize("identifier", ["abc", "9" * 19, "-1", "٣"])
def test_an_id_that_is_none(records: Any, api: Any, identifier: str) -> None:
    assert api("alpha", "doctor").get(f"/patients/{identifier}").status_code == 422


def test_an_unknown_patient(records: Any, api: Any) -> None:
    assert api("alpha", "doctor").get("/patients/999999999").status_code == 404


@pytest.mark.req("S5", "C3")
def test_the_timeline_has_the_newest_first(records: Any, api: Any) -> None:
    items = api("alpha", "doctor").get(path(tail="/timeline")).json()["items"]
    own = [item for item in items if item["kind"] in ("inpatient", "operation", "lab")]
    assert [(item["kind"], item["title"], item["abnormal"]) for item in own] == [
        ("operation", "手术：膝关节表面置换术", False),
        ("lab", "检验：血常规", True),
        ("inpatient", "住院：膝关节病", False),
    ]
    assert own[1]["summary"] == "2 项，其中 1 项异常"
    assert own[2]["summary"] == "2026-11-10 入院，2026-11-20 出院，医嘱离院，骨科一病区，主管医生 王强"
    assert own[2]["department"] == "骨科"
    assert len(trail("records.timeline.viewed")) == 1


@pytest.mark.parametrize(("field", "value"), [("id_no", ID_NO), ("phone", "13812345678")])
def test_unmasking_needs_a_reason_and_leaves_a_row(records: Any, api: Any, field: str, value: str) -> None:
    client = api("alpha", "doctor")
    for reason in ("", " ", "核"):
        assert client.post(path(tail="/unmask"), {"field": field, "reason": reason}).status_code == 422
    assert trail("records.patient.unmasked") == []
    answer = client.post(path(tail="/unmask"), {"field": field, "reason": "联系患者随访"})
    assert (answer.status_code, answer.json()) == (200, {"value": value})
    (row,) = trail("records.patient.unmasked")
    assert (row.actor_name, row.object_id, row.reason) == ("孙主任", id_of(), "联系患者随访")
    assert row.detail == {"field": field}


def test_a_contacts_phone_is_unmasked_by_its_id(records: Any, api: Any) -> None:
    with alpha():
        spouse, stranger = the_person().phones.get(owner="spouse"), the_person("P002").phones.get()
    body = {"field": "phone", "reason": "本人号码停机", "phone_id": str(spouse.pk)}
    assert api("alpha", "doctor").post(path(tail="/unmask"), body).json() == {"value": "13711112222"}
    body["phone_id"] = str(stranger.pk)
    assert api("alpha", "doctor").post(path(tail="/unmask"), body).status_code == 404


def test_bad_unmasking(records: Any, api: Any) -> None:
    client = api("alpha", "doctor")
    for body in ({"field": "name", "reason": "核对身份"}, {"reason": "核对身份"}, {"field": "id_no"}, []):
        assert client.post(path(tail="/unmask"), body).status_code == 422
    # A supervisor sees the patient, but not behind the mask.
    assert api("alpha", "supervisor").get(path()).status_code == 200
    answer = api("alpha", "supervisor").post(path(tail="/unmask"), {"field": "id_no", "reason": "核对身份"})
    assert answer.status_code == 403


def test_nothing_to_unmask(records: Any, api: Any) -> None:
    apply(admit(patient=person("P003", "无证", id_no="", phone="", address=""), number="ZY003"))
    answer = api("alpha", "doctor").post(path("P003", "/unmask"), {"field": "id_no", "reason": "核对身份"})
    assert (answer.status_code, answer.json()["code"]) == (404, "nothing_to_unmask")


def test_a_retired_record_is_seen_by_nobody(records: Any, api: Any) -> None:
    retired = path("P002")
    apply(merge("2026-11-21 09:00", person(), "P002"))
    assert api("alpha", "operations").get(retired).status_code == 404
    assert api("alpha", "operations").get(path()).status_code == 200


def test_a_value_copied_to_another_tenant_cannot_be_read(records: Any, beta: Any) -> None:
    from kernel.crypto import CannotDecrypt, decrypt_text

    sealed = Patient.objects.get(pk=the_person().pk).id_no_enc
    with bind_schema(beta.schema_name), pytest.raises(CannotDecrypt):
        decrypt_text(sealed)
