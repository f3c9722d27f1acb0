"""Log-in over HTTP, through the whole stack of middleware."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.cast import PASSWORD, ApiClient

pytestmark = pytest.mark.req("S60", "C16")


def log_in(tenant: str, username: str, password: str) -> Any:
    client = ApiClient(tenant)
    return client, client.post("/session", {"username": username, "password": password})


def test_nobody_sees_the_realm_only(api: Callable[..., Any]) -> None:
    body = api("alpha").get("/session").json()
    assert (body["authenticated"], body["realm"], body["user"]) == (False, "tenant", None)
    assert body["tenant"]["name"] == "枝江市医共体（测试）"


def test_a_clinician_logs_in_and_out(db: None) -> None:
    client, answer = log_in("alpha", "clinician", PASSWORD)
    assert answer.status_code == 200
    user = answer.json()["user"]
    assert (user["name"], user["roles"], user["role_names"]) == (
        "李医生",
        ["township_clinician"],
        ["乡镇医生"],
    )
    assert "worklist.task.work" in user["functions"]
    assert client.get("/session").json()["authenticated"] is True
    assert client.send("DELETE", "/session").status_code == 204
    assert client.get("/session").json()["authenticated"] is False


def test_wrong_password_and_unknown_name_read_the_same(db: None) -> None:
    answers = [log_in("alpha", name, "Wrong-2026")[1] for name in ("clinician", "nobody")]
    assert [(a.status_code, a.json()["code"], a.json()["detail"]) for a in answers] == [
        (401, "invalid_credentials", "用户名或密码不正确")
    ] * 2


def test_five_failures_lock_even_the_right_password(db: None) -> None:
    for _ in range(5):
        assert log_in("alpha", "doctor", "Wrong-2026")[1].status_code == 401
    _, answer = log_in("alpha", "doctor", PASSWORD)
    assert (answer.status_code, answer.json()["code"]) == (423, "account_locked")
    assert "15 分钟" in answer.json()["detail"]


def test_a_session_of_one_tenant_is_nothing_on_another_host(db: None) -> None:
    client, _ = log_in("alpha", "clinician", PASSWORD)
    stolen = client.client.cookies["jieli_session"].value
    other = Client(headers={"host": "beta.test"})
    other.cookies["jieli_session"] = stolen
    assert other.get("/api/v1/session").json()["authenticated"] is False


def test_log_in_needs_the_csrf_token(db: None) -> None:
    client = Client(headers={"host": "alpha.test"}, enforce_csrf_checks=True)
    body = json.dumps({"username": "clinician", "password": PASSWORD})
    refused = client.post("/api/v1/session", body, content_type="application/json")
    assert (refused.status_code, refused.headers["Content-Type"]) == (403, "application/problem+json")
    client.get("/api/v1/session")
    token = client.cookies["csrftoken"].value
    accepted = client.post(
        "/api/v1/session", body, content_type="application/json", headers={"X-CSRFToken": token}
    )
    assert accepted.status_code == 200


def test_an_unknown_host_is_no_tenant(db: None) -> None:
    answer = Client(headers={"host": "nowhere.test"}).get("/api/v1/session")
    assert (answer.status_code, answer.json()["detail"]) == (404, "没有使用此地址的机构，请核对网址")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({"username": "x"}, "/password"), ({"username": "x", "password": "y", "z": 1}, "/z"), ([1], "/")],
)
def test_bad_bodies_name_the_field(api: Callable[..., Any], body: Any, pointer: str) -> None:
    answer = api("alpha").post("/session", body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_an_unknown_parameter_is_refused(api: Callable[..., Any]) -> None:
    answer = api("alpha").get("/session", colour="red")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "?colour")


def test_idempotency_key_gives_the_first_answer_again(api: Callable[..., Any]) -> None:
    client = api("alpha")
    body = {"username": "clinician", "password": "Wrong-2026"}
    first = client.post("/session", body, **{"Idempotency-Key": "k-1"})
    again = client.post("/session", body, **{"Idempotency-Key": "k-1"})
    assert (again.status_code, again.json(), again.headers["Idempotency-Replayed"]) == (
        401,
        first.json(),
        "true",
    )
    other = client.post("/session", {**body, "username": "x"}, **{"Idempotency-Key": "k-1"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
