"""Every path through the real engine: who is enrolled, with exactly which tasks on which days, and who is not."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from followup.programmes.contracts import VersionPlan
from followup.programmes.criteria import parse_criteria, sentence_of
from followup.programmes.library import read_library
from followup.programmes.models import Enrolment
from followup.programmes.selectors import list_active_versions
from followup.screening import oracle
from followup.screening.selectors.facts import iterate_facts
from followup.worklist.models import Task
from followup.worklist.selectors.rows import TaskFilters, filter_tasks
from kernel.clock import SHANGHAI, FixedClock, use_clock
from organization.models import Ward
from records.models import Encounter
from tests.paths.harness import BLOCKS_FILE, as_day, load_golden
from tests.paths.stays import discharge, ward_of

PATHS = {key: golden for key, golden in load_golden().items() if key != BLOCKS_FILE}
ROUTINE = "routine"


def list_changes(part: str) -> list[Any]:
    return [
        pytest.param(key, entry, id=f"{key}-{index}")
        for key, golden in PATHS.items()
        for index, entry in enumerate(golden.get(part, []))
    ]


def plan_of(key: str) -> VersionPlan:
    return next(plan for plan in list_active_versions() if plan.key == key)


def tasks_of(encounter: Encounter, plan: VersionPlan) -> list[Task]:
    rows = Task.objects.filter(encounter=encounter, programme_id=plan.programme_id)
    return list(
        rows.select_related("step", "ward", "questionnaire_version__questionnaire").order_by("due_on", "id")
    )


def row_of(task: Task) -> tuple[Any, ...]:
    """As a golden file writes it; a member of another programme's contact at its own place, not its lead's."""
    form = task.questionnaire_version
    ward = task.ward if task.lead_id is None else Ward.objects.get(pk=task.own_ward_id)
    return (
        task.step.code, task.occurrence % 1000, task.due_on, task.window_start, task.window_end, ward.code,
        form.questionnaire.key if form else None,
    )  # fmt: skip


def expected_row(task: dict[str, Any], stay: dict[str, Any]) -> tuple[Any, ...]:
    first, last = map(as_day, task["window"])
    return (
        task["step"], task.get("n", 1), as_day(task["due"]), first, last, ward_of(task["owner"], stay),
        task.get("form"),
    )  # fmt: skip


def explain(plan: VersionPlan, encounter: Encounter) -> str:
    """The conditions that the stay does not meet, as the explanation words them."""
    facts = next(iterate_facts([encounter.pk]))
    ineligible = oracle.find_ineligibility(plan, facts)
    parts = plan.criteria.get("all", [plan.criteria])
    unmet = [sentence_of(parse_criteria(part)) for part in parts if not oracle.evaluate(part, facts)]
    return "；".join([*([ineligible] if ineligible else []), *unmet])


@pytest.mark.req("S10", "S12", "S25")
@pytest.mark.parametrize("key", PATHS)
def test_a_discharge_gets_exactly_these_tasks_day_by_day(in_library: Any, key: str) -> None:
    golden = PATHS[key]
    plan = plan_of(key)
    encounter = discharge(golden["discharge"])
    expected = [expected_row(task, golden["discharge"]) for task in golden["tasks"]]
    assert expected == sorted(expected, key=lambda row: row[2]), "write the tasks in the order of their days"
    tasks = tasks_of(encounter, plan)
    assert sorted(map(row_of, tasks), key=lambda row: row[:3]) == sorted(expected, key=lambda row: row[:3])
    leads = {task.lead_id for task in tasks if task.lead_id is not None}
    alone = [row_of(task) for task in tasks if task.lead_id is None]
    days: set[date] = {row[2] for row in expected} | {expected[0][3] - timedelta(days=1)}
    for day in sorted(days):
        with use_clock(FixedClock(datetime.combine(day, time(8), SHANGHAI))):
            due = list_ids(encounter, "due", day)
            assert [row_of(task)[:3] for task in tasks if task.pk in due] == [
                row[:3] for row in alone if row[3] <= day <= row[4]
            ]
            # A task that became part of another programme's contact is worked there, and stands once on the list.
            assert leads <= list_ids(encounter, "open", day)


def list_ids(encounter: Encounter, state: str, day: date) -> set[int]:
    rows = filter_tasks(Task.objects.filter(patient_id=encounter.patient_id), TaskFilters(state=state), day)
    return set(rows.values_list("pk", flat=True))


@pytest.mark.req("S12", "S25")
@pytest.mark.parametrize(("key", "entry"), list_changes("also_in"))
def test_other_stays_that_enrol(in_library: Any, key: str, entry: dict[str, Any]) -> None:
    plan = plan_of(key)
    encounter = discharge(PATHS[key]["discharge"] | entry["change"])
    assert explain(plan, encounter) == ""
    assert Enrolment.objects.filter(encounter=encounter, programme_id=plan.programme_id).count() == 1


@pytest.mark.req("S12", "S25")
@pytest.mark.parametrize(("key", "entry"), list_changes("not_in"))
def test_who_is_not_enrolled_is_told_why(in_library: Any, key: str, entry: dict[str, Any]) -> None:
    plan = plan_of(key)
    encounter = discharge(PATHS[key]["discharge"] | entry["change"])
    assert not Enrolment.objects.filter(encounter=encounter, programme_id=plan.programme_id).exists()
    assert entry["why"] in explain(plan, encounter)


def test_every_path_has_a_golden_file() -> None:
    shipped = {one["key"] for one in read_library("programmes") if one["kind"] != ROUTINE}
    assert sorted(shipped - set(PATHS)) == []
    assert all(golden["programme"] == key and golden["not_in"] for key, golden in PATHS.items())
