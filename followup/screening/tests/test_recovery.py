"""Killed, doubled, replayed: nothing is lost and nothing is made twice."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from access.actor import SYSTEM
from followup.programmes.selectors import list_active_versions
from followup.screening import jobs as screening_jobs
from followup.screening import oracle, services
from followup.screening.models import ScreeningRun, ScreeningWatermark
from followup.screening.selectors import iterate_facts
from followup.screening.services import running
from followup.screening.tests.factories import days_ago, make_encounter
from followup.screening.tests.population import make_population
from followup.screening.tests.programme_kit import INPATIENT, make_programme
from kernel import clock, jobs

ROOT = Path(__file__).resolve().parents[3]


def make_programmes() -> None:
    for i, stem in enumerate(("I21", "E11", "I10", "J44", "K25")):
        make_programme(f"p{i}", {"field": "diagnosis", "op": "stem_in", "value": [stem]})
    make_programme("all", INPATIENT)


def expected() -> list[tuple[int, int]]:
    plans = list_active_versions()
    return sorted(
        (facts.encounter_id, task.step_id)
        for facts in iterate_facts()
        for plan in plans
        if oracle.is_eligible(plan, facts)
        for task in oracle.plan_tasks(plan, facts, clock.today())[0]
    )


def made() -> list[tuple[int, int]]:
    """As a list: what is there twice counts twice."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT encounter_id, step_id FROM worklist_task ORDER BY 1, 2")
        return list(cursor.fetchall())


_VICTIM = """
import os, sys, time
import django
from django.conf import settings
django.setup()
from django.db import connections
for alias in ("default", "owner"):
    settings.DATABASES[alias]["NAME"] = connections[alias].settings_dict["NAME"] = sys.argv[1]
from access.actor import SYSTEM
from followup.screening.services import running
from kernel.tenancy import bind_schema
running.SLICE = 100
work = running.work_slice
def slowly(progress):
    done = work(progress)
    print("slice", flush=True)
    time.sleep(0.3)
    return done
running.work_slice = slowly
with bind_schema(sys.argv[2]):
    running.run_screening(actor=SYSTEM)
print("finished", flush=True)
"""


@pytest.mark.req("S12")
def test_kill_9_between_two_slices(scratch_tenant: Any) -> None:
    make_programmes()
    make_population(first=1, count=600, last_day=days_ago(0), days=5)
    victim = subprocess.Popen(
        [sys.executable, "-c", _VICTIM, str(connection.settings_dict["NAME"]), scratch_tenant.schema_name],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings",
             "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "platform")])},
    )  # fmt: skip
    assert victim.stdout is not None
    for _ in range(2):
        assert victim.stdout.readline() == "slice\n"
    victim.send_signal(signal.SIGKILL)
    assert victim.wait(30) == -signal.SIGKILL
    assert "finished" not in victim.stdout.read()
    whole = expected()
    assert 0 < len(made()) < len(whole)
    with connection.cursor() as cursor:  # what was made is whole: no enrolment without its tasks
        cursor.execute(
            "SELECT count(*) FROM programmes_enrolment x WHERE NOT EXISTS"
            " (SELECT 1 FROM worklist_task t WHERE t.enrolment_id = x.id)"
        )
        assert cursor.fetchone()[0] == 0
    assert (ScreeningRun.objects.count(), ScreeningWatermark.objects.count()) == (0, 0)
    _wait_for_lock()
    services.run_screening(actor=SYSTEM)
    assert made() == whole
    assert ScreeningWatermark.objects.count() == 6


def _wait_for_lock() -> None:
    """Until the server has noticed that the killed process is gone."""
    for _ in range(100):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
            )
            if cursor.fetchone()[0] == 0:
                return
        time.sleep(0.1)


@pytest.mark.req("S12")
def test_the_daily_run_goes_from_job_to_job(scratch_tenant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "SLICE", 100)
    make_programmes()
    make_population(first=1, count=450, last_day=days_ago(0), days=5)
    whole = expected()
    jobs.enqueue("screening.daily")
    report = jobs.run_turn(1)
    assert (report.done, report.more) == (1, True)
    part = len(made())
    assert 0 < part < len(whole)
    assert ScreeningWatermark.objects.count() == 0
    # A slice that fails is tried again; those before it stay.
    with monkeypatch.context() as patch:
        patch.setattr(running, "_screen", lambda *_, **__: 1 / 0)
        assert jobs.run_turn(1).failed == 1
    assert len(made()) == part
    with connection.cursor() as cursor:
        cursor.execute("UPDATE kernel_job SET run_at = now() - interval '1 minute' WHERE state = 'queued'")
    assert jobs.drain() == 4
    assert made() == whole
    run = ScreeningRun.objects.get()
    assert (run.trigger, run.tasks_made, ScreeningWatermark.objects.count()) == ("daily", len(whole), 6)
    screening_jobs.run_daily()
    assert made() == whole


@pytest.mark.req("S12")
def test_a_month_of_events_in_any_order_and_twice(scratch_tenant: Any) -> None:
    make_programmes()
    make_population(first=1, count=300, last_day=days_ago(0), days=30)
    events = list(range(1, 301)) * 2
    shuffled = random.Random(7)
    shuffled.shuffle(events)
    for number, encounter_id in enumerate(events):
        services.screen_encounter(encounter_id=encounter_id)
        if number == 200:
            services.run_screening(actor=SYSTEM)
    assert made() == expected()
    assert services.run_screening(actor=SYSTEM).enrolled == 0


@pytest.mark.req("S12")
def test_a_new_version_alone_is_screened(in_alpha: Any, at: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule change re-evaluates what it touches: the others keep their watermark and read nothing old."""
    with at("2026-11-20 09:30"):
        make_programmes()
        for stem in ("I219", "E119", "I10"):
            make_encounter(diagnoses=[stem])
        services.run_screening(actor=SYSTEM)
        asked: list[tuple[int, list[str]]] = []
        screen = running._screen

        def note(plans: Any, scope: Any, **rest: Any) -> Any:
            asked.append((scope.revision, [plan.key for plan in plans]))
            return screen(plans, scope, **rest)

        monkeypatch.setattr(running, "_screen", note)
        changed = {"field": "diagnosis", "op": "stem_in", "value": ["I21", "I22"]}
        make_programme("p0", changed)
        assert services.run_screening(actor=SYSTEM).enrolled == 0
    assert asked[0] == (0, ["p0"])
    assert [keys for _, keys in asked[1:]] == [["p1", "p2", "p3", "p4", "all"]]
    assert asked[1][0] > 0
