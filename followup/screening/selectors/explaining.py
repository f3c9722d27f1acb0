"""为何入组、为何未入组: one patient's stays against every running programme, condition by condition, with the fact."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import connection

from access.actor import Actor
from followup.programmes.contracts import VersionPlan
from followup.programmes.criteria import AllOf, Node, parse_criteria, sentence_of
from followup.programmes.enums import REOPENABLE, EnrolmentState, StopCode
from followup.programmes.selectors import list_active_versions, list_paused_versions
from followup.screening import oracle
from followup.screening.oracle import Facts
from followup.screening.rules import MOST_GENERATIONS
from followup.screening.selectors.facts import iterate_facts
from followup.screening.selectors.runs import get_watermarks
from followup.screening.stating import state_facts
from kernel.errors import NotFound
from records.selectors import visible_patients

MAX_STAYS = 5
# A number of one hospital may be another's too: so many stays are read before those out of sight are left out.
_MOST_OF_NUMBER = 50
_STAYS = """
SELECT e.id, e.patient_id, e.kind, e.status, e.discharged_on, e.inpatient_no,
       COALESCE(d.name, NULLIF(e.department_text, '')), e.main_diagnosis, e.revision
  FROM records_encounter e LEFT JOIN organization_department d ON d.id = e.department_id
 WHERE {where}
 ORDER BY e.status = 'cancelled', e.discharged_on DESC NULLS FIRST, e.id DESC LIMIT %s
"""
_ENROLMENTS = """
SELECT x.encounter_id, x.programme_id, x.id, x.state, x.stop_code, x.stop_reason, v.version, x.generation,
       x.reason -> 'skipped_steps'
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
    people = visible_patients(actor, pk__in={stay["patient_id"] for stay in stays}).values_list(
        "pk", flat=True
    )
    seen = set(people) if stays else set()
    stays = [stay for stay in stays if stay["patient_id"] in seen][:MAX_STAYS]
    if not stays:
        raise NotFound("没有找到这位患者的就诊记录，请核对编号")
    ids = [stay["id"] for stay in stays]
    lines = _list_lines()
    enrolments = _list_enrolments(ids)
    facts = {one.encounter_id: one for one in iterate_facts(ids)}
    return [
        {
            "encounter": {
                **{key: value for key, value in stay.items() if key != "revision"},
                "id": str(stay["id"]),
                "patient_id": str(stay["patient_id"]),
            },
            "programmes": [
                _explain_programme(
                    line,
                    facts[stay["id"]],
                    enrolments.get((stay["id"], line.plan.programme_id)),
                    is_due=stay["revision"] >= line.screened_to,
                )
                for line in _choose_lines(lines, facts[stay["id"]])
            ],
        }
        for stay in stays
    ]


@dataclass(frozen=True, slots=True)
class _Line:
    """What may take a stay: a running version, or a paused one, which takes nobody; its conditions read once."""

    plan: VersionPlan
    is_paused: bool
    # Stays with an older revision have been looked at by a run already.
    screened_to: int
    conditions: tuple[tuple[Mapping[str, Any], Node, str], ...]


def _list_lines() -> list[_Line]:
    marks = get_watermarks()
    return [
        _Line(plan, is_paused, marks.get(plan.id, 0), _read_conditions(plan))
        for plans, is_paused in ((list_active_versions(), False), (list_paused_versions(), True))
        for plan in plans
    ]


def _choose_lines(lines: Sequence[_Line], facts: Facts) -> list[_Line]:
    """Of each programme the line that the stay follows; if it follows none, one that says so."""
    chosen: dict[int, _Line] = {}
    for line in lines:
        if line.plan.programme_id not in chosen or oracle.is_of_line(line.plan, facts):
            chosen[line.plan.programme_id] = line
    return list(chosen.values())


def _read_conditions(plan: VersionPlan) -> tuple[tuple[Mapping[str, Any], Node, str], ...]:
    """The conditions of the outermost `all`: as written, as read, as a sentence."""
    node = parse_criteria(plan.criteria)
    nodes = node.items if isinstance(node, AllOf) else (node,)
    written = plan.criteria["all"] if isinstance(node, AllOf) else [plan.criteria]
    return tuple((raw, item, sentence_of(item)) for raw, item in zip(written, nodes, strict=True))


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
        "revision",
    )
    with connection.cursor() as cursor:
        cursor.execute(_STAYS.format(where=where), [value, _MOST_OF_NUMBER if inpatient_no else MAX_STAYS])
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
                "is_reopenable": state == EnrolmentState.STOPPED and code in REOPENABLE,
                "is_worn_out": generation >= MOST_GENERATIONS - 1,
            }
            for encounter, programme, pk, state, code, reason, version, generation, skipped in cursor.fetchall()
        }


def _explain_programme(
    line: _Line, facts: Facts, enrolment: Mapping[str, Any] | None, *, is_due: bool
) -> dict[str, Any]:
    plan = line.plan
    conditions = [
        {"text": text, "met": oracle.evaluate(raw, facts), "fact": state_facts(node, facts)}
        for raw, node, text in line.conditions
    ]
    failed = oracle.find_ineligibility(plan, facts)
    if failed is None:
        unmet = next((each for each in conditions if not each["met"]), None)
        failed = f"不符合条件：{unmet['text']}" if unmet else None
    if failed is None and line.is_paused:
        failed = _PAUSED
    return {
        "programme_id": str(plan.programme_id),
        "key": plan.key,
        "name": plan.name,
        "version": plan.version,
        "matched": failed is None,
        "enrolled": enrolment is not None and enrolment["state"] != EnrolmentState.STOPPED,
        "enrolment": enrolment and {key: enrolment[key] for key in _TOLD},
        "conditions": conditions,
        "failed": failed,
        "sentence": _sentence(failed, enrolment, is_due=is_due),
    }


_PAUSED = "该路径已暂停，暂不纳入新患者"
_TOLD = ("id", "state", "version", "stop_text", "skipped_steps")
_NEXT, _PASSED = (
    "符合条件，下一次筛选时入组",
    "现在符合条件，但上次筛选时还不符合，病案再有更新时才会重新筛选；需要随访请人工入组",
)


def _sentence(failed: str | None, enrolment: Mapping[str, Any] | None, *, is_due: bool) -> str:
    """The one line that answers the question."""
    if enrolment is None:
        return f"未入组。{failed}" if failed else _NEXT if is_due else _PASSED
    state = EnrolmentState(enrolment["state"])
    if state != EnrolmentState.STOPPED:
        return f"已入组（第 {enrolment['version']} 版，{state.label}）"
    told = f"曾入组，已终止：{enrolment['stop_text'] or '未写明原因'}"
    # Only what the record itself had ended is taken up again by a run.
    if not enrolment["is_reopenable"]:
        return told
    if failed:
        return f"{told}。{failed}"
    if enrolment["is_worn_out"]:
        return f"{told}。现在又符合条件，但已反复入组多次，不再自动入组"
    return f"{told}。{_NEXT if is_due else _PASSED}"
