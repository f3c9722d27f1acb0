"""Over TCP into the database of a tenant: what is acknowledged is committed, what is not is safe to send again."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from integrations.hl7v2.mllp import frame
from integrations.hl7v2.tests.messages import admission, adt, discharge, pid, pv1
from integrations.hl7v2.tests.running import Running, run_listener
from integrations.intake.models import InboundMessage, QuarantinedRow
from kernel.models import OutboxEvent
from records.models import Encounter, Patient

pytestmark = pytest.mark.req("C11", "C19", "C20", "S1", "D1")


@pytest.fixture(scope="module")
def tenants(django_db_setup: None, django_db_blocker: Any) -> Iterator[list[Any]]:
    """Two committed tenants for this module, the first one bound; each test has patients of its own."""
    from django.db import connections

    from kernel.tenancy import bind_schema
    from tenants.provisioning.services import drop_tenant_schema
    from tests.cast import provision_one

    with django_db_blocker.unblock():
        made = [provision_one(code, f"临时机构（接口{code}）") for code in ("smllp", "sother")]
        with bind_schema(made[0].schema_name):
            yield made
        for tenant in made:
            drop_tenant_schema(tenant.schema_name)
            tenant.delete()
        connections["owner"].close()


@pytest.fixture
def tenant(tenants: list[Any]) -> Any:
    return tenants[0]


@pytest.fixture
def running(tenant: Any) -> Iterator[Running]:
    with run_listener() as running:
        yield running


def sent_by(raw: bytes, facility: str = "HIS-SMLLP") -> bytes:
    return raw.replace(b"HIS-ALPHA", facility.encode())


def test_an_admission_and_a_discharge_arrive(running: Running) -> None:
    pair = [sent_by(admission("T1A", mrn="T1", id_no="")), sent_by(discharge("T1B", mrn="T1", id_no=""))]
    with running.connect() as client:
        acks = list(client.send(pair))
    assert [(ack.code, ack.control_id, ack.text) for ack in acks] == [("AA", "T1A", ""), ("AA", "T1B", "")]
    encounter = Encounter.objects.get(patient__identifiers__value="T1")
    assert (encounter.status, encounter.ward.code, encounter.department.name) == ("discharged", "W41", "骨科")
    assert (
        OutboxEvent.objects.filter(type="encounter.discharged", payload__encounter_id=encounter.pk).count()
        == 1
    )


@pytest.mark.parametrize(
    ("control_id", "charset", "declared"),
    [("GB1", "gb18030", "GBK"), ("GB2", "gb18030", ""), ("U1", "utf-8", "")],
)
def test_chinese_arrives_in_every_charset(
    running: Running, control_id: str, charset: str, declared: str
) -> None:
    from integrations.hl7v2.tests.messages import msh
    from integrations.hl7v2.tests.samples import build

    raw = build(
        msh("A04", control_id, "20261110084000", facility="HIS-SMLLP", charset=declared),
        pid(f"M{control_id}", "欧阳娜娜", id_no="", address="枝江市问安镇四岗村"),
        pv1(f"MZ{control_id}", kind="O"),
        charset=charset,
    )
    with running.connect() as client:
        assert client.send_one(raw).code == "AA"
    patient = Patient.objects.get(identifiers__value=f"M{control_id}")
    assert (patient.name, patient.name_initials) == ("欧阳娜娜", "oynn")
    message = InboundMessage.objects.get(control_id=control_id)
    assert message.charset == charset


def wrong(mrn: str, **person: str) -> bytes:
    return sent_by(admission(mrn, mrn=mrn, **{"id_no": "", **person}))


def test_what_is_wrong_is_quarantined_and_told(running: Running) -> None:
    cases = {
        "W1": (wrong("W1", id_no="420583198001010011"), "resident_id_invalid_check_digit", "校验位"),
        "W2": (wrong("W2", birth="20860101"), "birth_in_future", "出生日期晚于今天"),
        "W3": (wrong("W3", name="=1+1"), "formula_like_text", "表格公式"),
        "W4": (sent_by(adt("A03", "W4", "20261120100000", pid("W4", id_no=""))), "missing_segment", "缺少PV1段"),
        "W5": (wrong("W5", name="张" * 81), "too_long", "超过80个字符"),
    }  # fmt: skip
    with running.connect() as client:
        acks = list(client.send(raw for raw, _, _ in cases.values()))
        again = list(client.send(raw for raw, _, _ in cases.values()))
    for ack, (_, code, words) in zip(acks, cases.values(), strict=True):
        assert ack.code == "AE", ack
        assert words in ack.text.replace(" ", "")
        row = QuarantinedRow.objects.get(message__control_id=ack.control_id)
        assert row.problems[0]["code"] == code
        assert row.message.repeats == 1
    assert [(ack.code, ack.text) for ack in again] == [(ack.code, ack.text) for ack in acks]
    assert not Patient.objects.filter(identifiers__value__in=list(cases)).exists()


def test_types_that_are_not_taken(running: Running) -> None:
    with running.connect() as client:
        kept = client.send_one(sent_by(admission("K1")).replace(b"ADT^A01", b"SIU^S12"))
        refused = client.send_one(sent_by(admission("K2")).replace(b"ADT^A01", b"BAR^P01"))
        unreadable = client.send_one(b"PID|1||P1")
        after = client.send_one(sent_by(admission("K3", mrn="K3", id_no="")))
    assert (kept.code, InboundMessage.objects.get(control_id="K1").state) == ("AA", "kept")
    assert (refused.code, InboundMessage.objects.get(control_id="K2").state) == ("AR", "refused")
    assert "不支持的报文类型" in refused.text
    assert (unreadable.code, after.code) == ("AR", "AA")
    assert "MSH" in unreadable.text


def test_an_unknown_sender_is_refused_and_a_default_tenant_takes_it(running: Running, tenant: Any) -> None:
    raw = sent_by(admission("F1", mrn="F1", id_no=""), facility="NOBODY")
    with running.connect() as client:
        ack = client.send_one(raw)
    assert (ack.code, ack.control_id) == ("AR", "F1")
    assert "NOBODY" in ack.text
    assert not InboundMessage.objects.filter(control_id="F1").exists()
    with run_listener(default_schema=tenant.schema_name) as other, other.connect() as client:
        assert client.send_one(raw).code == "AA"
        assert client.send_one(b"no HL7 at all").code == "AR"
    assert Patient.objects.filter(identifiers__value="F1").count() == 1
    assert InboundMessage.objects.filter(source="", state="refused").count() == 1


def test_each_senders_messages_reach_its_own_tenant_only(running: Running, tenants: list[Any]) -> None:
    from kernel.tenancy import bind_schema

    with running.connect() as client:
        acks = list(
            client.send(
                [
                    sent_by(admission("X1", mrn="X1", id_no="")),
                    sent_by(admission("X2", mrn="X2", id_no=""), facility="HIS-SOTHER"),
                ]
            )
        )
    assert [ack.code for ack in acks] == ["AA", "AA"]
    assert list(
        Patient.objects.filter(identifiers__value__in=["X1", "X2"]).values_list("identifiers__value")
    ) == [("X1",)]
    with bind_schema(tenants[1].schema_name):
        assert Patient.objects.get().identifiers.get().value == "X2"
        assert InboundMessage.objects.get().control_id == "X2"


def test_no_acknowledgement_before_the_commit(running: Running) -> None:
    """While the message's transaction cannot end there is no answer; with the answer the rows are there."""
    from django.db import connections

    settings = connections["owner"].settings_dict
    with running.connect() as client, psycopg.connect(_dsn(settings)) as blocker:
        blocker.execute(
            sql.SQL("LOCK TABLE {}.records_encounter IN ACCESS EXCLUSIVE MODE").format(
                sql.Identifier("t_smllp")
            )
        )
        client.send_bytes(frame(sent_by(admission("L1", mrn="L1", id_no=""))))
        answered = threading.Event()
        acks: list[Any] = []

        def wait_for_ack() -> None:
            acks.append(client.receive())
            answered.set()

        thread = threading.Thread(target=wait_for_ack)
        thread.start()
        assert not answered.wait(0.8)
        blocker.rollback()
        assert answered.wait(10)
        thread.join()
    assert acks[0].code == "AA"
    assert Encounter.objects.filter(patient__identifiers__value="L1").count() == 1


