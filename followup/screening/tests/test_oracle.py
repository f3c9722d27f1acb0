"""The SQL says what the plain-Python oracle says: over random criteria and random stays, and operator by operator."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from access.actor import SYSTEM
from followup.programmes.criteria import parse_criteria, validate
from followup.programmes.selectors import list_active_versions
from followup.screening import oracle, services
from followup.screening.compiler import Parameters, compile, compile_node
from followup.screening.selectors import iterate_facts
from followup.screening.tests.factories import make_encounter, make_population
from followup.screening.tests.programme_kit import make_programme

TODAY = date(2026, 11, 20)
CODES = ["I10", "I20", "I21", "I22", "I20.0", "I21.9", "E11", "J44", "C34"]
STEMS = ["I10", "I200", "I209", "I210", "I219", "I220", "E119", "J440", "C341", "C50", "I2"]
OPERATIONS = ["81.51", "81.5", "36", "36.06", "00.66"]
OPERATION_STEMS = ["8151", "8154", "3606", "3607", "0066", "36"]


def _choice(field: str, values: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    one = st.sampled_from(values)
    many = st.lists(one, min_size=1, max_size=3)
    return st.one_of(
        st.builds(lambda v: {"field": field, "op": "eq", "value": v}, one),
        st.builds(
            lambda o, v: {"field": field, "op": o, "value": v}, st.sampled_from(["in", "not_in"]), many
        ),
    )


def _codes(field: str, codes: list[str], ranges: list[list[str]]) -> st.SearchStrategy[dict[str, Any]]:
    many = st.lists(st.sampled_from(codes), min_size=1, max_size=3)
    return st.one_of(
        st.builds(
            lambda o, v: {"field": field, "op": o, "value": v},
            st.sampled_from(["stem_in", "prefix_in"]),
            many,
        ),
        st.builds(lambda v: {"field": field, "op": "between", "value": v}, st.sampled_from(ranges)),
    )


AGES = st.integers(0, 4).map(lambda n: 58 + n)
LEAVES = st.one_of(
    _choice("patient_kind", ["inpatient", "outpatient", "checkup"]),
    _choice("sex", ["M", "F", "U"]),
    _choice("disposition", ["home", "transfer", "other"]),
    _choice("department", ["0401", "0301", "none"]),
    st.builds(lambda v: {"field": "deceased", "op": "eq", "value": v}, st.booleans()),
    st.builds(
        lambda o, v: {"field": "age", "op": o, "value": v},
        st.sampled_from(["eq", "gt", "gte", "lt", "lte"]),
        AGES,
    ),
    st.builds(lambda a, b: {"field": "age", "op": "between", "value": sorted([a, b])}, AGES, AGES),
    _codes("diagnosis", CODES, [["I20", "I21"], ["I21.0", "I21.9"], ["C34", "E11"]]),
    _codes("main_diagnosis", CODES, [["I20", "I21"], ["A00", "J44"]]),
    _codes("operation", OPERATIONS, [["36.06", "36.07"], ["36", "81"]]),
)
CRITERIA = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda items: {"all": items}),
        st.lists(inner, min_size=1, max_size=3).map(lambda items: {"any": items}),
        inner.map(lambda item: {"not": item}),
    ),
    max_leaves=8,
)
STAYS = st.fixed_dictionaries(
    {
        "diagnoses": st.lists(
            st.tuples(
                st.sampled_from(STEMS),
                st.sampled_from(["discharge", "discharge", "admission", "outpatient"]),
                st.booleans(),
            ),
            max_size=3,
        ).map(tuple),
        "operations": st.lists(
            st.tuples(
                st.sampled_from(OPERATION_STEMS),
                st.one_of(st.none(), st.integers(0, 40).map(lambda n: TODAY - timedelta(n))),
            ),
            max_size=2,
        ).map(tuple),
        "kind": st.sampled_from(["inpatient", "inpatient", "outpatient", "checkup"]),
        "status": st.sampled_from(["discharged", "discharged", "discharged", "open"]),
        "age": st.one_of(st.none(), st.integers(57, 63)),
        "sex": st.sampled_from(["M", "F", "U"]),
        "disposition": st.sampled_from(["home", "transfer", "death", ""]),
        "ward_code": st.sampled_from(["W41", "W31", None]),
        "deceased": st.sampled_from([False, False, False, True]),
        "discharged_on": st.integers(0, 30).map(lambda n: TODAY - timedelta(n)),
    }
)
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def actual_tasks() -> set[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.encounter_id, t.step_id, t.due_on, t.window_start, t.window_end FROM worklist_task t"
        )
        return {tuple(row) for row in cursor.fetchall()}


def expected_tasks() -> set[tuple[Any, ...]]:
    plans = list_active_versions()
    return {
        (facts.encounter_id, task.step_id, task.due_on, task.window_start, task.window_end)
        for facts in iterate_facts()
        for plan in plans
        if oracle.is_eligible(plan, facts)
        for task in oracle.plan_tasks(plan, facts, TODAY)[0]
    }


def skipped(actual: bool) -> dict[tuple[int, int], list[str]]:
    if actual:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT encounter_id, programme_id, ARRAY(SELECT jsonb_array_elements_text(reason->'skipped_steps')"
                " ORDER BY 1) FROM programmes_enrolment"
            )
            return {(row[0], row[1]): row[2] for row in cursor.fetchall()}
    return {
        (facts.encounter_id, plan.programme_id): sorted(
            s.code for s in oracle.plan_tasks(plan, facts, TODAY)[1]
        )
        for facts in iterate_facts()
        for plan in list_active_versions()
        if oracle.is_eligible(plan, facts)
    }


class _Undo(Exception):
    pass


@pytest.mark.req("S12")
@SLOW
@given(criteria=st.lists(CRITERIA, min_size=1, max_size=4), stays=st.lists(STAYS, min_size=1, max_size=6))
def test_random_criteria_over_random_stays(in_alpha: Any, at: Any, criteria: Any, stays: Any) -> None:
    documents = [c for c in criteria if not validate(c)]  # contradictory age bounds are refused, not screened
    try:
        with at("2026-11-20 09:30"), transaction.atomic():
            for i, each in enumerate(documents):
                make_programme(f"p{i}", each)
            encounters = [make_encounter(**stay) for stay in stays]
            services.run_screening(actor=SYSTEM)
            by_run = actual_tasks()
            assert by_run == expected_tasks()
            assert skipped(actual=True) == skipped(actual=False)
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM worklist_task")
                cursor.execute("DELETE FROM programmes_enrolment")
            for encounter in encounters:
                services.screen_encounter(encounter_id=encounter.pk)
            assert actual_tasks() == by_run
            raise _Undo
    except _Undo:
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
        services.run_screening(actor=SYSTEM)
        actual = actual_tasks()
        assert len(actual) > 1000
        assert actual == expected_tasks()


# --- Mutation test in miniature: a compiler that gets one operator wrong must be caught. -------------------------
KIND = {"field": "patient_kind", "op": "eq", "value": "inpatient"}
AGE = {"field": "age", "op": "gte", "value": 60}
MUTANTS: list[tuple[str, str, dict[str, Any]]] = [
    ("= ANY", "<> ALL", KIND),
    ("(NOT ", "(", {"field": "disposition", "op": "not_in", "value": ["transfer"]}),
    ("(NOT ", "(", {"not": AGE}),
    (">=", ">", AGE),
    (">=", "<=", AGE),
    (" > ", " >= ", {"field": "age", "op": "gt", "value": 60}),
    (" < ", " <= ", {"field": "age", "op": "lt", "value": 60}),
    ("<=", "<", {"field": "age", "op": "lte", "value": 60}),
    (" = ", " <> ", {"field": "age", "op": "eq", "value": 60}),
    ("BETWEEN", "NOT BETWEEN", {"field": "age", "op": "between", "value": [60, 61]}),
    (", false)", ", true)", AGE),
    ("IS NULL", "IS NOT NULL", {"field": "deceased", "op": "eq", "value": False}),
    ("IS NOT NULL", "IS NULL", {"field": "deceased", "op": "eq", "value": True}),
    (" AND ", " OR ", {"all": [KIND, AGE]}),
    (" OR ", " AND ", {"any": [KIND, AGE]}),
    ("EXISTS", "NOT EXISTS", {"field": "diagnosis", "op": "stem_in", "value": ["I21"]}),
    ("d.superseded_at IS NULL AND ", "", {"field": "diagnosis", "op": "stem_in", "value": ["I21"]}),
    ("d.kind = 'discharge'", "true", {"field": "diagnosis", "op": "stem_in", "value": ["I21"]}),
    ("e.kind <> 'inpatient'", "true", {"field": "diagnosis", "op": "stem_in", "value": ["I21"]}),
    ("d.kind = 'outpatient'", "false", {"field": "diagnosis", "op": "stem_in", "value": ["I21"]}),
    (" AND d.is_main", "", {"field": "main_diagnosis", "op": "stem_in", "value": ["I21"]}),
    (" OR left", " AND left", {"field": "diagnosis", "op": "prefix_in", "value": ["I21", "I20.0"]}),
    ("o.superseded_at IS NULL", "true", {"field": "operation", "op": "prefix_in", "value": ["81.5"]}),
    ("o.encounter_id = e.id", "true", {"field": "operation", "op": "prefix_in", "value": ["81.5"]}),
    ("d.encounter_id = e.id", "true", {"field": "diagnosis", "op": "between", "value": ["I20", "I22"]}),
    ("= ANY(ARRAY", "<> ALL(ARRAY", {"field": "department", "op": "in", "value": ["0401"]}),
]  # fmt: skip


def _matched(criteria: dict[str, Any], wrong: tuple[str, str] | None = None) -> set[int]:
    parameters = Parameters()
    text = compile_node(parse_criteria(criteria), parameters).as_string()
    if wrong is not None:
        assert wrong[0] in text, f"the mutant changes nothing: {wrong[0]!r} is not in {text}"
        text = text.replace(*wrong)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.id FROM records_encounter e JOIN records_patient p ON p.id = e.patient_id WHERE "
            + text,
            parameters.values,
        )
        return {row[0] for row in cursor.fetchall()}


@pytest.fixture
def specimens(in_alpha: Any, at: Any) -> None:
    """One stay for each edge that an operator can get wrong."""
    from records.models import Diagnosis, Operation

    with at("2026-11-20 09:30"):
        for age in (59, 60, 61, 62, None):
            make_encounter(age=age)
        make_encounter(age=59, kind="outpatient")
        make_encounter(age=60, kind="outpatient", diagnoses=(("I219", "outpatient", True),))
        make_encounter(diagnoses=(("I219", "outpatient", True),))
        make_encounter(diagnoses=(("I219", "admission", True),))
        make_encounter(diagnoses=["E119", "I219"])
        make_encounter(diagnoses=["I219"], ward_code="W31")
        make_encounter(diagnoses=["I200"], disposition="transfer")
        make_encounter(diagnoses=["I209"], ward_code=None, disposition="")
        make_encounter(diagnoses=["I10"], deceased=True)
        make_encounter(operations=[("8154", TODAY)])
        old = make_encounter(diagnoses=["I219"], operations=[("8151", None)])
        Diagnosis.objects.filter(encounter=old).update(superseded_at=old.created_at)
        Operation.objects.filter(encounter=old).update(superseded_at=old.created_at)


@pytest.mark.parametrize(
    ("right", "wrong", "criteria"), MUTANTS, ids=[f"{m[0]}-{m[1]}-{i}" for i, m in enumerate(MUTANTS)]
)
def test_each_mutant_of_an_operator_is_caught(specimens: None, right: str, wrong: str, criteria: Any) -> None:
    truth = {facts.encounter_id for facts in iterate_facts() if oracle.evaluate(criteria, facts)}
    assert _matched(criteria) == truth
    assert _matched(criteria, (right, wrong)) != truth


def test_every_operator_has_a_mutant() -> None:
    from followup.programmes.criteria.grammar import OPERATORS

    assert set(compile._LEAVES) == set(OPERATORS)
    leaves = [leaf for *_, c in MUTANTS for leaf in (c.get("all") or c.get("any") or [c.get("not", c)])]
    assert {leaf["field"] for leaf in leaves} >= set(OPERATORS) - {"sex"}  # sex and kind share one function
    assert {leaf["op"] for leaf in leaves} == {op for ops in OPERATORS.values() for op in ops}
