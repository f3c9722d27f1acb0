from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import orjson
from django.db import connection

from followup.screening.oracle import DiagnosisFact, Facts, OperationFact

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
