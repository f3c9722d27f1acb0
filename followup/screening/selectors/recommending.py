"""推荐问卷 (C4): the forms that fit one patient now, from diagnoses, indicators and history, each with its reasons.

The knowledge is the running programmes' own criteria: a form is recommended because a stay meets what its programme
asks, or nearly, and the reasons are the conditions met, in words. Nothing is learned or guessed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from django.db import connection

from access.actor import Actor
from followup.programmes.contracts import StepPlan, VersionPlan
from followup.programmes.criteria import parse_criteria, sentence_of
from followup.programmes.selectors import list_active_versions
from followup.screening import oracle
from followup.screening.oracle import Facts
from followup.screening.selectors.facts import iterate_facts
from followup.screening.stating import state_facts
from kernel import clock
from records.selectors import require_visible

# A stay that meets everything counts fully; one whose clinical codes fit but not age, place or time, by half.
_FULL: Final = {"specialty": 100, "chronic": 90, "checkup": 80, "routine": 60}
_NEAR: Final = 40
_ABNORMAL_LAST_TIME: Final = 15
_OLDER_STAY: Final = -10
# What says something about the illness; age and place alone recommend nothing.
_CLINICAL: Final = frozenset(
    {
        "diagnosis", "main_diagnosis", "operation", "diagnosis_text", "operation_text", "lab", "register",
        "earlier_diagnosis", "label",
    }
)  # fmt: skip
_MOST = 8
_STAYS = """
SELECT id FROM records_encounter WHERE patient_id = %s AND status = 'discharged'
 ORDER BY discharged_on DESC, id DESC LIMIT 5
"""
_LAST_ROUNDS = """
SELECT DISTINCT ON (v.questionnaire_id) v.questionnaire_id, s.level, t.closed_on
  FROM worklist_task t JOIN worklist_submission s ON s.task_id = t.id
  JOIN questionnaires_questionnaireversion v ON v.id = s.questionnaire_version_id
 WHERE t.patient_id = %s AND t.closed_on IS NOT NULL
 ORDER BY v.questionnaire_id, s.at DESC
"""
_FORMS = """
SELECT v.id, q.id, q.key, COALESCE(v.document->>'title', q.title) FROM questionnaires_questionnaireversion v
  JOIN questionnaires_questionnaire q ON q.id = v.questionnaire_id WHERE v.id = ANY(%s::bigint[])
