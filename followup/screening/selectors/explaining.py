"""为何入组、为何未入组: one patient's stays against every running programme, condition by condition, with the fact."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from django.db import connection

from access.actor import Actor
from followup.programmes.contracts import VersionPlan
from followup.programmes.criteria import AllOf, parse_criteria, sentence_of
from followup.programmes.enums import EnrolmentState, StopCode
from followup.programmes.selectors import list_active_versions
from followup.screening import oracle
from followup.screening.oracle import Facts
from followup.screening.selectors.facts import iterate_facts
from followup.screening.stating import state_facts
from kernel.errors import NotFound
from records.selectors import require_visible

MAX_STAYS = 5
_STAYS = """
SELECT e.id, e.patient_id, e.kind, e.status, e.discharged_on, e.inpatient_no,
       COALESCE(d.name, NULLIF(e.department_text, '')), e.main_diagnosis
  FROM records_encounter e LEFT JOIN organization_department d ON d.id = e.department_id
 WHERE {where} AND e.status <> 'cancelled'
 ORDER BY e.discharged_on DESC NULLS FIRST, e.id DESC LIMIT %s
"""
_ENROLMENTS = """
SELECT x.encounter_id, x.programme_id, x.id, x.state, x.stop_code, x.stop_reason, v.version, x.reason -> 'skipped_steps'
  FROM programmes_enrolment x JOIN programmes_programmeversion v ON v.id = x.version_id
 WHERE x.encounter_id = ANY(%s::bigint[])
"""


def explain(
    *,
    actor: Actor,
    encounter_id: int | None = None,
    patient_id: int | None = None,
    inpatient_no: str | None = None,
) -> list[dict[str, Any]]:
    """The stay, or the latest stays of the patient or number. Raises NotFound for none, or for one out of sight."""
    stays = _list_stays(encounter_id=encounter_id, patient_id=patient_id, inpatient_no=inpatient_no)
    if not stays:
        raise NotFound("没有找到这位患者的就诊记录，请核对编号")
    for person in {stay["patient_id"] for stay in stays}:
        require_visible(actor, person)
    ids = [stay["id"] for stay in stays]
    plans = list_active_versions()
    enrolments = _list_enrolments(ids)
    facts = {one.encounter_id: one for one in iterate_facts(ids)}
    return [
        {
            "encounter": {
                **stay,
                "id": str(stay["id"]),
                "patient_id": str(stay["patient_id"]),
            },
            "programmes": [
                _explain_programme(plan, facts[stay["id"]], enrolments.get((stay["id"], plan.programme_id)))
                for plan in plans
                if oracle.is_of_line(plan, facts[stay["id"]])
            ],
        }
        for stay in stays
    ]


def _list_stays(
    *, encounter_id: int | None, patient_id: int | None, inpatient_no: str | None
) -> list[dict[str, Any]]:
    where, value = (
        ("e.id = %s", encounter_id) if encounter_id is not None else ("e.patient_id = %s", patient_id)
    )
    if inpatient_no is not None:
        where, value = "e.inpatient_no <> '' AND e.inpatient_no = %s", inpatient_no  # type: ignore[assignment]
    keys = (
        "id",
        "patient_id",
        "kind",
        "status",
        "discharged_on",
        "inpatient_no",
        "department",
        "diagnosis",
    )
    with connection.cursor() as cursor:
        cursor.execute(_STAYS.format(where=where), [value, MAX_STAYS])
        return [dict(zip(keys, row, strict=True)) for row in cursor.fetchall()]


def _list_enrolments(encounter_ids: Sequence[int]) -> dict[tuple[int, int], dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(_ENROLMENTS, [list(encounter_ids)])
        return {
            (encounter, programme): {
                "id": str(pk),
                "state": state,
                "version": version,
                "stop_text": (reason or StopCode(code).label)
                if state == EnrolmentState.STOPPED and code
                else "",
                "skipped_steps": orjson.loads(skipped) if isinstance(skipped, str) else skipped or [],
            }
            for encounter, programme, pk, state, code, reason, version, skipped in cursor.fetchall()
        }


def _explain_programme(
    plan: VersionPlan, facts: Facts, enrolment: Mapping[str, Any] | None
) -> dict[str, Any]:
    node = parse_criteria(plan.criteria)
    raw = plan.criteria.get("all") if isinstance(node, AllOf) else None
    parts = list(zip(raw or [plan.criteria], node.items if isinstance(node, AllOf) else (node,), strict=True))
    conditions = [
        {"text": sentence_of(item), "met": oracle.evaluate(document, facts), "fact": state_facts(item, facts)}
        for document, item in parts
    ]
    failed = oracle.find_ineligibility(plan, facts)
    if failed is None:
        unmet = next((each for each in conditions if not each["met"]), None)
        failed = f"不符合条件：{unmet['text']}" if unmet else None
    return {
        "programme_id": str(plan.programme_id),
        "key": plan.key,
        "name": plan.name,
        "version": plan.version,
        "matched": failed is None,
        "enrolled": enrolment is not None and enrolment["state"] != EnrolmentState.STOPPED,
        "enrolment": enrolment,
        "conditions": conditions,
        "failed": failed,
        "sentence": _sentence(failed, enrolment),
    }


def _sentence(failed: str | None, enrolment: Mapping[str, Any] | None) -> str:
    """The one line that answers the question."""
    if enrolment is not None:
        state = EnrolmentState(enrolment["state"])
        if state == EnrolmentState.STOPPED:
            return f"曾入组，已终止：{enrolment['stop_text'] or '未写明原因'}"
        return f"已入组（第 {enrolment['version']} 版，{state.label}）"
    return f"未入组。{failed}" if failed else "符合条件，下一次筛选时入组"
