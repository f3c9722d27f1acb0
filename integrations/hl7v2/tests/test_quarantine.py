"""What could not be taken in: seen masked by the hospital's IT, put right, taken in, or set aside."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations.hl7v2 import services
from integrations.hl7v2.tests.messages import admission, adt, discharge, pid, pv1
from integrations.intake import ports
from integrations.intake.models import InboundMessage, QuarantinedRow
from kernel.tenancy import bind_schema
from records.models import Encounter, Patient
from trail.models import TrailRow

pytestmark = pytest.mark.req("C11", "C16")
WRONG_ID = "420583198001010011"
RIGHT_ID = "42058319800101001X"
NAME = "/patient/name"
ID = "/patient/resident_id_text"
ADMIT_AT, DISCHARGE_AT = "/encounter/admit_at", "/encounter/discharge_at"


@pytest.fixture
def taken_in(in_alpha: Any, at: Any) -> Any:
    """One message processed, one with two faults, one without a structure, one kept."""
    ports.register_reader("hl7v2", services.read)
    with at("2026-11-22 09:00"):
        services.receive(raw=admission("OK", mrn="OK", id_no=""))
        services.receive(raw=discharge("BAD", mrn="BAD", id_no=WRONG_ID, birth="20860101"))
        services.receive(raw=adt("A03", "NOPV1", "20261120100000", pid("NOPV1", id_no="")))
        services.receive(raw=admission("KEPT").replace(b"ADT^A01", b"SIU^S12"))
        yield in_alpha


def alpha() -> Any:
    return bind_schema("t_alpha")


def row_path(control_id: str, tail: str = "") -> str:
    with alpha():
        return f"/intake/quarantine/{QuarantinedRow.objects.get(message__control_id=control_id).pk}{tail}"


@pytest.mark.parametrize("who", ["clinician", "doctor", "supervisor", "operations", "admin", "centre"])
def test_only_the_hospitals_it_works_here(taken_in: Any, api: Any, who: str) -> None:
    client = api("alpha", who)
    for path in ("/intake/messages", "/intake/quarantine", row_path("BAD")):
        assert client.get(path).status_code == 403
    assert client.post(row_path("BAD", "/replay"), {"corrections": {}}).status_code == 403
    assert client.post(row_path("BAD", "/discard"), {"reason": "重复"}).status_code == 403


@pytest.mark.req("D1")
def test_another_tenant_has_none_of_it(taken_in: Any, api: Any) -> None:
    client = api("beta", "it")
    assert client.get("/intake/messages").json()["items"] == []
    assert client.get("/intake/quarantine").json()["items"] == []
    assert client.get(row_path("BAD")).status_code == 404
    assert client.post(row_path("BAD", "/discard"), {"reason": "重复"}).status_code == 404


def test_messages_by_state(taken_in: Any, api: Any) -> None:
    client = api("alpha", "it")
    items = client.get("/intake/messages").json()["items"]
    assert [(item["control_id"], item["state"]) for item in items] == [
        ("KEPT", "kept"), ("NOPV1", "quarantined"), ("BAD", "quarantined"), ("OK", "processed"),
    ]  # fmt: skip
    assert items[3]["source"] == "HIS-ALPHA|HIS"
    assert items[3]["quarantine_id"] is None
    assert items[2]["quarantine_id"] == row_path("BAD").rsplit("/", 1)[1]
    (kept,) = client.get("/intake/messages", state="kept").json()["items"]
    assert kept["message_type"] == "SIU^S12"
    assert client.get("/intake/messages", state="lost").status_code == 422
    assert client.get("/intake/messages", order="x").status_code == 422
    page = client.get("/intake/messages", limit=3).json()
    assert len(page["items"]) == 3
    (last,) = client.get("/intake/messages", limit=3, cursor=page["next_cursor"]).json()["items"]
    assert last["control_id"] == "OK"


def test_the_lists_are_one_query(taken_in: Any, api: Any, django_assert_max_num_queries: Any) -> None:
    client = api("alpha", "it")
    for path in ("/intake/messages", "/intake/quarantine"):
        client.get(path)
        with django_assert_max_num_queries(2):  # the account with its grants, and the list
            client.get(path)


def test_the_row_is_masked_and_names_the_cure(taken_in: Any, api: Any) -> None:
    answer = api("alpha", "it").get(row_path("BAD"))
    detail = answer.json()
    assert (detail["state"], detail["summary"], detail["is_correctable"]) == (
        "open",
        "张* 就诊号 ZY-BAD",
        True,
    )
    assert [(p["code"], p["pointer"], p["value_masked"]) for p in detail["problems"]] == [
        ("resident_id_invalid_check_digit", ID, "420***********0011"),
        ("birth_in_future", "/patient/birth_date", "2086-**-**"),
    ]
    assert [field["pointer"] for field in detail["fields"][:2]] == [ID, "/patient/birth_date"]
    for secret in (WRONG_ID, "2086-01-01", "13812345678", "问安镇关庙山村", "张三"):
        assert secret not in answer.content.decode()
    with alpha():
        assert TrailRow.objects.get(action="intake.quarantine.viewed").actor_name == "冯工"


def test_corrections_are_judged_then_written(taken_in: Any, api: Any, at: Any) -> None:
    client = api("alpha", "it")
    path = row_path("BAD", "/replay")
    half = client.post(path, {"corrections": {ID: RIGHT_ID}})
    assert (half.status_code, half.json()["code"]) == (422, "still_faulty")
    assert [error["pointer"] for error in half.json()["errors"]] == ["/corrections/~1patient~1birth_date"]
    with alpha():
        assert not Patient.objects.filter(identifiers__value="BAD").exists()
    done = client.post(path, {"corrections": {ID: RIGHT_ID, "/patient/birth_date": "1980-01-01"}})
    assert done.status_code == 200, done.content
    detail = done.json()
    assert (detail["state"], detail["resolved_by_name"], detail["resolution"]) == (
        "replayed",
        "冯工",
        "更正后入库",
    )
    assert detail["corrections"] == [
        {"pointer": "/patient/birth_date", "value_masked": "1980-**-**"},
        {"pointer": ID, "value_masked": "420***********001X"},
    ]
    with alpha():
        stay = Encounter.objects.get(source_id="ZY-BAD")
        assert (stay.status, stay.patient.id_no_last4) == ("discharged", "001X")
        message = InboundMessage.objects.get(control_id="BAD")
        assert message.state == "processed"
        assert RIGHT_ID not in str(QuarantinedRow.objects.get(message=message).corrections)
        assert TrailRow.objects.get(action="intake.quarantine.replayed").detail == {
            "corrected": ["/patient/birth_date", ID]
        }
        # The sender that repeats it now hears that it is in.
        receipt = services.receive(raw=discharge("BAD", mrn="BAD", id_no=WRONG_ID, birth="20860101"))
        assert (receipt.ack_code, receipt.duplicate, receipt.text) == ("AA", True, "")
    again = client.post(path, {"corrections": {}})
    assert (again.status_code, again.json()["code"]) == (409, "row_closed")


@pytest.mark.parametrize(
    ("corrections", "pointer"),
    [
        ({"/patient/nickname": "x"}, "/corrections/~1patient~1nickname"),
        ({"/patient/birth_date": "1980"}, "/corrections/~1patient~1birth_date"),
        ({NAME: ""}, "/corrections/~1patient~1name"),
    ],
)
def test_bad_corrections(taken_in: Any, api: Any, corrections: dict[str, str], pointer: str) -> None:
    given = {ID: RIGHT_ID, "/patient/birth_date": "1980-01-01"} | corrections
    answer = api("alpha", "it").post(row_path("BAD", "/replay"), {"corrections": given})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    "body", [{}, {"corrections": []}, {"corrections": {ID: None}}, {"corrections": {}, "x": 1}, []]
)
def test_bad_bodies(taken_in: Any, api: Any, body: Any) -> None:
    assert api("alpha", "it").post(row_path("BAD", "/replay"), body).status_code == 422


def test_what_the_record_refuses_on_replay_is_told(taken_in: Any, api: Any) -> None:
    corrections = {ID: "", "/patient/birth_date": "1980-01-01", "/encounter/visit_no": "ZY-OK"}
    answer = api("alpha", "it").post(row_path("BAD", "/replay"), {"corrections": corrections})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "visit_of_another_patient")
    with alpha():
        assert QuarantinedRow.objects.get(message__control_id="BAD").state == "open"
        assert not Patient.objects.filter(identifiers__value="BAD").exists()


def test_a_broken_structure_can_only_be_set_aside(taken_in: Any, api: Any) -> None:
    client = api("alpha", "it")
    detail = client.get(row_path("NOPV1")).json()
    assert (detail["is_correctable"], detail["fields"]) == (False, [])
    answer = client.post(row_path("NOPV1", "/replay"), {"corrections": {}})
    assert (answer.status_code, answer.json()["code"]) == (409, "not_correctable")
    assert client.post(row_path("NOPV1", "/discard"), {"reason": " "}).status_code == 422
    done = client.post(row_path("NOPV1", "/discard"), {"reason": "来源系统已重发"})
    assert (done.json()["state"], done.json()["resolution"]) == ("discarded", "来源系统已重发")
    assert client.post(row_path("NOPV1", "/discard"), {"reason": "再来"}).status_code == 409
    with alpha():
        row = TrailRow.objects.get(action="intake.quarantine.discarded")
        assert (row.reason, row.actor_name) == ("来源系统已重发", "冯工")
    assert [item["state"] for item in client.get("/intake/quarantine", state="open").json()["items"]] == [
        "open"
    ]


def test_a_stay_that_ends_before_it_begins(taken_in: Any, api: Any) -> None:
    with alpha():
        raw = adt(
            "A03", "TURNED", "20261120101400", pid("TURNED", id_no=""),
            pv1("ZY-TURNED", admit="20261120100000", discharge="20261110083000"),
        )  # fmt: skip
        assert services.receive(raw=raw).problems[0].code == "discharge_before_admit"
    given = {ADMIT_AT: "2026-11-10T08:30", DISCHARGE_AT: "2026-11-20T10:00"}
    assert api("alpha", "it").post(row_path("TURNED", "/replay"), {"corrections": given}).status_code == 200
    with alpha():
        assert str(Encounter.objects.get(source_id="ZY-TURNED").discharged_on) == "2026-11-20"


def test_the_raw_message_is_sealed_and_whole(taken_in: Any) -> None:
    from kernel.crypto import decrypt_bytes

    message = InboundMessage.objects.get(control_id="OK")
    assert "张三".encode() not in bytes(message.raw_enc)
    assert decrypt_bytes(message.raw_enc) == admission("OK", mrn="OK", id_no="")


def test_one_control_id_with_other_bytes_is_another_message(taken_in: Any) -> None:
    receipt = services.receive(raw=admission("OK", mrn="OK2", id_no=""))
    assert (receipt.state, receipt.duplicate) == ("processed", False)
    assert InboundMessage.objects.filter(control_id="OK").count() == 2


def test_a_discharge_costs_few_queries(taken_in: Any) -> None:
    services.receive(raw=admission("Q1", mrn="Q"))
    with CaptureQueriesContext(connection) as queries:
        services.receive(raw=discharge("Q2", mrn="Q"))
    # Two of them are this test's savepoint, where a site has BEGIN and COMMIT; two each for the events of the
    # discharge and of the contact's new number with their deliveries.
    assert len(queries) == 19 + 2
    with CaptureQueriesContext(connection) as queries:
        services.receive(raw=discharge("Q2", mrn="Q"))
    assert len(queries) == 3 + 2
