"""A day's discharges routed as one set: `python -m tests.benchmarks.routing_day --scale tiny|small|full`

product   community.routing.services.route_many: one set, decisions, claims, present routings, events and their jobs
floor     the same rows of the same tables, read back from a finished run beforehand, by one INSERT … SELECT each and
          nothing decided
peer      the single path: route_encounter in a loop over one in ten of the discharges, in one transaction; extrapolated

The checker compares product and peer decision by decision before anything is timed.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from tests.benchmarks import harness
from tests.benchmarks.harness import Result, Subject, say

NOW = datetime.fromisoformat("2026-11-20T09:30:00+08:00")
TODAY = date(2026, 11, 20)
SIZES = {"tiny": 100, "small": 2_000, "full": 10_000}
SLICE = 2_000
PASSES = 5
PEER_SHARE = 10
_ROUTED = (
    "routing_ownerchange", "routing_currentrouting", "routing_routingdecision", "routing_residenceclaim", "kernel_job",
    "kernel_outboxevent",
)  # fmt: skip
# Parents before children.
_KEPT = tuple(reversed(_ROUTED))
_DECIDED = """
SELECT d.patient_id, d.state, d.rule, d.confidence, d.evidence::text, d.address_text, d.division_code, d.institution_id,
       d.ward_id, d.staff_id, d.why, r.recheck_on
  FROM routing_routingdecision d JOIN routing_currentrouting r ON r.decision_id = d.id ORDER BY d.patient_id
"""


def make_county() -> None:
    """Every township of the county in somebody's catchment; a village in seven has a catchment of its own too."""
    from access.actor import SYSTEM
    from community.catchments.services import save_catchment
    from divisions.selectors import children_of
    from organization.models import Institution

    clinics = list(Institution.objects.filter(kind="township_clinic").order_by("pk"))
    for i, township in enumerate(children_of("420583").order_by("code")):
        clinic = clinics[i % len(clinics)]
        save_catchment(actor=SYSTEM, institution_id=clinic.pk, division_code=township.code)
        for village in list(children_of(township.code).order_by("code"))[::7]:
            save_catchment(actor=SYSTEM, institution_id=clinic.pk, division_code=village.code)


