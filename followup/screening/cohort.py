"""Who would meet criteria: the set behind the editor's count, its list of names and the capacity rehearsal.

A run walks the codes of all programmes at once (statement); a preview asks one set of criteria of many stays, so the
planner may hash what a run looks up stay by stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg import sql

from followup.programmes.criteria import AllOf, Node, parse_criteria
from followup.screening.compiler import TRUE, Parameters, compile_node
from followup.screening.statement import ALIVE

# Over a longer period every stay would have to be asked every condition, and the editor would wait.
FUNNEL_DAYS = 92


@dataclass(frozen=True, slots=True)
class CohortQuery:
    """Discharges from `first` to `last`, both included, that meet the criteria."""

    criteria: Mapping[str, Any]
    first: date
    last: date
    excluded_flags: tuple[str, ...] = ()
    institution_id: int | None = None
    excluded_institution_ids: tuple[int, ...] = ()


def build_cohort(query: CohortQuery, parameters: Parameters) -> sql.Composed:
    """`SELECT` of encounter_id, patient_id, discharged_on, department_id, ward_id, attending_no, nurse_no and flagged
    (kept out by a flag of the patient). Raises InvalidInput on faulty criteria.
    """
    # The deceased are kept out whatever the programme says, as in a run.
    flagged = sql.SQL(
        "EXISTS (SELECT 1 FROM records_patientflag f WHERE f.patient_id = p.id AND f.lifted_at IS NULL"
        " AND f.kind = ANY({}::text[]))"
    ).format(parameters.add(sorted({"deceased", *query.excluded_flags})))
    return sql.SQL(
        "SELECT e.id AS encounter_id, e.patient_id, e.discharged_on, e.department_id, e.ward_id, e.attending_no,"
        " e.nurse_no, {flagged} AS flagged"
        " FROM records_encounter e JOIN records_patient p ON p.id = e.patient_id"
        " WHERE {period} AND {alive} AND {place} AND {criteria}"
    ).format(
        flagged=flagged,
        period=_period(query, parameters),
        alive=ALIVE,
        place=_place(query, parameters),
        criteria=compile_node(parse_criteria(query.criteria), parameters),
    )


def build_funnel(query: CohortQuery, parameters: Parameters) -> tuple[sql.Composed, Sequence[Node]]:
    """How far the period's discharges come: rows (n, count), n the first condition that they fail, 0 for none.

    Also returns the conditions, in their order.
    """
    node = parse_criteria(query.criteria)
    conditions = node.items if isinstance(node, AllOf) else (node,)
    cases = sql.SQL(" ").join(
        sql.SQL("WHEN NOT {} THEN {}").format(compile_node(item, parameters), sql.Literal(n))
        for n, item in enumerate(conditions, start=1)
    )
    statement = sql.SQL(
        "SELECT CASE {cases} ELSE 0 END AS n, count(*)"
        " FROM records_encounter e JOIN records_patient p ON p.id = e.patient_id"
        " WHERE {period} AND {alive} AND {place} GROUP BY 1"
    ).format(
        cases=cases, period=_period(query, parameters), alive=ALIVE, place=_place(query, parameters)
    )  # fmt: skip
    return statement, conditions


def _period(query: CohortQuery, parameters: Parameters) -> sql.Composed:
    return sql.SQL("e.status = 'discharged' AND e.discharged_on BETWEEN {} AND {}").format(
        parameters.add(query.first), parameters.add(query.last)
    )


def _place(query: CohortQuery, parameters: Parameters) -> sql.Composable:
    if query.institution_id is not None:
        return sql.SQL("e.institution_id = {}").format(parameters.add(query.institution_id))
    if query.excluded_institution_ids:
        ids = parameters.add(list(query.excluded_institution_ids))
        return sql.SQL("NOT COALESCE(e.institution_id = ANY({}::bigint[]), false)").format(ids)
    return TRUE
