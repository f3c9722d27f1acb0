from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import orjson
from django.db import connection

from followup.screening.oracle import (
    DiagnosisFact,
    EnrolmentFact,
    Facts,
    LabFact,
    OperationFact,
    RegisterFact,
)

# Days travel as ISO text, results as text: a float would not be the number that the laboratory wrote.
_FACTS = """
SELECT e.id, e.patient_id, e.status, e.kind, e.discharged_on, e.age_at_discharge, p.sex, e.disposition, dep.code,
       p.deceased_at IS NOT NULL, ward.code, e.institution_id, inst.code, e.attending_no, e.nurse_no,
       (e.admitted_at AT TIME ZONE 'Asia/Shanghai')::date,
       ARRAY(SELECT b.code FROM records_patientlabel n JOIN records_label b ON b.id = n.label_id
              WHERE n.patient_id = p.id AND n.removed_at IS NULL ORDER BY 1),
       ARRAY(SELECT f.kind FROM records_patientflag f WHERE f.patient_id = p.id AND f.lifted_at IS NULL ORDER BY 1),
       ARRAY(SELECT d.icd10_stem FROM records_encounter b JOIN records_diagnosis d ON d.encounter_id = b.id
              WHERE b.patient_id = p.id AND b.status = 'discharged' AND d.superseded_at IS NULL
                AND (b.discharged_on < e.discharged_on OR (b.discharged_on = e.discharged_on AND b.id < e.id))
                AND (d.kind = 'discharge' OR (d.kind = 'outpatient' AND b.kind <> 'inpatient'))),
       (SELECT json_agg(json_build_array(d.icd10_stem, d.kind, d.is_main, d.name)) FROM records_diagnosis d
         WHERE d.encounter_id = e.id AND d.superseded_at IS NULL),
       (SELECT json_agg(json_build_array(o.code_stem, o.operated_on, o.name)) FROM records_operation o
         WHERE o.encounter_id = e.id AND o.superseded_at IS NULL),
       (SELECT json_agg(json_build_array(g.register, g.until)) FROM records_registerentry g
         WHERE g.patient_id = p.id),
       (SELECT json_agg(json_build_array(r.code, r.value_num::text, r.flag,
                                         (l.reported_at AT TIME ZONE 'Asia/Shanghai')::date,
                                         COALESCE(l.encounter_id = e.id, false))
                        ORDER BY l.reported_at NULLS FIRST, l.id, r.seq, r.id)
          FROM records_labreport l JOIN records_labresult r ON r.report_id = l.id
         WHERE (l.patient_id = p.id OR l.encounter_id = e.id) AND l.superseded_at IS NULL),
       (SELECT json_agg(json_build_array(g.key, x.state, (x.enrolled_at AT TIME ZONE 'Asia/Shanghai')::date))
          FROM programmes_enrolment x JOIN programmes_programme g ON g.id = x.programme_id
         WHERE x.patient_id = p.id AND x.encounter_id <> e.id)
  FROM records_encounter e JOIN records_patient p ON p.id = e.patient_id
  LEFT JOIN organization_department dep ON dep.id = e.department_id
  LEFT JOIN organization_ward ward ON ward.id = e.ward_id
  LEFT JOIN organization_institution inst ON inst.id = e.institution_id
"""
_SINGLE = (
    "encounter_id", "patient_id", "status", "kind", "discharged_on", "age", "sex", "disposition", "department_code",
    "deceased", "ward_code", "institution_id", "institution_code", "attending_no", "nurse_no", "admitted_on",
)  # fmt: skip


def iterate_facts(encounter_ids: Sequence[int] | None = None) -> Iterator[Facts]:
    """The facts of these encounters (all of the tenant when None), as the oracle reads them."""
    with connection.cursor() as cursor:
        if encounter_ids is None:
            cursor.execute(_FACTS)
        else:
            cursor.execute(_FACTS + " WHERE e.id = ANY(%s::bigint[])", [list(encounter_ids)])
        for row in cursor:
            yield _read_facts(row)


def _read_facts(row: Sequence[Any]) -> Facts:
    single = dict(zip(_SINGLE, row, strict=False))
    labels, flags, earlier, diagnoses, operations, registers, labs, enrolments = row[len(_SINGLE) :]
    return Facts(
        **single,
        labels=tuple(labels),
        flags=tuple(flags),
        earlier_stems=tuple(earlier),
        diagnoses=tuple(DiagnosisFact(*each) for each in _read_json(diagnoses)),
        operations=tuple(
            OperationFact(stem, _read_day(day), name) for stem, day, name in _read_json(operations)
        ),
        registers=tuple(
            RegisterFact(register, _read_day(until)) for register, until in _read_json(registers)
        ),
        labs=tuple(
            LabFact(code, None if value is None else Decimal(value), flag, _read_day(day), of_stay, order)
            for order, (code, value, flag, day, of_stay) in enumerate(_read_json(labs))
        ),
        enrolments=tuple(
            EnrolmentFact(key, state, date.fromisoformat(day)) for key, state, day in _read_json(enrolments)
        ),
    )


def _read_json(value: Any) -> list[Any]:
    return orjson.loads(value) if isinstance(value, str) else value or []


def _read_day(day: str | None) -> date | None:
    return None if day is None else date.fromisoformat(day)
