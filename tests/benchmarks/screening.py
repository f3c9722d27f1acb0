"""B1: screening. `python -m tests.benchmarks.screening --scale tiny|small|full`

product   followup.screening.services.run_screening as it ships
floor     one INSERT … SELECT by hand for exactly these programmes, from rule tables made for it beforehand: same rows,
          tables, indexes, owners and reason bytes; no conflict handling, no watermark, no generality
peer      the stock way: ORM loop over a sample of encounters and all programmes, bulk_create; extrapolated

Scenarios: the first run over everything; a re-run with nothing new, by watermark and again with the watermarks taken
away, against the floor with an anti-join; one day's new encounters among all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tests.benchmarks import harness
from tests.benchmarks.harness import Result, Subject


@dataclass(frozen=True, slots=True)
class Size:
    encounters: int
    programmes: int
    passes: int
    peer_sample: int
    oracle_sample: int  # encounters that the oracle checks


SIZES = {
    "tiny": Size(2_000, 10, 5, 200, 2_000),
    "small": Size(100_000, 50, 5, 100, 20_000),
    "full": Size(1_000_000, 200, 5, 100, 20_000),
}
NOW = datetime.fromisoformat("2026-11-20T02:00:00+08:00")
TODAY = date(2026, 11, 20)
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


def make_programmes(count: int) -> None:
    """Eight in ten by diagnosis and age, one by operation (one step counts from it), one by department and age."""
    from followup.screening.tests.factories import OPERATION_STEMS, STEMS
    from followup.screening.tests.programme_kit import INPATIENT, make_programme

    categories = sorted({stem[:3] for stem in STEMS})
    for i in range(count):
        steps = _STEPS
        if i % 10 == 8:
            codes = [OPERATION_STEMS[i % 12], OPERATION_STEMS[(i + 5) % 12]]
            extra = [
                {"field": "operation", "op": "prefix_in", "value": codes},
                {"field": "age", "op": "gte", "value": 70 + i % 20},
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
                {"field": "age", "op": "gte", "value": 86 + i % 10},
            ]
        make_programme(f"bench{i:03d}", {"all": [INPATIENT, *extra]}, steps=steps)


# --- The floor ---------------------------------------------------------------------------------------------------
_FLOOR_TABLES = """
DROP TABLE IF EXISTS bench_plan, bench_rule, bench_step;
CREATE UNLOGGED TABLE bench_plan (version_id bigint PRIMARY KEY, programme_id bigint, reason jsonb, anchored bool,
    low int, high int, d_ends int[], d_skips jsonb, o_ends int[], o_skips jsonb);
CREATE UNLOGGED TABLE bench_rule (version_id bigint, kind text, code text);
CREATE UNLOGGED TABLE bench_step (version_id bigint, step_id bigint, anchor text, day int, before int, after int,
    channel text, owner text, reason text, fallback text);
