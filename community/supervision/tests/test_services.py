from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

from community.supervision import ports
from community.supervision.models import TownshipIndicator
from community.supervision.services import refresh_all
from community.supervision.tests.factories import Source, counts, refresh
from kernel import clock
from kernel.tenancy import bind_schema, bound_schema

pytestmark = pytest.mark.req("D6")


def stored(tenant: str = "alpha") -> dict[tuple[str, str, str], int]:
    with bind_schema("public"):
        rows = TownshipIndicator.objects.filter(tenant_code=tenant).order_by("pk")
        return {
            (f"{row.month:%Y-%m}", row.institution_code, row.township_code): row.discharged for row in rows
        }


@pytest.fixture
def wired() -> Iterator[Source]:
    before = (ports._source, ports._definitions)
    source = Source(counts(discharged=3))
    ports.connect(source=source, definitions={"discharged": "当月出院"})
    yield source
    ports._source, ports._definitions = before


def test_without_a_tenant_nothing_is_computed(db: None, wired: Source) -> None:
    class Nowhere:
        schema_name, code, name = "public", "alpha", "甲"

    with pytest.raises(RuntimeError, match="while their tenant is bound"):
        refresh(Nowhere)
    with bind_schema("public"), pytest.raises(RuntimeError, match="while their tenant is bound"):
        refresh_all()
    assert wired.asked == []


def test_an_unwired_port_says_where_to_wire_it(in_alpha: Any, wired: Source) -> None:
    ports._source = ports._definitions = None
    with pytest.raises(LookupError, match=r"config/wiring\.py"):
        refresh_all()
    with pytest.raises(LookupError, match=r"config/wiring\.py"):
        ports.definitions()


def test_rows_are_written_with_all_they_hold(alpha: Any, at: Callable[[str], Any]) -> None:
    row = counts(
        discharged=9, routed=8, unrouted=1, tasks_due=7, tasks_done=6, tasks_done_in_window=5, reached=4,
        abnormal=3, handled=2,
    )  # fmt: skip
    with at("2026-11-20 09:30"):
        assert refresh(alpha, row, month=date(2026, 11, 20)) == 1
        now = clock.now()
    with bind_schema("public"):
        (saved,) = TownshipIndicator.objects.filter(tenant_code="alpha").values()
    del saved["id"]
    assert saved == {
        "tenant_code": "alpha", "tenant_name": alpha.name, "county_code": "420583000000",
        "institution_code": "T1", "institution_name": "机构T1", "township_code": "420583106000",
        "township_name": "镇106", "month": date(2026, 11, 1), "computed_at": now, "discharged": 9, "routed": 8,
        "unrouted": 1, "tasks_due": 7, "tasks_done": 6, "tasks_done_in_window": 5, "reached": 4, "abnormal": 3,
        "handled": 2,
    }  # fmt: skip


def test_a_second_run_replaces_and_takes_out_what_is_gone(alpha: Any) -> None:
    refresh(alpha, counts(discharged=1), counts("", institution="H1", discharged=2))
    refresh(alpha, counts(discharged=1), counts("", institution="H1", discharged=2))
    assert stored() == {("2026-11", "T1", "420583106000"): 1, ("2026-11", "H1", ""): 2}
    with bind_schema("public"):
        kept = TownshipIndicator.objects.get(tenant_code="alpha", institution_code="T1").pk
    refresh(alpha, counts(discharged=5), counts("420583108000", institution="T2", discharged=4))
    assert stored() == {("2026-11", "T1", "420583106000"): 5, ("2026-11", "T2", "420583108000"): 4}
    with bind_schema("public"):
        assert TownshipIndicator.objects.get(tenant_code="alpha", institution_code="T1").pk == kept
    refresh(alpha)
    assert stored() == {}


def test_other_months_and_other_tenants_are_left_alone(alpha: Any, beta: Any) -> None:
    refresh(alpha, counts(discharged=1), month=date(2026, 10, 1))
    refresh(beta, counts(discharged=2))
    refresh(alpha, counts(discharged=3))
    refresh(alpha)
    assert stored() == {("2026-10", "T1", "420583106000"): 1}
    assert stored("beta") == {("2026-11", "T1", "420583106000"): 2}


def test_writing_is_one_statement(alpha: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(3) as queries:
        refresh(alpha, counts(discharged=1), counts("420583108000", institution="T2"))
    # A savepoint, the statement, its release.
    assert sum("INSERT" in query["sql"] for query in queries.captured_queries) == 1


@pytest.mark.parametrize(
    ("months", "asked"),
    [
        (None, [date(2026, 11, 1), date(2026, 10, 1), date(2026, 9, 1)]),
        (["2026-08"], [date(2026, 8, 1)]),
    ],
)
def test_the_job_knows_its_tenant_from_the_binding(
    in_alpha: Any, wired: Source, at: Callable[[str], Any], months: Any, asked: list[date]
) -> None:
    with at("2026-11-20 09:30"):
        assert refresh_all(months=months) == len(asked)
    assert bound_schema() == "t_alpha"
    assert wired.asked == asked
    assert set(stored()) == {(f"{month:%Y-%m}", "T1", "420583106000") for month in asked}
    assert stored("beta") == {}
    with bind_schema("public"):
        row = TownshipIndicator.objects.filter(tenant_code="alpha").first()
    assert row is not None
    assert (row.tenant_name, row.county_code) == (in_alpha.name, "420583000000")
