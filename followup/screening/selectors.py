from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import orjson
from django.db import connection
from django.db.models import QuerySet

from followup.programmes.criteria import parse_criteria, sentence_of
from followup.programmes.selectors import list_active_versions
from followup.screening import oracle
from followup.screening.errors import CentreMissing
from followup.screening.models import ScreeningRun, ScreeningWatermark
from followup.screening.oracle import DiagnosisFact, Facts, OperationFact
from followup.screening.statement import Desk
from kernel.errors import NotFound


def get_desk() -> Desk:
    """The lead institution's follow-up centre. Raises CentreMissing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.id, d.id, w.id FROM organization_institution i"
            " JOIN organization_department d ON d.institution_id = i.id AND d.kind = 'follow_up_centre' AND d.is_active"
            " JOIN organization_ward w ON w.department_id = d.id AND w.kind = 'call_desk' AND w.is_active"
            " WHERE i.is_lead ORDER BY d.id, w.id LIMIT 1"
        )
        row = cursor.fetchone()
    if row is None:
        raise CentreMissing()
    return Desk(*row)


def get_watermarks() -> dict[int, int]:
    """Version id → revision from which encounters have not been screened."""
    return dict(ScreeningWatermark.objects.values_list("version_id", "revision"))


def runs() -> QuerySet[ScreeningRun, Any]:
    return ScreeningRun.objects.values(
        "id",
        "trigger",
        "started_at",
        "finished_at",
        "programmes",
        "enrolled",
        "tasks_made",
        "started_by_name",
    )


def present_run(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "id": str(row["id"])}


def get_run(*, run_id: int) -> dict[str, Any]:
    return present_run(runs().get(pk=run_id))


_EPOCH = date(2000, 1, 1)
_FACTS = """
SELECT e.id, e.patient_id, e.status, e.kind, e.discharged_on, e.age_at_discharge, p.sex, e.disposition, dep.code,
       p.deceased_at IS NOT NULL,
       (SELECT json_agg(json_build_array(d.icd10_stem, d.kind, d.is_main)) FROM records_diagnosis d
         WHERE d.encounter_id = e.id AND d.superseded_at IS NULL),
       (SELECT json_agg(json_build_array(o.code_stem, (o.operated_on - DATE '2000-01-01'))) FROM records_operation o
         WHERE o.encounter_id = e.id AND o.superseded_at IS NULL)
  FROM records_encounter e JOIN records_patient p ON p.id = e.patient_id
  LEFT JOIN organization_department dep ON dep.id = e.department_id
"""


def iterate_facts(encounter_ids: Sequence[int] | None = None) -> Iterator[Facts]:
    """The facts of these encounters (all of the tenant when None), as the oracle reads them."""
    with connection.cursor() as cursor:
        if encounter_ids is None:
            cursor.execute(_FACTS)
        else:
            cursor.execute(_FACTS + " WHERE e.id = ANY(%s::bigint[])", [list(encounter_ids)])
        for row in cursor:
            values: list[Any] = list(row[:10])
            values.append(tuple(DiagnosisFact(*d) for d in _read_json(row[10])))
            values.append(tuple(OperationFact(stem, _read_day(n)) for stem, n in _read_json(row[11])))
            yield Facts(*values)


def _read_json(value: Any) -> list[Any]:
    return orjson.loads(value) if isinstance(value, str) else value or []


def _read_day(days: int | None) -> date | None:
    return None if days is None else _EPOCH + timedelta(days=days)


def explain(*, encounter_id: int) -> list[dict[str, Any]]:
    """Per active programme: matched, or the first condition that failed, as a sentence; no fact of the patient is
    shown. Raises NotFound."""
    facts = next(iterate_facts([encounter_id]), None)
    if facts is None:
        raise NotFound()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT programme_id FROM programmes_enrolment WHERE encounter_id = %s", [encounter_id]
        )
        enrolled = {row[0] for row in cursor.fetchall()}
    rows = []
    for plan in list_active_versions():
        failed = oracle.find_ineligibility(plan, facts)
        if failed is None:
            leaf = oracle.find_failure(plan.criteria, facts)
            failed = f"不符合条件：{sentence_of(parse_criteria(leaf))}" if leaf is not None else None
        rows.append(
            {
                "programme_id": str(plan.programme_id),
                "key": plan.key,
                "name": plan.name,
                "version": plan.version,
                "matched": failed is None,
                "enrolled": plan.programme_id in enrolled,
                "failed": failed,
            }
        )
    return rows
