from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

from community.supervision import ports
from community.supervision.tests.factories import Source, counts, refresh
from kernel.tenancy import bind_schema

pytestmark = pytest.mark.req("D6")
DEFINITIONS = {"discharged": "当月出院的住院人次", "unrouted": "居住地归属尚未确定的"}


@pytest.fixture(autouse=True)
def wired(at: Callable[[str], Any]) -> Iterator[None]:
    before = (ports._source, ports._definitions)
    ports.connect(source=Source(), definitions=DEFINITIONS)
    with at("2026-11-20 09:30"):
        yield
    ports._source, ports._definitions = before


@pytest.fixture
def other_bureau(db: None) -> Any:
    """A second county, with an administrator of its own and tenant beta."""
    from access.actor import SYSTEM
    from access.services import assign_role
    from accounts.services import create_account
    from tenants.registry.models import BureauMembership, HealthBureau, Tenant
    from tests.cast import PASSWORD

    with bind_schema("public"):
        bureau = HealthBureau.objects.create(
            code="yichang", name="宜昌市卫健委", division_code="420500000000"
        )
        Tenant.objects.filter(code="beta").update(bureau=bureau)
        account = create_account(username="bureau2", name="另一卫健局", password=PASSWORD)
        BureauMembership.objects.create(account=account, bureau=bureau)
        assign_role(actor=SYSTEM, account=account, role="bureau_admin")
    return bureau


@pytest.mark.parametrize("path", ["/supervision/overview", "/supervision/tenants"])
def test_a_stranger_is_asked_to_log_in(api: Any, path: str) -> None:
    assert api("public").get(path).status_code == 401


@pytest.mark.parametrize("path", ["/supervision/overview", "/supervision/tenants"])
def test_an_account_without_the_function_is_refused(api: Any, path: str) -> None:
    from access.models import RoleAssignment

    with bind_schema("public"):
        RoleAssignment.objects.filter(account__username="bureau").delete()
    assert api("public", "bureau").get(path).status_code == 403


@pytest.mark.parametrize("path", ["/supervision/overview", "/supervision/tenants"])
def test_an_administrator_of_no_bureau_is_told_so(api: Any, path: str) -> None:
    from tenants.registry.models import BureauMembership

    with bind_schema("public"):
        BureauMembership.objects.all().delete()
    answer = api("public", "bureau").get(path)
    assert (answer.status_code, answer.json()["code"]) == (403, "no_bureau")
    assert "联系平台管理员" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("month", "code"),
    [
        ("2026-12", "month_in_future"), ("2027-01", "month_in_future"), ("2026-13", "invalid_month"),
        ("2026-11-01", "invalid_month"), ("", "invalid_month"), ("十一月", "invalid_month"),
    ],
)  # fmt: skip
def test_a_month_that_cannot_be_shown(api: Any, month: str, code: str) -> None:
    answer = api("public", "bureau").get("/supervision/overview", month=month)
    assert answer.status_code == 422
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("?month", code)]


def test_an_unknown_parameter_is_refused(api: Any) -> None:
    assert api("public", "bureau").get("/supervision/overview", county="1").status_code == 422
    assert api("public", "bureau").get("/supervision/tenants", month="2026-11").status_code == 422


def test_an_empty_month_shows_zeros(api: Any) -> None:
    answer = api("public", "bureau").get("/supervision/overview", month="2026-10")
    assert answer.json() == {
        "month": "2026-10",
        "funnel": {"discharged": 0, "routed": 0, "unrouted": 0, "reached": 0, "abnormal": 0, "handled": 0},
        "definitions": DEFINITIONS,
        "townships": [],
    }


def test_the_county_in_a_month(api: Any, alpha: Any, beta: Any, django_assert_num_queries: Any) -> None:
    refresh(
        alpha,
        counts("", institution="H1", discharged=2, unrouted=2),
        counts("outside", institution="H1", discharged=1, routed=1),
        counts("420583108000", institution="T2", discharged=4, routed=4, tasks_due=0),
        counts(
            "420583106000", institution="T1", discharged=10, routed=10, tasks_due=8, tasks_done=6,
            tasks_done_in_window=5, reached=7, abnormal=3, handled=2,
        ),
    )  # fmt: skip
    refresh(
        beta,
        counts("420583106000", institution="", discharged=1, routed=1, tasks_due=3, tasks_done=1, reached=2),
    )
    refresh(alpha, counts(discharged=99), month=date(2026, 10, 1))
    client = api("public", "bureau")
    client.get("/supervision/overview")
    with django_assert_num_queries(4):  # account, bureau, its tenants, their rows
        answer = client.get("/supervision/overview")
    body = answer.json()
    assert body["month"] == "2026-11"
    assert body["funnel"] == {
        "discharged": 18, "routed": 16, "unrouted": 2, "reached": 9, "abnormal": 3, "handled": 2
    }  # fmt: skip
    assert [(row["tenant_code"], row["township_code"]) for row in body["townships"]] == [
        ("alpha", "420583106000"), ("beta", "420583106000"), ("alpha", "420583108000"), ("alpha", "outside"),
        ("alpha", ""),
    ]  # fmt: skip
    assert body["townships"][0] == {
        "tenant_code": "alpha", "township_code": "420583106000", "township_name": "镇106",
        "institution_name": "机构T1", "discharged": 10, "routed": 10, "unrouted": 0, "tasks_due": 8,
        "tasks_done": 6, "reached": 7, "abnormal": 3, "handled": 2, "rate_done": 0.75,
    }  # fmt: skip
    assert body["townships"][1]["institution_name"] is None
    assert body["townships"][2]["rate_done"] is None
    assert body["townships"][4]["township_name"] == "归属待确认"


@pytest.mark.req("D1")
def test_a_bureau_sees_its_own_tenants_only(api: Any, alpha: Any, beta: Any, other_bureau: Any) -> None:
    refresh(alpha, counts(discharged=1))
    refresh(beta, counts(discharged=2))
    ours, theirs = api("public", "bureau"), api("public", "bureau2")
    assert ours.get("/supervision/overview").json()["funnel"]["discharged"] == 1
    assert theirs.get("/supervision/overview").json()["funnel"]["discharged"] == 2
    assert [row["code"] for row in ours.get("/supervision/tenants").json()["items"]] == ["alpha"]
    assert [row["code"] for row in theirs.get("/supervision/tenants").json()["items"]] == ["beta"]


def test_tenants_say_when_they_were_counted(
    api: Any, alpha: Any, beta: Any, django_assert_num_queries: Any
) -> None:
    refresh(alpha, counts(discharged=1))
    refresh(alpha, counts(discharged=1), month=date(2026, 10, 1))
    client = api("public", "bureau")
    client.get("/supervision/tenants")
    with django_assert_num_queries(4):
        answer = client.get("/supervision/tenants")
    assert answer.json() == {
        "items": [
            {
                "code": "alpha", "name": alpha.name, "kind": "community", "status": "active",
                "computed_at": "2026-11-20T01:30:00+00:00",
            },
            {
                "code": "beta", "name": beta.name, "kind": "tertiary_hospital", "status": "active",
                "computed_at": None,
            },
        ]
    }  # fmt: skip


def test_a_tenants_host_does_not_serve_the_county(api: Any) -> None:
    assert api("alpha", "operations").get("/supervision/overview").status_code == 404


def test_no_column_can_hold_a_person(db: None) -> None:
    from community.supervision.models import TownshipIndicator

    names = {field.name for field in TownshipIndicator._meta.get_fields()}
    assert not [
        n for n in names if any(word in n for word in ("patient", "person", "phone", "id_no", "staff"))
    ]
