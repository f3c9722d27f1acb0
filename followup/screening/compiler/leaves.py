"""One leaf of criteria → a boolean over `e` (records_encounter) and `p` (records_patient) that is never NULL.

A look-up by encounter or patient ends in OFFSET 0, which keeps it one: hashed, it would read the whole table for a
run over ten encounters. Where many stays are asked (Parameters.few false) codes leave that to the planner.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from psycopg import sql

from followup.programmes.criteria import Leaf
from followup.screening.compiler.parameters import Parameters
from followup.screening.rules import NORMAL_LAB_FLAGS, fold

Compile = Callable[[Leaf, Parameters], sql.Composable]
COMPARE: Final = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}

# What counts as a diagnosis of the stay: of an inpatient the discharge diagnoses, not what the clinic or the
# admission desk thought; other visits have clinic diagnoses only.
STAY_DIAGNOSIS: Final = sql.SQL(
    "d.superseded_at IS NULL AND (d.kind = 'discharge' OR (d.kind = 'outpatient' AND e.kind <> 'inpatient'))"
)
_ADMITTED_ON: Final = "(e.admitted_at AT TIME ZONE 'Asia/Shanghai')::date"


def _values_of(leaf: Leaf) -> list[Any]:
    return [leaf.value] if leaf.op == "eq" else list(leaf.value)


def _unless(leaf: Leaf, test: sql.Composable) -> sql.Composable:
    return sql.SQL("(NOT {})").format(test) if leaf.op == "not_in" else test


def _compile_choice(column: str) -> Compile:
    def compile_leaf(leaf: Leaf, parameters: Parameters) -> sql.Composable:
        test = sql.SQL("({} = ANY({}::text[]))").format(sql.SQL(column), parameters.add(_values_of(leaf)))
        return _unless(leaf, test)

    return compile_leaf


def _compile_place(column: str, table: str) -> Compile:
    """A container by its code: the ids are read once, so that each encounter compares a number."""

    def compile_leaf(leaf: Leaf, parameters: Parameters) -> sql.Composable:
        test = sql.SQL(
            "COALESCE({} = ANY(ARRAY(SELECT c.id FROM {} c WHERE c.code = ANY({}::text[]))), false)"
        ).format(sql.SQL(column), sql.Identifier(table), parameters.add(_values_of(leaf)))
        return _unless(leaf, test)

    return compile_leaf


def _compile_amount(expression: str, kind: str) -> Compile:
    """A number or a day; what is not recorded is false."""

    def compile_leaf(leaf: Leaf, parameters: Parameters) -> sql.Composable:
        def add(value: Any) -> sql.Composable:
            return parameters.add(str(value) if kind == "date" else value)

        if leaf.op == "between":
            test = sql.SQL("{} BETWEEN {}::{} AND {}::{}").format(
                sql.SQL(expression), add(leaf.value[0]), sql.SQL(kind), add(leaf.value[1]), sql.SQL(kind)
            )
        else:
            test = sql.SQL("{} {} {}::{}").format(
                sql.SQL(expression), sql.SQL(COMPARE[leaf.op]), add(leaf.value), sql.SQL(kind)
            )
        return sql.SQL("COALESCE({}, false)").format(test)

    return compile_leaf


def _compile_deceased(leaf: Leaf, parameters: Parameters) -> sql.Composable:
    return sql.SQL("(p.deceased_at IS NOT NULL)" if leaf.value else "(p.deceased_at IS NULL)")


def _test_prefixes(column: str, leaf: Leaf, parameters: Parameters) -> sql.Composable:
    by_length: dict[int, list[str]] = {}
    for prefix in leaf.prefixes:
        by_length.setdefault(len(prefix), []).append(prefix)
    return sql.SQL(" OR ").join(
        sql.SQL("left({}, {}) = ANY({}::text[])").format(
            sql.SQL(column), parameters.add(length), parameters.add(prefixes)
        )
        for length, prefixes in sorted(by_length.items())
    )


def _of_stay(leaf: Leaf, test: sql.Composable, parameters: Parameters) -> sql.Composable:
    """A row of the stay's operations, or of its (main) diagnoses, that meets the test."""
    keep = sql.SQL(" OFFSET 0" if parameters.few else "")
    if leaf.field.startswith("operation"):
        return sql.SQL(
            "EXISTS (SELECT 1 FROM records_operation o WHERE o.encounter_id = e.id AND o.superseded_at IS NULL"
            " AND ({}){})"
        ).format(test, keep)
    main = sql.SQL(" AND d.is_main" if leaf.field == "main_diagnosis" else "")
    if parameters.few:
        return sql.SQL(
            "EXISTS (SELECT 1 FROM records_diagnosis d WHERE d.encounter_id = e.id AND {}{} AND ({}) OFFSET 0)"
        ).format(STAY_DIAGNOSIS, main, test)
    # The same in two parts: a subquery that asks for the kind of the stay could not be hashed.
    found = sql.SQL(
        "EXISTS (SELECT 1 FROM records_diagnosis d WHERE d.encounter_id = e.id AND d.superseded_at IS NULL"
        " AND d.kind = {}{} AND ({}))"
    )
    return sql.SQL("({} OR (e.kind <> 'inpatient' AND {}))").format(
        found.format(sql.Literal("discharge"), main, test),
        found.format(sql.Literal("outpatient"), main, test),
    )


