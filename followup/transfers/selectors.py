"""What a packet says of a stay and of its follow-up, and what came of it: the tables of records, programmes and
worklist in one statement each, as screening reads them.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import orjson
from django.db import connection

from followup.transfers.rules import answer_lines
from records.errors import NothingToUnmask
from records.selectors import addresses_of, patient_detail, reveal_id_no, reveal_phone

_CLOSED = ("done", "partial", "failed", "lost", "exempt")
_STAY = """
SELECT e.patient_id, e.kind, e.admitted_at, e.discharged_at, e.disposition, e.inpatient_no, e.attending_name,
       COALESCE(NULLIF(d.name, ''), e.department_text), COALESCE(NULLIF(w.name, ''), e.ward_text),
       (SELECT jsonb_agg(jsonb_build_object('kind', x.kind, 'code', x.icd10, 'name', x.name, 'is_main', x.is_main)
                         ORDER BY x.is_main DESC, x.seq, x.id)
          FROM records_diagnosis x WHERE x.encounter_id = e.id AND x.superseded_at IS NULL),
       (SELECT jsonb_agg(jsonb_build_object('code', o.code, 'name', o.name, 'at', o.operated_at) ORDER BY o.seq, o.id)
          FROM records_operation o WHERE o.encounter_id = e.id AND o.superseded_at IS NULL),
       (SELECT jsonb_agg(jsonb_build_object('name', r.name, 'value', r.value_text, 'unit', r.unit, 'flag', r.flag)
                         ORDER BY l.reported_at, r.seq)
          FROM records_labreport l JOIN records_labresult r ON r.report_id = l.id
         WHERE l.encounter_id = e.id AND l.superseded_at IS NULL AND r.flag NOT IN ('', 'N', '正常'))
  FROM records_encounter e
  LEFT JOIN organization_department d ON d.id = e.department_id
  LEFT JOIN organization_ward w ON w.id = e.ward_id
 WHERE e.id = %s
"""
_RUNNING = """
SELECT x.id, p.key, p.name FROM programmes_enrolment x JOIN programmes_programme p ON p.id = x.programme_id
 WHERE x.encounter_id = %s AND x.state IN ('active', 'paused') ORDER BY x.id
"""
_PLAN = """
SELECT p.key, p.name, jsonb_agg(jsonb_build_object('name', s.name, 'due_on', t.due_on) ORDER BY t.due_on, t.id)
                      FILTER (WHERE t.id IS NOT NULL)
  FROM programmes_enrolment x
  JOIN programmes_programme p ON p.id = x.programme_id
  LEFT JOIN worklist_task t ON t.enrolment_id = x.id AND t.state IN ('planned', 'in_progress', 'paused')
  LEFT JOIN programmes_programmestep s ON s.id = t.step_id
 WHERE x.id = ANY(%s::bigint[]) GROUP BY x.id, p.key, p.name ORDER BY x.id
"""
_RESULTS = """
SELECT t.id, t.version, s.name, t.due_on, t.state, t.level, t.conclusion, t.close_reason, t.closed_on,
       (SELECT jsonb_agg(jsonb_build_object('at', a.at, 'channel', a.channel, 'outcome', a.outcome) ORDER BY a.at, a.id)
          FROM worklist_taskattempt a WHERE a.task_id = COALESCE(t.lead_id, t.id)),
       (SELECT jsonb_build_object('answers', b.answers, 'document', v.document)
          FROM worklist_submission b
          JOIN questionnaires_questionnaireversion v ON v.id = b.questionnaire_version_id
         WHERE b.task_id = t.id ORDER BY b.revision DESC LIMIT 1)
  FROM worklist_task t LEFT JOIN programmes_programmestep s ON s.id = t.step_id
 WHERE t.{column} = ANY(%s::bigint[]) AND t.state = ANY(%s::text[]) ORDER BY t.closed_at, t.id
