"""Enrolments as people see and move them: lists in sight, by hand, pause, resume, stop."""

from typing import Any

import pytest

from followup.programmes.models import Enrolment
from followup.programmes.services import enrol_by_hand
from followup.programmes.services import enrolments as services
from followup.screening.services import screen_encounter
from followup.screening.tests.factories import make_encounter
from followup.screening.tests.programme_kit import INPATIENT, STEPS, make_programme
from followup.worklist.models import Task
from kernel.models import OutboxEvent
from kernel.tenancy import bind_schema
from records.models import Encounter
from records.services import set_flag
from tests.cast import actor_named

pytestmark = pytest.mark.req("S9", "S12", "S39")

NOW = "2026-11-20 09:30"


@pytest.fixture
def now(at: Any) -> Any:
    with at(NOW):
        yield


@pytest.fixture
def stay(in_alpha: Any, now: Any) -> Encounter:
    """Discharged from the orthopaedic ward, enrolled by rule on 路径all; 路径heart runs, but is not for this stay."""
    make_programme("all", INPATIENT)
    make_programme("heart", {"field": "diagnosis", "op": "stem_in", "value": ["I21"]}, steps=STEPS[:2])
    encounter = make_encounter(diagnoses=["I10"])
    screen_encounter(encounter_id=encounter.pk)
    return encounter


def heart_id() -> int:
    from followup.programmes.models import Programme

    return Programme.objects.get(key="heart").pk


def body(stay: Encounter, **values: Any) -> dict[str, Any]:
    return {
        "programme_id": str(heart_id()),
        "encounter_id": str(stay.pk),
        "reason": "主任要求随访",
        **values,
    }


def test_the_list_and_the_page(stay: Encounter, api: Any) -> None:
    doctor = api("alpha", "doctor")
    page = doctor.get("/enrolments").json()
    assert page["next_cursor"] is None
    (row,) = page["items"]
    assert row == {
        "id": row["id"], "programme_id": row["programme_id"], "programme_name": "路径all",
        "version_id": row["version_id"], "version": 1,
        "patient": {"id": str(stay.patient_id), "name_masked": "测**", "sex": "F", "age": None},
        "encounter": {"id": str(stay.pk), "discharged_on": "2026-11-20", "department": None, "diagnosis": None},
        "state": "active", "origin": "rule", "enrolled_at": row["enrolled_at"], "enrolled_by_name": "",
        "ended_at": None, "paused_at": None, "stop_code": None, "stop_text": None, "reason_text": "就诊类别为住院",
        "tasks": {"done": 0, "open": 3, "total": 3},
    }  # fmt: skip
    detail = doctor.get(f"/enrolments/{row['id']}").json()
    assert [(s["step_name"], s["occurrence"], s["state"]) for s in detail["steps"]] == [
        ("三天电话", 1, "planned"), ("两周微信", 1, "planned"), ("术后一月", 1, "planned"),
    ]  # fmt: skip
    assert [(h["what"], h["by_name"]) for h in detail["history"]] == [("规则入组", "系统")]


def test_filters_and_what_is_refused(stay: Encounter, api: Any) -> None:
    programme, department = heart_id(), stay.department_id
    doctor = api("alpha", "doctor")

    def count(**params: Any) -> int:
        return len(doctor.get("/enrolments", **params).json()["items"])

    assert (count(programme=programme), count(state="active"), count(state="paused")) == (0, 1, 0)
    assert (count(origin="rule"), count(origin="manual"), count(department=department)) == (1, 0, 1)
    assert (count(**{"from": "2026-11-20", "to": "2026-11-20"}), count(to="2026-11-19")) == (1, 0)
    assert (count(q="测试"), count(q="张")) == (1, 0)
    assert (count(patient=stay.patient_id), count(patient=10**9)) == (1, 0)
    for bad in (
        {"state": "gone"},
        {"origin": "x"},
        {"from": "2026-13-01"},
        {"programme": "a"},
        {"ward": "1"},
    ):
        answer = doctor.get("/enrolments", **bad)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"?{next(iter(bad))}")