def _compile_codes(leaf: Leaf, parameters: Parameters) -> sql.Composable:
    column = "o.code_stem" if leaf.field == "operation" else "d.icd10_stem"
    return _of_stay(leaf, _test_prefixes(column, leaf, parameters), parameters)


def _compile_words(leaf: Leaf, parameters: Parameters) -> sql.Composable:
    """strpos, not LIKE: a word may hold percent signs. Collation C folds the Latin letters only, as rules.fold does."""
    column = sql.SQL("o.name" if leaf.field == "operation_text" else "d.name")
    words = parameters.add([fold(word) for word in leaf.value])
    test = sql.SQL(
        'EXISTS (SELECT 1 FROM unnest({}::text[]) AS word WHERE strpos(upper({} COLLATE "C"), word) > 0)'
    ).format(words, column)
    return _of_stay(leaf, test, parameters)


def _compile_earlier(leaf: Leaf, parameters: Parameters) -> sql.Composable:
    """Earlier: discharged before, of two stays of one day the one recorded first."""
    return sql.SQL(
        "EXISTS (SELECT 1 FROM records_encounter b JOIN records_diagnosis d ON d.encounter_id = b.id"
        " WHERE b.patient_id = e.patient_id AND b.status = 'discharged'"
        " AND (b.discharged_on, b.id) < (e.discharged_on, e.id) AND d.superseded_at IS NULL"
        " AND (d.kind = 'discharge' OR (d.kind = 'outpatient' AND b.kind <> 'inpatient')) AND ({}) OFFSET 0)"
    ).format(_test_prefixes("d.icd10_stem", leaf, parameters))


def _compile_worn(text: str) -> Compile:
    """What the patient bears: label, flag, register. {} of the text are the values."""

    def compile_leaf(leaf: Leaf, parameters: Parameters) -> sql.Composable:
        borne = sql.SQL(text).format(parameters.add(_values_of(leaf)))
        test = sql.SQL("EXISTS (SELECT 1 FROM {} OFFSET 0)").format(borne)
        return _unless(leaf, test)

    return compile_leaf


