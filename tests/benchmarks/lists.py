"""B3: the task list over HTTP. `python -m tests.benchmarks.lists --scale tiny|small|full`

product   GET /api/v1/tasks through the whole stack in this process: session, tenant and role binding, account, masking,
          keyset page, trail row
floor     a bare function on one psycopg connection: one hand-written prepared statement, one trail row inserted,
          orjson; the same bytes, no session, no tenant look-up, no account
peer      stock DRF: ModelViewSet, nested serializers with select_related, PageNumberPagination, JSONRenderer under
          django-tenants' own middleware; no masking and no trail

Scenarios: page 1 and page 1,000 of a ward's open tasks. The plans of every filter are checked for a scan of the whole
table as well.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tests.benchmarks import harness
from tests.benchmarks.harness import Result, Subject
from tests.benchmarks.worklist_world import World, build, call


@dataclass(frozen=True, slots=True)
class Size:
    tasks: int
    requests: int  # per pass and subject
    passes: int
    deep_page: int


SIZES = {
    "tiny": Size(20_000, 10, 5, 50),
    "small": Size(300_000, 40, 7, 1_000),
    "full": Size(5_000_000, 40, 7, 1_000),
}
NOW = datetime.fromisoformat("2026-11-20T09:30:00+08:00")
TODAY = date(2026, 11, 20)
PAGE = 50


# --- Subjects ---------------------------------------------------------------------------------------------------
def make_product() -> Any:
    from django.core.handlers.wsgi import WSGIHandler

    return WSGIHandler()


def make_peer() -> Any:
    """The same handler with the stock middleware; the routes are those of lists_peer.py."""
    from django.core.handlers.wsgi import WSGIHandler
    from django.test import override_settings

    with override_settings(
        MIDDLEWARE=[
            "django_tenants.middleware.main.TenantMainMiddleware",
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "tests.benchmarks.lists_peer.PeerRoutes",
        ]
    ):
        return WSGIHandler()


_FLOOR = """
SELECT t.id, t.state, t.due_on, t.window_start, t.window_end, t.channel, t.level, t.township_code, t.reason,
       t.patient_id, (SELECT name FROM programmes_programme WHERE id = t.programme_id),
       (SELECT kind FROM programmes_programme WHERE id = t.programme_id),
       (SELECT name FROM programmes_programmestep WHERE id = t.step_id),
       (SELECT name FROM organization_ward WHERE id = t.ward_id),
       (SELECT name FROM organization_staffmember WHERE id = t.assignee_id),
       p.name_masked, p.sex, p.birth_date, e.main_diagnosis, e.discharged_on, t.kind, t.lead_id,
       (SELECT json_agg(json_build_object('id', m.id::text, 'programme_name', mp.name, 'step_name', ms.name)
                        ORDER BY m.due_on, m.id)
          FROM worklist_task m JOIN programmes_programme mp ON mp.id = m.programme_id
          JOIN programmes_programmestep ms ON ms.id = m.step_id WHERE m.lead_id = t.id)
  FROM worklist_task t
  JOIN records_patient p ON p.id = t.patient_id
  LEFT JOIN records_encounter e ON e.id = t.encounter_id
 WHERE t.state IN ('planned', 'in_progress') AND t.lead_id IS NULL AND t.ward_id = %s AND (t.due_on, t.id) > (%s, %s)
 ORDER BY t.due_on, t.id LIMIT 51
"""
_FLOOR_TRAIL = """
INSERT INTO trail_trailrow (at, actor_id, actor_name, action, object_type, object_id, reason, detail, request_id,
                            address)
