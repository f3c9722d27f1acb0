"""Rows of other rooms as the tests here need them: one patient, one stay, one follow-up task at a time."""

from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from community.routing.models import CurrentRouting, RoutingDecision
from followup.programmes.models import Programme
from followup.questionnaires.models import Questionnaire, QuestionnaireVersion
from followup.worklist.models import Escalation, Submission, Task, TaskAttempt
from kernel import clock
from organization.models import Ward
from records.models import Encounter, Patient

_numbers = count(1)
REVIEW_FORM = {
    "title": "二级抽查问卷",
    "items": [
        {
            "link_id": "called",
            "type": "single",
            "text": "是否接到过随访电话？",
            "required": True,
            "options": [{"value": "yes", "label": "是"}, {"value": "no", "label": "否"}],
        },
        {"link_id": "remark", "type": "text", "text": "患者意见"},
    ],
}
FOLLOW_UP_FORM = {
    "key": "ortho_day7",
    "title": "骨科术后第 7 天",
    "items": [{"link_id": "pain", "type": "scale", "text": "疼痛评分", "min": 0, "max": 10}],
}


def make_form(key: str, *, state: str = "signed", document: Any = None) -> QuestionnaireVersion:
    questionnaire, _ = Questionnaire.objects.get_or_create(key=key, defaults={"title": key})
    version = questionnaire.versions.count() + 1
    return QuestionnaireVersion.objects.create(
        questionnaire=questionnaire, version=version, document=document or {"key": key, **REVIEW_FORM},
        digest=f"{key}-{version}", state=state, created_at=clock.now(),
    )  # fmt: skip


def make_patient(name: str = "张建国", **values: Any) -> Patient:
    return Patient.objects.create(
        name=name, name_masked=f"{name[0]}*{name[-1]}", sex="M", birth_date=date(1960, 5, 1),
        created_at=clock.now(), updated_at=clock.now(), **values,
    )  # fmt: skip


def make_encounter(patient: Patient, discharged_on: date, *, ward: str = "W41", **values: Any) -> Encounter:
    place = Ward.objects.select_related("department").get(code=ward)
    number = next(_numbers)
    return Encounter.objects.create(
        **{
            "patient": patient, "kind": "inpatient", "status": "discharged", "source_system": "HIS",
            "source_id": f"E{number}", "institution_id": place.department.institution_id,
            "department_id": place.department_id, "ward": place, "discharged_on": discharged_on,
            "discharged_at": clock.start_of(discharged_on) + timedelta(hours=10), "disposition": "home",
            "main_diagnosis": "股骨颈骨折", "source_updated_at": clock.now(), "created_at": clock.now(),
            "updated_at": clock.now(), **values,
        }
    )  # fmt: skip


def make_routing(
    patient: Patient, *, state: str = "auto", township: str = "420583106", clinic: str = "T1"
) -> None:
    """Routed to a clinic's care team; unresolved and outside stay at the follow-up centre's desk."""
    home = {"unresolved": "", "outside": "110101001000"}.get(state, f"{township}201")
    ward = Ward.objects.select_related("department").get(
        **(
            {"code": "D1"}
            if state in {"unresolved", "outside"}
            else {"code": "TEAM", "department__institution__code": clinic}
        )
    )
    decision = RoutingDecision.objects.create(
        patient=patient, state=state, rule="test", confidence="0.95", division_code=home, why="测试",
        decided_at=clock.now(),
    )  # fmt: skip
    CurrentRouting.objects.create(
        patient=patient, decision=decision, state=state, division_code=home, ward=ward,
        department_id=ward.department_id, institution_id=ward.department.institution_id, decided_at=clock.now(),
    )  # fmt: skip


def make_task(
    due_on: date, *, ward: str = "W41", clinic: str = "", state: str = "planned", closed_on: date | None = None,
    by: Any = None, patient: Patient | None = None, **values: Any,
) -> Task:  # fmt: skip
    """A task due on a day with a window of two days on both sides; `by` is the actor who closed it."""
    place = Ward.objects.select_related("department").get(
        code=ward, **({"department__institution__code": clinic} if clinic else {})
    )
    programme, _ = Programme.objects.get_or_create(
        key="ortho", defaults={"name": "骨科术后随访", "kind": "specialty"}
    )
    closed_at = clock.start_of(closed_on) + timedelta(hours=15) if closed_on else None
    return Task.objects.create(
        **{
            "programme": programme, "patient": patient or make_patient(), "ward": place,
            "department_id": place.department_id, "institution_id": place.department.institution_id,
            "due_on": due_on, "window_start": due_on - timedelta(days=2),
            "window_end": due_on + timedelta(days=2), "reason": {"why": ["测试"]}, "state": state,
            "closed_on": closed_on, "closed_at": closed_at, "closed_by_id": by.id if by else None,
            "closed_by_name": by.name if by else "", "created_at": clock.now(), **values,
        }
    )  # fmt: skip


def make_submission(task: Task, *, by: Any = None, level: str = "E0", **values: Any) -> Submission:
    form = QuestionnaireVersion.objects.filter(questionnaire__key="ortho_day7").first() or make_form(
        "ortho_day7", document=FOLLOW_UP_FORM
    )
    return Submission.objects.create(
        **{
            "task": task, "revision": task.submissions.count() + 1, "questionnaire_version": form,
            "answers": {"pain": 3}, "evaluation": {}, "level": level, "conclusion": "恢复良好",
            "at": task.closed_at or clock.now(), "by_id": by.id if by else None,
            "by_name": by.name if by else "", **values,
        }
    )  # fmt: skip


def make_attempt(task: Task, *, by: Any = None, outcome: str = "reached") -> TaskAttempt:
    return TaskAttempt.objects.create(
        task=task, channel="T", outcome=outcome, note="本人接听", at=task.closed_at or clock.now(),
        by_id=by.id if by else None, by_name=by.name if by else "",
    )  # fmt: skip


def make_escalation(
    task: Task, *, opened_at: datetime, hours: int = 24, closed_at: datetime | None = None
) -> Escalation:
    return Escalation.objects.create(
        task=task, submission=make_submission(task, level="E2"), patient_id=task.patient_id,
        institution_id=task.institution_id, department_id=task.department_id, ward_id=task.ward_id, level="E2",
        findings=[], state="closed" if closed_at else "open", opened_at=opened_at,
        due_at=opened_at + timedelta(hours=hours), closed_at=closed_at, outcome="advised" if closed_at else "",
    )  # fmt: skip
