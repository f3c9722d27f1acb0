"""How every benchmark here measures (docs/benchmarks): ratios inside one run, never bare seconds.

Subjects run interleaved, pass by pass, forwards and backwards in turn (A B C C B A); the first pass is dropped. A
ratio is the median of the paired ratios of the counted passes. The product runs twice in every pass: its ratio to
itself (A/A) tells how much the machine's noise weighs, and outside 0.95–1.05 the run is void. Floors and peers do
the same job: a checker compares outputs before anything is timed.

A benchmark is a module with `measure(scale) -> Result` and `if __name__ == "__main__": harness.main("name", …)`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SCALES = ("tiny", "small", "full")
AA_BOUNDS = (0.95, 1.05)


@dataclass(slots=True)
class Sample:
    seconds: float
    rows: int
    wal_bytes: int
    queries: int


@dataclass(slots=True)
class Subject:
    """One way to do the job. `run` does it once, commits, and returns how many rows it made or read.

    `prepare` (untimed) puts the same starting point before each run. `scale_up` multiplies the seconds of a subject
    that is only run on a sample; the table then says *extrapolated*.
    """

    name: str
    run: Callable[[], int]
    prepare: Callable[[], object] = lambda: None
    scale_up: float = 1.0


@dataclass(slots=True)
class Scenario:
    """The subjects' samples of the counted passes."""

    name: str
    samples: dict[str, list[Sample]]
    extrapolated: frozenset[str] = frozenset()

    def seconds(self, subject: str) -> float:
        return statistics.median(s.seconds for s in self.samples[subject])

    def ratio(self, subject: str, base: str) -> float:
        """Median of the paired ratios, pass by pass."""
        pairs = zip(self.samples[subject], self.samples[base], strict=True)
        return statistics.median(a.seconds / max(b.seconds, 1e-9) for a, b in pairs)

    def counters(self, subject: str) -> dict[str, int]:
        last = self.samples[subject]
        return {
            "rows": last[-1].rows,
            "wal_bytes": int(statistics.median(s.wal_bytes for s in last)),
            "queries": last[-1].queries,
        }


@dataclass(slots=True)
class Result:
    ratios: dict[str, float]
    counters: dict[str, Any]
    aa: float
    scenarios: Sequence[Scenario] = ()
    notes: list[str] = field(default_factory=list)


def compare(
    name: str,
    subjects: Sequence[Subject],
    *,
    passes: int = 6,
    warm_up: int = 1,
    measure: Callable[[Callable[[], int]], Sample] | None = None,
) -> Scenario:
    """Run all subjects `warm_up + passes` times, interleaved; keeps the counted passes. `measure` runs one once:
    `measure_once`, unless the clock is elsewhere."""
    measure = measure or measure_once
    samples: dict[str, list[Sample]] = {subject.name: [] for subject in subjects}
    for number in range(warm_up + passes):
        for subject in subjects if number % 2 == 0 else reversed(subjects):
            subject.prepare()
            sample = measure(subject.run)
            say(f"{name}, pass {number}: {subject.name} {sample.seconds:.3g} s")
            sample.seconds *= subject.scale_up
            if number >= warm_up:
                samples[subject.name].append(sample)
    return Scenario(name, samples, frozenset(s.name for s in subjects if s.scale_up != 1.0))


def say(text: str) -> None:
    """Progress, on stderr: a full run takes hours, and stdout is the report."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def measure_once(run: Callable[[], int]) -> Sample:
    from django.db import connection

    queries = 0

    def count(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        nonlocal queries
        queries += 1
        return execute(sql, params, many, context)

    before = _wal_position()
    with connection.execute_wrapper(count):
        started = time.perf_counter()
        rows = run()
        seconds = time.perf_counter() - started
    return Sample(seconds, rows, _wal_position() - before, queries)


def _wal_position() -> int:
    """Bytes of WAL so far: of the subject's own connection where PostgreSQL counts that (18), else of the whole
    server, whose other databases must then be quiet for the counter to mean the subject."""
    from django.db import connection, connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        if int(cursor.fetchone()[0]) < 180000:
            cursor.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
            return int(cursor.fetchone()[0])
        with connection.cursor() as own:
            own.execute("SELECT pg_backend_pid(), pg_stat_force_next_flush()")
            pid = own.fetchone()[0]
        cursor.execute("SELECT wal_bytes FROM pg_stat_get_backend_wal(%s)", [pid])
        return int(cursor.fetchone()[0])


def settle() -> None:
    """Before a heavy timed run: what earlier runs left dirty is written out, so that nobody pays for another."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("CHECKPOINT")


def print_table(scenarios: Sequence[Scenario]) -> None:
    print(
        f"{'scenario':<24}{'subject':<22}{'median s':>10}{'rows':>10}{'WAL MB':>9}{'queries':>9}  all passes"
    )
    for scenario in scenarios:
        for name, samples in scenario.samples.items():
            counters = scenario.counters(name)
            mark = " (extrapolated)" if name in scenario.extrapolated else ""
            raw = " ".join(f"{s.seconds:.3g}" for s in samples)
            print(
                f"{scenario.name:<24}{name:<22}{scenario.seconds(name):>10.3f}{counters['rows']:>10}"
                f"{counters['wal_bytes'] / 1e6:>9.1f}{counters['queries']:>9}  {raw}{mark}"
            )


