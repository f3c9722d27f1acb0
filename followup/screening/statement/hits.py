"""Which encounters have a code that a programme's criteria imply, all programmes in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from psycopg import sql

from followup.screening.compiler import STAY_DIAGNOSIS, CompiledCriteria, compile_switch
from followup.screening.statement.scope import ALIVE, Scope


def build_hits(
    compiled: Sequence[CompiledCriteria], scope: Scope, residuals: Mapping[int, sql.Composable]
) -> tuple[sql.Composable, dict[str, Any]]:
    """The CTE `hit(encounter_id, ord, code)`; ord counts the plans from 1.

    `residuals` by ord are tested on each hit, before anything is grouped.
    """
    diagnoses: list[tuple[str, bool, int]] = []
    operations: list[tuple[str, int]] = []
    undriven: list[int] = []
    for order, each in enumerate(compiled, start=1):
        if each.driver is None:
            undriven.append(order)
        for driver in each.driver or ():
            if driver.source == "operation":
                operations.append((driver.prefix, order))
            else:
                diagnoses.append((driver.prefix, driver.source == "main_diagnosis", order))

    def residual(orders: Iterable[int]) -> sql.Composable:
        return compile_switch([(order, residuals[order]) for order in sorted(set(orders))])

    branches: list[sql.Composable] = []
    values: dict[str, Any] = {}
    if diagnoses:
        branches.append(
            sql.SQL(
                "SELECT e.id AS encounter_id, s.ord, d.icd10 AS code FROM records_encounter e"
                " JOIN records_patient p ON p.id = e.patient_id"
                " JOIN records_diagnosis d ON d.encounter_id = e.id"
                " JOIN unnest(%(dx_prefix)s::text[], %(dx_main)s::bool[], %(dx_ord)s::int[]) AS s (prefix, main, ord)"
                " ON left(s.prefix, 3) = left(d.icd10_stem, 3) AND starts_with(d.icd10_stem, s.prefix)"
                " AND (d.is_main OR NOT s.main)"
                " WHERE {scope} AND {alive} AND {stay} AND {residual}"
            ).format(
                scope=scope.condition("d.encounter_id"),
                alive=ALIVE,
                stay=STAY_DIAGNOSIS,
                residual=residual(row[2] for row in diagnoses),
            )
        )
        columns = zip(*diagnoses, strict=True)
        values |= dict(zip(("dx_prefix", "dx_main", "dx_ord"), map(list, columns), strict=True))
    if operations:
        branches.append(
            sql.SQL(
                "SELECT e.id AS encounter_id, s.ord, o.code AS code FROM records_encounter e"
                " JOIN records_patient p ON p.id = e.patient_id"
                " JOIN records_operation o ON o.encounter_id = e.id"
                " JOIN unnest(%(op_prefix)s::text[], %(op_ord)s::int[]) AS s (prefix, ord)"
                " ON left(s.prefix, 2) = left(o.code_stem, 2) AND starts_with(o.code_stem, s.prefix)"
                " WHERE {scope} AND {alive} AND o.superseded_at IS NULL AND {residual}"
            ).format(
                scope=scope.condition("o.encounter_id"),
                alive=ALIVE,
                residual=residual(row[1] for row in operations),
            )
        )
        values |= {"op_prefix": [o[0] for o in operations], "op_ord": [o[1] for o in operations]}
    if undriven:
        branches.append(
            sql.SQL(
                "SELECT e.id AS encounter_id, s.ord, NULL::text AS code FROM records_encounter e"
                " JOIN records_patient p ON p.id = e.patient_id"
                " CROSS JOIN unnest(%(undriven)s::int[]) AS s (ord)"
                " WHERE {scope} AND {alive} AND {residual}"
            ).format(scope=scope.condition(), alive=ALIVE, residual=residual(undriven))
        )
        values["undriven"] = undriven
    return sql.SQL(" UNION ALL ").join(branches), values
