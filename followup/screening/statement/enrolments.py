"""The middle of the statement: hits → pairs → chosen → enrolments made, or the enrolments that exist."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from psycopg import sql

from followup.programmes.contracts import VersionPlan
from followup.screening.compiler import CompiledCriteria, Parameters
from followup.screening.reasons import dump, enrolment_reason, window_ends

SPEC: Final = sql.SQL(
    "SELECT * FROM unnest(%(s_ord)s::int[], %(s_version)s::bigint[], %(s_programme)s::bigint[], %(s_starts)s::date[],"
    " %(s_flags)s::text[], %(s_only)s::bigint[], %(s_not)s::text[])"
    " AS s (ord, version_id, programme_id, starts_on, flags, only_institution, not_institutions)"
)
PAIR: Final = sql.SQL(
    "SELECT hit.encounter_id, hit.ord, array_agg(DISTINCT hit.code) FILTER (WHERE hit.code IS NOT NULL) AS codes"
    " FROM hit JOIN spec s ON s.ord = hit.ord"
    " WHERE NOT EXISTS (SELECT 1 FROM programmes_enrolment x"
    " WHERE x.encounter_id = hit.encounter_id AND x.programme_id = s.programme_id"
    " AND NOT (x.state = 'stopped' AND x.stop_code = ANY(%(reopenable)s::text[])))"
    " GROUP BY hit.encounter_id, hit.ord"
)
CHOSEN: Final = """
SELECT s.ord, s.version_id, s.programme_id, e.id AS encounter_id, e.patient_id, e.discharged_on,
       e.age_at_discharge AS age, pair.codes, op.operated_on,
       CASE WHEN %(today)s::date - e.discharged_on <= %(fresh)s THEN e.discharged_on
            ELSE %(today)s::date END AS owed_from
  FROM pair
  JOIN spec s ON s.ord = pair.ord
  JOIN records_encounter e ON e.id = pair.encounter_id
  {operation}
 WHERE {slice}e.discharged_on >= s.starts_on
   AND (s.only_institution IS NULL OR e.institution_id = s.only_institution)
   AND COALESCE(e.institution_id <> ALL(s.not_institutions::bigint[]), true)
   AND NOT EXISTS (SELECT 1 FROM records_patientflag f
                    WHERE f.patient_id = e.patient_id AND f.lifted_at IS NULL AND f.kind = ANY(s.flags::text[]))
 ORDER BY e.id, s.programme_id
"""
# A reopened enrolment starts anew in everything but its row: version, reason, day of enrolment, generation.
MADE: Final = sql.SQL("""
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
       reason = EXCLUDED.reason, generation = x.generation + 1, enrolled_at = EXCLUDED.enrolled_at
 WHERE x.state = 'stopped' AND x.stop_code = ANY(%(reopenable)s::text[]) AND x.generation < %(most_generations)s
RETURNING x.id, x.programme_id, x.version_id, x.patient_id, x.encounter_id, x.generation,
          (x.reason->>'operated_on')::date AS operated_on, %(today)s::date AS enrolled_on
""")
EXISTING: Final = """
SELECT x.id, x.programme_id, x.version_id, x.patient_id, x.encounter_id, x.generation,
       COALESCE((x.reason->>'operated_on')::date, op.operated_on) AS operated_on,
       (x.enrolled_at AT TIME ZONE 'Asia/Shanghai')::date AS enrolled_on
  FROM programmes_enrolment x
  JOIN spec s ON s.version_id = x.version_id
  JOIN records_encounter e ON e.id = x.encounter_id
  {operation}
 WHERE x.state = 'active' {which}
"""


def spec_values(plans: Sequence[VersionPlan]) -> dict[str, Any]:
    return {
        "s_ord": list(range(1, len(plans) + 1)),
        "s_version": [p.id for p in plans],
        "s_programme": [p.programme_id for p in plans],
        "s_starts": [p.starts_on for p in plans],
        # The deceased never are enrolled, whatever the programme says.
        "s_flags": [_array({"deceased", *p.excluded_flags}) for p in plans],
        "s_only": [p.institution_id for p in plans],
        "s_not": [_array(p.excluded_institution_ids) for p in plans],
    }


def reason_values(plans: Sequence[VersionPlan]) -> dict[str, Any]:
    values: dict[str, Any] = {"reasons": [dump(enrolment_reason(p)) for p in plans]}
    for name, anchor in (("d", "discharge"), ("o", "operation")):
        over = [window_ends(plan, anchor) for plan in plans]
        values[f"{name}_ends"] = [_array(ends) for ends, _ in over]
        values[f"{name}_skips"] = [dump(skips) for _, skips in over]
    return values


def _array(items: Iterable[object]) -> str:
    """A list within a list as PostgreSQL's array text; flags and numbers need no quotes."""
    return "{" + ",".join(map(str, items)) + "}"


def join_operation(
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