def make_discharges(number: int) -> list[int]:
    """Residents of every village as registration desks write them; one in ten unreadable, outside or missing."""
    from django.db import connection

    from divisions.selectors import children_of
    from organization.models import Department

    chance = random.Random(20261120)
    villages = [
        (township.name, village.name)
        for township in children_of("420583").order_by("code")
        for village in children_of(township.code).order_by("code")
    ]
    texts = [_write(*chance.choice(villages), chance) for _ in range(number)]
    department = Department.objects.get(code="D0")
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH p AS (INSERT INTO records_patient (name, name_masked, name_initials, sex, birth_date, id_no_hash,"
            " id_no_masked, id_no_last4, needs_review, created_at, updated_at) SELECT '合成' || n, '合**', '', 'F',"
            " DATE '1950-01-01' + n, '', '', '', '', %(now)s, %(now)s FROM generate_series(1, %(number)s) n"
            " RETURNING id, birth_date - DATE '1950-01-01' AS n),"
            " a AS (INSERT INTO records_patientaddress (patient_id, kind, text, county, township, village, reported_at)"
            " SELECT p.id, 'current', t.text, '', '', '', %(now)s FROM p"
            " JOIN unnest(%(texts)s::text[]) WITH ORDINALITY AS t (text, n) ON t.n = p.n WHERE t.text <> '')"
            " INSERT INTO records_encounter (patient_id, kind, status, source_system, source_id, inpatient_no,"
            " institution_id, department_id, department_text, ward_text, attending_no, attending_name, discharged_at,"
            " discharged_on, disposition, main_diagnosis, source_updated_at, revision, created_at, updated_at)"
            " SELECT p.id, 'inpatient', 'discharged', 'BENCH', 'R' || p.n, '', %(institution)s, %(department)s, '', '',"
            " '', '', %(now)s, %(today)s, 'home', '', %(now)s, 0, %(now)s, %(now)s FROM p RETURNING id",
            {
                "now": NOW, "today": TODAY, "number": number, "texts": texts, "department": department.pk,
                "institution": department.institution_id,
            },
        )  # fmt: skip
        return sorted(row[0] for row in cursor.fetchall())


def _write(township: str, village: str, chance: random.Random) -> str:
    draw = chance.random()
    if draw < 0.03:
        return ""
    if draw < 0.06:
        return "不详"
    if draw < 0.10:
        return "湖北省仙桃市干河街道"
    house = f"{village}{chance.randint(1, 12)}组{chance.randint(1, 90)}号"
    lead = chance.choice(["湖北省宜昌市枝江市", "枝江市", ""])
    return f"{lead}{township}{house}"


# --- subjects ---------------------------------------------------------------------------------------------------------


def run_product(ids: Sequence[int]) -> int:
    from django.db import transaction

    from community.routing.services import route_many

    done = 0
    for first in range(0, len(ids), SLICE):
        with transaction.atomic():
            done += route_many(encounter_ids=ids[first : first + SLICE])
    return done


def run_peer(ids: Sequence[int], patients: dict[int, int]) -> int:
    from django.db import transaction

    from community.routing.services import route_encounter

    with transaction.atomic():
        for encounter_id in ids:
            route_encounter(encounter_id=encounter_id, patient_id=patients[encounter_id])
    return len(ids)


def run_floor(number: int) -> int:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        for table in _KEPT:
            cursor.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")
    return number


def keep_rows(schema: str) -> None:
    """What the product has just written, for the floor to write again."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        for table in _KEPT:
            kept = f"{schema}.kept_{table}"
            cursor.execute(f"DROP TABLE IF EXISTS {kept}")
            cursor.execute(f"CREATE TABLE {kept} AS SELECT * FROM {schema}.{table}")
            cursor.execute(f"GRANT SELECT ON {kept} TO PUBLIC")


def clear(schema: str) -> None:
    from django.db import connections
    from psycopg import sql

    with connections["owner"].cursor() as cursor:
        names = sql.SQL(", ").join(sql.Identifier(schema, table) for table in _ROUTED)
        cursor.execute(sql.SQL("TRUNCATE {} CASCADE").format(names))
    harness.settle()


def read_decisions() -> list[tuple[Any, ...]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_DECIDED)
        return list(cursor.fetchall())


def measure(scale: str) -> Result:
    from community.routing.selectors.waiting import patients_of
    from divisions.services import import_seed
    from kernel import jobs
    from kernel.clock import FixedClock, use_clock
    from tests.benchmarks.screening import analyze

    size = SIZES[scale]
    jobs.set_wake(None)
    import_seed("hubei")
    with harness.county_tenant() as schema, use_clock(FixedClock(NOW)):
        make_county()
        ids = make_discharges(size)
        patients = patients_of(ids)
        analyze(schema)
        say(f"{size} discharges")
        sample = ids[::PEER_SHARE]
        run_peer(sample, patients)
        by_peer = read_decisions()
        clear(schema)
        run_product(ids)
        by_product = read_decisions()
        wanted = {patients[encounter_id] for encounter_id in sample}
        assert [row for row in by_product if row[0] in wanted] == by_peer, (
            "the set decides as the single path"
        )
        assert len(by_product) == size
        keep_rows(schema)
        scenario = harness.compare(
            "a day",
            [
                Subject("product", lambda: run_product(ids), lambda: clear(schema)),
                Subject("floor", lambda: run_floor(size), lambda: clear(schema)),
                Subject(
                    "peer (single path)",
                    lambda: run_peer(sample, patients),
                    lambda: clear(schema),
                    scale_up=PEER_SHARE,
                ),
                Subject("product again (A/A)", lambda: run_product(ids), lambda: clear(schema)),
            ],
            passes=PASSES,
        )
    states: dict[str, int] = {}
    for row in by_product:
        states[row[1]] = states.get(row[1], 0) + 1
    ratios = {
        "product_to_floor": scenario.ratio("product", "floor"),
        "peer_to_product": scenario.ratio("peer (single path)", "product"),
        "product_seconds": scenario.seconds("product"),
    }
    notes = [
        f"{size} discharges, decisions equal to the single path's: {dict(sorted(states.items()))}",
        f"{scenario.seconds('product'):.3f} s for the day",
    ]
    counters = {name: scenario.counters(name) for name in ("product", "floor")}
    return Result(ratios, counters, scenario.ratio("product again (A/A)", "product"), [scenario], notes)


if __name__ == "__main__":
    harness.main("routing_day", measure)
