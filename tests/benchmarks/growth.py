"""B7: what grows with what there is already. `python -m tests.benchmarks.growth --scale tiny|small|full`

screening  the same 1,000 new encounters of a day, and the same discharges one at a time, in tenants with more and more
           encounters already screened
lists      page 1 of a ward's list, and closing a task, over HTTP, in tenants with more and more tasks
tenants    what one connection's server process keeps of the tenants that it has served

One tenant for each size, so that the sizes run interleaved like subjects anywhere here. A slope is that of the
logarithm of the time over the logarithm of the size: 0 is flat, 1 is linear. No floor and no peer: the product is
compared with itself.
"""

from __future__ import annotations

import json
import math
import re
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks import harness, worklist_world
from tests.benchmarks.harness import Result, Scenario, Subject, say
from tests.benchmarks.lists import NOW, PAGE, TODAY, make_product
from tests.benchmarks.worklist_world import World, call


@dataclass(frozen=True, slots=True)
class Size:
    screened: tuple[int, ...]  # encounters already screened
    programmes: int
    new: int  # a day's encounters
    events: int  # of them, one at a time, in one pass
    tasks: tuple[int, ...]
    requests: int  # per pass and subject
    passes: int
    tenants: int


SIZES = {
    "tiny": Size((500, 2_000), 5, 100, 5, (1_000, 4_000), 3, 2, 2),
    "small": Size((10_000, 100_000), 50, 1_000, 100, (10_000, 100_000, 1_000_000), 40, 7, 10),
    "full": Size(
        (10_000, 100_000, 1_000_000), 50, 1_000, 100, (10_000, 100_000, 1_000_000, 10_000_000), 40, 7, 100
    ),
}
GOAL_SLOPE = 0.05
GOAL_MEGABYTES = 200  # of one connection that has served 1,000 tenants
_FIRST_NEW = 90_000_001  # the same rows everywhere, whatever came before
_AGES = (86, 70)  # as the small scale of B1: some two tasks for each new encounter


def measure(scale: str) -> Result:
    from kernel.clock import FixedClock, use_clock

    size = SIZES[scale]
    with use_clock(FixedClock(NOW)):
        parts = (measure_screening(size), measure_lists(size), measure_tenants(size))
    scenarios = [one for part in parts for one in part.scenarios]
    return Result(
        ratios={name: value for part in parts for name, value in part.ratios.items()},
        counters={name: value for part in parts for name, value in part.counters.items()},
        aa=statistics.median(control for one in scenarios if (control := control_of(one)) is not None),
        scenarios=scenarios,
        notes=[note for part in parts for note in part.notes],
    )


# --- Slopes -----------------------------------------------------------------------------------------------------
def fit_slope(sizes: Sequence[int], seconds: Sequence[float]) -> float:
    """Least squares through (log size, log seconds)."""
    xs, ys = [math.log(one) for one in sizes], [math.log(one) for one in seconds]
    return statistics.linear_regression(xs, ys).slope


def grow(
    name: str, sizes: Sequence[int], subject: Callable[[int, str], Subject], passes: int
) -> tuple[Scenario, float]:
    """The scenario over the sizes, the largest run twice (A/A); the median of the passes' slopes."""
    labels = [f"{size:,}" for size in sizes]
    subjects = [subject(size, label) for size, label in zip(sizes, labels, strict=True)]
    subjects.append(subject(sizes[-1], f"{labels[-1]} again (A/A)"))
    scenario = harness.compare(name, subjects, passes=passes)
    series = [[sample.seconds for sample in scenario.samples[label]] for label in labels]
    return scenario, statistics.median(fit_slope(sizes, each) for each in zip(*series, strict=True))


def control_of(scenario: Scenario) -> float | None:
    again = next((name for name in scenario.samples if name.endswith(" again (A/A)")), None)
    return scenario.ratio(again, again.removesuffix(" again (A/A)")) if again else None


def tell(scenario: Scenario, slope: float, per_pass: int) -> str:
    figures = ", ".join(
        f"{1000 * scenario.seconds(name) / per_pass:.2f} ms at {name}"
        for name in scenario.samples
        if not name.endswith("(A/A)")
    )
    return f"{scenario.name}: {figures}; slope {slope:.3f}"


