"""Host name → tenant: the first door. A wrong answer here would show one hospital to another."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from kernel.tenancy import backend, bind_schema, bound_schema
from tenants.registry import middleware, selectors
from tenants.registry.models import Domain, HealthBureau, Tenant, TenantStatus
from tests.cast import ApiClient

pytestmark = pytest.mark.req("D1")


@pytest.fixture(autouse=True)
def fresh_hosts(db: None) -> Iterator[None]:
    middleware.forget_hosts()
    yield
    middleware.forget_hosts()


def visit(host: str, **headers: str) -> Any:
    client = Client(raise_request_exception=False)
    return client.get("/api/v1/session", headers={"host": host, **headers})


def problem(answer: Any) -> tuple[int, str, str]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["X-Request-Id"]
    return answer.status_code, answer.json()["code"], answer.json()["detail"]


@pytest.mark.parametrize(
    "host", ["alpha.test", "ALPHA.Test", "alpha.test:8000", "alpha.test.", "Alpha.test.:443"]
)
def test_case_port_and_trailing_dot_do_not_matter(host: str) -> None:
    assert visit(host).json()["tenant"]["code"] == "alpha"


@pytest.mark.parametrize(
    "host",
    ["nowhere.test", "alpha.test.evil.example", "xalpha.test", "alpha", "127.0.0.2", "[::2]", "[::2]:8000"],
)
def test_an_unknown_host_is_nobodys(host: str) -> None:
    assert problem(visit(host)) == (404, "not_found", "没有使用此地址的机构，请核对网址")


@pytest.mark.parametrize(
    "host", ["alpha.test/../x", "alpha test", "a@alpha.test", "alpha..test:x", "al'pha.test"]
)
def test_a_host_that_is_no_name_is_refused(host: str) -> None:
    assert problem(visit(host))[0] in {400, 404}


@pytest.mark.parametrize(
    "header", ["X-Forwarded-Host", "X-Forwarded-Server", "Forwarded", "X-Host", "X-Original-Host"]
)
def test_no_other_header_names_the_tenant(header: str) -> None:
    assert visit("alpha.test", **{header: "beta.test"}).json()["tenant"]["code"] == "alpha"
    assert visit("nowhere.test", **{header: "beta.test"}).status_code == 404


def test_the_public_host_is_the_bureaus(settings: Any) -> None:
    body = visit("LOCALHOST:8000").json()
    assert (body["realm"], body["tenant"]) == ("bureau", None)
    settings.JIELI_PUBLIC_HOSTS = ["[::1]"]
    assert visit("[::1]:8000").json()["realm"] == "bureau"
    assert visit("[::1]").json()["realm"] == "bureau"


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (TenantStatus.SUSPENDED, (403, "tenant_suspended", "该机构的服务已停用，请联系卫健局")),
        (TenantStatus.PROVISIONING, (503, "tenant_provisioning", "该机构正在开通，请稍后再试")),
    ],
)
def test_a_tenant_that_is_not_active_serves_nobody(status: str, answer: tuple[int, str, str]) -> None:
    client = ApiClient("alpha", "clinician")
    assert client.get("/session").json()["authenticated"] is True
    Tenant.objects.filter(code="alpha").update(status=status)
    middleware.forget_hosts()
    assert problem(client.get("/session")) == answer
    assert problem(client.post("/session", {})) == answer
    assert visit("beta.test").status_code == 200


def test_after_any_request_nothing_is_bound() -> None:
    for host, path in (
        ("alpha.test", "/api/v1/session"),
        ("alpha.test", "/api/v1/nothing"),
        ("nowhere.test", "/"),
    ):
        Client(raise_request_exception=False).get(path, headers={"host": host})
        assert bound_schema() == "public"
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('role'), current_setting('search_path')")
            assert cursor.fetchone() == ("none", '"public"')


def test_a_known_host_costs_no_query_and_forgets_in_time(
    django_assert_num_queries: Any, monkeypatch: Any
) -> None:
    with django_assert_num_queries(1):
        assert middleware.find_tenant("alpha.test") == middleware.find_tenant("alpha.test")
    with django_assert_num_queries(1):
        assert middleware.find_tenant("nowhere.test") is None
        assert middleware.find_tenant("nowhere.test") is None
    moment = middleware.time.monotonic()
    monkeypatch.setattr(middleware.time, "monotonic", lambda: moment + 31)
    with django_assert_num_queries(1):
        assert middleware.find_tenant("alpha.test") is not None


def test_invented_hosts_do_not_fill_the_memory(monkeypatch: Any) -> None:
    monkeypatch.setattr(middleware, "_MAX_HOSTS", 20)
    for n in range(65):
        assert middleware.find_tenant(f"x{n}.test") is None
        assert len(middleware._cache) <= 20
    assert middleware.find_tenant("alpha.test") is not None


def test_the_lookup_itself_is_never_made_in_a_tenant(alpha: Any) -> None:
    """A tenant's role cannot read the registry: the look-up must go back to public by itself."""
    backend().set_schema(alpha.schema_name)
    try:
        assert middleware.find_tenant("beta.test") is not None
    finally:
        backend().set_schema_to_public()


# --- selectors ------------------------------------------------------------------------------------


def test_selectors_work_whatever_is_bound(in_alpha: Any) -> None:
    assert selectors.list_active_schemas()[:2] == ["t_alpha", "t_beta"]
    tenant = selectors.get_tenant_by_code("beta")
    assert tenant is not None
    assert tenant.schema_name == "t_beta"
    assert selectors.get_tenant_by_code("nobody") is None
    found = selectors.tenant_of_schema("t_beta")
    assert found is not None
    assert (found.code, found.kind, found.status) == ("beta", "tertiary_hospital", "active")
    assert selectors.tenant_of_schema("t_nobody") is None
    assert bound_schema() == "t_alpha"


def test_a_suspended_tenant_is_worked_for_no_more() -> None:
    Tenant.objects.filter(code="beta").update(status=TenantStatus.SUSPENDED)
    assert "t_beta" not in selectors.list_active_schemas()
    assert selectors.find_schema_by_facility(["HIS-BETA"]) is None


def test_the_sender_names_one_tenant_or_none() -> None:
    assert selectors.find_schema_by_facility(["HIS-ALPHA"]) == "t_alpha"
    assert selectors.find_schema_by_facility(["UNKNOWN", "HIS-BETA"]) == "t_beta"
    assert selectors.find_schema_by_facility(["his-alpha"]) is None
    assert selectors.find_schema_by_facility(["HIS", ""]) is None
    assert selectors.find_schema_by_facility([]) is None
    Tenant.objects.filter(code="beta").update(sending_facilities=["HIS-BETA", "HIS-ALPHA"])
    assert selectors.find_schema_by_facility(["HIS-ALPHA"]) is None, "two claim the name: neither may get it"


def test_tenants_of_a_bureau(db: None) -> None:
    bureau = HealthBureau.objects.get(code="zhijiang")
    assert [t.code for t in selectors.tenants_of_bureau(bureau.pk)] == ["alpha", "beta"]
    assert selectors.tenants_of_bureau(0) == []
    with bind_schema("public"):
        from accounts.models import StaffAccount

        account = StaffAccount.objects.get(username="bureau")
    assert selectors.bureau_of_account(account.pk) == bureau.pk
    assert selectors.bureau_of_account(0) is None


def test_a_host_belongs_to_one_tenant(db: None) -> None:
    assert set(Domain.objects.filter(domain="alpha.test").values_list("tenant__code", flat=True)) == {"alpha"}
