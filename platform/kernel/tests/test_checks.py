"""Default deny at start-up: a route that says nothing about rights is found before the first request."""

from typing import Any

import pytest
from django.core import checks

pytestmark = pytest.mark.req("C16")


def test_an_action_without_a_function_stops_the_start(settings: Any) -> None:
    settings.ROOT_URLCONF = "kernel.tests.urls_undeclared"
    found = checks.run_checks(tags=[checks.Tags.security])
    ours = sorted((e.id, e.msg) for e in found if e.id and e.id.startswith("kernel."))
    assert ours == [
        ("kernel.E001", "api/v1/pattern$: an API route must be an ApiViewSet"),
        ("kernel.E001", "api/v1/plain: an API route must be an ApiViewSet"),
        ("kernel.E002", "HalfViewSet.empty (api/v1/half) declares no function"),
        ("kernel.E002", "HalfViewSet.forgotten (api/v1/half) declares no function"),
    ]
    assert all(e.level == checks.ERROR for e in found if e.id and e.id.startswith("kernel."))


def test_the_public_host_is_checked_too(settings: Any) -> None:
    settings.PUBLIC_SCHEMA_URLCONF = "kernel.tests.urls_undeclared"
    found = checks.run_checks(tags=[checks.Tags.security])
    assert len([e for e in found if e.id and e.id.startswith("kernel.")]) == 4


def test_the_real_routes_pass() -> None:
    found = checks.run_checks(tags=[checks.Tags.security])
    assert [e for e in found if e.id and e.id.startswith("kernel.")] == []


def test_an_undeclared_action_is_denied_even_if_it_runs(settings: Any, db: None) -> None:
    from tests.cast import ApiClient

    settings.ROOT_URLCONF = "kernel.tests.urls_undeclared"
    assert ApiClient("alpha").get("/half").status_code == 200
    assert ApiClient("alpha").post("/half").json()["code"] == "not_authenticated"
    for method in ("POST", "PUT", "OPTIONS"):
        answer = ApiClient("alpha", "clinician").send(method, "/half")
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed"), method
