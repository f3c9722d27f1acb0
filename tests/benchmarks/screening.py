"""B1: screening. `python -m tests.benchmarks.screening --scale tiny|small|full`

product   followup.screening.services.run_screening as it ships
floor     one INSERT … SELECT by hand for exactly these programmes, from rule tables made for it beforehand: same rows,
          tables, indexes, owners and reason bytes; no conflict handling, no watermark, no generality
peer      the stock way: ORM loop over a sample of encounters and all programmes, bulk_create; extrapolated

Scenarios: the first run over everything; a re-run with nothing new, by watermark and again with the watermarks taken
away, against the floor with an anti-join; one day's new encounters among all; discharges one at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.benchmarks import harness
from tests.benchmarks.harness import Result, Subject, say
from tests.benchmarks.screening_floor import NOW, TODAY, fill_floor_tables, run_floor
from tests.benchmarks.screening_peer import run_peer


@dataclass(frozen=True, slots=True)
class Size:
    encounters: int
    programmes: int
    passes: int
    peer_sample: int
    oracle_sample: int  # encounters that the oracle checks
    # The youngest age of a diagnosis and of an operation programme: how many stays qualify. At full scale about one
    # stay in two is enrolled, as under 200 specialty programmes; the small scales take more, to have rows.
    ages: tuple[int, int] = (86, 70)
    # The checker has already run product and floor whole; where a pass takes minutes that was the warm-up.
    warm_up: int = 1


EVENTS = 200
SIZES = {
    "tiny": Size(2_000, 10, 5, 200, 2_000),
    "small": Size(100_000, 50, 5, 100, 20_000),
    "full": Size(1_000_000, 200, 5, 100, 10_000, ages=(94, 88), warm_up=0),
}
_STEPS: list[dict[str, Any]] = [
    {"code": "d3", "name": "三天电话", "day": 3, "window": [-1, 2], "channel": ["T"], "owner": "hospital"},
    {
        "code": "d14",
        "name": "两周随访",
        "day": 14,
        "window": [-2, 3],
        "channel": ["W", "T"],
        "owner": "community",
    },
    {
        "code": "d30",
        "name": "一月随访",
        "day": 30,
        "window": [-5, 7],
        "channel": ["T", "V"],
        "owner": "community",
    },
    {"code": "d90", "name": "三月面访", "day": 90, "window": [-7, 14], "channel": ["V"], "owner": "centre"},
]


def make_programmes(count: int, ages: tuple[int, int]) -> None:
    """Eight in ten by diagnosis and age, one by operation (one step counts from it), one by department and age."""
    from followup.screening.tests.population import OPERATION_STEMS, STEMS
    from followup.screening.tests.programme_kit import INPATIENT, make_programme

    categories = sorted({stem[:3] for stem in STEMS})
    for i in range(count):
        steps = _STEPS
        if i % 10 == 8:
            codes = [OPERATION_STEMS[i % 12], OPERATION_STEMS[(i + 5) % 12]]
            extra = [
                {"field": "operation", "op": "prefix_in", "value": codes},
                {"field": "age", "op": "gte", "value": ages[1] + i % (90 - ages[1])},
            ]
            steps = [*_STEPS[:3], {**_STEPS[3], "anchor": "operation"}]
        elif i % 10 == 9:
            low = 10 * (i // 10 % 9)
            extra = [
                {"field": "age", "op": "between", "value": [low, low + 1]},
                {"field": "department", "op": "in", "value": [f"D{i // 10 % 8}"]},
            ]
        else:
            codes = [categories[i % len(categories)], categories[(i * 7 + 3) % len(categories)]]
            extra = [
                {"field": "diagnosis", "op": "stem_in", "value": codes},
                {"field": "age", "op": "gte", "value": ages[0] + i % (96 - ages[0])},
            ]
        make_programme(f"bench{i:03d}", {"all": [INPATIENT, *extra]}, steps=steps)


# --- Starting points and the checker --------------------------------------------------------------------------------
def clear(schema: str) -> None:
    from django.db import connections
    from psycopg import sql

    tables = (
        "worklist_task",
        "programmes_enrolment",
        "screening_screeningwatermark",
        "screening_screeningrun",
    )
    with connections["owner"].cursor() as cursor:
        names = sql.SQL(", ").join(sql.Identifier(schema, table) for table in tables)
        cursor.execute(sql.SQL("TRUNCATE {} CASCADE").format(names))
    harness.settle()


def run_product() -> int:
    from access.actor import SYSTEM
    from followup.screening.services import run_screening

    run = run_screening(actor=SYSTEM)
    return run.enrolled + run.tasks_made


def screen_one(encounter_id: int) -> int:
    from followup.screening.services import screen_encounter

    return screen_encounter(encounter_id=encounter_id)


def forget_watermarks() -> None:
    from followup.screening.models import ScreeningWatermark

    ScreeningWatermark.objects.all().delete()


_CONTENT = {
    "enrolments": "SELECT encounter_id, programme_id, version_id, patient_id, state, origin, generation, reason"
    " FROM {}",
    "tasks": "SELECT encounter_id, step_id, occurrence, kind, questionnaire_version_id, programme_id, patient_id,"
    " institution_id, department_id,"
    " ward_id, assignee_id, township_code, state, channel, due_on, window_start, window_end, reason FROM {}",
}


def check(schema: str, size: Size) -> list[str]:
    """Product, floor and oracle make the same rows, or nothing is timed. Raises AssertionError."""
    from django.db import connection, connections
    from psycopg import sql

    from followup.programmes.selectors import list_active_versions
    from followup.screening import oracle
    from followup.screening.selectors import iterate_facts

    clear(schema)
    run_product()
    plans = list_active_versions()
    chosen = None if size.oracle_sample >= size.encounters else list(range(1, size.oracle_sample + 1))
    say("product has run; asking the oracle")
    expected = {
        (facts.encounter_id, task.step_id, task.due_on, task.window_start, task.window_end)
        for facts in iterate_facts(chosen)
        for plan in plans
        if oracle.is_eligible(plan, facts)
        for task in oracle.plan_tasks(plan, facts, TODAY)[0]
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT encounter_id, step_id, due_on, window_start, window_end FROM worklist_task"
            " WHERE encounter_id <= %s",
            [size.oracle_sample if chosen else 10**15],
        )
        actual = {tuple(row) for row in cursor.fetchall()}
    assert actual == expected, f"missing {len(expected - actual)}, unexpected {len(actual - expected)}"
    kept = {"enrolments": "programmes_enrolment", "tasks": "worklist_task"}
    with connections["owner"].cursor() as cursor:
        for name, table in kept.items():
            columns = sql.SQL(_CONTENT[name]).format(sql.Identifier(schema, table))
            cursor.execute(sql.SQL("CREATE TEMP TABLE kept_{} AS {}").format(sql.SQL(name), columns))
    clear(schema)
    say("the oracle agrees; now the floor")
    run_floor()
    say("floor has run; comparing")
    notes = [
        f"checked against the oracle: {len(actual)} tasks of {size.oracle_sample} encounters, 0 missing, 0 extra"
    ]
    with connections["owner"].cursor() as cursor:
        for name, table in kept.items():
            columns = sql.SQL(_CONTENT[name]).format(sql.Identifier(schema, table))
            both = sql.SQL(
                "SELECT count(*) FROM (({a} EXCEPT ALL {b}) UNION ALL ({b} EXCEPT ALL {a})) AS different"
            )
            here = sql.SQL("SELECT * FROM {}").format(sql.Identifier(f"kept_{name}"))
            cursor.execute(both.format(a=columns, b=here))
            different = cursor.fetchone()[0]
            assert different == 0, f"{different} {name} differ between product and floor"
            cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(f"kept_{name}")))
            notes.append(f"product and floor made the same {cursor.fetchone()[0]} {name}, reason included")
            cursor.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(f"kept_{name}")))
    return notes


def analyze(schema: str) -> None:
    from django.db import connections
    from psycopg import sql

    tables = ("records_patient", "records_encounter", "records_diagnosis", "records_operation",
              "routing_currentrouting", "programmes_enrolment", "worklist_task")  # fmt: skip
    with connections["owner"].cursor() as cursor:
        for table in tables:
            cursor.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(schema, table)))


def measure(scale: str) -> Result:
    from kernel.clock import FixedClock, use_clock

    size = SIZES[scale]
    with harness.county_tenant() as schema, use_clock(FixedClock(NOW)):
        return _measure(schema, size)


def _measure(schema: str, size: Size) -> Result:
    from django.db import connection, transaction

    from followup.screening.tests.population import make_population

    with transaction.atomic():
        make_programmes(size.programmes, size.ages)
    for first in range(1, size.encounters + 1, 100_000):
        with transaction.atomic():
            make_population(first=first, count=min(100_000, size.encounters), last_day=TODAY - timedelta(1))
        say(f"population: {first + min(100_000, size.encounters) - 1} of {size.encounters}")
    fill_floor_tables(schema)
    analyze(schema)
    notes = check(schema, size)

    def fresh() -> None:
        clear(schema)

    first_run = harness.compare(
        "first run",
        [
            Subject("product", run_product, fresh),
            Subject("floor", run_floor, fresh),
            Subject("product again (A/A)", run_product, fresh),
            Subject("peer", lambda: run_peer(size.peer_sample), fresh, size.encounters / size.peer_sample),
        ],
        passes=size.passes,
        warm_up=size.warm_up,
    )
    notes.append(
        f"peer: run on {size.peer_sample} encounters, its seconds multiplied by {size.encounters / size.peer_sample:g}"
    )
    clear(schema)
    run_product()
    analyze(schema)
    rerun = harness.compare(
        "nothing new",
        [
            Subject("product", run_product),
            Subject("product, no marks", run_product, forget_watermarks),
            Subject("anti-join floor", lambda: run_floor(anti_join=True)),
        ],
        passes=size.passes,
        warm_up=size.warm_up,
    )
    start, count = size.encounters + 1, size.encounters // 100
    with transaction.atomic():
        make_population(first=start, count=count, last_day=TODAY, days=1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(revision) FROM records_encounter WHERE id >= %s", [start])
        mark = cursor.fetchone()[0]

    def new_day() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM worklist_task WHERE encounter_id >= %s", [start])
            cursor.execute("DELETE FROM programmes_enrolment WHERE encounter_id >= %s", [start])
            cursor.execute("UPDATE screening_screeningwatermark SET revision = %s", [mark])

    day = harness.compare(
        "one day's new",
        [
            Subject("product", run_product, new_day),
            Subject("floor", lambda: run_floor(first=start), new_day),
        ],
        passes=size.passes,
    )
    notes.append(f"one day: {count} new encounters among {size.encounters}, {day.seconds('product'):.3f} s")
    ids = range(start, start + min(count, EVENTS))

    def one_by_one(screen: Callable[[int], int]) -> Callable[[], int]:
        return lambda: sum(screen(pk) for pk in ids)

    event = harness.compare(
        "one discharge at a time",
        [
            Subject("product", one_by_one(screen_one), new_day),
            Subject("floor", one_by_one(lambda pk: run_floor(first=pk, last=pk)), new_day),
        ],
        passes=size.passes,
    )
    milliseconds = 1000 * event.seconds("product") / len(ids)
    notes.append(
        f"one discharge × {size.programmes} programmes: {milliseconds:.1f} ms, of {len(ids)} in turn"
    )
    return Result(
        ratios={
            "first_run_to_floor": first_run.ratio("product", "floor"),
            "peer_to_product": first_run.ratio("peer", "product"),
            "nothing_new_to_anti_join": rerun.ratio("product", "anti-join floor"),
            "nothing_new_no_marks_to_anti_join": rerun.ratio("product, no marks", "anti-join floor"),
            "day_to_floor": day.ratio("product", "floor"),
            "event_to_floor": event.ratio("product", "floor"),
            "event_ms": milliseconds,
        },
        counters={
            "first_run": first_run.counters("product"),
            "first_run_floor": first_run.counters("floor"),
            "nothing_new": rerun.counters("product"),
            "day": day.counters("product"),
        },
        aa=first_run.ratio("product again (A/A)", "product"),
        scenarios=(first_run, rerun, day, event),
        notes=notes,
    )


if __name__ == "__main__":
    harness.main("screening", measure)
