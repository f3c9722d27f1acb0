"""A POST that is repeated after a lost answer: the effect once, the answer again."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from kernel import clock
from kernel.clock import FixedClock, use_clock
from kernel.models import IdempotencyRecord, OutboxEvent
from kernel.tenancy import bind_schema
from kernel.tests.running import work_in_thread
from tests.cast import PASSWORD, ApiClient

pytestmark = pytest.mark.req("C16")


@pytest.fixture(autouse=True)
def doors(settings: Any, request: pytest.FixtureRequest) -> None:
    settings.ROOT_URLCONF = "kernel.tests.urls_problems"
    if "in_committed" not in request.fixturenames:
        request.getfixturevalue("db")


def post(client: ApiClient, path: str, key: str, body: Any = None) -> Any:
    return client.post(path, body, **{"Idempotency-Key": key})


def count_effects(tenant: str = "t_alpha") -> int:
    with bind_schema(tenant):
        return OutboxEvent.objects.filter(type="test.counted").count()


def test_a_repeat_gets_the_first_answer_and_has_no_second_effect() -> None:
    client = ApiClient("alpha")
    first = post(client, "/count", "k-1")
    again = post(client, "/count", "k-1")
    assert (first.status_code, "Idempotency-Replayed" in first.headers) == (201, False)
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert (again.content, again.headers["Content-Type"]) == (first.content, first.headers["Content-Type"])
    assert again.headers["X-Request-Id"] != first.headers["X-Request-Id"]
    assert count_effects() == 1
    post(client, "/count", "k-2")
    client.post("/count")
    assert count_effects() == 3


def test_the_kept_answer_is_not_readable_in_the_database() -> None:
    post(ApiClient("alpha"), "/count", "k-1")
    with bind_schema("t_alpha"):
        body = bytes(IdempotencyRecord.objects.get(key="k-1").body or b"")
    assert body != b""
    assert b"420583194910010030" not in body


def test_one_key_for_another_body_is_refused_and_for_another_address_is_another_key() -> None:
    client = ApiClient("alpha")
    post(client, "/count", "k-1", {"a": 1})
    refused = post(client, "/count", "k-1", {"a": 2})
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    assert post(client, "/large", "k-1", {"a": 2}).status_code == 200
    assert count_effects() == 2


def test_another_persons_or_tenants_key_is_another_key() -> None:
    for tenant, who in (("alpha", "clinician"), ("alpha", "doctor"), ("beta", "clinician")):
        answer = post(ApiClient(tenant, who), "/mine", "k-1")
        assert (answer.status_code, "Idempotency-Replayed" in answer.headers) == (201, False)
    assert (count_effects("t_alpha"), count_effects("t_beta")) == (2, 1)


def test_while_the_first_is_at_work_the_second_is_told_to_wait_until_the_lock_is_dead() -> None:
    client = ApiClient("alpha")
    moment = clock.now()
    post(client, "/count", "k-1", {})
    with bind_schema("t_alpha"):
        IdempotencyRecord.objects.filter(key="k-1").update(status=None, body=None, locked_at=moment)
    with use_clock(FixedClock(moment + timedelta(seconds=60))):
        waiting = post(client, "/count", "k-1", {})
        assert (waiting.status_code, waiting.json()["code"]) == (409, "in_progress")
        assert count_effects() == 1
    with use_clock(FixedClock(moment + timedelta(seconds=61))):
        taken = post(client, "/count", "k-1", {})
    assert (taken.status_code, "Idempotency-Replayed" in taken.headers) == (201, False)
    assert count_effects() == 2
    assert post(client, "/count", "k-1", {}).content == taken.content


def test_a_failure_of_ours_is_not_kept() -> None:
    from kernel.tests.urls_problems import DoorViewSet

    DoorViewSet.broken.clear()
    client = ApiClient("alpha")
    assert post(client, "/break", "k-1").status_code == 500
    assert post(client, "/break", "k-1").status_code == 201
    assert post(client, "/break", "k-1").headers["Idempotency-Replayed"] == "true"
    assert count_effects() == 1


def test_an_answer_too_large_to_keep_is_not_kept() -> None:
    client = ApiClient("alpha")
    for _ in range(2):
        assert "Idempotency-Replayed" not in post(client, "/large", "k-1").headers
    assert count_effects() == 2


def test_a_log_in_is_never_replayed_without_its_cookie(settings: Any) -> None:
    settings.ROOT_URLCONF = "config.urls_tenant"
    for _ in range(2):
        client = ApiClient("alpha")
        answer = post(client, "/session", "k-1", {"username": "clinician", "password": PASSWORD})
        assert (answer.status_code, "jieli_session" in answer.cookies) == (200, True)


def test_keys_and_addresses_of_any_length() -> None:
    client = ApiClient("alpha")
    assert post(client, "/count", "k" * 100).status_code == 201
    assert post(client, "/count", "k" * 101).status_code == 422
    assert post(client, "/nothing/" + "x" * 400, "k-1").status_code == 404
    assert count_effects() == 1


@pytest.mark.req("C11b")
def test_two_at_once_have_one_effect(in_committed: Any, settings: Any) -> None:
    def send() -> tuple[int, str]:
        client = Client(headers={"host": "floor.test"}, raise_request_exception=False)
        answer = client.post(
            "/api/v1/count", "{}", content_type="application/json", headers={"Idempotency-Key": "k-1"}
        )
        return answer.status_code, answer.headers.get("Idempotency-Replayed", "")

    answers = [each.result() for each in [work_in_thread(in_committed.schema_name, send) for _ in range(4)]]
    assert answers.count((201, "")) == 1
    assert set(answers) <= {(201, ""), (201, "true"), (409, "")}
    with bind_schema(in_committed.schema_name):
        assert OutboxEvent.objects.filter(type="test.counted").count() == 1
    connections["owner"].close()