def test_who_sees_and_who_may(stay: Encounter, api: Any) -> None:
    enrolment = Enrolment.objects.get().pk
    given = body(stay)
    other = api("alpha", "other_clinician")
    assert other.get("/enrolments").json()["items"] == []
    assert other.get(f"/enrolments/{enrolment}").status_code == 404
    assert other.post(f"/enrolments/{enrolment}/stop", {"reason": "不再需要"}).status_code == 404
    assert other.post("/enrolments", given).status_code == 404
    supervisor = api("alpha", "supervisor")
    assert supervisor.get(f"/enrolments/{enrolment}").status_code == 200
    assert supervisor.post(f"/enrolments/{enrolment}/stop", {"reason": "不再需要"}).status_code == 403
    assert supervisor.post("/enrolments", given).status_code == 403
    assert api("alpha", "admin").get("/enrolments").status_code == 403
    assert api("beta", "doctor").get(f"/enrolments/{enrolment}").status_code == 404


def test_enrolling_by_hand_makes_the_tasks_at_once(stay: Encounter, api: Any) -> None:
    given = body(stay)
    doctor = api("alpha", "doctor")
    made = doctor.post("/enrolments", given)
    assert made.status_code == 201, made.json()
    row = made.json()
    assert (row["origin"], row["reason_text"], row["tasks"]) == (
        "manual", "孙主任人工入组：主任要求随访", {"done": 0, "open": 2, "total": 2},
    )  # fmt: skip
    assert row["history"][0]["reason"] == "主任要求随访"
    again = doctor.post("/enrolments", given)
    assert (again.status_code, again.json()["code"]) == (409, "already_enrolled")
    # Stopped by hand and begun again: the next round of the same enrolment.
    doctor.post(f"/enrolments/{row['id']}/stop", {"reason": "已转外院", "code": "moved_out"})
    back = doctor.post("/enrolments", given).json()
    assert (back["id"], back["state"], back["tasks"]["open"]) == (row["id"], "active", 2)
    assert [s["occurrence"] for s in back["steps"] if s["state"] == "planned"] == [1001, 1001]
    with bind_schema("t_alpha"):
        assert Task.objects.filter(enrolment_id=row["id"], state="cancelled").count() == 2


def test_a_rule_does_not_undo_what_a_person_decided(stay: Encounter) -> None:
    from followup.screening.services import enforce_flags, reevaluate_encounter

    doctor = actor_named("doctor")
    set_flag(actor=doctor, patient_id=stay.patient_id, kind="refused", reason="家属拒绝")
    assert Enrolment.objects.get().stop_code == "refused"
    made = enrol_by_hand(actor=doctor, programme_id=heart_id(), encounter_id=stay.pk, reason="本人改口同意")
    reevaluate_encounter(encounter_id=stay.pk)
    enforce_flags()
    assert Enrolment.objects.get(pk=made).state == "active"


def test_whom_nobody_can_enrol(stay: Encounter, api: Any) -> None:
    open_stay = make_encounter(patient=stay.patient, status="open")
    dead = make_encounter(deceased=True)
    bodies = [body(open_stay), body(dead), body(stay, programme_id="999999"), body(stay, reason=" ")]
    absent = body(stay, encounter_id="999999")
    doctor = api("alpha", "doctor")
    answers = [doctor.post("/enrolments", each) for each in bodies]
    assert [(a.status_code, a.json()["code"]) for a in answers] == [
        (409, "not_enrollable"), (409, "not_enrollable"), (422, "invalid_input"), (422, "invalid_input"),
    ]  # fmt: skip
    assert doctor.post("/enrolments", absent).status_code == 404


