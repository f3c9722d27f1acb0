"""Tasks of synthetic people, made row by row: what screening would have made."""

from datetime import date, timedelta
from typing import Any

from access.actor import SYSTEM
from followup.programmes.models import Enrolment, Programme, ProgrammeStep, ProgrammeVersion
from followup.questionnaires.services import load_documents
from followup.worklist.models import Task
from kernel import clock, crypto, masking
from organization.models import StaffMember, Ward
from records.models import Encounter, Patient, PatientPhone

DAY = date(2026, 11, 20)

DOCUMENT: dict[str, Any] = {
    "key": "ortho_call", "title": "骨科术后电话随访",
    "items": [
        {"link_id": "answered_by", "type": "single", "text": "谁接的电话？", "required": True,
         "options": [{"value": "self", "label": "本人"}, {"value": "family", "label": "家属"}]},
        {"link_id": "wound", "type": "single", "text": "伤口怎么样？", "required": True,
         "options": [{"value": "good", "label": "干燥", "level": "E0"},
                     {"value": "red", "label": "红肿", "level": "E2", "prompt": "伤口红肿", "advice": "预约复诊"},
                     {"value": "pus", "label": "流脓", "level": "E3", "prompt": "伤口流脓", "advice": "今天来院"}]},
        {"link_id": "pain", "type": "scale", "text": "疼痛几分？", "min": 0, "max": 10,
         "rules": [{"when": "value >= 4 and prev(pain) >= 4", "level": "E2", "prompt": "疼痛连续两次不低于4分",
                    "advice": "调整止痛"}]},
        {"link_id": "temp", "type": "number", "text": "体温？", "unit": "℃", "min": 34, "max": 43},
        {"link_id": "walk", "type": "single", "text": "能下地吗？",
         "options": [{"value": "yes", "label": "能"}, {"value": "no", "label": "不能"}]},
        {"link_id": "remark", "type": "text", "text": "其他"},
    ],
}  # fmt: skip
GOOD = {"answered_by": "self", "wound": "good", "pain": 2, "temp": 36.6, "walk": "yes"}


# Asks one question of DOCUMENT again.
SATISFACTION: dict[str, Any] = {
    "key": "satisfaction", "title": "满意度回访",
    "items": [
        DOCUMENT["items"][0],
        {"link_id": "content", "type": "single", "text": "对这次住院满意吗？", "required": True,
         "options": [{"value": "yes", "label": "满意", "level": "E0"},
                     {"value": "no", "label": "不满意", "level": "E2", "prompt": "不满意", "advice": "科主任回访"}]},
        {"link_id": "praise", "type": "multiple", "text": "哪里好？",
         "options": [{"value": "nurse", "label": "护士"}, {"value": "doctor", "label": "医生"}]},
        {"link_id": "meds", "type": "group", "repeats": True, "text": "带药",
         "items": [{"link_id": "taken", "type": "single", "text": "按时吃了吗？",
                    "options": [{"value": "y", "label": "是"}, {"value": "n", "label": "否"}]}]},
    ],
}  # fmt: skip


def make_programme(
    key: str = "ortho",
    *,
    kind: str = "specialty",
    merge: str = "none",
    document: dict[str, Any] | None = None,
    name: str = "骨科术后随访",
    **step: Any,
) -> ProgrammeStep:
    now = clock.now()
    document = document or DOCUMENT
    form = load_documents(documents=[document], signed_by_name="孙主任", actor=SYSTEM)[document["key"]]
    programme = Programme.objects.create(key=key, name=name, kind=kind)
    version = ProgrammeVersion.objects.create(
        programme=programme, version=1, state="active", criteria={}, digest="0" * 64, starts_on=DAY, created_at=now,
        merge=merge,
    )  # fmt: skip
    values: dict[str, Any] = {"owner": "community", "questionnaire_version_id": form, **step}
    return ProgrammeStep.objects.create(
        version=version, seq=1, code="d7", name="出院后第7天", day=7, channels=["T"], **values
    )


def enrol(step: ProgrammeStep, patient: Patient) -> Enrolment:
    encounter = Encounter.objects.filter(patient=patient).first() or make_encounter(patient)
    found, _ = Enrolment.objects.get_or_create(
        programme=step.version.programme, encounter=encounter,
        defaults={"version": step.version, "patient": patient, "reason": {}, "enrolled_at": clock.now()},
    )  # fmt: skip
    return found


def make_enrolled_task(step: ProgrammeStep, patient: Patient, **more: Any) -> Task:
    """As make_task, with the enrolment behind it: what can become part of a contact."""
    return make_task(step, patient=patient, enrolment=enrol(step, patient), **more)


def make_patient(
    name: str = "张伟民", *, phone: str = "13800001234", id_no_last4: str = "123X", **more: Any
) -> Patient:
    now = clock.now()
    patient = Patient.objects.create(
        name=name, name_masked=masking.mask_name(name), created_at=now, updated_at=now, id_no_last4=id_no_last4,
        **{"sex": "M", "birth_date": date(1956, 11, 21), **more},
    )  # fmt: skip
    PatientPhone.objects.create(
        patient=patient, number_enc=crypto.encrypt_text(phone), number_hash=crypto.lookup_hash(phone),
        masked=masking.mask_phone(phone), last4=phone[-4:], created_at=now,
    )  # fmt: skip
    return patient


def make_encounter(patient: Patient, *, inpatient_no: str = "", discharged_on: date = DAY) -> Encounter:
    now = clock.now()
    return Encounter.objects.create(
        patient=patient, kind="inpatient", status="discharged", source_system="HIS", source_id=f"E{patient.pk}",
        inpatient_no=inpatient_no or f"ZY{patient.pk}", discharged_on=discharged_on, main_diagnosis="股骨颈骨折",
        source_updated_at=now, created_at=now, updated_at=now,
    )  # fmt: skip


def make_task(
    step: ProgrammeStep,
    *,
    staff: str = "clinician",
    patient: Patient | None = None,
    due_on: date = DAY,
    before: int = 1,
    after: int = 2,
    **more: Any,
) -> Task:
    """On the ward of a member of the cast; the window is due_on - before … due_on + after."""
    member = StaffMember.objects.select_related("ward__department").get(staff_no=f"S-{staff}")
    ward: Ward = member.ward  # type: ignore[assignment]
    patient = patient or make_patient()
    encounter = Encounter.objects.filter(patient=patient).first() or make_encounter(
        patient, discharged_on=due_on - timedelta(days=7)
    )
    values: dict[str, Any] = {
        "step": step, "programme": step.version.programme, "patient": patient, "encounter": encounter,
        "questionnaire_version_id": step.questionnaire_version_id, "ward": ward, "department": ward.department,
        "institution_id": ward.department.institution_id, "assignee": member, "township_code": "420583106000",
        "due_on": due_on, "window_start": due_on - timedelta(days=before), "created_at": clock.now(),
        "window_end": due_on + timedelta(days=after),
        "reason": {"step": step.code, "why": ["出院诊断为股骨颈骨折", "行手术治疗"]},
    }  # fmt: skip
    return Task.objects.create(**{**values, **more})


def leads() -> dict[int, int | None]:
    """By task, the lead of its contact."""
    return dict(Task.objects.order_by("pk").values_list("pk", "lead_id"))