def report(bench: str, scale: str, result: Result) -> dict[str, Any]:
    """Print the table and, last, the line of JSON that `docs/benchmarks` keeps."""
    print_table(result.scenarios)
    for note in result.notes:
        print(f"- {note}")
    void = not AA_BOUNDS[0] <= result.aa <= AA_BOUNDS[1]
    print(f"A/A control {result.aa:.3f}" + (": outside 0.95–1.05, this run is VOID" if void else ""))
    line = {
        "bench": bench,
        "scale": scale,
        "ratios": {name: round(value, 3) for name, value in result.ratios.items()},
        "counters": result.counters,
        "aa": round(result.aa, 3),
        "void": void,
    }
    print(json.dumps(line, ensure_ascii=False))
    return line


def main(
    bench: str,
    measure: Callable[[str], Result],
    arguments: Sequence[str] | None = None,
    *,
    database: bool = True,
) -> None:
    parser = argparse.ArgumentParser(prog=f"python -m tests.benchmarks.{bench}")
    parser.add_argument("--scale", choices=SCALES, default="small")
    scale = parser.parse_args(arguments).scale
    with ExitStack() as stack:
        if database:
            stack.enter_context(services(roomy=scale == "full"))
            stack.enter_context(throwaway_database())
        report(bench, scale, measure(scale))
    sys.stdout.flush()


@contextmanager
def services(*, roomy: bool = False) -> Iterator[None]:
    """The given DATABASE_URL, or embedded services of this process alone: durable like a real server (`roomy`: with
    a real server's memory, too), and quiet, so that the WAL counter means this run. They are deleted afterwards."""
    from infra.embedded import stack

    root = ROOT / "var" / f"bench-{os.getpid()}"
    given = "DATABASE_URL" in os.environ
    try:
        if not given:
            os.environ.update(stack.start(root, durable=True, roomy=roomy))
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        for path in (ROOT, ROOT / "platform"):
            if str(path) not in sys.path:
                sys.path.insert(0, str(path))
        import django

        django.setup()
        yield
    finally:
        if not given:
            stack.destroy(root)


@contextmanager
def throwaway_database() -> Iterator[str]:
    """A database of this run's own with public migrated, and both connections pointed at it; dropped afterwards."""
    import psycopg
    from django.conf import settings
    from django.db import connections
    from psycopg import sql

    owner = settings.DATABASES["owner"]
    names = {alias: settings.DATABASES[alias]["NAME"] for alias in ("default", "owner")}
    place = {
        "user": owner["USER"],
        "password": owner["PASSWORD"],
        "host": owner["HOST"],
        "port": owner["PORT"],
    }
    name = f"bench_jieli_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(dbname=owner["NAME"], autocommit=True, **place) as maintenance:
        maintenance.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    _point_at(connections, dict.fromkeys(names, name))
    try:
        from tenants.provisioning import upgrades

        upgrades.migrate_public()
        yield name
    finally:
        _point_at(connections, names)
        with psycopg.connect(dbname=names["owner"], autocommit=True, **place) as maintenance:
            maintenance.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )
            found = maintenance.execute(
                "SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s)", [f"{name}__"]
            )
            for (role,) in found.fetchall():
                maintenance.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def _point_at(connections: Any, names: Mapping[str, str]) -> None:
    from django.conf import settings

    for alias, name in names.items():
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name
        settings.DATABASES[alias]["NAME"] = name


@contextmanager
def county_tenant(code: str = "bench") -> Iterator[str]:
    """`make_county`, bound. Yields the schema's name."""
    from kernel.tenancy import bind_schema

    schema = make_county(code)
    with bind_schema(schema):
        yield schema


def make_county(code: str) -> str:
    """A provisioned community tenant: a lead hospital of 8 departments with 2 wards each, its follow-up centre and 10
    township clinics with a care team each. Gives the schema's name."""
    from kernel.tenancy import bind_schema
    from organization import services as organization
    from tenants.provisioning.services import provision_tenant

    tenant = provision_tenant(
        code=code, name="基准医共体", kind="community", hosts=[f"{code}.test"], division_code="420583000000",
        sending_facilities=[],
    )  # fmt: skip
    with bind_schema(tenant.schema_name):
        hospital = organization.save_institution(
            code="H1", name="人民医院", kind="hospital", division_code="420583001000", is_lead=True
        )
        for i in range(8):
            department = organization.save_department(institution=hospital, code=f"D{i}", name=f"第{i}科")
            for k in range(2):
                organization.save_ward(department=department, code=f"W{i}{k}", name=f"{i}科{k}病区")
        desk = organization.save_department(
            institution=hospital, code="FC", name="随访中心", kind="follow_up_centre"
        )
        organization.save_ward(department=desk, code="D1", name="坐席", kind="call_desk")
        for i in range(10):
            clinic = organization.save_institution(
                code=f"T{i}", name=f"{i}镇卫生院", kind="township_clinic", division_code=f"4205831{i:02d}000",
                parent=hospital,
            )  # fmt: skip
            health = organization.save_department(
                institution=clinic, code="PH", name="公共卫生科", kind="public_health"
            )
            organization.save_ward(department=health, code="TEAM", name="家医团队", kind="care_team")
    return str(tenant.schema_name)