def test_pause_resume_and_stop(stay: Encounter, api: Any, at: Any) -> None:
    enrolment = Enrolment.objects.get().pk
    doctor = api("alpha", "doctor")
    paused = doctor.post(f"/enrolments/{enrolment}/pause", {"reason": "外出务工"}).json()
    assert (paused["state"], {s["state"] for s in paused["steps"]}) == ("paused", {"paused"})
    assert (
        doctor.post(f"/enrolments/{enrolment}/pause", {"reason": "外出务工"}).json()["code"]
        == "enrolment_not_active"
    )
    with at("2026-12-01 09:30"):
        resumed = api("alpha", "doctor").post(f"/enrolments/{enrolment}/resume").json()
    assert [(s["step_name"], s["state"]) for s in resumed["steps"]] == [
        ("三天电话", "cancelled"), ("两周微信", "planned"), ("术后一月", "planned"),
    ]  # fmt: skip
    assert doctor.post(f"/enrolments/{enrolment}/resume").json()["code"] == "enrolment_not_paused"
    assert doctor.post(f"/enrolments/{enrolment}/stop", {"reason": " "}).status_code == 422
    assert (
        doctor.post(f"/enrolments/{enrolment}/stop", {"reason": "不需要", "code": "death"}).status_code == 422
    )
    stopped = doctor.post(f"/enrolments/{enrolment}/stop", {"reason": "患者转外院"}).json()
    assert (stopped["state"], stopped["stop_code"], stopped["stop_text"]) == (
        "stopped", "manual", "人工终止：患者转外院",
    )  # fmt: skip
    assert {s["state"] for s in stopped["steps"]} == {"cancelled"}
    assert [h["what"] for h in stopped["history"]] == ["规则入组", "暂停", "终止", "恢复"]
    assert (
        doctor.post(f"/enrolments/{enrolment}/stop", {"reason": "再终止"}).json()["code"] == "enrolment_ended"
    )
    with bind_schema("t_alpha"):
        events = OutboxEvent.objects.filter(type__startswith="enrolment.").order_by("id")
        assert list(events.values_list("type", flat=True)) == [
            "enrolment.paused", "enrolment.resumed", "enrolment.stopped",
        ]  # fmt: skip
        assert events[0].payload == {"patient_id": stay.patient_id, "enrolment_ids": [enrolment]}


def test_stopping_and_its_tasks_are_one_transaction(stay: Encounter, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from followup.programmes import ports

    def die(*_: Any) -> int:
        raise RuntimeError("killed")

    monkeypatch.setattr(ports, "_writes", replace(ports.writes(), cancel=die))
    with pytest.raises(RuntimeError, match="killed"):
        services.stop_by_hand(
            actor=actor_named("doctor"), enrolment_id=Enrolment.objects.get().pk, reason="不需要了"
        )
    assert Enrolment.objects.get().state == "active"
    assert OutboxEvent.objects.filter(type="enrolment.stopped").count() == 0


@pytest.mark.parametrize(
    ("code", "reason", "told"),
    [
        ("refused", "患者标识：拒绝随访", "拒绝随访（患者标识）"),
        ("death", "患者标识：已死亡", "患者死亡（患者标识）"),
        ("discharge_cancelled", "出院已取消", "出院已取消"),
        ("other", "", "其他"),
        ("manual", "家属说：不再需要", "人工终止：家属说：不再需要"),
    ],
)
def test_why_it_was_stopped_is_said_once(stay: Encounter, code: str, reason: str, told: str) -> None:
    from followup.programmes.selectors import enrolments as selectors

    Enrolment.objects.update(state="stopped", stop_code=code, stop_reason=reason)
    rows = selectors.list_enrolments(actor_named("doctor")).order_by("-id")
    assert [row["stop_text"] for row in selectors.present_page(list(rows))] == [told]


def test_a_page_costs_the_same_however_long(stay: Encounter, django_assert_max_num_queries: Any) -> None:
    from followup.programmes.selectors import enrolments as selectors

    for _ in range(5):
        screen_encounter(encounter_id=make_encounter(diagnoses=["I10"]).pk)
    doctor = actor_named("doctor")
    with django_assert_max_num_queries(2):
        rows = selectors.present_page(list(selectors.list_enrolments(doctor).order_by("-id")[:51]))
    assert len(rows) == 6