def counters_of(scenario: Scenario, per_pass: int = 1) -> dict[str, dict[str, float]]:
    return {
        name: {key: value / per_pass for key, value in scenario.counters(name).items() if key != "wal_bytes"}
        for name in scenario.samples
    }


# --- Screening --------------------------------------------------------------------------------------------------
def measure_screening(size: Size) -> Result:
    from kernel.tenancy import bind_schema
    from tests.benchmarks.screening import run_product, screen_one

    schemas, marks = {}, {}
    for count in size.screened:
        schemas[count] = harness.make_county(f"s{count}")
        with bind_schema(schemas[count]):
            marks[count] = screen_all(schemas[count], count, size)

    def bound(count: int, run: Callable[[], int]) -> Callable[[], int]:
        def once() -> int:
            with bind_schema(schemas[count]):
                return run()

        return once

    def day(count: int, label: str) -> Subject:
        return Subject(label, bound(count, run_product), bound(count, lambda: forget(marks[count])))

    def event(count: int, label: str) -> Subject:
        ids = range(_FIRST_NEW, _FIRST_NEW + size.events)
        run = bound(count, lambda: sum(screen_one(pk) for pk in ids))
        return Subject(label, run, bound(count, lambda: forget(marks[count])))

    days, day_slope = grow(f"a day of {size.new}", size.screened, day, size.passes)
    events, event_slope = grow("one discharge", size.screened, event, size.passes)
    for scenario in (days, events):
        rows = {sample.rows for samples in scenario.samples.values() for sample in samples}
        assert len(rows) == 1, f"{scenario.name}: not the same work everywhere: {rows}"
        assert rows != {0}, f"{scenario.name}: nobody was enrolled"
    return Result(
        ratios={"day_slope": day_slope, "event_slope": event_slope},
        counters={"day": counters_of(days), "event": counters_of(events, size.events)},
        aa=1.0,
        scenarios=[days, events],
        notes=[tell(days, day_slope, 1), tell(events, event_slope, size.events)],
    )


def screen_all(schema: str, count: int, size: Size) -> int:
    """`count` encounters screened by all programmes, then the new ones, not screened; the first new revision."""
    from datetime import timedelta

    from django.db import connection, transaction

    from followup.screening.tests.population import make_population
    from tests.benchmarks.screening import analyze, make_programmes, run_product

    with transaction.atomic():
        make_programmes(size.programmes, _AGES)
    step = min(100_000, count)
    for first in range(1, count + 1, step):
        with transaction.atomic():
            make_population(first=first, count=step, last_day=TODAY - timedelta(1))
    analyze(schema)
    made = run_product()
    say(f"screened: {count} encounters, {made} rows")
    with transaction.atomic():
        make_population(first=_FIRST_NEW, count=size.new, last_day=TODAY, days=1)
    analyze(schema)
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(revision) FROM records_encounter WHERE id >= %s", [_FIRST_NEW])
        return int(cursor.fetchone()[0])