def test_the_database_goes_away_and_comes_back(running: Running) -> None:
    from django.db import connections

    connections["default"].close()
    raw = sent_by(admission("D1", mrn="D1", id_no=""))
    settings = connections["owner"].settings_dict
    name = sql.Identifier(settings["NAME"])
    with running.connect() as client, psycopg.connect(_dsn(settings, "postgres"), autocommit=True) as root:
        assert client.send_one(sent_by(admission("D0", mrn="D0", id_no=""))).code == "AA"
        root.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        try:
            root.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                [settings["NAME"]],
            )
            time.sleep(0.2)
            down = [client.send_one(raw) for _ in range(3)]
        finally:
            root.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))
        connections["owner"].close()
        assert {ack.code for ack in down} == {"AE"}
        assert all("稍后重发" in ack.text for ack in down)
        assert client.send_one(raw).code == "AA"
    assert InboundMessage.objects.get(control_id="D1").repeats == 0


def test_two_first_messages_of_one_person_make_one_person(running: Running) -> None:
    """Four systems register the same new patient at the same moment, with and without the ID number."""
    for attempt in range(6):
        mrn, visits = f"R{attempt}", [f"MZ{attempt}{number}" for number in range(4)]
        clients = [running.connect() for _ in visits]
        for number, (client, visit) in enumerate(zip(clients, visits, strict=True)):
            line = pid(mrn, "李重", id_no="")
            raw = sent_by(adt("A04", f"R{attempt}{number}", "20261110084000", line, pv1(visit, kind="O")))
            client.send_bytes(frame(raw))
        assert [client.receive().code for client in clients] == ["AA"] * 4
        for client in clients:
            client.close()
        patient = Patient.objects.get(identifiers__value=mrn)
        assert patient.encounters.count() == 4


