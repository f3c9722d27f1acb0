"""The floor of B1: one INSERT … SELECT by hand for exactly these programmes, from rule tables made beforehand.

The same rows, tables, indexes, owners and reason bytes as the product's; no conflict handling, no watermark, no lines
of institutions, no repetitions: nothing that these programmes do not need.
"""

from datetime import date, datetime

NOW = datetime.fromisoformat("2026-11-20T02:00:00+08:00")
TODAY = date(2026, 11, 20)
_FLOOR_TABLES = """
DROP TABLE IF EXISTS bench_plan, bench_rule, bench_step;
CREATE UNLOGGED TABLE bench_plan (version_id bigint PRIMARY KEY, programme_id bigint, reason jsonb, anchored bool,
    low int, high int, d_ends int[], d_skips jsonb, o_ends int[], o_skips jsonb);
CREATE UNLOGGED TABLE bench_rule (version_id bigint, kind text, code text);
CREATE UNLOGGED TABLE bench_step (version_id bigint, step_id bigint, anchor text, day int, before int, after int,
    channel text, owner text, reason text, fallback text, note text);
"""


def fill_floor_tables(schema: str) -> None:
    """The rules as somebody who writes the statement by hand would have them at hand."""
    from django.db import connections
    from psycopg import sql

    from followup.programmes.selectors import list_active_versions
    from followup.screening.reasons import (
        CENTRE_NOTES,
        dump,
        enrolment_reason,
        task_reason,
        window_ends,
    )

    plans = list_active_versions()
    with connections["owner"].cursor() as cursor:
        cursor.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(schema)))
        cursor.execute(_FLOOR_TABLES)
        for plan in plans:
            leaves = {leaf["field"]: leaf for leaf in plan.criteria["all"]}
            age = leaves["age"]["value"]
            low, high = age if isinstance(age, list) else (age, 200)
            d_ends, d_skips = window_ends(plan, "discharge")
            o_ends, o_skips = window_ends(plan, "operation")
            cursor.execute(
                "INSERT INTO bench_plan VALUES (%s, %s, %s::jsonb, %s, %s, %s, %s, %s::jsonb, %s, %s::jsonb)",
                [plan.id, plan.programme_id, dump(enrolment_reason(plan)), bool(o_ends), low, high, d_ends,
                 dump(d_skips), o_ends, dump(o_skips)],
            )  # fmt: skip
            kind = next(f for f in ("diagnosis", "operation", "department") if f in leaves)
            for code in leaves[kind]["value"]:
                cursor.execute("INSERT INTO bench_rule VALUES (%s, %s, %s)", [plan.id, kind, code])
            for step in plan.steps:
                cursor.execute(
                    "INSERT INTO bench_step VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                    [plan.id, step.id, step.anchor, step.day, step.window_before, step.window_after, step.channel,
                     step.owner, dump(task_reason(plan, step, anchor_found=True)),
                     dump(task_reason(plan, step, anchor_found=False)), CENTRE_NOTES.get(step.owner)],
                )  # fmt: skip
        cursor.execute("GRANT SELECT ON bench_plan, bench_rule, bench_step TO PUBLIC")
        for table in ("bench_plan", "bench_rule", "bench_step"):
            cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))
        cursor.execute("SET search_path TO public")


_MATCH = """
pair AS (
  SELECT encounter_id, version_id, array_agg(DISTINCT code) FILTER (WHERE code IS NOT NULL) AS codes FROM (
    SELECT d.encounter_id, r.version_id, d.icd10 AS code FROM records_diagnosis d
      JOIN bench_rule r ON r.kind = 'diagnosis' AND r.code = left(d.icd10_stem, 3)
     WHERE d.superseded_at IS NULL AND d.kind = 'discharge' AND d.encounter_id BETWEEN %(first)s AND %(last)s
    UNION ALL
    SELECT o.encounter_id, r.version_id, o.code FROM records_operation o
      JOIN bench_rule r ON r.kind = 'operation' AND r.code = o.code_stem
     WHERE o.superseded_at IS NULL AND o.encounter_id BETWEEN %(first)s AND %(last)s
    UNION ALL
    SELECT e.id, r.version_id, NULL FROM records_encounter e JOIN organization_department d ON d.id = e.department_id
      JOIN bench_rule r ON r.kind = 'department' AND r.code = d.code JOIN bench_plan b ON b.version_id = r.version_id
     WHERE e.age_at_discharge BETWEEN b.low AND b.high AND e.id BETWEEN %(first)s AND %(last)s
  ) hit GROUP BY encounter_id, version_id),
chosen AS (
  SELECT b.*, e.id AS encounter_id, e.patient_id, e.discharged_on, e.age_at_discharge AS age, e.ward_id, pair.codes,
         CASE WHEN b.anchored THEN (
           SELECT max(o.operated_on) FROM records_operation o JOIN bench_rule r
               ON r.version_id = b.version_id AND r.code = o.code_stem
            WHERE o.encounter_id = e.id AND o.superseded_at IS NULL) END AS operated_on,
         CASE WHEN %(today)s::date - e.discharged_on <= %(fresh)s THEN e.discharged_on
              ELSE %(today)s::date END AS owed_from
    FROM pair JOIN bench_plan b USING (version_id) JOIN records_encounter e ON e.id = pair.encounter_id
    JOIN records_patient p ON p.id = e.patient_id
   WHERE e.status = 'discharged' AND e.kind = 'inpatient' AND e.age_at_discharge BETWEEN b.low AND b.high
     AND e.disposition <> 'death' AND p.deceased_at IS NULL
     AND NOT EXISTS (SELECT 1 FROM records_patientflag f WHERE f.patient_id = e.patient_id AND f.lifted_at IS NULL
                        AND f.kind IN ('deceased', 'unreachable', 'invalid_contact', 'refused')) {anti})
"""
_ANTI_JOIN = """AND NOT EXISTS (SELECT 1 FROM programmes_enrolment x
                     WHERE x.encounter_id = pair.encounter_id AND x.programme_id = b.programme_id)"""
