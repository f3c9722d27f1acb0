"""容量演练: the work that a programme would bring in the coming weeks, before any patient feels it.

Last quarter's discharges are taken as the next quarter's: each matching stay is moved on by as many days as the
period is long, and its contacts are counted per owner and day, beside what those owners have planned already.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db import connection
from psycopg import sql

from followup.programmes.contracts import StepPlan, VersionPlan
from followup.screening.cohort import CohortQuery, build_cohort
from followup.screening.compiler import Parameters, compile_criteria
from followup.screening.statement import Desk

_WORK = sql.SQL("""
WITH cohort AS MATERIALIZED ({cohort}), chosen AS MATERIALIZED (
       SELECT c.*, op.operated_on FROM cohort c
         LEFT JOIN LATERAL (SELECT max(o.operated_on) AS operated_on FROM records_operation o
               WHERE {anchored} AND o.encounter_id = c.encounter_id AND o.superseded_at IS NULL
                 AND {operation}) op ON true
        WHERE NOT c.flagged),
     step AS (SELECT * FROM unnest({anchors}::text[], {days}::int[], {afters}::int[], {owners}::text[],
                                   {staff_nos}::text[]) AS t (anchor, day, after, owner, staff_no)),
     due AS (SELECT t.owner, t.staff_no, c.ward_id, c.patient_id, c.attending_no, c.nurse_no,
                    a.anchor_on + t.day + {shift} AS due_on
               FROM chosen c CROSS JOIN step t
              CROSS JOIN LATERAL (SELECT CASE WHEN t.anchor = 'operation'
                                              THEN COALESCE(c.operated_on, c.discharged_on)
                                              ELSE c.discharged_on END) AS a (anchor_on)
              WHERE a.anchor_on + t.day + t.after >= c.discharged_on),
     placed AS (
       SELECT COALESCE(o.ward_id, {desk}) AS ward_id,
              CASE WHEN o.ward_id IS NOT NULL THEN CASE d.owner WHEN 'community' THEN r.staff_id ELSE s.id END
              END AS staff_id, d.due_on
         FROM due d
         LEFT JOIN organization_staffmember s ON s.is_active AND s.staff_no <> ''
              AND s.staff_no = CASE d.owner WHEN 'attending' THEN d.attending_no WHEN 'nurse' THEN d.nurse_no
                                            WHEN 'named' THEN d.staff_no END
         LEFT JOIN routing_currentrouting r ON d.owner = 'community' AND r.patient_id = d.patient_id
        CROSS JOIN LATERAL (SELECT CASE WHEN d.owner IN ('hospital', 'attending', 'nurse') THEN d.ward_id
                                        WHEN d.owner = 'community' THEN r.ward_id
                                        WHEN d.owner = 'named' THEN s.ward_id END) AS o (ward_id)
        WHERE d.due_on BETWEEN {today} AND {until})
SELECT ward_id, staff_id, due_on, count(*) FROM placed GROUP BY ward_id, staff_id, due_on
""")
_COUNT = sql.SQL("SELECT count(*) FROM ({cohort}) c WHERE NOT c.flagged")
_PLANNED = """
SELECT ward_id, assignee_id, due_on, count(*) FROM worklist_task
 WHERE ward_id = ANY(%s::bigint[]) AND state IN ('planned', 'in_progress') AND lead_id IS NULL
   AND due_on BETWEEN %s AND %s GROUP BY ward_id, assignee_id, due_on
"""
_PLACES = """
SELECT w.id, i.name, d.name, w.name, w.kind,
       (SELECT count(*) FROM organization_staffmember s WHERE s.ward_id = w.id AND s.is_active
           AND s.account_id IS NOT NULL)
  FROM organization_ward w JOIN organization_department d ON d.id = w.department_id
  JOIN organization_institution i ON i.id = d.institution_id WHERE w.id = ANY(%s::bigint[])