def test_the_same_message_on_two_connections_counts_once(running: Running) -> None:
    raw = frame(sent_by(admission("S1", mrn="S1", id_no="")))
    clients = [running.connect() for _ in range(4)]
    for client in clients:
        client.send_bytes(raw)
    assert [client.receive().code for client in clients] == ["AA"] * 4
    for client in clients:
        client.close()
    message = InboundMessage.objects.get(control_id="S1")
    assert message.repeats == 3


def test_opposite_merges_at_once_end_without_loss(running: Running) -> None:
    """A goes up in B while B goes up in A: a deadlock is tried again, never quarantined."""
    with running.connect() as client:
        for mrn in ("MA", "MB"):
            raw = sent_by(admission(mrn, mrn=mrn, id_no="", name=f"王{mrn}"))
            assert client.send_one(raw).code == "AA"

    def merge(control_id: str, survivor: str, retired: str) -> bytes:
        line = f"MRG|{retired}^^^H1^MR"
        return sent_by(
            adt("A40", control_id, "20261121080000", pid(survivor, f"王{survivor}", id_no=""), line)
        )

    clients = [running.connect(), running.connect()]
    clients[0].send_bytes(frame(merge("MX1", "MA", "MB")))
    clients[1].send_bytes(frame(merge("MX2", "MB", "MA")))
    assert [client.receive().code for client in clients] == ["AA", "AA"]
    for client in clients:
        client.close()
    people = Patient.objects.filter(name__in=["王MA", "王MB"])
    assert people.filter(merged_into=None).count() == 1
    assert people.get(merged_into=None).encounters.count() == 2


def _dsn(settings: Any, dbname: str | None = None) -> str:
    return psycopg.conninfo.make_conninfo(
        dbname=dbname or settings["NAME"], user=settings["USER"], password=settings["PASSWORD"],
        host=settings["HOST"], port=settings["PORT"],
    )  # fmt: skip
