"""The trail: who, what, from where; in the act's own transaction; rows are only ever added."""

from datetime import datetime
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from kernel.clock import SHANGHAI
from kernel.context import RequestContext, current_request
from kernel.tenancy import bind_schema
from tests.cast import PASSWORD, ApiClient
from trail.models import TrailRow
from trail.services import record

pytestmark = pytest.mark.req("S60", "D1")


def test_a_row_says_everything(in_alpha: Any, at: Any) -> None:
    token = current_request.set(RequestContext("req-12345678", "10.1.2.3", "agent"))
    try:
        with at("2026-11-20 09:30"):
            record(
                actor_id=7, actor_name="李医生", action="records.patient.unmasked", object_type="patient",
                object_id=12, reason="核对" * 200, field="phone",
            )  # fmt: skip
    finally:
        current_request.reset(token)
    row = TrailRow.objects.latest("pk")
    assert {
        f.attname: getattr(row, f.attname) for f in TrailRow._meta.concrete_fields if f.attname != "id"
    } == {
        "at": datetime(2026, 11, 20, 9, 30, tzinfo=SHANGHAI),
        "actor_id": 7,
        "actor_name": "李医生",
        "action": "records.patient.unmasked",
        "object_type": "patient",
        "object_id": "12",
        "reason": ("核对" * 200)[:300],
        "detail": {"field": "phone"},
        "request_id": "req-12345678",
        "address": "10.1.2.3",
    }


def test_outside_a_request_there_is_no_request(in_alpha: Any) -> None:
    record(actor_id=None, actor_name="系统", action="x.y.done")
    row = TrailRow.objects.latest("pk")
    assert (row.actor_id, row.request_id, row.address, row.object_id, row.detail) == (None, "", "", "", {})


def test_a_request_leaves_its_id_and_address(db: None) -> None:
    client = ApiClient("alpha")
    answer = client.client.post(
        "/api/v1/session", {"username": "clinician", "password": PASSWORD}, content_type="application/json",
        headers={"X-Request-Id": "trace-0001", "X-Forwarded-For": "6.6.6.6"}, REMOTE_ADDR="10.9.8.7",
    )  # fmt: skip
    assert answer.status_code == 200
    with bind_schema("t_alpha"):
        row = TrailRow.objects.get(request_id="trace-0001")
    assert (row.action, row.actor_name, row.address) == ("accounts.session.opened", "李医生", "10.9.8.7")


def test_the_row_goes_with_the_act(in_alpha: Any) -> None:
    before = TrailRow.objects.count()

    def act_and_fail() -> None:
        with transaction.atomic():
            record(actor_id=1, actor_name="a", action="x.y.done")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act_and_fail()
    assert TrailRow.objects.count() == before


@pytest.mark.parametrize("schema", ["t_alpha", "public"])
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM {}.trail_trailrow",
        "UPDATE {}.trail_trailrow SET actor_name = 'x'",
        "TRUNCATE {}.trail_trailrow",
        "DROP TABLE {}.trail_trailrow",
        "ALTER TABLE {}.trail_trailrow DISABLE TRIGGER ALL",
        "CREATE RULE hide AS ON SELECT TO {}.trail_trailrow DO INSTEAD NOTHING",
        "INSERT INTO {0}.trail_trailrow SELECT * FROM {0}.trail_trailrow"
        " ON CONFLICT (id) DO UPDATE SET actor_name = 'x'",
    ],
)
def test_rows_can_only_be_added(db: None, schema: str, statement: str) -> None:
    with bind_schema(schema), connection.cursor() as cursor:
        record(actor_id=1, actor_name="a", action="x.y.done")
        with pytest.raises(DatabaseError, match=r"permission denied|must be owner"), transaction.atomic():
            cursor.execute(statement.format(schema))
        assert TrailRow.objects.latest("pk").actor_name == "a"