_FLOOR = (
    "WITH "
    + _MATCH
    + """,
made AS (
  INSERT INTO programmes_enrolment (programme_id, version_id, patient_id, encounter_id, state, reason, stop_code,
                                    stop_reason, enrolled_at)
  SELECT programme_id, version_id, patient_id, encounter_id, 'active',
         reason || jsonb_build_object('discharged_on', discharged_on, 'operated_on', operated_on,
           'met', jsonb_build_object('age', age, 'codes', COALESCE(to_jsonb(codes), '[]'::jsonb)),
           'skipped_steps', (d_skips -> width_bucket(owed_from - discharged_on - 1, d_ends))
             || (o_skips -> width_bucket(owed_from - COALESCE(operated_on, discharged_on) - 1, o_ends))),
         '', '', %(now)s FROM chosen
  RETURNING id, programme_id, version_id, patient_id, encounter_id, reason),
task AS (
  INSERT INTO worklist_task (enrolment_id, step_id, occurrence, programme_id, patient_id, encounter_id, institution_id,
      department_id, ward_id, assignee_id, township_code, state, channel, due_on, window_start, window_end, reason,
      level, answers, version, conclusion, close_reason, late_reason, reached, closed_by_name, created_at)
  SELECT m.id, t.step_id, 1, m.programme_id, m.patient_id, m.encounter_id,
         CASE WHEN t.owner = 'hospital' THEN e.institution_id WHEN t.owner = 'community' AND cr.ward_id IS NOT NULL
              THEN cr.institution_id ELSE %(desk_institution)s END,
         CASE WHEN t.owner = 'hospital' THEN e.department_id WHEN t.owner = 'community' AND cr.ward_id IS NOT NULL
              THEN cr.department_id ELSE %(desk_department)s END,
         CASE WHEN t.owner = 'hospital' THEN e.ward_id WHEN t.owner = 'community' AND cr.ward_id IS NOT NULL
              THEN cr.ward_id ELSE %(desk_ward)s END,
         CASE WHEN t.owner = 'community' THEN cr.staff_id END,
         CASE WHEN cr.ward_id IS NULL THEN '' ELSE left(cr.division_code, 9) || '000' END,
         'planned', t.channel, a.on_day + t.day, a.on_day + t.day - t.before, a.on_day + t.day + t.after,
         CASE WHEN t.owner = 'community' AND cr.ward_id IS NULL
              THEN jsonb_insert(why.reason, '{{why,-1}}', to_jsonb(t.note), true) ELSE why.reason END,
         '', '{{}}', 1, '', '', '', false, '', %(now)s
    FROM made m JOIN bench_step t USING (version_id) JOIN records_encounter e ON e.id = m.encounter_id
    LEFT JOIN routing_currentrouting cr ON cr.patient_id = m.patient_id
   CROSS JOIN LATERAL (SELECT COALESCE(CASE WHEN t.anchor = 'operation' THEN (m.reason->>'operated_on')::date END,
                                       e.discharged_on),
                              t.anchor = 'discharge' OR m.reason->>'operated_on' IS NOT NULL) a (on_day, found)
   CROSS JOIN LATERAL (SELECT replace(CASE WHEN a.found THEN t.reason ELSE t.fallback END, '@@anchor_on@@',
                                      a.on_day::text)::jsonb AS reason) why
   WHERE a.on_day + t.day + t.after
         >= CASE WHEN %(today)s::date - e.discharged_on <= %(fresh)s THEN e.discharged_on ELSE %(today)s::date END
  RETURNING 1)
SELECT (SELECT count(*) FROM made) + (SELECT count(*) FROM task)
"""
)


def run_floor(*, first: int = 0, last: int = 10**12, anti_join: bool = False) -> int:
    from django.db import connection, transaction

    from followup.screening.rules import FRESH_DAYS
    from followup.screening.selectors import get_desk

    desk = get_desk()
    values = {
        "first": first, "last": last, "today": TODAY, "now": NOW, "fresh": FRESH_DAYS,
        "desk_institution": desk.institution_id, "desk_department": desk.department_id, "desk_ward": desk.ward_id,
    }  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('jit', 'off', true), set_config('work_mem', '64MB', true)")
        cursor.execute(_FLOOR.format(anti=_ANTI_JOIN if anti_join else ""), values)
        return int(cursor.fetchone()[0])
