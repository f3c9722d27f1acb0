"""The SQL says what the plain-Python oracle says: over random criteria and random stays, and operator by operator."""

from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from access.actor import SYSTEM
from followup.programmes.criteria import validate
from followup.programmes.selectors import list_active_versions
from followup.screening import oracle, services
from followup.screening.selectors import iterate_facts
from followup.screening.tests.population import make_population
from followup.screening.tests.programme_kit import make_programme
from followup.screening.tests.worlds import (
    PROGRAMMES,
    SLOW,
    STAYS,
    TODAY,
    Undo,
    make_programmes,
    make_stay,
)


def actual_tasks() -> set[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT encounter_id, step_id, occurrence, due_on, window_start, window_end FROM worklist_task"
        )
        return {tuple(row) for row in cursor.fetchall()}


def actual_skipped() -> dict[tuple[int, int], list[str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT encounter_id, programme_id, ARRAY(SELECT jsonb_array_elements_text(reason->'skipped_steps')"
            " ORDER BY 1) FROM programmes_enrolment WHERE origin = 'rule'"
        )
        return {(row[0], row[1]): row[2] for row in cursor.fetchall()}


def expect(
    encounter_ids: list[int] | None = None,
) -> tuple[set[tuple[Any, ...]], dict[tuple[int, int], list[str]]]:
    """Tasks, and the skipped steps by enrolment, as the oracle would make them of what is recorded now."""
    tasks: set[tuple[Any, ...]] = set()
    skipped: dict[tuple[int, int], list[str]] = {}
    plans = list_active_versions()
    for facts in iterate_facts(encounter_ids):
        for plan in plans:
            if oracle.is_eligible(plan, facts):
                due, over = oracle.plan_tasks(plan, facts, TODAY)
                tasks |= {
                    (facts.encounter_id, t.step_id, t.number, t.due_on, t.window_start, t.window_end)
                    for t in due
                }
                skipped[facts.encounter_id, plan.programme_id] = sorted(step.code for step in over)
    return tasks, skipped


KIND = {"field": "patient_kind", "op": "eq", "value": "inpatient"}


@pytest.mark.req("S12")
@SLOW
@given(programmes=st.lists(PROGRAMMES, min_size=1, max_size=4), stays=st.lists(STAYS, min_size=1, max_size=6))
def test_random_programmes_over_random_stays(in_alpha: Any, at: Any, programmes: Any, stays: Any) -> None:
    valid = [each for each in programmes if not validate(each["criteria"])]
    try:
        with at("2026-11-20 09:30"), transaction.atomic():
            past = make_programme("past", KIND, activate=False)
            make_programmes(valid)
            encounters = [make_stay(past, **stay) for stay in stays]
            tasks, skipped = expect()
            services.run_screening(actor=SYSTEM)
            assert actual_tasks() == tasks
            assert actual_skipped() == skipped
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM worklist_task")
                cursor.execute("DELETE FROM programmes_enrolment WHERE origin = 'rule'")
            # One at a time: what a stay's screening makes is known when the next one asks who is enrolled.
            by_event: set[tuple[Any, ...]] = set()
            for encounter_id in encounters:
                by_event |= expect([encounter_id])[0]
                services.screen_encounter(encounter_id=encounter_id)
            made = actual_tasks()
            assert {row for row in made if row[0] in encounters} == by_event
            raise Undo
    except Undo:
        pass


@pytest.mark.req("S12")
def test_many_programmes_over_a_population(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        for i, stem in enumerate(["I10", "I21", "E11", "J44", "C34"]):
            adults = {"field": "age", "op": "gte", "value": 40 + i}
            make_programme(
                f"d{i}", {"all": [{"field": "diagnosis", "op": "stem_in", "value": [stem]}, adults]}
            )
        make_programme("any", {"any": [
            {"field": "diagnosis", "op": "between", "value": ["I60", "I63"]},
            {"all": [{"field": "main_diagnosis", "op": "stem_in", "value": ["I20.0"]},
                     {"field": "operation", "op": "prefix_in", "value": ["00.66"]}]},
        ]})  # fmt: skip
        make_programme("none", {"not": {"field": "diagnosis", "op": "between", "value": ["I00", "I99"]}})
        make_population(first=1, count=1500, last_day=TODAY)
        expected, _ = expect()
        services.run_screening(actor=SYSTEM)
        assert len(expected) > 1000
        assert actual_tasks() == expected