"""


def fill_floor_tables(schema: str) -> None:
    """The rules as somebody who writes the statement by hand would have them at hand."""
    from django.db import connections
    from psycopg import sql

    from followup.programmes.selectors import list_active_versions
    from followup.screening.reasons import dump, enrolment_reason, task_reason, window_ends

    plans = list_active_versions()
    with connections["owner"].cursor() as cursor:
        cursor.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(schema)))
        cursor.execute(_FLOOR_TABLES)
        for plan in plans:
            leaves = {leaf["field"]: leaf for leaf in plan.criteria["all"]}
            age = leaves["age"]["value"]
            low, high = age if isinstance(age, list) else (age, 200)
            d_ends, d_skips = window_ends(plan, "discharge")
            o_ends, o_skips = window_ends(plan, "operation")
            cursor.execute(
                "INSERT INTO bench_plan VALUES (%s, %s, %s::jsonb, %s, %s, %s, %s, %s::jsonb, %s, %s::jsonb)",
                [plan.id, plan.programme_id, dump(enrolment_reason(plan)), bool(o_ends), low, high, d_ends,
                 dump(d_skips), o_ends, dump(o_skips)],
            )  # fmt: skip
            kind = next(f for f in ("diagnosis", "operation", "department") if f in leaves)
            for code in leaves[kind]["value"]:
                cursor.execute("INSERT INTO bench_rule VALUES (%s, %s, %s)", [plan.id, kind, code])
            for step in plan.steps:
                cursor.execute(
                    "INSERT INTO bench_step VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                    [plan.id, step.id, step.anchor, step.day, step.window_before, step.window_after, step.channel,
                     step.owner, dump(task_reason(plan, step, anchor_found=True)),
                     dump(task_reason(plan, step, anchor_found=False))],
                )  # fmt: skip
        cursor.execute("GRANT SELECT ON bench_plan, bench_rule, bench_step TO PUBLIC")
        for table in ("bench_plan", "bench_rule", "bench_step"):
            cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))
        cursor.execute("SET search_path TO public")


_MATCH = """
pair AS (
  SELECT encounter_id, version_id, array_agg(DISTINCT code) FILTER (WHERE code IS NOT NULL) AS codes FROM (
    SELECT d.encounter_id, r.version_id, d.icd10 AS code FROM records_diagnosis d
      JOIN bench_rule r ON r.kind = 'diagnosis' AND r.code = left(d.icd10_stem, 3)
     WHERE d.superseded_at IS NULL AND d.kind = 'discharge' AND d.encounter_id >= %(first)s
    UNION ALL
    SELECT o.encounter_id, r.version_id, o.code FROM records_operation o
      JOIN bench_rule r ON r.kind = 'operation' AND r.code = o.code_stem
     WHERE o.superseded_at IS NULL AND o.encounter_id >= %(first)s
    UNION ALL
    SELECT e.id, r.version_id, NULL FROM records_encounter e JOIN organization_department d ON d.id = e.department_id
      JOIN bench_rule r ON r.kind = 'department' AND r.code = d.code JOIN bench_plan b ON b.version_id = r.version_id
     WHERE e.age_at_discharge BETWEEN b.low AND b.high AND e.id >= %(first)s
  ) hit GROUP BY encounter_id, version_id),
chosen AS (
  SELECT b.*, e.id AS encounter_id, e.patient_id, e.discharged_on, e.age_at_discharge AS age, e.ward_id, pair.codes,
         CASE WHEN b.anchored THEN (
           SELECT max(o.operated_on) FROM records_operation o JOIN bench_rule r
               ON r.version_id = b.version_id AND r.code = o.code_stem
            WHERE o.encounter_id = e.id AND o.superseded_at IS NULL) END AS operated_on,
         CASE WHEN %(today)s::date - e.discharged_on <= %(fresh)s THEN e.discharged_on
              ELSE %(today)s::date END AS owed_from
    FROM pair JOIN bench_plan b USING (version_id) JOIN records_encounter e ON e.id = pair.encounter_id
    JOIN records_patient p ON p.id = e.patient_id
   WHERE e.status = 'discharged' AND e.kind = 'inpatient' AND e.age_at_discharge BETWEEN b.low AND b.high
     AND e.disposition <> 'death' AND p.deceased_at IS NULL {anti})
"""
_ANTI_JOIN = """AND NOT EXISTS (SELECT 1 FROM programmes_enrolment x
                     WHERE x.encounter_id = pair.encounter_id AND x.programme_id = b.programme_id)"""
_FLOOR = (
    "WITH "
    + _MATCH
    + """,
made AS (
  INSERT INTO programmes_enrolment (programme_id, version_id, patient_id, encounter_id, state, reason, stop_code,
                                    stop_reason, enrolled_at)
  SELECT programme_id, version_id, patient_id, encounter_id, 'active',
         reason || jsonb_build_object('discharged_on', discharged_on, 'operated_on', operated_on,
           'met', jsonb_build_object('age', age, 'codes', COALESCE(to_jsonb(codes), '[]'::jsonb)),
           'skipped_steps', (d_skips -> width_bucket(owed_from - discharged_on - 1, d_ends))
             || (o_skips -> width_bucket(owed_from - COALESCE(operated_on, discharged_on) - 1, o_ends))),
         '', '', %(now)s FROM chosen
  RETURNING id, programme_id, version_id, patient_id, encounter_id, reason),
