"""A run enrols exactly whom the criteria name, makes their tasks, and can be repeated at will."""

import json
import threading
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction

from access.actor import SYSTEM
from followup.programmes.models import Enrolment
from followup.programmes.selectors import list_active_versions
from followup.screening import services
from followup.screening.models import ScreeningRun, ScreeningWatermark
from followup.screening.rules import FRESH_DAYS
from followup.screening.tests.factories import days_ago, make_encounter, route_patient, touch
from followup.screening.tests.population import make_population
from followup.screening.tests.programme_kit import INPATIENT, STEPS, make_programme
from followup.worklist.models import Task
from kernel.tenancy import bind_schema

HEART = {"all": [INPATIENT, {"field": "diagnosis", "op": "stem_in", "value": ["I21", "I22"]}]}
JOINT = {"all": [INPATIENT, {"field": "operation", "op": "prefix_in", "value": ["81.51", "81.54"]}]}


def run() -> tuple[int, int]:
    made = services.run_screening(actor=SYSTEM)
    return made.enrolled, made.tasks_made


def tasks_of(encounter: Any) -> dict[str, Task]:
    rows = Task.objects.filter(encounter=encounter).select_related("step", "ward")
    return {f"{t.step.code}#{t.occurrence}": t for t in rows}


def ids() -> list[tuple[Any, ...]]:
    return list(Task.objects.order_by("pk").values_list("pk", "state", "due_on", "ward_id"))


