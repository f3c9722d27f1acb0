"""B1, the editor's side: `python -m tests.benchmarks.preview --scale tiny|small|full`

product   followup.screening.selectors.count_cohort, as the programme editor asks it: stays, people, kept out by flags,
          by department, over every discharge there is (the editor itself asks for the last 30 days)
floor     the same four figures for these criteria, written by hand
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from tests.benchmarks import harness
from tests.benchmarks.harness import Result, Subject, say

TODAY = date(2026, 11, 20)
NOW = datetime.fromisoformat("2026-11-20T09:30:00+08:00")
SIZES = {"tiny": 2_000, "small": 100_000, "full": 1_000_000}
PASSES = 5
FLAGS = ("refused", "unreachable")
_INPATIENT = {"field": "patient_kind", "op": "eq", "value": "inpatient"}
_OLD = {"field": "age", "op": "gte", "value": 60}
# What is asked → criteria, and the same as a condition over e and p by hand.
ASKED: dict[str, tuple[dict[str, Any], str]] = {
    "a diagnosis": (
        {"all": [_INPATIENT, {"field": "diagnosis", "op": "stem_in", "value": ["I21", "I20"]}, _OLD]},
        "e.kind = 'inpatient' AND e.age_at_discharge >= 60 AND EXISTS (SELECT 1 FROM records_diagnosis d"
        " WHERE d.encounter_id = e.id AND d.kind = 'discharge' AND d.superseded_at IS NULL"
        " AND left(d.icd10_stem, 3) IN ('I20', 'I21'))",
    ),
    "a diagnosis or an operation": (
        {"all": [_INPATIENT, {"any": [
            {"field": "main_diagnosis", "op": "between", "value": ["I10", "I15"]},
            {"field": "operation", "op": "prefix_in", "value": ["81.5"]},
        ]}]},
        "e.kind = 'inpatient' AND (EXISTS (SELECT 1 FROM records_diagnosis d WHERE d.encounter_id = e.id AND d.is_main"
        " AND d.kind = 'discharge' AND d.superseded_at IS NULL AND left(d.icd10_stem, 3) BETWEEN 'I10' AND 'I15')"
        " OR EXISTS (SELECT 1 FROM records_operation o WHERE o.encounter_id = e.id AND o.superseded_at IS NULL"
        " AND left(o.code_stem, 3) = '815'))",
    ),
    "no code at all": ({"all": [_INPATIENT, _OLD]}, "e.kind = 'inpatient' AND e.age_at_discharge >= 60"),
}  # fmt: skip
_FLOOR = """
WITH c AS MATERIALIZED (
  SELECT e.patient_id, e.department_id,
         EXISTS (SELECT 1 FROM records_patientflag f WHERE f.patient_id = p.id AND f.lifted_at IS NULL
                  AND f.kind IN ('refused', 'unreachable')) AS flagged
    FROM records_encounter e JOIN records_patient p ON p.id = e.patient_id
   WHERE e.status = 'discharged' AND p.deceased_at IS NULL AND e.disposition <> 'death' AND {condition})
SELECT (SELECT count(*) FROM c WHERE NOT flagged), (SELECT count(DISTINCT patient_id) FROM c WHERE NOT flagged),
       (SELECT count(*) FROM c WHERE flagged),
       (SELECT count(*) FROM (SELECT 1 FROM c WHERE NOT flagged GROUP BY department_id) g)
"""


def ask_product(criteria: dict[str, Any]) -> tuple[int, ...]:
    from django.db import transaction

    from followup.screening.cohort import CohortQuery
    from followup.screening.selectors import count_cohort

    with transaction.atomic():
        found = count_cohort(
            CohortQuery(criteria=criteria, first=TODAY - timedelta(1000), last=TODAY, excluded_flags=FLAGS)
        )
    return found["count"], found["patients"], found["flagged"], len(found["by_department"])


def ask_floor(condition: str) -> tuple[int, ...]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_FLOOR.format(condition=condition))
        return tuple(cursor.fetchone())


def measure(scale: str) -> Result:
    from django.db import connection, transaction

    from followup.screening.tests.population import make_population
    from kernel.clock import FixedClock, use_clock
    from tests.benchmarks.screening import analyze

    size = SIZES[scale]
    with harness.county_tenant() as schema, use_clock(FixedClock(NOW)):
        step = min(100_000, size)
        for first in range(1, size + 1, step):
            with transaction.atomic():
                make_population(first=first, count=step, last_day=TODAY - timedelta(1))
            say(f"population: {first + step - 1} of {size}")
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO records_patientflag (patient_id, kind, origin, reason, evidence, set_at, set_by_name,"
                " lifted_by_name, lift_reason) SELECT id, 'refused', 'manual', '', '{}', now(), '', '', ''"
                " FROM records_patient WHERE id % 50 = 0"
            )
        analyze(schema)
        return _compare(size)


def _compare(size: int) -> Result:
    scenarios, ratios, notes = [], {}, []
    slowest = 0.0
    for name, (criteria, condition) in ASKED.items():
        answer = ask_product(criteria)
        assert answer == ask_floor(condition), f"{name}: product and floor must count the same"

        def count(ask: Callable[[Any], tuple[int, ...]], what: Any) -> Callable[[], int]:
            return lambda: ask(what)[0]

        scenario = harness.compare(
            name,
            [
                Subject("product", count(ask_product, criteria)),
                Subject("floor", count(ask_floor, condition)),
                Subject("product again (A/A)", count(ask_product, criteria)),
            ],
            passes=PASSES,
        )
        scenarios.append(scenario)
        ratios[name] = round(scenario.ratio("product", "floor"), 3)
        slowest = max(slowest, scenario.seconds("product"))
        notes.append(f"{name}: {answer[0]} of {size} stays, {scenario.seconds('product'):.3f} s")
    control = [s.ratio("product again (A/A)", "product") for s in scenarios]
    ratios["slowest_seconds"] = round(slowest, 3)
    return Result(ratios, {"stays": size}, round(sorted(control)[len(control) // 2], 3), scenarios, notes)


if __name__ == "__main__":
    harness.main("preview", measure)