"""


def list_running(encounter_id: int) -> list[dict[str, Any]]:
    return [
        {"id": pk, "programme_key": key, "programme_name": name}
        for pk, key, name in _rows(_RUNNING, [encounter_id])
    ]


def packet_facts(encounter_id: int, enrolment_ids: Sequence[int], fields: Sequence[str]) -> dict[str, Any]:
    """Values by key of the packet's catalogue, of the asked keys only. Nothing else is read out of its encryption."""
    found = _rows(_STAY, [encounter_id])
    if not found:
        return {}
    (
        patient_id, kind, admitted_at, discharged_at, disposition, inpatient_no, attending, department, ward,
        diagnoses, operations, labs,
    ) = found[0]  # fmt: skip
    person = patient_detail(patient_id)
    values: dict[str, Callable[[], Any]] = {
        "patient.name": lambda: person["name"],
        "patient.sex": lambda: person["sex"],
        "patient.birth_date": lambda: person["birth_date"].isoformat() if person["birth_date"] else None,
        "patient.id_no": lambda: _id_no(patient_id),
        "patient.phones": lambda: [
            {"number": reveal_phone(patient_id, int(phone["id"])), "owner": phone["owner"]}
            for phone in person["phones"]
        ],
        "patient.address": lambda: [
            {"kind": fact.kind, "text": fact.text, "county": fact.county, "township": fact.township,
             "village": fact.village}
            for fact in addresses_of(patient_id) if fact.kind in ("current", "registered")
        ],
        "encounter.period": lambda: {
            "kind": kind, "admitted_at": admitted_at.isoformat() if admitted_at else None,
            "discharged_at": discharged_at.isoformat() if discharged_at else None,
        },
        "encounter.place": lambda: _filled(department=department, ward=ward, attending=attending),
        "encounter.disposition": lambda: disposition,
        "encounter.inpatient_no": lambda: inpatient_no,
        "diagnoses": lambda: _json(diagnoses),
        "operations": lambda: _json(operations),
        "labs.abnormal": lambda: _json(labs),
        "plan.programmes": lambda: [
            {"key": key, "name": name, "steps": _json(steps) or []}
            for key, name, steps in _rows(_PLAN, [list(enrolment_ids)])
        ],
        "plan.results": lambda: [
            {name: result[name] for name in ("step", "state", "level", "conclusion", "closed_on")}
            for result in results_of_enrolments(enrolment_ids)
        ],
    }  # fmt: skip
    return {key: values[key]() for key in fields if key in values}


def results_of_enrolments(enrolment_ids: Sequence[int]) -> list[dict[str, Any]]:
    return [
        _result(row)
        for row in _rows(_RESULTS.format(column="enrolment_id"), [list(enrolment_ids), list(_CLOSED)])
    ]


def result_of_task(task_id: int) -> tuple[int, dict[str, Any]] | None:
    """(enrolment, result) of a task that somebody closed; None for one without an enrolment, or cancelled."""
    owner = _rows(
        "SELECT enrolment_id FROM worklist_task WHERE id = %s AND enrolment_id IS NOT NULL", [task_id]
    )
    found = _rows(_RESULTS.format(column="id"), [[task_id], list(_CLOSED)]) if owner else []
    return (int(owner[0][0]), _result(found[0])) if found else None


def last_window(enrolment_ids: Sequence[int]) -> date | None:
    found = _rows(
        "SELECT max(window_end) FROM worklist_task WHERE enrolment_id = ANY(%s::bigint[])"
        " AND state IN ('planned', 'in_progress', 'paused')",
        [list(enrolment_ids)],
    )
    day: date | None = found[0][0]
    return day


def stopped_with(encounter_id: int, prefix: str) -> list[int]:
    """Enrolments of the stay that ended with a reason that begins so."""
    return [
        int(row[0])
        for row in _rows(
            "SELECT id FROM programmes_enrolment WHERE encounter_id = %s AND state = 'stopped'"
            " AND starts_with(stop_reason, %s) ORDER BY id",
            [encounter_id, prefix],
        )
    ]


def ward_of(patient_id: int) -> int | None:
    """The ward that the patient was routed to."""
    found = _rows("SELECT ward_id FROM routing_currentrouting WHERE patient_id = %s", [patient_id])
    return found[0][0] if found else None


def _result(row: Sequence[Any]) -> dict[str, Any]:
    pk, version, step, due_on, state, level, conclusion, close_reason, closed_on, attempts, submission = row
    handed_in: Mapping[str, Any] = _json(submission) or {}
    return {
        # A later closing of the same task has a later version: it is told as a result of its own.
        "ref": f"{pk}/{version}",
        "step": step or "",
        "due_on": due_on.isoformat(),
        "closed_on": closed_on.isoformat() if closed_on else None,
        "state": state,
        "level": level or None,
        "conclusion": conclusion or close_reason,
        "attempts": _json(attempts) or [],
        "answers": answer_lines(handed_in.get("document", {}), handed_in.get("answers", {})),
    }


def _id_no(patient_id: int) -> str | None:
    try:
        return reveal_id_no(patient_id)
    except NothingToUnmask:
        return None


def _filled(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


def _json(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, str | bytes) else value


def _rows(statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
