"""The one statement of a screening run: pairs → enrolments → tasks, all programmes at once, no row seen by Python.

hit     (encounter, programme, code) by one join of the codes with all programmes' drivers, of those that meet the
        residual criteria (compiler)
pair    hits not enrolled yet, one row per (encounter, programme)
chosen  pairs with what their reason needs; in the order (encounter, programme), so that two runs at once take their
        unique-key locks in the same order and wait for each other instead of deadlocking
made    INSERT … ON CONFLICT: the natural key (encounter, programme) makes a second run harmless. An enrolment that
        a correction of the record had stopped is taken up again when the record is corrected back
task    INSERT of every step that is still owed (rules.first_owed_day), owner from the stay, routing or the centre
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg import sql

from followup.programmes.contracts import VersionPlan
from followup.programmes.enums import REOPENABLE
from followup.screening.compiler import (
    STAY_DIAGNOSIS,
    TRUE,
    CompiledCriteria,
    Parameters,
    compile_node,
    compile_switch,
)
from followup.screening.reasons import DAY_MARK, dump, enrolment_reason, task_reason, window_ends
from followup.screening.rules import FRESH_DAYS

# Whatever the criteria say, nobody phones the family of a patient who has died.
ALIVE = sql.SQL("p.deceased_at IS NULL AND e.disposition <> 'death'")


@dataclass(frozen=True, slots=True)
class Desk:
    """The follow-up centre's desk: owns what nobody else can."""

    institution_id: int
    department_id: int
    ward_id: int


@dataclass(frozen=True, slots=True)
class Scope:
    """Which encounters: all that changed since `revision`, or one; discharged on or after `earliest`.

    `earliest` is the first day of any of the programmes: one that goes live today reads today's discharges, not the
    archive.
    """

    earliest: date
    revision: int = 0
    encounter_id: int | None = None

    def condition(self) -> sql.SQL:
        if self.encounter_id is not None:
            which = "e.id = %(encounter_id)s AND "
        else:
            which = "e.revision >= %(revision)s AND " if self.revision > 0 else ""
        return sql.SQL(which + "e.status = 'discharged' AND e.discharged_on >= %(earliest)s")

    def values(self) -> dict[str, Any]:
        return {"revision": self.revision, "encounter_id": self.encounter_id, "earliest": self.earliest}


Statement = tuple[sql.Composed, dict[str, Any]]


def build_hits(
    compiled: Sequence[CompiledCriteria], scope: Scope, residuals: Mapping[int, sql.Composable] | None = None
) -> tuple[sql.Composable, dict[str, Any]]:
    """The CTE `hit(encounter_id, ord, code)`; ord counts the plans from 1.

    `residuals` by ord are tested on each hit, before anything is grouped; None: the drivers alone.
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
        if residuals is None:
            return TRUE
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
                scope=scope.condition(),
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
            ).format(scope=scope.condition(), alive=ALIVE, residual=residual(row[1] for row in operations))
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


def build_prefilter(compiled: Sequence[CompiledCriteria], *, scope: Scope) -> Statement:
    """Which plans' drivers one encounter has at all: usually a handful of 200, so that only those are compiled."""
    hits, values = build_hits(compiled, scope)
    return sql.SQL("SELECT DISTINCT ord FROM ({}) AS hit ORDER BY ord").format(hits), scope.values() | values


