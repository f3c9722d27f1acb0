"""A small month with values computed by hand, and the identities that hold in any month (standards 4.5)."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import pytest

from access.actor import SYSTEM
from community.supervision.contracts import TownshipCounts
from followup.review.tests.factories import (
    make_encounter,
    make_escalation,
    make_patient,
    make_routing,
    make_task,
)
from followup.statistics import selectors
from kernel.clock import SHANGHAI
from records.models import Encounter
from tests.cast import actor_named

pytestmark = pytest.mark.req("S64", "S85")
NOVEMBER = date(2026, 11, 1)


def day(number: int, month: int = 11) -> date:
    return date(2026, month, number)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def mid_month(at: Callable[[str], Any]) -> Iterator[None]:
    with at("2026-11-20 09:30"):
        yield


def by_place(rows: list[TownshipCounts]) -> dict[tuple[str, str], TownshipCounts]:
    return {(row.institution_code, row.township_code): row for row in rows}


# --- my_month ---------------------------------------------------------------------------------------


def test_a_stranger_to_every_ward_has_an_empty_month(in_alpha: Any) -> None:
    make_task(day(5), state="done", closed_on=day(5))
    for actor in (SYSTEM, actor_named("admin"), actor_named("other_supervisor"), actor_named("clinician")):
        month = selectors.my_month(actor, NOVEMBER)
        assert (month["due"], month["done"], month["rate_done"], month["rate_on_time"]) == (0, 0, None, None)
        assert sum(entry["done"] for entry in month["days"]) == 0


def test_a_month_by_hand(in_alpha: Any, django_assert_num_queries: Any) -> None:
    make_task(day(1), state="done", closed_on=day(1))
    make_task(day(5), state="done", closed_on=day(7))  # last day of the window
    make_task(day(6), state="done", closed_on=day(9))  # a day late
    make_task(day(8), state="partial", closed_on=day(8))
    make_task(day(9), state="lost", closed_on=day(9))
    make_task(day(30), state="planned")
    make_task(day(10), state="exempt", closed_on=day(10))
    make_task(day(11), state="cancelled")
    make_task(day(31, 10), state="done", closed_on=day(1))  # October's task, November's work
    make_task(day(1, 12), state="done", closed_on=day(19))  # December's task, November's work
    actor = actor_named("doctor")
    with django_assert_num_queries(1):
        month = selectors.my_month(actor, day(20))
    assert month["due"] == 6
    assert month["done"] == 3
    assert month["done_in_window"] == 2
    assert month["rate_done"] == 0.5
    assert month["rate_on_time"] == 0.3333
    assert len(month["days"]) == 20
    assert month["days"][0] == {"day": "2026-11-01", "done": 2}
    assert {entry["day"]: entry["done"] for entry in month["days"] if entry["done"]} == {
        "2026-11-01": 2, "2026-11-07": 1, "2026-11-09": 1, "2026-11-19": 1
    }  # fmt: skip


def test_a_past_month_has_all_its_days_and_a_future_one_none(in_alpha: Any) -> None:
    actor = actor_named("doctor")
    assert len(selectors.my_month(actor, day(1, 10))["days"]) == 31
    assert selectors.my_month(actor, day(1, 12))["days"] == []


@pytest.mark.parametrize(
    ("who", "expected"), [("doctor", 1), ("supervisor", 1), ("operations", 2), ("clinician", 1)]
)
def test_each_tier_counts_its_own_places(in_alpha: Any, who: str, expected: int) -> None:
    make_task(day(5), ward="W41")
    make_task(day(5), ward="W31")
    make_task(day(5), ward="TEAM", clinic="T1")
    make_task(day(5), ward="TEAM", clinic="T2")
    assert selectors.my_month(actor_named(who), NOVEMBER)["due"] == expected


@pytest.mark.parametrize("who", ["doctor", "supervisor", "operations", "clinician", "admin"])
def test_the_workbench_shows_the_same_month(in_alpha: Any, who: str) -> None:
    from followup.worklist.selectors import get_workbench

    for number in range(1, 25):
        state = ("done", "partial", "planned", "lost", "exempt", "cancelled")[number % 6]
        closed = day(min(number + number % 4, 20)) if state in {"done", "partial", "lost"} else None
        make_task(day(number), ward=("W41", "W31")[number % 2], state=state, closed_on=closed)
    actor = actor_named(who)
    shown = get_workbench(actor)["month"]
    days = [{"day": str(entry["day"]), "done": entry["done"]} for entry in shown["days"]]
    assert {**shown, "days": days} == selectors.my_month(actor, NOVEMBER)


# --- township_counts ----------------------------------------------------------------------------------


def routed_stay(discharged_on: date, **routing: Any) -> Encounter:
    patient = make_patient()
    stay = make_encounter(patient, discharged_on)
    make_routing(patient, **routing)
    return stay


@pytest.mark.req("D6")
def test_townships_by_hand(in_alpha: Any, django_assert_num_queries: Any) -> None:
    first = routed_stay(day(1))
    routed_stay(day(30), state="manual")
    routed_stay(day(3), township="420583108", clinic="T2", state="auto_flagged")
    routed_stay(day(4), state="unresolved")
    routed_stay(day(5), state="outside")
    make_encounter(make_patient(), day(6))  # routing has not looked at it yet
    routed_stay(day(31, 10))
    routed_stay(day(1, 12))
    make_encounter(make_patient(), day(7), disposition="death")
    make_encounter(make_patient(), day(7), kind="outpatient")
    make_encounter(make_patient(), day(7), status="cancelled")

    team: dict[str, Any] = {
        "ward": "TEAM", "clinic": "T1", "township_code": "420583106000", "patient": first.patient,
    }  # fmt: skip
    make_task(day(8), state="done", closed_on=day(8), reached=True, level="E0", **team)
    late = make_task(day(9), state="done", closed_on=day(15), reached=True, level="E2", **team)
    make_escalation(late, opened_at=instant("2026-11-15 15:00"), closed_at=instant("2026-11-16 16:00"))
    timely = make_task(day(10), state="done", closed_on=day(10), reached=True, level="E3", **team)
    make_escalation(timely, opened_at=instant("2026-11-10 15:00"), closed_at=instant("2026-11-10 15:30"))
    still_open = make_task(day(11), state="done", closed_on=day(11), reached=True, level="E2", **team)
    make_escalation(still_open, opened_at=instant("2026-11-11 15:00"))
    make_task(day(12), state="lost", closed_on=day(12), **team)
    make_task(day(12), state="exempt", closed_on=day(12), **team)
    make_task(day(13), township_code="420583106000", patient=first.patient)  # the hospital's own step

    with django_assert_num_queries(1):
        rows = selectors.township_counts(day(17))
    found = by_place(rows)
    counts = {
        place: tuple(
            getattr(row, name)
            for name in (
                "discharged", "routed", "unrouted", "tasks_due", "tasks_done", "tasks_done_in_window",
                "reached", "abnormal", "handled",
            )
        )
        for place, row in found.items()
    }  # fmt: skip
    assert counts == {
        ("T1", "420583106000"): (2, 2, 0, 5, 4, 3, 4, 3, 1),
        ("T2", "420583108000"): (1, 1, 0, 0, 0, 0, 0, 0, 0),
        ("H1", "420583106000"): (0, 0, 0, 1, 0, 0, 0, 0, 0),
        ("H1", "outside"): (1, 1, 0, 0, 0, 0, 0, 0, 0),
        ("H1", ""): (2, 0, 2, 0, 0, 0, 0, 0, 0),
    }
    assert found["T1", "420583106000"].institution_name == "问安镇卫生院"
    assert found["H1", "outside"].township_name == "县外"
    assert found["H1", ""].township_name == "归属待确认"


@pytest.mark.req("D6")
def test_a_township_is_called_by_its_name(in_alpha: Any) -> None:
    from divisions.models import AdminDivision

    routed_stay(day(1))
    (row,) = selectors.township_counts(NOVEMBER)
    division = AdminDivision.objects.filter(code="420583106000").first()
    assert row.township_name == (division.name if division else "420583106000")


@pytest.mark.req("D6")
def test_a_division_above_the_township_is_no_township(in_alpha: Any) -> None:
    routed_stay(day(1), township="420583000")
    (row,) = selectors.township_counts(NOVEMBER)
    assert (row.township_code, row.discharged, row.routed) == ("", 1, 1)


@pytest.mark.req("D6")
def test_a_patient_outside_has_no_township_of_the_county(in_alpha: Any) -> None:
    stay = routed_stay(day(2), state="outside")
    make_task(day(5), township_code="110101001000", patient=stay.patient)
    (row,) = selectors.township_counts(NOVEMBER)
    assert (row.township_code, row.discharged, row.tasks_due) == ("outside", 1, 1)


@pytest.mark.req("D6")
def test_several_alerts_of_one_task_are_one_abnormal_task(in_alpha: Any) -> None:
    task = make_task(day(5), state="done", closed_on=day(5), level="E2")
    opened = instant("2026-11-05 15:00")
    make_escalation(task, opened_at=opened, closed_at=opened)
    make_escalation(task, opened_at=opened, closed_at=opened)
    (row,) = selectors.township_counts(NOVEMBER)
    assert (row.abnormal, row.handled) == (1, 1)
    make_escalation(task, opened_at=opened)
    (row,) = selectors.township_counts(NOVEMBER)
    assert (row.abnormal, row.handled) == (1, 0)


@pytest.mark.req("D1")
def test_another_tenants_month_is_untouched(in_alpha: Any, beta: Any) -> None:
    from kernel.tenancy import bind_schema

    routed_stay(day(1))
    with bind_schema(beta.schema_name):
        assert selectors.township_counts(NOVEMBER) == []


def test_identities(in_alpha: Any) -> None:
    """Card and county table are the same figures: sums over places equal the whole, parts never pass it."""
    for number in range(1, 25):
        state = ("done", "partial", "planned", "lost", "exempt")[number % 5]
        closed = day(number) if state != "planned" else None
        make_task(day(number), ward=("W41", "W31")[number % 2], state=state, closed_on=closed)
        routed_stay(day(number), state=("auto", "unresolved", "outside")[number % 3])
    rows = [asdict(row) for row in selectors.township_counts(NOVEMBER)]
    total = {name: sum(row[name] for row in rows) for name in rows[0] if isinstance(rows[0][name], int)}
    card = selectors.my_month(actor_named("operations"), NOVEMBER)
    assert total["discharged"] == total["routed"] + total["unrouted"] == 24
    assert (total["tasks_due"], total["tasks_done"], total["tasks_done_in_window"]) == (
        card["due"], card["done"], card["done_in_window"]
    )  # fmt: skip
    assert total["handled"] <= total["abnormal"] <= total["tasks_due"]
    assert total["tasks_done_in_window"] <= total["tasks_done"] <= total["tasks_due"]


@pytest.mark.req("D6")
def test_the_county_table_holds_what_the_tenant_counts(in_alpha: Any) -> None:
    from community.supervision.models import TownshipIndicator
    from community.supervision.services import refresh_indicators
    from kernel.tenancy import bind_schema

    routed_stay(day(1))
    refresh_indicators(
        tenant_code="alpha", tenant_name="甲", county_code="420583000000", month=NOVEMBER,
        source=selectors.township_counts,
    )  # fmt: skip
    with bind_schema("public"):
        (row,) = TownshipIndicator.objects.filter(tenant_code="alpha")
    assert (row.institution_code, row.township_code, row.discharged, row.routed) == (
        "T1",
        "420583106000",
        1,
        1,
    )