"""
_ENROLLED = (
    "SELECT programme_id FROM programmes_enrolment WHERE patient_id = %s AND state IN ('active', 'paused')"
)


def recommend(*, actor: Actor, patient_id: int) -> list[dict[str, Any]]:
    """The best fitting first, at most 8. Raises NotFound for a patient out of sight."""
    require_visible(actor, patient_id)
    today = clock.today()
    with connection.cursor() as cursor:
        cursor.execute(_STAYS, [patient_id])
        order = [row[0] for row in cursor.fetchall()]
        cursor.execute(_LAST_ROUNDS, [patient_id])
        rounds = {form: (level, on) for form, level, on in cursor.fetchall()}
        cursor.execute(_ENROLLED, [patient_id])
        enrolled = {row[0] for row in cursor.fetchall()}
    by_id = {one.encounter_id: one for one in iterate_facts(order)} if order else {}
    stays = [by_id[pk] for pk in order]
    found = [each for plan in list_active_versions() if (each := _weigh(plan, stays, today)) is not None]
    forms = _read_forms({each["form"] for each in found})
    rows = [_present(each, forms[each["form"]], rounds, enrolled) for each in found]
    rows.sort(key=lambda row: (-row["score"], row["questionnaire"]["title"]))
    return rows[:_MOST]


def _weigh(plan: VersionPlan, stays: Sequence[Facts], today: date) -> dict[str, Any] | None:
    """How well the programme fits the stay that it fits best, of two the later one; None: it fits none."""
    found = (_weigh_stay(plan, facts, today, latest=n == 0) for n, facts in enumerate(stays))
    return max((each for each in found if each is not None), key=lambda each: each["score"], default=None)


def _weigh_stay(plan: VersionPlan, facts: Facts, today: date, *, latest: bool) -> dict[str, Any] | None:
    if oracle.is_dead(facts) or not oracle.is_of_line(plan, facts):
        return None
    met = list(_list_met(plan.criteria, facts))
    whole = oracle.evaluate(plan.criteria, facts)
    clinical = [leaf for leaf in met if leaf["field"] in _CLINICAL]
    step = _choose_step(plan, facts, today) if whole or clinical else None
    if step is None:
        return None
    score = (_FULL.get(plan.kind, _FULL["specialty"]) if whole else _NEAR) + (0 if latest else _OLDER_STAY)
    reasons = [_word_leaf(leaf, facts) for leaf in (clinical or met)]
    if not whole:
        failed = oracle.find_failure(plan.criteria, facts)
        reasons.append(f"尚未符合：{sentence_of(parse_criteria(failed))}" if failed else "尚未符合全部条件")
    return {
        "plan": plan, "form": step.questionnaire_version_id, "step": step, "score": score, "facts": facts,
        "reasons": [_word_stay(facts, latest=latest), *reasons],
    }  # fmt: skip


def _list_met(criteria: Mapping[str, Any], facts: Facts) -> Iterator[Mapping[str, Any]]:
    """The conditions, outside of any `not`, that hold."""
    for key in ("all", "any"):
        for item in criteria.get(key, ()):
            yield from _list_met(item, facts)
    if "field" in criteria and oracle.evaluate(criteria, facts):
        yield criteria


def _choose_step(plan: VersionPlan, facts: Facts, today: date) -> StepPlan | None:
    """The contact with a form that is next today, repetitions counted, else the last one; None: no contact has one."""
    asking = {step.id: step for step in plan.steps if step.questionnaire_version_id is not None}
    if facts.discharged_on is None or not asking:
        return None
    tasks, _ = oracle.plan_tasks(plan, facts, today)
    ahead = [task for task in tasks if task.step_id in asking and task.window_end >= today]
    if not ahead:
        return list(asking.values())[-1]
    return asking[min(ahead, key=lambda task: task.due_on).step_id]


def _word_leaf(leaf: Mapping[str, Any], facts: Facts) -> str:
    node = parse_criteria(leaf)
    fact = state_facts(node, facts)
    return f"{sentence_of(node)}（{fact}）" if fact else sentence_of(node)


def _word_stay(facts: Facts, *, latest: bool) -> str:
    when = f"{facts.discharged_on:%Y-%m-%d} " if facts.discharged_on else ""
    return f"依据{'最近一次' if latest else '较早一次'}就诊：{when}{'出院' if facts.kind == 'inpatient' else '就诊'}"


def _read_forms(version_ids: Iterable[int]) -> dict[int, tuple[int, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(_FORMS, [sorted(version_ids)])
        return {pk: (form_id, key, title) for pk, form_id, key, title in cursor.fetchall()}


def _present(
    each: dict[str, Any],
    form: tuple[int, str, str],
    rounds: Mapping[int, tuple[str, date]],
    enrolled: set[int],
) -> dict[str, Any]:
    form_id, key, title = form
    plan, score, reasons = each["plan"], each["score"], list(each["reasons"])
    level, on = rounds.get(form_id, ("", None))
    if level >= "E2":
        score += _ABNORMAL_LAST_TIME
        reasons.append(f"上次用此问卷（{on:%Y-%m-%d}）有异常 {level}")
    elif on is not None:
        reasons.append(f"上次用此问卷：{on:%Y-%m-%d}，无需处理的异常")
    return {
        "questionnaire": {"version_id": str(each["form"]), "key": key, "title": title},
        "programme": {"id": str(plan.programme_id), "name": plan.name},
        "encounter_id": str(each["facts"].encounter_id),
        "step_name": each["step"].name,
        "score": max(0, min(score, 100)),
        "reasons": reasons,
        "enrolled": plan.programme_id in enrolled,
    }