"""
_PEOPLE = "SELECT id, name, title FROM organization_staffmember WHERE id = ANY(%s::bigint[])"


def rehearse(plan: VersionPlan, *, desk: Desk, today: date, weeks: int) -> dict[str, Any]:
    """Contacts per owner and day from tomorrow for as many weeks, as if the plan went live today."""
    span = weeks * 7
    first, last = today - timedelta(days=span), today - timedelta(days=1)
    query = CohortQuery(
        criteria=plan.criteria,
        first=first,
        last=last,
        excluded_flags=plan.excluded_flags,
        institution_id=plan.institution_id,
        excluded_institution_ids=plan.excluded_institution_ids,
    )
    until = today + timedelta(days=span - 1)
    rows, enrolments = _read_work(plan, query, desk=desk, shift=span, today=today, until=until)
    wards = sorted({row[0] for row in rows})
    owners = _name_owners(rows, wards)
    _add_planned(owners, wards, today, until)
    days = [today + timedelta(days=n) for n in range(span)]
    listed = [_owner_of(key, owner, days) for key, owner in owners.items()]
    listed.sort(key=lambda owner: (-owner["total"], owner["label"]))
    return {
        "period": {"discharges_from": first, "discharges_to": last, "period_from": today, "period_to": until},
        "enrolments": enrolments,
        "tasks": sum(owner["total"] for owner in listed),
        "owners": listed,
        "capacity_note": _note(listed),
    }


def _read_work(
    plan: VersionPlan, query: CohortQuery, *, desk: Desk, shift: int, today: date, until: date
) -> tuple[list[tuple[int, int | None, date, int]], int]:
    parameters = Parameters(few=False)
    contacts = list(_expand(plan.steps, shift))
    prefixes = compile_criteria(plan.criteria).anchor_prefixes
    operation: sql.Composable = sql.SQL("true")
    if prefixes:
        operation = sql.SQL(
            "EXISTS (SELECT 1 FROM unnest({}::text[]) AS n (prefix) WHERE starts_with(o.code_stem, n.prefix))"
        ).format(parameters.add(list(prefixes)))
    statement = _WORK.format(
        cohort=build_cohort(query, parameters),
        anchored=sql.SQL("true" if any(step.anchor == "operation" for step, _ in contacts) else "false"),
        operation=operation,
        anchors=parameters.add([step.anchor for step, _ in contacts]),
        days=parameters.add([day for _, day in contacts]),
        afters=parameters.add([step.window_after for step, _ in contacts]),
        owners=parameters.add([step.owner for step, _ in contacts]),
        staff_nos=parameters.add([step.owner_staff_no for step, _ in contacts]),
        shift=parameters.add(shift),
        desk=parameters.add(desk.ward_id),
        today=parameters.add(today),
        until=parameters.add(until),
    )
    counted = Parameters(few=False)
    count = _COUNT.format(cohort=build_cohort(query, counted))
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('jit', 'off', true), set_config('work_mem', '64MB', true)")
        cursor.execute(statement, parameters.values)
        rows = list(cursor.fetchall())
        cursor.execute(count, counted.values)
        return rows, int(cursor.fetchone()[0])


def _expand(steps: Iterable[StepPlan], horizon: int) -> Iterable[tuple[StepPlan, int]]:
    """Each contact with its day; of a periodic step those that can fall into the horizon, also when they are counted
    from an operation as long before the discharge."""
    for step in steps:
        day, n = step.day, 1
        while n == 1 or day <= 2 * horizon + step.day:
            yield step, day
            if not step.repeat_every or (step.repeat_times and n >= step.repeat_times):
                break
            day, n = day + step.repeat_every, n + 1
            if step.repeat_until and day > step.repeat_until:
                break


OwnerKey = tuple[int, int | None]


def _name_owners(rows: Iterable[tuple[Any, ...]], wards: list[int]) -> dict[OwnerKey, dict[str, Any]]:
    rows = list(rows)
    staff = sorted({row[1] for row in rows if row[1] is not None})
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, [wards])
        places = {row[0]: row[1:] for row in cursor.fetchall()}
        cursor.execute(_PEOPLE, [staff])
        people = {row[0]: row[1] for row in cursor.fetchall()}
    owners: dict[OwnerKey, dict[str, Any]] = {}
    for ward_id, staff_id, day, count in rows:
        institution, department, ward, kind, seats = places[ward_id]
        owner = owners.setdefault(
            (ward_id, staff_id),
            {
                "owner": "named" if staff_id else kind,
                "label": f"{people[staff_id]}（{ward}）" if staff_id else ward,
                "place": f"{institution} {department}",
                "seats": 1 if staff_id else seats,
                "new": defaultdict(int),
                "planned": defaultdict(int),
            },
        )
        owner["new"][day] += count
    return owners


def _add_planned(owners: dict[OwnerKey, dict[str, Any]], wards: list[int], first: date, last: date) -> None:
    """What is planned already: all of a ward's beside the ward's own line, a person's own beside the person's."""
    with connection.cursor() as cursor:
        cursor.execute(_PLANNED, [wards, first, last])
        for ward_id, staff_id, day, count in cursor.fetchall():
            for key in {(ward_id, None), (ward_id, staff_id)} & owners.keys():
                owners[key]["planned"][day] += count


def _owner_of(key: OwnerKey, owner: dict[str, Any], days: list[date]) -> dict[str, Any]:
    new, planned = owner["new"], owner["planned"]
    peak = max(days, key=lambda day: (new[day] + planned[day], -day.toordinal()))
    return {
        "owner": owner["owner"],
        "ward_id": str(key[0]),
        "staff_id": None if key[1] is None else str(key[1]),
        "label": owner["label"],
        "place": owner["place"],
        "seats": owner["seats"],
        "total": sum(new.values()),
        "peak": {"day": peak, "count": new[peak] + planned[peak], "new": new[peak]},
        "days": [{"day": day, "count": new[day], "planned": planned[day]} for day in days],
    }


def _note(owners: list[dict[str, Any]]) -> str:
    """The one sentence for whoever has to decide: who is hit hardest per person, and when; empty without any work."""
    if not owners:
        return ""
    hardest = max(owners, key=lambda owner: owner["peak"]["count"] / max(owner["seats"], 1))
    peak, seats = hardest["peak"], hardest["seats"]
    when = f"{peak['day']:%Y-%m-%d}"
    if not seats:
        return f"{hardest['label']}在 {when} 有 {peak['count']} 个任务，但没有可登录的人员，请先安排人员"
    each = -(-peak["count"] // seats)
    work = f"{peak['count']} 个任务（其中新增 {peak['new']} 个）"
    return f"最忙的是{hardest['label']}：{when} 共 {work}，{seats} 人，每人约 {each} 个"
