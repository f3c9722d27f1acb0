"""The doors: who may, what is shown, how many queries."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from community.handover.tests import kit
from tests.cast import CAST

pytestmark = [pytest.mark.django_db, pytest.mark.req("D3", "D6", "C17")]
TERMS = {
    "to_tenant": "alpha", "purpose": "continued_care", "note": "出院患者接续", "kinds": ["discharge"],
    "fields": ["patient.name", "patient.sex", "encounter.period", "result.level"], "consent_basis": "separate",
    "valid_from": "2026-11-01", "valid_to": "2027-10-31",
}  # fmt: skip
FIRST = {"If-Match": '"1"'}


def test_an_agreement_from_draft_to_revocation(two: Any, api: Any) -> None:
    hospital, county, bureau = api("beta", "admin"), api("alpha", "admin"), api("public", "bureau")
    made = hospital.post("/handover/agreements", TERMS)
    assert made.status_code == 201, made.content
    body = made.json()
    path = f"/handover/agreements/{body['id']}"
    assert (body["state"], body["revision"], [f["key"] for f in body["fields"]]) == (
        "draft",
        1,
        TERMS["fields"],
    )
    assert county.get(path).status_code == 404
    assert (
        hospital.put(path, {**TERMS, "kinds": ["discharge", "referral_up"]}, **FIRST).json()["revision"] == 2
    )
    stale = hospital.put(path, TERMS, **FIRST)
    assert (stale.status_code, stale.json()["revision"]) == (412, 2)
    assert hospital.put(path, TERMS).status_code == 422
    assert hospital.post(f"{path}/countersign").status_code == 409
    assert hospital.post(f"{path}/propose").json()["state"] == "proposed"
    assert hospital.put(path, TERMS, **{"If-Match": '"3"'}).json()["code"] == "agreement_not_draft"
    # The sender does not sign for the receiver, and the bureau not before both have signed.
    assert hospital.post(f"{path}/countersign").json()["code"] == "not_your_turn"
    assert bureau.post(f"{path}/approve").status_code == 409
    assert county.get(path).json()["can"] == {
        "edit": False, "propose": False, "countersign": True, "reject": True, "revoke": False, "approve": False,
    }  # fmt: skip
    assert county.post(f"{path}/countersign").json()["state"] == "countersigned"
    assert [
        row["id"] for row in bureau.get("/handover/agreements", state="countersigned").json()["items"]
    ] == [body["id"]]
    assert bureau.post(f"{path}/approve").json()["state"] == "active"
    assert bureau.post(f"{path}/reject", {"reason": "太晚了"}).status_code == 409
    revoked = county.post(f"{path}/revoke", {"reason": "合作结束"}).json()
    assert [(act["act"], act["party_name"], act["reason"]) for act in revoked["history"]] == [
        ("drafted", "宜昌三级医院（测试）", ""), ("edited", "宜昌三级医院（测试）", ""),
        ("proposed", "宜昌三级医院（测试）", ""), ("countersigned", "枝江市医共体（测试）", ""),
        ("approved", "卫生健康局", ""), ("revoked", "枝江市医共体（测试）", "合作结束"),
    ]  # fmt: skip
    assert bureau.get(f"{path}/shared").json() == {
        "totals": dict.fromkeys(
            ("offers", "offered", "accepted", "declined", "expired", "recalled", "completed", "returned"), 0
        )
    }


def test_the_receiver_and_the_bureau_may_refuse(two: Any, api: Any) -> None:
    first, second = kit.agree(upto="proposed"), kit.agree(upto="countersigned")
    county, bureau = api("alpha", "admin"), api("public", "bureau")
    assert bureau.post(f"/handover/agreements/{first}/reject", {"reason": "字段过多"}).status_code == 409
    assert county.post(f"/handover/agreements/{first}/reject", {"reason": " "}).status_code == 422
    assert (
        county.post(f"/handover/agreements/{first}/reject", {"reason": "字段过多"}).json()["state"]
        == "rejected"
    )
    assert county.post(f"/handover/agreements/{second}/reject", {"reason": "字段过多"}).status_code == 409
    assert (
        bureau.post(f"/handover/agreements/{second}/reject", {"reason": "字段过多"}).json()["state"]
        == "rejected"
    )


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"to_tenant": "beta"}, "/to_tenant", "own_tenant"),
        ({"to_tenant": "nowhere"}, "/to_tenant", "unknown_tenant"),
        (
            {"fields": ["patient.name", "patient.sex", "encounter.period", "secret"]},
            "/fields",
            "unknown_field",
        ),
        ({"fields": ["patient.name", "patient.sex"]}, "/fields", "required_field"),
        ({"valid_to": "2026-10-01"}, "/valid_to", "before_start"),
        ({"valid_from": "2025-01-01", "valid_to": "2026-11-20"}, "/valid_to", "in_past"),
        ({"valid_to": "2036-11-20"}, "/valid_to", "too_long"),
    ],
)
def test_faulty_terms(two: Any, api: Any, change: dict[str, Any], pointer: str, code: str) -> None:
    answer = api("beta", "admin").post("/handover/agreements", {**TERMS, **change})
    assert answer.status_code == 422
    assert [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]] == [(pointer, code)]


SENDERS, DECIDERS, VIEWERS = (
    {"doctor", "centre"},
    {"centre"},
    {"clinician", "other_clinician", "doctor", "centre"},
)


@pytest.mark.parametrize("who", CAST)
def test_each_role(two: Any, api: Any, who: str) -> None:
    client = api("beta", who)
    for method, path, allowed in (
        ("GET", "/handover/cases", VIEWERS), ("GET", "/handover/counts", VIEWERS),
        ("GET", "/handover/cases/1", VIEWERS), ("GET", "/handover/fields", {"doctor", "centre", "admin"}),
        ("GET", "/handover/agreements", {"doctor", "centre", "admin"}), ("GET", "/handover/partners", {"admin"}),
        ("POST", "/handover/agreements", {"admin"}), ("POST", "/handover/preview", SENDERS),
        ("POST", "/handover/offers", SENDERS), ("POST", "/handover/cases/1/recall", SENDERS),
        ("POST", "/handover/cases/1/accept", DECIDERS), ("POST", "/handover/cases/1/decline", DECIDERS),
        ("POST", "/handover/cases/1/return", DECIDERS), ("POST", "/handover/cases/1/complete", DECIDERS),
        ("POST", "/handover/cases/1/acknowledge", DECIDERS), ("POST", "/handover/cases/1/reoffer", SENDERS),
    ):  # fmt: skip
        status = client.send(method, path, {} if method == "POST" else None).status_code
        assert (status != 403) == (who in allowed), (method, path, status)


def test_preview_is_what_is_sent_and_numbers_are_masked(two: Any, api: Any) -> None:
    _, encounter = kit.discharge()
    agreement = kit.agree()
    doctor = api("beta", "doctor")
    given = {
        "encounter_id": str(encounter), "agreement_id": str(agreement),
        "enrolment_ids": [str(pk) for pk in kit.enrolments("beta", encounter)],
    }  # fmt: skip
    answer = doctor.post("/handover/preview", given)
    assert answer.status_code == 200, answer.content
    seen = answer.json()
    lines = {row["key"]: row["lines"] for row in seen["packet"]}
    assert (lines["patient.name"], lines["patient.id_no"], lines["patient.phones"]) == (
        ["张三"], ["420***********001X"], ["本人 138****5678"],
    )  # fmt: skip
    assert lines["diagnoses"] == ["股骨颈骨折（主要诊断）"]
    assert lines["plan.programmes"] == ["路径hip_hospital：七天电话（2026-11-27）、一月电话（2026-12-20）"]
    assert kit.PHONE not in answer.content.decode()
    assert [(check["code"], check["blocking"]) for check in seen["checks"]] == [("consent_needed", False)]
    offer = {
        **given, "digest": seen["digest"], "note": "术后换药", "urgency": "normal",
        "consent": {"basis": "signed", "given_by": "本人", "at": "2026-11-20T10:30:00+08:00"},
    }  # fmt: skip
    key = {"Idempotency-Key": "offer-once"}
    sent = doctor.post("/handover/offers", offer, **key)
    assert sent.status_code == 201, sent.content
    assert doctor.post("/handover/offers", offer, **key).json()["id"] == sent.json()["id"]
    assert doctor.post("/handover/offers", offer).json()["code"] == "already_offered"
    kit.deliver()
    case = (
        api("alpha", "centre").get(f"/handover/cases/{kit.mirror('beta', int(sent.json()['id'])).pk}").json()
    )
    assert case["packet"] == seen["packet"]
    assert (case["digest"], case["patient"]["id"], case["note"]) == (seen["digest"], None, "术后换药")
    assert case["consent"]["given_by"] == "本人"


def test_the_list_costs_what_it_costs(two: Any, api: Any) -> None:
    agreement = kit.agree()
    centre = api("beta", "centre")

    def queries() -> int:
        centre.get("/handover/cases")
        with CaptureQueriesContext(
            connection,
        ) as found:
            answer = centre.get("/handover/cases")
        assert answer.status_code == 200
        return len(found)

    kit.send(kit.discharge(mrn="A")[1], agreement)
    one = queries()
    for number in range(3):
        kit.send(kit.discharge(mrn=f"B{number}", name=f"李四{number}", id_no="")[1], agreement)
    assert queries() == one
    with CaptureQueriesContext(connection) as found:
        page = centre.get("/handover/cases", limit=2, direction="out", state="offered").json()
    assert sum("handover_handovercase" in query["sql"] for query in found) == 1
    assert len(page["items"]) == 2
    rest = centre.get("/handover/cases", limit=2, cursor=page["next_cursor"]).json()
    assert len({row["id"] for row in (*page["items"], *rest["items"])}) == 4
    assert [
        row["patient"]["name_masked"] for row in centre.get("/handover/cases", q="李四1").json()["items"]
    ] == ["李*1"]
    number = page["items"][0]["case_no"]
    assert [row["case_no"] for row in centre.get("/handover/cases", q=number[:12]).json()["items"]] == [
        number
    ]
    assert centre.get("/handover/cases", state="nothing").status_code == 422