@pytest.mark.req("S12")
def test_one_discharge_gets_its_tasks_with_owner_dates_and_reason(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        make_programme("heart", HEART)
        encounter = make_encounter(diagnoses=["I219", "E119"])
        route_patient(encounter.patient, "TEAM", "420583106201")
        assert run() == (1, 3)
    tasks = tasks_of(encounter)
    hospital, community, centre = tasks["d3#1"], tasks["d14#1"], tasks["op30#1"]
    assert hospital.ward.code == "W41"
    assert (hospital.due_on, hospital.window_start, hospital.window_end) == (
        date(2026, 11, 23), date(2026, 11, 22), date(2026, 11, 25),
    )  # fmt: skip
    assert (community.ward.code, community.township_code, community.channel) == ("TEAM", "420583106000", "W")
    assert (centre.ward.code, centre.due_on) == (
        "D1",
        date(2026, 12, 20),
    )  # no operation: counted from discharge
    assert hospital.reason == {
        "programme": "heart", "version": 1, "step": "d3", "anchor": "discharge", "anchor_on": "2026-11-20",
        "why": [
            "路径heart：三天电话", "出院日 2026-11-20 起第 3 天，可提前 1 天、推后 2 天",
            "就诊类别为住院", "出院诊断编码以 I21、I22 开头",
        ],
    }  # fmt: skip
    assert centre.reason["why"][1].startswith("出院日（无手术日期） 2026-11-20 起第 30 天")
    assert Enrolment.objects.get().reason == {
        "programme": "heart", "version": 1, "discharged_on": "2026-11-20", "operated_on": None,
        "met": {"age": 60, "codes": ["I219"]}, "skipped_steps": [],
    }  # fmt: skip


@pytest.mark.req("S12")
def test_the_latest_matching_operation_is_the_anchor(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        make_programme("joint", JOINT)
        operations = [("8154", date(2026, 11, 1)), ("8151", date(2026, 11, 9)), ("4701", date(2026, 11, 15))]
        encounter = make_encounter(diagnoses=["M171"], operations=operations)
        assert run() == (1, 3)
    task = tasks_of(encounter)["op30#1"]
    assert task.due_on == date(2026, 12, 9)
    assert task.reason["anchor_on"] == "2026-11-09"


def test_who_is_never_enrolled(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        make_programme("heart", HEART, starts_on=date(2026, 11, 1))
        make_encounter(diagnoses=["I219"], deceased=True)
        make_encounter(diagnoses=["I219"], disposition="death")
        make_encounter(diagnoses=["I219"], status="open")
        make_encounter(diagnoses=["I219"], status="cancelled")
        make_encounter(diagnoses=["I219"], discharged_on=date(2026, 10, 31))
        make_encounter(diagnoses=["I219"], kind="outpatient")
        make_encounter(diagnoses=(("I219", "admission", True),))
        make_encounter(diagnoses=(("I219", "outpatient", True),))
        make_programme("draft", HEART, activate=False)
        assert run() == (0, 0)


def test_owner_falls_back_to_the_centre_desk(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        make_programme("heart", HEART)
        encounter = make_encounter(diagnoses=["I219"], ward_code=None)
        run()
    assert {t.ward.code for t in tasks_of(encounter).values()} == {"D1"}
    assert {t.department.name for t in tasks_of(encounter).values()} == {"随访中心"}
    assert {t.township_code for t in tasks_of(encounter).values()} == {""}


def test_a_county_code_names_no_township(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        make_programme("heart", HEART)
        encounter = make_encounter(diagnoses=["I219"])
        route_patient(encounter.patient, "D1", "420583000000", state="unresolved")
        run()
    assert {t.township_code for t in tasks_of(encounter).values()} == {""}


def test_steps_whose_window_is_over_are_skipped_unless_the_discharge_is_fresh(in_alpha: Any, at: Any) -> None:
    late = {**STEPS[1], "code": "d60", "day": 60}
    with at("2026-11-20 09:30"):
        make_programme("heart", HEART, steps=[*STEPS, late])
        old = make_encounter(diagnoses=["I219"], discharged_on=days_ago(FRESH_DAYS + 1))
        fresh = make_encounter(diagnoses=["I219"], discharged_on=days_ago(FRESH_DAYS))
        operated = make_encounter(diagnoses=["I219"], operations=[("3606", days_ago(60))])
        assert run() == (3, 8)
    assert sorted(tasks_of(old)) == ["d60#1"]
    # Born overdue where they are: the hospital's messages were late.
    assert sorted(tasks_of(fresh)) == ["d14#1", "d3#1", "d60#1", "op30#1"]
    # 术后一月 ended while the patient was in hospital.
    assert sorted(tasks_of(operated)) == ["d14#1", "d3#1", "d60#1"]
    reasons = dict(Enrolment.objects.values_list("encounter_id", "reason"))
    assert reasons[old.pk]["skipped_steps"] == ["d3", "d14", "op30"]
    assert reasons[operated.pk]["skipped_steps"] == ["op30"]
    assert reasons[fresh.pk]["skipped_steps"] == []


@pytest.mark.req("S12")
def test_running_again_changes_nothing(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        make_programme("heart", HEART)
        make_programme("joint", JOINT)
        for stem in ("I219", "I220", "I10"):
            make_encounter(diagnoses=[stem, "I214"], operations=[("8154", days_ago(3))])
        assert run() == (6, 18)
        before = ids()
        assert run() == (0, 0)
        ScreeningWatermark.objects.all().delete()  # and all of it from the beginning
        assert run() == (0, 0)
        assert ids() == before


def test_a_new_programme_reaches_back_while_others_go_on(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        make_programme("heart", HEART)
        encounter = make_encounter(diagnoses=["I219"], operations=[("8154", days_ago(3))])
        assert run()[0] == 1
        make_programme("joint", JOINT)
        assert run()[0] == 1
    keys = Enrolment.objects.filter(encounter=encounter).values_list("programme__key", flat=True)
    assert sorted(keys) == ["heart", "joint"]


def test_a_new_version_enrols_nobody_twice(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        first = make_programme("heart", HEART)
        make_encounter(diagnoses=["I219"])
        run()
        second = make_programme(
            "heart", {"any": [*HEART["all"][1:], {"field": "age", "op": "gte", "value": 0}]}
        )
        assert second.version == first.version + 1
        assert run() == (0, 0)
        late = make_encounter(diagnoses=["I10"])
        assert run()[0] == 1
    assert Enrolment.objects.get(encounter=late).version_id == second.pk


def test_one_encounter_at_once_equals_the_run(in_alpha: Any, at: Any, django_assert_num_queries: Any) -> None:
    with at("2026-11-20 09:30"):
        make_programme("heart", HEART)
        make_programme("joint", JOINT)
        make_programme("all", INPATIENT)
        encounter = make_encounter(diagnoses=["I219"])
        list_active_versions()  # a worker has met the versions before
        with django_assert_num_queries(9):  # of them two for the savepoint
            enrolled = services.screen_encounter(encounter_id=encounter.pk, patient_id=encounter.patient_id)
        assert enrolled == 2
        assert services.screen_encounter(encounter_id=encounter.pk) == 0
        assert run() == (0, 0)
    assert Task.objects.count() == 6


@pytest.mark.req("S12")
def test_a_correction_stops_what_no_longer_holds_and_enrols_what_does(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        make_programme("heart", HEART)
        make_programme("brain", {"field": "main_diagnosis", "op": "between", "value": ["I60", "I63"]})
        encounter = make_encounter(diagnoses=["I219"])
        run()
        encounter.diagnoses.update(icd10_stem="I630", icd10="I63.000")
        touch(encounter)
        assert services.reevaluate_encounter(encounter_id=encounter.pk) == 1
        gone = Enrolment.objects.get(programme__key="heart")
        assert (gone.state, gone.stop_reason) == ("stopped", "病案更正后不再符合入组条件")
        assert set(gone.tasks.values_list("state", flat=True)) == {"cancelled"}
        assert Enrolment.objects.get(programme__key="brain").state == "active"
        # And back again: the same enrolment goes on, with new tasks; the cancelled ones stay as history.
        encounter.diagnoses.update(icd10_stem="I219")
        touch(encounter)
        services.reevaluate_encounter(encounter_id=encounter.pk)
        gone.refresh_from_db()
        assert (gone.state, gone.ended_at, gone.stop_code) == ("active", None, "")
        states = sorted(gone.tasks.values_list("occurrence", "state"))
        assert states == [(1, "cancelled")] * 3 + [(1001, "planned")] * 3
        assert run() == (0, 0)


def test_an_enrolment_somebody_works_on_is_not_stopped_by_a_correction(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        make_programme("heart", HEART)
        encounter = make_encounter(diagnoses=["I219"])
        run()
        Task.objects.filter(step__code="d3").update(state="in_progress")
        encounter.diagnoses.update(icd10_stem="I630")
        services.reevaluate_encounter(encounter_id=encounter.pk)
    assert Enrolment.objects.get().state == "active"
    assert sorted(Task.objects.values_list("state", flat=True)) == ["in_progress", "planned", "planned"]


@pytest.mark.req("S12")
def test_a_cancelled_discharge_stops_and_a_second_discharge_resumes(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        make_programme("heart", HEART)
        encounter = make_encounter(diagnoses=["I219"])
        run()
        touch(encounter, status="open")
        assert services.stop_for_encounter(encounter_id=encounter.pk, patient_id=encounter.patient_id) == 3
        assert services.stop_for_encounter(encounter_id=encounter.pk, patient_id=encounter.patient_id) == 0
        assert run() == (0, 0)
        touch(encounter, status="discharged", discharged_on=date(2026, 11, 22))
    with at("2026-11-22 09:30"):
        assert services.screen_encounter(encounter_id=encounter.pk) == 1
    assert tasks_of(encounter)["d3#1001"].due_on == date(2026, 11, 25)
    assert tasks_of(encounter)["d3#1"].state == "cancelled"


def test_death_stops_everything_for_good(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        make_programme("heart", HEART)
        encounter = make_encounter(diagnoses=["I219"])
        run()
        Task.objects.filter(step__code="d3").update(state="in_progress")
        assert services.stop_for_patient(patient_id=encounter.patient_id) == 3
        touch(encounter)
        assert run() == (0, 0)
    assert Enrolment.objects.get().stop_code == "death"


def test_no_enrolment_without_its_tasks(in_alpha: Any, at: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run dies at its very end: what its slices made stays whole, and the next run looks at all of it again."""

    def die(*_: Any, **__: Any) -> None:
        raise RuntimeError("killed")

    with at("2026-11-20 09:30"):
        make_programme("heart", HEART)
        make_encounter(diagnoses=["I219"])
        # A task that the database refuses takes its enrolment with it: they are one statement.
        with monkeypatch.context() as patch:
            patch.setattr("followup.screening.statement.tasks._TASK", _backwards())
            with pytest.raises(IntegrityError, match="worklist_window_in_order"):
                run()
        assert count_all() == (0, 0, 0)
        for target, name in ((ScreeningWatermark.objects, "bulk_create"), (services.running, "record")):
            with monkeypatch.context() as patch:
                patch.setattr(target, name, die)
                with pytest.raises(RuntimeError, match="killed"):
                    run()
            assert count_all() == (1, 3, 0)
            assert ScreeningWatermark.objects.count() == 0
        assert run() == (0, 0)
        assert ScreeningWatermark.objects.count() == 1


def count_all() -> tuple[int, int, int]:
    return Enrolment.objects.count(), Task.objects.count(), ScreeningRun.objects.count()


def _backwards() -> str:
    from followup.screening.statement import tasks

    return tasks._TASK.replace("due.due_on - t.before", "due.due_on + t.before + 1")


def test_a_tenant_without_a_centre_is_told_so(in_alpha: Any, at: Any) -> None:
    from followup.screening.errors import CentreMissing
    from organization.models import Ward

    with at("2026-11-20 09:30"):
        make_programme("heart", HEART)
        make_encounter(diagnoses=["I219"])
        Ward.objects.filter(code="D1").update(is_active=False)
        with pytest.raises(CentreMissing):
            run()


def test_other_tenant_is_untouched(in_alpha: Any, beta: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        make_programme("heart", HEART)
        make_encounter(diagnoses=["I219"])
        run()
        with bind_schema(beta.schema_name):
            assert (Enrolment.objects.count(), Task.objects.count(), ScreeningRun.objects.count()) == (
                0,
                0,
                0,
            )


@pytest.mark.req("S12")
def test_two_runs_and_a_storm_of_events_at_once_make_no_duplicate(scratch_tenant: Any, at: Any) -> None:
    schema = scratch_tenant.schema_name
    for i, stem in enumerate(("I21", "E11", "I10", "J44", "K25")):
        make_programme(f"p{i}", {"field": "diagnosis", "op": "stem_in", "value": [stem]})
    make_programme("all", INPATIENT)
    make_population(first=1, count=400, last_day=days_ago(0), days=5)
    errors: list[BaseException] = []
    gate = threading.Barrier(4)

    def work(job: Any) -> None:
        try:
            with bind_schema(schema):
                gate.wait()
                job()
        except BaseException as error:
            errors.append(error)
        finally:
            connections["default"].close()

    def events(order: range) -> Any:
        return lambda: [services.screen_encounter(encounter_id=pk) for pk in order]

    jobs = [run, run, events(range(1, 200)), events(range(199, 0, -1))]
    threads = [threading.Thread(target=work, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(DISTINCT (encounter_id, programme_id)) FROM programmes_enrolment"
        )
        made, distinct = cursor.fetchone()
        cursor.execute("SELECT count(*), count(DISTINCT (encounter_id, step_id)) FROM worklist_task")
        tasks, distinct_tasks = cursor.fetchone()
    assert made == distinct > 400
    assert tasks == distinct_tasks
    assert sum(ScreeningRun.objects.values_list("enrolled", flat=True)) <= made
    assert run() == (0, 0)


def test_a_transaction_that_commits_late_is_not_missed(scratch_tenant: Any) -> None:
    """It drew its number before the run and commits after: the watermark must not have passed it."""
    schema = scratch_tenant.schema_name
    make_programme("heart", HEART)
    encounter = make_encounter(diagnoses=["I10"])
    written, go = threading.Event(), threading.Event()

    def late() -> None:
        with bind_schema(schema), transaction.atomic():
            encounter.diagnoses.update(icd10_stem="I219")
            touch(encounter)
            written.set()
            go.wait(30)
        connections["default"].close()

    thread = threading.Thread(target=late)
    thread.start()
    assert written.wait(30)
    for _ in range(3):
        make_encounter(diagnoses=["I10"])  # newer transactions that commit earlier
    assert run() == (0, 0)
    go.set()
    thread.join(30)
    assert run()[0] == 1


def test_reasons_are_plain_json(in_alpha: Any, at: Any) -> None:
    """A name with quotes, backslashes and percent signs neither breaks the JSON nor the statement."""
    with at("2026-11-20 09:30"):
        steps = [
            {
                "code": "x",
                "name": """引'号"反\\斜%s{0}""",
                "day": 1,
                "window": [0, 0],
                "channel": ["T"],
                "owner": "centre",
            }
        ]
        make_programme("o'dd", HEART, steps=steps)
        make_encounter(diagnoses=["I219"])
        assert run() == (1, 1)
    task = Task.objects.get()
    assert task.reason["why"][0] == """路径o'dd：引'号"反\\斜%s{0}"""
    assert json.loads(json.dumps(task.reason)) == task.reason
