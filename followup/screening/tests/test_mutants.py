"""Rule mutation: a compiler that gets one operator of one field wrong is caught by the oracle."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from followup.programmes.criteria import parse_criteria
from followup.programmes.criteria.vocabulary import OPERATORS
from followup.programmes.models import Enrolment
from followup.screening import oracle
from followup.screening.compiler import Parameters, compile_node, leaves
from followup.screening.selectors import iterate_facts
from followup.screening.tests.factories import add_lab, make_encounter, mark_patient, touch
from followup.screening.tests.programme_kit import make_programme
from kernel.clock import SHANGHAI

TODAY = date(2026, 11, 20)
TODAY_NOON = datetime(2026, 11, 20, 12, tzinfo=SHANGHAI)


def leaf(field: str, op: str, value: Any, within_days: int | None = None) -> dict[str, Any]:
    found = {"field": field, "op": op, "value": value}
    return found if within_days is None else {**found, "within_days": within_days}


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
    ("b.patient_id = e.patient_id", "true", leaf("earlier_diagnosis", "stem_in", ["I21"])),
    ("< (e.discharged_on", "> (e.discharged_on", leaf("earlier_diagnosis", "stem_in", ["I21"])),
    ("< (e.discharged_on", "<= (e.discharged_on", leaf("earlier_diagnosis", "stem_in", ["E11"])),
    ("b.status = 'discharged'", "true", leaf("earlier_diagnosis", "prefix_in", ["I50"])),
    ("d.superseded_at IS NULL AND ", "", leaf("earlier_diagnosis", "prefix_in", ["I21"])),
    ("b.kind <> 'inpatient'", "true", leaf("earlier_diagnosis", "prefix_in", ["J44"])),
    ("upper(", "(", leaf("diagnosis_text", "contains_any", ["copd"])),
    ("> 0", "> 1", leaf("diagnosis_text", "contains_any", ["COPD"])),
    ("d.encounter_id = e.id", "true", leaf("diagnosis_text", "contains_any", ["COPD"])),
    ("d.name", "d.icd10", leaf("diagnosis_text", "contains_any", ["COPD"])),
    ("o.name", "o.code", leaf("operation_text", "contains_any", ["置换"])),
    ("o.superseded_at IS NULL", "true", leaf("operation_text", "contains_any", ["支架"])),
    ("n.removed_at IS NULL", "true", leaf("label", "in", ["vip"])),
    ("n.patient_id = e.patient_id", "true", leaf("label", "in", ["vip"])),
    ("f.lifted_at IS NULL", "true", leaf("flag", "in", ["refused"])),
    ("f.patient_id = e.patient_id", "true", leaf("flag", "not_in", ["refused"])),
    ("g.until IS NULL OR", "", leaf("register", "in", ["diabetes"])),
    ("g.until > e", "g.until >= e", leaf("register", "in", ["diabetes"])),
    (" OR g.until > e.discharged_on", "", leaf("register", "in", ["diabetes"])),
    ("DESC NULLS LAST", "DESC NULLS FIRST", leaf("lab", "gte", {"code": "A1", "value": 7})),
    ("l.reported_at DESC", "l.reported_at ASC", leaf("lab", "gte", {"code": "A1", "value": 7})),
    ("l.encounter_id = e.id", "l.patient_id = e.patient_id", leaf("lab", "gte", {"code": "A1", "value": 7})),
    ("l.superseded_at IS NULL", "true", leaf("lab", "gte", {"code": "A1", "value": 7})),
    ("r.code =", "'A1' =", leaf("lab", "gte", {"code": "B2", "value": 7})),
    ("BETWEEN e.discharged_on", "BETWEEN 1 + e.discharged_on", leaf("lab", "gte", {"code": "A1", "value": 7}, 5)),
    ("AND e.discharged_on", "AND 1 + e.discharged_on", leaf("lab", "gte", {"code": "A1", "value": 7}, 5)),
    ("x.encounter_id <> e.id", "true", leaf("enrolled", "in", ["past"])),
    ("x.patient_id = e.patient_id", "true", leaf("enrolled", "in", ["past"])),
    ("'active', ", "", leaf("enrolled", "in", ["past"])),
    (", 'paused'", "", leaf("enrolled", "in", ["past"])),
    ("g.key = ANY", "g.key <> ALL", leaf("enrolled", "in", ["past"])),
    (">= e.discharged_on", "> e.discharged_on", leaf("enrolled", "in", ["past"], 10)),
]  # fmt: skip
# Of every field × operator one condition; the mutants of its operator are made from the compiled text.
VALUES: dict[str, Any] = {
    "patient_kind": "inpatient", "sex": "M", "disposition": "transfer", "department": "0401", "ward": "W41",
    "institution": "H1", "attending": "S-doctor", "label": "vip", "flag": "refused", "register": "diabetes",
    "enrolled": "past", "age": (60, 61), "stay_days": (2, 3), "discharged_on": ("2026-11-18", "2026-11-19"),
    "admitted_on": ("2026-11-16", "2026-11-17"), "diagnosis": ("I20", "I21"), "main_diagnosis": ("I20", "I21"),
    "earlier_diagnosis": ("I20", "I21"), "operation": ("80", "81"), "diagnosis_text": "copd",
    "operation_text": "置换", "lab": (6.5, 7),
}  # fmt: skip
# A wrong operator for each right one, as it stands in the compiled text.
SWAPS: dict[str, list[tuple[str, str]]] = {
    "eq": [("= ANY", "<> ALL"), (" = %", " <> %"), (" = %", " >= %")],
    "in": [("= ANY", "<> ALL")],
    "not_in": [("(NOT ", "("), ("= ANY", "<> ALL")],
    "gt": [(" > ", " >= "), (" > ", " < ")],
    "gte": [(" >= ", " > "), (" >= ", " <= ")],
    "lt": [(" < ", " <= "), (" < ", " > ")],
    "lte": [(" <= ", " < "), (" <= ", " >= ")],
    "between": [("BETWEEN", "NOT BETWEEN"), (", false)", ", true)"), ("left(", "right(")],
    "stem_in": [("= ANY", "<> ALL"), ("EXISTS", "NOT EXISTS"), ("left(", "right(")],
    "prefix_in": [("= ANY", "<> ALL"), ("EXISTS", "NOT EXISTS"), ("left(", "right(")],
    "contains_any": [("> 0", "= 0"), ("EXISTS (SELECT 1 FROM records", "NOT EXISTS (SELECT 1 FROM records")],
    "flagged": [("<> ALL", "= ANY"), (", false)", ", true)")],
}


def _condition(field: str, op: str) -> dict[str, Any]:
    if field == "deceased":
        return leaf(field, op, True)
    value = VALUES[field]
    if field == "lab":
        number = list(value) if op == "between" else value[1]
        return leaf(field, op, {"code": "A1"} if op == "flagged" else {"code": "A1", "value": number})
    if isinstance(value, tuple):
        if op in {"stem_in", "prefix_in"}:
            return leaf(field, op, [value[1]])
        return leaf(field, op, list(value) if op == "between" else value[0])
    return leaf(field, op, value if op == "eq" else [value])


CONDITIONS = [(field, op) for field, ops in OPERATORS.items() for op in ops]


def _text(criteria: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    parameters = Parameters()
    return compile_node(parse_criteria(criteria), parameters).as_string(), parameters.values


def _matched(text: str, values: dict[str, Any]) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.id FROM records_encounter e JOIN records_patient p ON p.id = e.patient_id WHERE "
            + text,
            values,
        )
        return {row[0] for row in cursor.fetchall()}


def _truth(criteria: dict[str, Any]) -> set[int]:
    return {facts.encounter_id for facts in iterate_facts() if oracle.evaluate(criteria, facts)}


@pytest.fixture
def specimens(in_alpha: Any, at: Any) -> None:
    """One stay for each edge that an operator can get wrong."""
    from records.models import Diagnosis, Operation

    def day(n: int) -> date:
        return TODAY - timedelta(days=n)

    with at("2026-11-20 09:30"):
        for age in (59, 60, 61, 62, None):
            make_encounter(age=age)
        make_encounter(age=59, kind="outpatient", sex="M")
        make_encounter(sex="U", attending_no="S-x", disposition="to_community")
        make_encounter(age=60, kind="outpatient", diagnoses=(("I219", "outpatient", True),))
        make_encounter(diagnoses=(("I219", "outpatient", True),))
        make_encounter(diagnoses=(("I219", "admission", True),))
        make_encounter(diagnoses=["E119", "I219"])
        make_encounter(diagnoses=["I219"], ward_code="W31", attending_no="S-doctor")
        make_encounter(diagnoses=["I200"], disposition="transfer")
        make_encounter(diagnoses=["I209"], ward_code=None, disposition="")
        make_encounter(diagnoses=["I10"], deceased=True)
        make_encounter(diagnoses=["J449 重度copd"], operations=[("8154 膝关节置换", TODAY)])
        make_encounter(diagnoses=["J440 COPD急性加重"], operations=[("9999", TODAY)])
        old = make_encounter(diagnoses=["I219"], operations=[("8151 支架", None)])
        Diagnosis.objects.filter(encounter=old).update(superseded_at=old.created_at)
        Operation.objects.filter(encounter=old).update(superseded_at=old.created_at)
        for out, stay in ((1, 2), (2, 2), (1, 3), (2, 4), (0, 1), (3, 0)):
            make_encounter(discharged_on=day(out), admitted_on=day(out + stay))
        make_encounter(discharged_on=day(4), admitted_on=day(3))
        touch(make_encounter(status="open"), discharged_on=None)
        for worn in (True, False):
            mark_patient(make_encounter().patient, labels=[("vip", worn)], flags=[("refused", worn)])
        mark_patient(make_encounter().patient, labels=[("x", True)], flags=[("unreachable", True)])
        for until in (None, day(-1), TODAY, day(1)):
            mark_patient(make_encounter().patient, registers=[("diabetes", until)])
        mark_patient(make_encounter().patient, registers=[("cancer", None)])
        for value in (6, 6.4, 6.5, 6.9, 7, 7.01, None):
            add_lab(make_encounter(), "A1", value, flag="H" if value == 7 else "N")
        later = make_encounter()
        for before, value in ((3, 6), (1, 8), (None, 6)):
            add_lab(later, "A1", value, days_before=before)
        for before in (-1, 0, 5, 6):
            add_lab(make_encounter(), "A1", 9, days_before=before, of_stay=False)
        add_lab(make_encounter(), "A1", 9, superseded=True)
        add_lab(make_encounter(), "B2", 9, flag="H")
        for stems, before, status in (
            (["I219"], 9, "discharged"), (["I200"], 9, "discharged"), (["I219"], -9, "discharged"),
            (["I509"], 9, "open"),
        ):  # fmt: skip
            now = make_encounter(diagnoses=["E119"])
            make_encounter(patient=now.patient, diagnoses=stems, discharged_on=day(before), status=status)
        clinic = make_encounter()
        make_encounter(
            patient=clinic.patient, discharged_on=day(5), diagnoses=(("J449", "outpatient", True),)
        )
        undone = make_encounter(patient=make_encounter().patient, discharged_on=day(5), diagnoses=["I219"])
        Diagnosis.objects.filter(encounter=undone).update(superseded_at=undone.created_at)
        past = make_programme("past", KIND, activate=False)
        other = make_programme("other", KIND, activate=False)
        for state, days, own in (
            ("active", 0, False), ("paused", 50, False), ("stopped", 9, False), ("stopped", 10, False),
            ("completed", 11, False), ("active", 0, True),
        ):  # fmt: skip
            now = make_encounter()
            stay = now if own else make_encounter(patient=now.patient, discharged_on=day(60))
            Enrolment.objects.create(
                programme=past.programme, version=past, patient=now.patient, encounter=stay, state=state, reason={},
                origin="manual", enrolled_at=now.discharged_at - timedelta(days=days),
            )  # fmt: skip
        Enrolment.objects.create(
            programme=other.programme, version=other, patient=clinic.patient, encounter=stay, reason={},
            enrolled_at=TODAY_NOON,
        )  # fmt: skip


@pytest.mark.req("S12")
def test_each_mutant_is_caught(specimens: None) -> None:
    survivors = []
    for right, wrong, criteria in MUTANTS:
        truth = _truth(criteria)
        text, values = _text(criteria)
        assert right in text, f"the mutant changes nothing: {right!r} is not in {text}"
        assert _matched(text, values) == truth, criteria
        if _matched(text.replace(right, wrong), values) == truth:
            survivors.append((right, wrong, criteria))
    assert survivors == []


@pytest.mark.req("S12")
def test_each_operator_of_each_field_is_caught_when_wrong(specimens: None) -> None:
    survivors = []
    for field, op in CONDITIONS:
        criteria = _condition(field, op)
        truth = _truth(criteria)
        text, values = _text(criteria)
        assert _matched(text, values) == truth, criteria
        swaps = [("IS NOT NULL", "IS NULL")] if field == "deceased" else SWAPS[op]
        mutants = {text.replace(right, wrong, 1) for right, wrong in swaps if right in text}
        assert mutants, criteria
        # And the condition dropped, or turned round.
        for mutant in {*mutants, "true", "false", f"NOT {text}"}:
            if _matched(mutant, values if "%(" in mutant else {}) == truth:
                survivors.append((criteria, mutant))
    assert survivors == []


def test_every_field_is_compiled() -> None:
    assert set(leaves.LEAVES) == set(OPERATORS)
    assert set(VALUES) | {"deceased"} == set(OPERATORS)
    assert set(SWAPS) >= {op for ops in OPERATORS.values() for op in ops}