task AS (
  INSERT INTO worklist_task (enrolment_id, step_id, occurrence, programme_id, patient_id, encounter_id, institution_id,
      department_id, ward_id, assignee_id, township_code, state, channel, due_on, window_start, window_end, reason,
      level, answers, version, conclusion, close_reason, late_reason, reached, closed_by_name, created_at)
  SELECT m.id, t.step_id, 1, m.programme_id, m.patient_id, m.encounter_id,
         CASE WHEN t.owner = 'hospital' THEN e.institution_id WHEN t.owner = 'community' AND cr.ward_id IS NOT NULL
              THEN cr.institution_id ELSE %(desk_institution)s END,
         CASE WHEN t.owner = 'hospital' THEN e.department_id WHEN t.owner = 'community' AND cr.ward_id IS NOT NULL
              THEN cr.department_id ELSE %(desk_department)s END,
         CASE WHEN t.owner = 'hospital' THEN e.ward_id WHEN t.owner = 'community' AND cr.ward_id IS NOT NULL
              THEN cr.ward_id ELSE %(desk_ward)s END,
         CASE WHEN t.owner = 'community' THEN cr.staff_id END,
         CASE WHEN cr.ward_id IS NULL THEN '' ELSE left(cr.division_code, 9) || '000' END,
         'planned', t.channel, a.on_day + t.day, a.on_day + t.day - t.before, a.on_day + t.day + t.after,
         replace(CASE WHEN a.found THEN t.reason ELSE t.fallback END, '@@anchor_on@@', a.on_day::text)::jsonb,
         '', '{{}}', 1, '', '', '', false, '', %(now)s
    FROM made m JOIN bench_step t USING (version_id) JOIN records_encounter e ON e.id = m.encounter_id
    LEFT JOIN routing_currentrouting cr ON cr.patient_id = m.patient_id
   CROSS JOIN LATERAL (SELECT COALESCE(CASE WHEN t.anchor = 'operation' THEN (m.reason->>'operated_on')::date END,
                                       e.discharged_on),
                              t.anchor = 'discharge' OR m.reason->>'operated_on' IS NOT NULL) a (on_day, found)
   WHERE a.on_day + t.day + t.after
         >= CASE WHEN %(today)s::date - e.discharged_on <= %(fresh)s THEN e.discharged_on ELSE %(today)s::date END
  RETURNING 1)