_SPEC = sql.SQL(
    "SELECT * FROM unnest(%(s_ord)s::int[], %(s_version)s::bigint[], %(s_programme)s::bigint[], %(s_starts)s::date[],"
    " %(s_mark)s::bigint[]) AS s (ord, version_id, programme_id, starts_on, watermark)"
)
_PAIR = sql.SQL(
    "SELECT hit.encounter_id, hit.ord, array_agg(DISTINCT hit.code) FILTER (WHERE hit.code IS NOT NULL) AS codes"
    " FROM hit JOIN spec s ON s.ord = hit.ord"
    " WHERE NOT EXISTS (SELECT 1 FROM programmes_enrolment x"
    " WHERE x.encounter_id = hit.encounter_id AND x.programme_id = s.programme_id"
    " AND NOT (x.state = 'stopped' AND x.stop_code = ANY(%(reopenable)s::text[])))"
    " GROUP BY hit.encounter_id, hit.ord"
)
_CHOSEN = """
SELECT s.ord, s.version_id, s.programme_id, e.id AS encounter_id, e.patient_id, e.discharged_on,
       e.age_at_discharge AS age, pair.codes, op.operated_on,
       CASE WHEN %(today)s::date - e.discharged_on <= %(fresh)s THEN e.discharged_on
            ELSE %(today)s::date END AS owed_from
  FROM pair
  JOIN spec s ON s.ord = pair.ord
  JOIN records_encounter e ON e.id = pair.encounter_id
  {operation}
 WHERE e.discharged_on >= s.starts_on AND e.revision >= s.watermark
 ORDER BY e.id, s.programme_id
"""
_MADE = sql.SQL("""
INSERT INTO programmes_enrolment AS x
       (programme_id, version_id, patient_id, encounter_id, state, origin, generation, reason, stop_code, stop_reason,
        enrolled_by_name, enrolled_at, ended_at)
SELECT c.programme_id, c.version_id, c.patient_id, c.encounter_id, 'active', 'rule', 0,
       (%(reasons)s::jsonb[])[c.ord] || jsonb_build_object(
         'discharged_on', c.discharged_on, 'operated_on', c.operated_on,
         'met', jsonb_build_object('age', c.age, 'codes', COALESCE(to_jsonb(c.codes), '[]'::jsonb)),
         'skipped_steps',
           ((%(d_skips)s::jsonb[])[c.ord]
             -> width_bucket(c.owed_from - c.discharged_on - 1, (%(d_ends)s::text[])[c.ord]::int[]))
           || ((%(o_skips)s::jsonb[])[c.ord]
             -> width_bucket(c.owed_from - COALESCE(c.operated_on, c.discharged_on) - 1,
                             (%(o_ends)s::text[])[c.ord]::int[]))),
       '', '', '', %(now)s, NULL
  FROM (SELECT * FROM chosen OFFSET 0) c
ON CONFLICT (encounter_id, programme_id) DO UPDATE
   SET state = 'active', stop_code = '', stop_reason = '', ended_at = NULL, version_id = EXCLUDED.version_id,
       reason = EXCLUDED.reason
 WHERE x.state = 'stopped' AND x.stop_code = ANY(%(reopenable)s::text[])
RETURNING x.id, x.programme_id, x.version_id, x.patient_id, x.encounter_id, x.reason, x.xmax <> 0 AS reopened
""")
_TASK = sql.SQL("""
INSERT INTO worklist_task
       (enrolment_id, step_id, occurrence, kind, programme_id, patient_id, encounter_id, questionnaire_version_id,
        institution_id, department_id, ward_id, assignee_id, township_code, state, channel,
        due_on, window_start, window_end, reason, level, answers, version, conclusion, close_reason, late_reason,
        reached, closed_by_name, created_at)
SELECT m.id, t.id,
       CASE WHEN m.reopened
            THEN 1 + COALESCE((SELECT max(k.occurrence) FROM worklist_task k WHERE k.enrolment_id = m.id), 0)
            ELSE 1 END,
       t.kind, m.programme_id, m.patient_id, m.encounter_id, t.form,
       CASE own.kind WHEN 'hospital' THEN wd.institution_id WHEN 'community' THEN cr.institution_id
                     ELSE %(desk_institution)s END,
       CASE own.kind WHEN 'hospital' THEN w.department_id WHEN 'community' THEN cr.department_id
                     ELSE %(desk_department)s END,
       CASE own.kind WHEN 'hospital' THEN w.id WHEN 'community' THEN cr.ward_id ELSE %(desk_ward)s END,
       CASE own.kind WHEN 'community' THEN cr.staff_id END,
       CASE WHEN length(cr.division_code) = 12 AND substr(cr.division_code, 7, 3) <> '000'
            THEN left(cr.division_code, 9) || '000' ELSE '' END,
       'planned', t.channel, at.anchor_on + t.day, at.anchor_on + t.day - t.before, at.anchor_on + t.day + t.after,
       replace(CASE WHEN at.found THEN t.reason ELSE t.reason_fallback END, %(mark)s, at.anchor_on::text)::jsonb,
       '', '{}', 1, '', '', '', false, '', %(now)s
  FROM made m
  JOIN records_encounter e ON e.id = m.encounter_id
  JOIN unnest(%(t_id)s::bigint[], %(t_version)s::bigint[], %(t_anchor)s::text[], %(t_day)s::int[],
              %(t_before)s::int[], %(t_after)s::int[], %(t_channel)s::text[], %(t_owner)s::text[], %(t_kind)s::text[],
              %(t_form)s::bigint[], %(t_reason)s::text[], %(t_fallback)s::text[])
       AS t (id, version_id, anchor, day, before, after, channel, owner, kind, form, reason, reason_fallback)
    ON t.version_id = m.version_id
  LEFT JOIN organization_ward w ON w.id = e.ward_id
  LEFT JOIN organization_department wd ON wd.id = w.department_id
  LEFT JOIN routing_currentrouting cr ON cr.patient_id = m.patient_id
 CROSS JOIN LATERAL (
       SELECT COALESCE(CASE WHEN t.anchor = 'operation' THEN (m.reason->>'operated_on')::date END, e.discharged_on),
              t.anchor = 'discharge' OR m.reason->>'operated_on' IS NOT NULL) AS at (anchor_on, found)
 CROSS JOIN LATERAL (
       SELECT CASE WHEN t.owner = 'hospital' AND w.id IS NOT NULL THEN 'hospital'
                   WHEN t.owner = 'community' AND cr.patient_id IS NOT NULL THEN 'community' END) AS own (kind)
 WHERE at.anchor_on + t.day + t.after
       >= CASE WHEN %(today)s::date - e.discharged_on <= %(fresh)s THEN e.discharged_on ELSE %(today)s::date END
ON CONFLICT (enrolment_id, step_id, occurrence) DO NOTHING
RETURNING 1
""")