def forget(mark: int) -> int:
    """As before the new encounters were screened."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM worklist_task WHERE encounter_id >= %s", [_FIRST_NEW])
        cursor.execute("DELETE FROM programmes_enrolment WHERE encounter_id >= %s", [_FIRST_NEW])
        cursor.execute("UPDATE screening_screeningwatermark SET revision = %s", [mark])
    return 0


# --- Lists ------------------------------------------------------------------------------------------------------
def measure_lists(size: Size) -> Result:
    from kernel.tenancy import bind_schema

    product = make_product()
    worlds: dict[int, World] = {}
    closable: dict[int, Iterator[int]] = {}
    for count in size.tasks:
        schema = harness.make_county(f"l{count}")
        with bind_schema(schema):
            worlds[count] = worklist_world.build(count, schema)
            closable[count] = iter(choose_tasks(worlds[count], 2 * size.requests * (size.passes + 1)))
        say(f"filled: {count} tasks")

    def page(count: int, label: str) -> Subject:
        def run() -> int:
            for _ in range(size.requests):
                answer = ask(product, worlds[count], "/api/v1/tasks", query=f"state=open&limit={PAGE}")
                assert len(json.loads(answer)["items"]) == PAGE
            return size.requests

        return Subject(label, run)

    def close(count: int, label: str) -> Subject:
        # The last size runs twice in a pass: as many tasks again.
        body = json.dumps({"outcome": "exempt", "reason": "基准", "late_reason": "基准"}).encode()

        def run() -> int:
            for _ in range(size.requests):
                ask(product, worlds[count], f"/api/v1/tasks/{next(closable[count])}/close", body=body)
            return size.requests

        return Subject(label, run)

    pages, page_slope = grow("page 1", size.tasks, page, size.passes)
    closes, close_slope = grow("closing a task", size.tasks, close, size.passes)
    notes = [
        f"{tell(one, slope, size.requests)}, goal {GOAL_SLOPE} {'kept' if slope <= GOAL_SLOPE else 'MISSED'}"
        for one, slope in ((pages, page_slope), (closes, close_slope))
    ]
    return Result(
        ratios={"page_slope": page_slope, "close_slope": close_slope},
        counters={"page": counters_of(pages, size.requests), "close": counters_of(closes, size.requests)},
        aa=1.0,
        scenarios=[pages, closes],
        notes=notes,
    )


def ask(product: Any, world: World, path: str, *, query: str = "", body: bytes | None = None) -> bytes:
    host = f"{world.schema.removeprefix('t_')}.test"
    return call(product, path, query, world.cookie, host=host, body=body)


def choose_tasks(world: World, count: int) -> list[int]:
    """Open tasks of the ward, spread over the whole of its list."""
    from followup.worklist.enums import OPEN_STATES
    from followup.worklist.models import Task

    found = Task.objects.filter(ward_id=world.ward, state__in=OPEN_STATES, lead=None)
    step = max(1, found.count() // count)
    chosen = list(
        found.extra(where=["(id / 5) %% %s = 0"], params=[step]).values_list("pk", flat=True)[:count]
    )
    assert len(chosen) == count, f"{len(chosen)} open tasks for {count} requests"
    return chosen


# --- Tenants ----------------------------------------------------------------------------------------------------
def measure_tenants(size: Size) -> Result:
    """One connection serves tenant after tenant, three requests each; then each of them once more."""
    from django.db import connection

    from kernel.tenancy import bind_schema

    product = make_product()
    worlds = []
    for number in range(size.tenants):
        schema = harness.make_county(f"t{number}")
        with bind_schema(schema):
            worlds.append(worklist_world.hire(schema)[0])
    say(f"provisioned: {size.tenants} tenants")
    connection.close()
    with stay_connected():
        sizes = [read_backend_kilobytes()]
        for world in worlds:
            visit(product, world)
            sizes.append(read_backend_kilobytes())
        for world in worlds:
            visit(product, world)
        again = read_backend_kilobytes()
    each = (sizes[-1] - sizes[1]) / max(1, size.tenants - 1)
    counters = {
        "fresh_kb": sizes[0], "after_1_kb": sizes[1], f"after_{size.tenants}_kb": sizes[-1],
        "after_each_again_kb": again, "kb_per_tenant": round(each, 1),
    }  # fmt: skip
    thousand = (sizes[1] + 999 * each) / 1024
    note = (
        f"one connection: {sizes[0] / 1024:.1f} MB when fresh, {sizes[1] / 1024:.1f} after one tenant,"
        f" {sizes[-1] / 1024:.1f} after {size.tenants}, {again / 1024:.1f} after each once more;"
        f" {each:.0f} KB a tenant; at that rate {thousand:.0f} MB for 1,000 tenants (extrapolated), goal"
        f" {GOAL_MEGABYTES}"
    )
    return Result({}, {"tenants": counters}, 1.0, [], [note])


def visit(product: Any, world: World) -> None:
    for path in ("/api/v1/workbench", "/api/v1/tasks", "/api/v1/tasks/counts"):
        ask(product, world, path)


@contextmanager
def stay_connected() -> Iterator[None]:
    """Else Django closes the connection after CONN_MAX_AGE, and what it kept is gone."""
    from django.db import connection

    kept = connection.settings_dict["CONN_MAX_AGE"]
    connection.settings_dict["CONN_MAX_AGE"] = None
    try:
        yield
    finally:
        connection.settings_dict["CONN_MAX_AGE"] = kept
        connection.close()


def read_backend_kilobytes() -> int:
    """What the connection's server process has allocated for itself; buffers that servers share are not in it. Only of
    a server on this machine (Linux)."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    found = re.search(r"^Anonymous: +(\d+) kB", text, re.MULTILINE)
    assert found, text
    return int(found[1])


if __name__ == "__main__":
    harness.main("growth", measure)