VALUES (%s, %s, %s, %s, '', '', '', %s, %s, '127.0.0.1')
"""


def make_floor(world: World) -> tuple[Callable[[date, int], bytes], Callable[[], None]]:
    import orjson
    import psycopg
    from django.db import connections

    from followup.worklist.selectors.townships import township_name
    from kernel.pagination import encode_cursor
    from kernel.postgres.base import tenant_role

    database = connections["default"].settings_dict
    plain = psycopg.connect(
        dbname=database["NAME"], user=database["USER"], password=database["PASSWORD"], host=database["HOST"],
        port=database["PORT"], autocommit=True, prepare_threshold=0,
    )  # fmt: skip
    plain.execute(
        "SELECT set_config('role', %s, false), set_config('search_path', %s, false)",
        [tenant_role(database["NAME"], world.schema), f"{world.schema},public"],
    )
    names = {"420583106000": township_name("420583106000")}
    month_day = (TODAY.month, TODAY.day)
    detail = '{"state": "open", "searched": false, "count": 50}'

    def run(after_day: date, after_id: int) -> bytes:
        rows = plain.execute(_FLOOR, [world.ward, after_day, after_id]).fetchall()
        plain.execute(
            _FLOOR_TRAIL,
            [NOW, world.actor.id, world.actor.name, "worklist.task.listed", detail, uuid.uuid4().hex],
        )
        items = []
        for row in rows[:PAGE]:
            end, born = row[4], row[17]
            late = max((TODAY - end).days, 0)
            items.append({
                "id": str(row[0]), "state": row[1], "overdue": late > 0, "due_on": row[2], "window_start": row[3],
                "window_end": end, "days_overdue": late, "programme_name": row[10], "step_name": row[12],
                "kind": row[11], "step_kind": row[20], "lead_id": row[21], "members": row[22] or [],
                "channel": row[5], "level": row[6] or None,
                "patient": {"id": str(row[9]), "name_masked": row[15], "sex": row[16],
                            "age": TODAY.year - born.year - (month_day < (born.month, born.day))},
                "township_name": names[row[7]], "ward_name": row[13], "assignee_name": row[14],
                "diagnosis": row[18] or None, "discharged_on": row[19], "reason_text": "；".join(row[8]["why"]),
            })  # fmt: skip
        cursor = encode_cursor([rows[PAGE - 1][2], rows[PAGE - 1][0]]) if len(rows) > PAGE else None
        return orjson.dumps({"items": items, "next_cursor": cursor})

    return run, plain.close


# --- Plans ------------------------------------------------------------------------------------------------------
def list_seq_scans(world: World) -> list[str]:
    """Filters, and counts, whose plan reads the whole task table: the statements themselves are explained."""
    from followup.worklist.policy import visible_to
    from followup.worklist.selectors import count_tasks, get_workbench
    from followup.worklist.selectors.rows import TaskFilters, filter_tasks, list_rows

    filters = {
        **{state: TaskFilters(state=state) for state in ("open", "due", "overdue", "done", "all")},
        "name": TaskFilters(text="张77"),
        "last4": TaskFilters(text="0077"),
        "inpatient": TaskFilters(state="all", text="ZY77"),
        "from": TaskFilters(state="all", due_from=TODAY),
    }
    bad = []
    for name, one in filters.items():
        order = ("-closed_on", "-id") if one.state == "done" else ("due_on", "id")
        rows = filter_tasks(visible_to(world.actor, list_rows()), one, TODAY).order_by(*order)
        bad += find_scans(name, lambda rows=rows: list(rows[: PAGE + 1]))
    bad += find_scans("counts", lambda: count_tasks(world.actor))
    return bad + find_scans("workbench", lambda: get_workbench(world.actor))


def find_scans(name: str, ask: Callable[[], object]) -> list[str]:
    from django.db import connection

    asked: list[tuple[str, Any]] = []

    def keep(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keep):
        ask()
    bad = []
    for number, (sql, params) in enumerate(asked):
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {sql}", params)
            plan = "\n".join(row[0] for row in cursor.fetchall())
        if "Seq Scan on worklist_task" in plan:
            bad.append(f"{name} {number}")
            print(f"--- {name} {number}\n{sql}\n{plan}")
    return bad


# --- The run ----------------------------------------------------------------------------------------------------
def measure(scale: str) -> Result:
    from kernel.clock import FixedClock, use_clock

    size = SIZES[scale]
    with harness.county_tenant() as schema, use_clock(FixedClock(NOW)):
        world = build(size.tasks, schema)
        scans = list_seq_scans(world)
        floor, close_floor = make_floor(world)
        try:
            return _compare(size, world, floor, scans)
        finally:
            close_floor()


def _deep_key(world: World, page: int) -> tuple[date, int]:
    from followup.worklist.enums import OPEN_STATES
    from followup.worklist.models import Task

    queryset = Task.objects.filter(ward_id=world.ward, state__in=OPEN_STATES).order_by("due_on", "id")
    last = (page - 1) * PAGE - 1
    day, pk = queryset.values_list("due_on", "id")[last : last + 1].get()
    return day, pk


def _compare(size: Size, world: World, floor: Callable[[date, int], bytes], scans: list[str]) -> Result:
    from kernel.pagination import encode_cursor
    from kernel.tenancy import bind_schema

    product, peer = make_product(), make_peer()
    scenarios = []
    counters: dict[str, Any] = {"seq_scans": len(scans), "tasks": size.tasks}
    keys = {1: (date(1900, 1, 1), 0), size.deep_page: _deep_key(world, size.deep_page)}
    seconds: dict[int, list[float]] = {}
    for page, key in keys.items():
        query = f"state=open&limit={PAGE}" + ("" if page == 1 else f"&cursor={encode_cursor(key)}")

        def ask(query: str = query) -> bytes:
            return call(product, "/api/v1/tasks", query, world.cookie)

        def ask_peer(page: int = page) -> bytes:
            return call(peer, "/tasks/", f"page={page}&state=open&ward={world.ward}", world.cookie)

        def ask_floor(key: tuple[date, int] = key) -> bytes:
            return floor(*key)

        answer = ask()
        assert answer == ask_floor(), "product and floor must give the same bytes"
        ids = [row["id"] for row in json.loads(answer)["items"]]
        assert len(ids) == PAGE
        assert ids == [str(row["id"]) for row in json.loads(ask_peer())["results"]], (
            "the peer shows other rows"
        )

        def repeat(one: Callable[[], bytes], times: int = size.requests) -> Callable[[], int]:
            return lambda: sum(bool(one()) for _ in range(times))

        # The peer counts and skips 50,000 rows for a deep page: a few of those are enough.
        share = 1 if page == 1 else 8

        subjects = [
            Subject("product", repeat(ask)), Subject("floor", repeat(ask_floor)),
            Subject("peer", repeat(ask_peer, size.requests // share), scale_up=share),
            Subject("product again", repeat(ask)),
        ]  # fmt: skip
        with bind_schema(world.schema):
            scenario = harness.compare(f"page {page}", subjects, passes=size.passes)
        scenarios.append(scenario)
        seconds[page] = [sample.seconds for sample in scenario.samples["product"]]
        counters[f"queries_page_{page}"] = scenario.counters("product")["queries"] / size.requests
        counters[f"peer_queries_page_{page}"] = scenario.counters("peer")["queries"] * share / size.requests
        counters[f"requests_per_second_page_{page}"] = round(size.requests / scenario.seconds("product"), 1)
    first, deep = scenarios
    deep_ratio = _pages_ratio(size, product, world, keys[size.deep_page])
    return Result(
        ratios={
            "peer/product": first.ratio("peer", "product"),
            "floor/product": first.ratio("floor", "product"),
            "peer/product deep": deep.ratio("peer", "product"),
            "floor/product deep": deep.ratio("floor", "product"),
            "deep/first": deep_ratio,
        },
        counters=counters,
        aa=first.ratio("product again", "product"),
        scenarios=scenarios,
        notes=[
            "goals: peer/product >= 3, floor/product >= 0.4, deep/first <= 1.1, queries <= 3, seq_scans = 0",
            f"scans of the whole table: {', '.join(scans) or 'none'}",
        ],
    )


def _pages_ratio(size: Size, product: Any, world: World, key: tuple[date, int]) -> float:
    """Page 1,000 to page 1 of the product, interleaved like everything else."""
    from kernel.pagination import encode_cursor
    from kernel.tenancy import bind_schema

    def ask(query: str) -> Callable[[], int]:
        def run() -> int:
            return sum(
                bool(call(product, "/api/v1/tasks", query, world.cookie)) for _ in range(size.requests)
            )

        return run

    first = f"state=open&limit={PAGE}"
    subjects = [Subject("first", ask(first)), Subject("deep", ask(f"{first}&cursor={encode_cursor(key)}"))]
    with bind_schema(world.schema):
        return harness.compare("pages", subjects, passes=size.passes).ratio("deep", "first")


if __name__ == "__main__":
    harness.main("lists", measure)