def build_run(
    plans: Sequence[VersionPlan],
    compiled: Sequence[CompiledCriteria],
    *,
    scope: Scope,
    watermarks: Mapping[int, int],
    desk: Desk,
    today: date,
    now: datetime,
) -> Statement:
    """Returns (statement, parameters); it answers one row (enrolments made, tasks made)."""
    parameters = Parameters()
    residuals = {
        order: compile_node(each.residual, parameters) for order, each in enumerate(compiled, start=1)
    }
    hits, hit_values = build_hits(compiled, scope, residuals)
    statement = sql.SQL(
        "WITH spec AS ({spec}), hit AS ({hit}), pair AS ({pair}), chosen AS ({chosen}), made AS ({made}),"
        " task AS ({task}) SELECT (SELECT count(*) FROM made), (SELECT count(*) FROM task)"
    ).format(
        spec=_SPEC,
        hit=hits,
        pair=_PAIR,
        chosen=sql.SQL(_CHOSEN).format(operation=_join_operation(plans, compiled, parameters)),
        made=_MADE,
        task=_TASK,
    )
    values = {
        "today": today, "now": now, "fresh": FRESH_DAYS, "mark": DAY_MARK,
        "reopenable": [str(code) for code in REOPENABLE],
        "desk_institution": desk.institution_id, "desk_department": desk.department_id, "desk_ward": desk.ward_id,
        "s_ord": list(range(1, len(plans) + 1)),
        "s_version": [p.id for p in plans],
        "s_programme": [p.programme_id for p in plans],
        "s_starts": [p.starts_on for p in plans],
        "s_mark": [watermarks.get(p.id, 0) for p in plans],
        "reasons": [dump(enrolment_reason(p)) for p in plans],
    }  # fmt: skip
    for name, anchor in (("d", "discharge"), ("o", "operation")):
        over = [window_ends(plan, anchor) for plan in plans]
        values[f"{name}_ends"] = ["{" + ",".join(map(str, ends)) + "}" for ends, _ in over]
        values[f"{name}_skips"] = [dump(skips) for _, skips in over]
    return statement, values | _step_values(plans) | scope.values() | hit_values | parameters.values


def _join_operation(
    plans: Sequence[VersionPlan], compiled: Sequence[CompiledCriteria], parameters: Parameters
) -> sql.Composable:
    """The anchor: the latest operation that the criteria name (any, if they name none); only where a step asks."""
    anchored: list[tuple[int, tuple[str, ...]]] = [
        (order, each.anchor_prefixes)
        for order, (plan, each) in enumerate(zip(plans, compiled, strict=True), start=1)
        if any(step.anchor == "operation" for step in plan.steps)
    ]
    if not anchored:
        return sql.SQL("CROSS JOIN (SELECT NULL::date) AS op (operated_on)")
    names = [(order, prefix) for order, prefixes in anchored for prefix in prefixes]
    return sql.SQL(
        "LEFT JOIN LATERAL (SELECT max(o.operated_on) AS operated_on FROM records_operation o"
        " WHERE s.ord = ANY({orders}::int[]) AND o.encounter_id = e.id AND o.superseded_at IS NULL"
        " AND (s.ord = ANY({open}::int[]) OR EXISTS (SELECT 1 FROM unnest({n_ord}::int[], {n_prefix}::text[])"
        " AS n (ord, prefix) WHERE n.ord = s.ord AND starts_with(o.code_stem, n.prefix)))) AS op ON true"
    ).format(
        orders=parameters.add([order for order, _ in anchored]),
        open=parameters.add([order for order, prefixes in anchored if not prefixes]),
        n_ord=parameters.add([order for order, _ in names]),
        n_prefix=parameters.add([prefix for _, prefix in names]),
    )


def _step_values(plans: Sequence[VersionPlan]) -> dict[str, Any]:
    rows = [(plan, step) for plan in plans for step in plan.steps]
    return {
        "t_id": [s.id for _, s in rows],
        "t_version": [p.id for p, _ in rows],
        "t_anchor": [s.anchor for _, s in rows],
        "t_day": [s.day for _, s in rows],
        "t_before": [s.window_before for _, s in rows],
        "t_after": [s.window_after for _, s in rows],
        "t_channel": [s.channel for _, s in rows],
        "t_owner": [s.owner for _, s in rows],
        "t_kind": [s.kind for _, s in rows],
        "t_form": [s.questionnaire_version_id for _, s in rows],
        "t_reason": [dump(task_reason(p, s, anchor_found=True)) for p, s in rows],
        "t_fallback": [
            dump(task_reason(p, s, anchor_found=False)) if s.anchor == "operation" else "" for p, s in rows
        ],
    }