SELECT (SELECT count(*) FROM made) + (SELECT count(*) FROM task)
"""
)


def run_floor(*, first: int = 0, anti_join: bool = False) -> int:
    from django.db import connection, transaction

    from followup.screening.rules import FRESH_DAYS
    from followup.screening.selectors import get_desk

    desk = get_desk()
    values = {
        "first": first, "today": TODAY, "now": NOW, "fresh": FRESH_DAYS, "desk_institution": desk.institution_id,
        "desk_department": desk.department_id, "desk_ward": desk.ward_id,
    }  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('jit', 'off', true), set_config('work_mem', '64MB', true)")
        cursor.execute(_FLOOR.format(anti=_ANTI_JOIN if anti_join else ""), values)
        return int(cursor.fetchone()[0])


# --- The peer ----------------------------------------------------------------------------------------------------
def run_peer(sample: int) -> int:
    """What a Django team writes first: loop, test, bulk_create per programme. Same rows for its encounters."""
    from datetime import timedelta as days

    from django.db import transaction

    from community.routing.models import CurrentRouting
    from followup.programmes.models import Enrolment
    from followup.programmes.selectors import list_active_versions
    from followup.screening import oracle
    from followup.screening.oracle import DiagnosisFact, Facts, OperationFact
    from followup.screening.selectors import get_desk
    from followup.worklist.models import Task
    from records.models import Encounter

    made = 0
    desk = get_desk()
    with transaction.atomic():
        encounters = (
            Encounter.objects.filter(pk__lte=sample, status="discharged")
            .select_related("patient", "department")
            .prefetch_related("diagnoses", "operations")
        )
        routings = {r.patient_id: r for r in CurrentRouting.objects.filter(patient_id__lte=sample)}
        for plan in list_active_versions():
            tasks = []
            enrolments = []
            for e in encounters:
                if Enrolment.objects.filter(encounter=e, programme_id=plan.programme_id).exists():
                    continue
                facts = Facts(
                    e.pk, e.patient_id, e.status, e.kind, e.discharged_on, e.age_at_discharge, e.patient.sex,
                    e.disposition, e.department.code if e.department else None, e.patient.deceased_at is not None,
                    tuple(DiagnosisFact(d.icd10_stem, d.kind, d.is_main) for d in e.diagnoses.all()),
                    tuple(OperationFact(o.code_stem, o.operated_on) for o in e.operations.all()),
                )  # fmt: skip
                if not oracle.is_eligible(plan, facts):
                    continue
                due, skipped = oracle.plan_tasks(plan, facts, TODAY)
                reason = {
                    "programme": plan.key,
                    "version": plan.version,
                    "skipped": [s.code for s in skipped],
                }
                enrolment = Enrolment(
                    programme_id=plan.programme_id, version_id=plan.id, patient_id=e.patient_id, encounter=e,
                    reason=reason, enrolled_at=NOW,
                )  # fmt: skip
                enrolments.append(enrolment)
                routing = routings.get(e.patient_id)
                steps = {s.id: s for s in plan.steps}
                for item in due:
                    step = steps[item.step_id]
                    place = (desk.institution_id, desk.department_id, desk.ward_id)
                    if step.owner == "hospital" and e.ward_id:
                        place = (e.institution_id, e.department_id, e.ward_id)
                    elif step.owner == "community" and routing:
                        place = (routing.institution_id, routing.department_id, routing.ward_id)
                    why = [
                        f"{plan.name}：{step.name}",
                        str(item.due_on - days(step.day)),
                        *plan.criteria_text,
                    ]
                    tasks.append(
                        Task(
                            enrolment=enrolment, step_id=step.id, programme_id=plan.programme_id,
                            patient_id=e.patient_id, encounter=e, institution_id=place[0], department_id=place[1],
                            ward_id=place[2], channel=step.channel, due_on=item.due_on,
                            window_start=item.window_start, window_end=item.window_end,
                            reason={"programme": plan.key, "version": plan.version, "step": step.code, "why": why},
                            created_at=NOW,
                        )
                    )  # fmt: skip
            Enrolment.objects.bulk_create(enrolments)
            Task.objects.bulk_create(tasks)
            made += len(enrolments) + len(tasks)
    return made


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


def forget_watermarks() -> None:
    from followup.screening.models import ScreeningWatermark

    ScreeningWatermark.objects.all().delete()


_CONTENT = {
    "enrolments": "SELECT encounter_id, programme_id, version_id, patient_id, state, reason FROM {}",
    "tasks": "SELECT encounter_id, step_id, occurrence, programme_id, patient_id, institution_id, department_id,"
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
    run_floor()
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

    from followup.screening.tests.factories import make_population

    with transaction.atomic():
        make_programmes(size.programmes)
    for first in range(1, size.encounters + 1, 100_000):
        with transaction.atomic():
            make_population(first=first, count=min(100_000, size.encounters), last_day=TODAY - timedelta(1))
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
    return Result(
        ratios={
            "first_run_to_floor": first_run.ratio("product", "floor"),
            "peer_to_product": first_run.ratio("peer", "product"),
            "nothing_new_to_anti_join": rerun.ratio("product", "anti-join floor"),
            "nothing_new_no_marks_to_anti_join": rerun.ratio("product, no marks", "anti-join floor"),
            "day_to_floor": day.ratio("product", "floor"),
        },
        counters={
            "first_run": first_run.counters("product"),
            "first_run_floor": first_run.counters("floor"),
            "nothing_new": rerun.counters("product"),
            "day": day.counters("product"),
        },
        aa=first_run.ratio("product again (A/A)", "product"),
        scenarios=(first_run, rerun, day),
        notes=notes,
    )


if __name__ == "__main__":
    harness.main("screening", measure)