def _compile_lab(leaf: Leaf, parameters: Parameters) -> sql.Composable:
    """The latest result of the code decides, even one without a number: an older value is not today's."""
    where = sql.SQL("l.encounter_id = e.id")
    if leaf.within_days is not None:
        where = sql.SQL(
            "l.patient_id = e.patient_id AND (l.reported_at AT TIME ZONE 'Asia/Shanghai')::date"
            " BETWEEN e.discharged_on - {}::int AND e.discharged_on"
        ).format(parameters.add(leaf.within_days))  # type: ignore[assignment]
    code, limit = leaf.value
    test: sql.Composable
    if leaf.op == "flagged":
        test = sql.SQL("(r.flag <> ALL({}::text[]))").format(parameters.add(list(NORMAL_LAB_FLAGS)))
    else:
        bounds = [parameters.add(Decimal(str(v))) for v in (limit if leaf.op == "between" else [limit])]
        if leaf.op == "between":
            test = sql.SQL("(r.value_num BETWEEN {} AND {})").format(*bounds)
        else:
            test = sql.SQL("(r.value_num {} {})").format(sql.SQL(COMPARE[leaf.op]), *bounds)
    return sql.SQL(
        "COALESCE((SELECT {} FROM records_labreport l JOIN records_labresult r ON r.report_id = l.id"
        " WHERE {} AND l.superseded_at IS NULL AND r.code = {}"
        " ORDER BY l.reported_at DESC NULLS LAST, l.id DESC, r.seq DESC, r.id DESC LIMIT 1), false)"
    ).format(test, where, parameters.add(code))


def _compile_enrolled(leaf: Leaf, parameters: Parameters) -> sql.Composable:
    """By another stay: the order in which programmes take the same stay must not matter."""
    recent: sql.Composable = sql.SQL("")
    if leaf.within_days is not None:
        recent = sql.SQL(
            " OR (x.enrolled_at AT TIME ZONE 'Asia/Shanghai')::date >= e.discharged_on - {}::int"
        ).format(parameters.add(leaf.within_days))
    test = sql.SQL(
        "EXISTS (SELECT 1 FROM programmes_enrolment x JOIN programmes_programme g ON g.id = x.programme_id"
        " WHERE x.patient_id = e.patient_id AND x.encounter_id <> e.id AND g.key = ANY({}::text[])"
        " AND (x.state IN ('active', 'paused'){}) OFFSET 0)"
    ).format(parameters.add(_values_of(leaf)), recent)
    return _unless(leaf, test)


LEAVES: Final[dict[str, Compile]] = {
    "patient_kind": _compile_choice("e.kind"),
    "sex": _compile_choice("p.sex"),
    "disposition": _compile_choice("e.disposition"),
    "attending": _compile_choice("e.attending_no"),
    "department": _compile_place("e.department_id", "organization_department"),
    "ward": _compile_place("e.ward_id", "organization_ward"),
    "institution": _compile_place("e.institution_id", "organization_institution"),
    "deceased": _compile_deceased,
    "age": _compile_amount("e.age_at_discharge", "int"),
    "discharged_on": _compile_amount("e.discharged_on", "date"),
    "admitted_on": _compile_amount(_ADMITTED_ON, "date"),
    "stay_days": _compile_amount(f"e.discharged_on - {_ADMITTED_ON}", "int"),
    "diagnosis": _compile_codes,
    "main_diagnosis": _compile_codes,
    "operation": _compile_codes,
    "diagnosis_text": _compile_words,
    "operation_text": _compile_words,
    "earlier_diagnosis": _compile_earlier,
    "label": _compile_worn(
        "records_patientlabel n JOIN records_label b ON b.id = n.label_id"
        " WHERE n.patient_id = e.patient_id AND n.removed_at IS NULL AND b.code = ANY({}::text[])"
    ),
    "flag": _compile_worn(
        "records_patientflag f WHERE f.patient_id = e.patient_id AND f.lifted_at IS NULL"
        " AND f.kind = ANY({}::text[])"
    ),
    "register": _compile_worn(
        "records_registerentry g WHERE g.patient_id = e.patient_id AND (g.until IS NULL OR g.until > e.discharged_on)"
        " AND g.register = ANY({}::text[])"
    ),
    "lab": _compile_lab,
    "enrolled": _compile_enrolled,
}
