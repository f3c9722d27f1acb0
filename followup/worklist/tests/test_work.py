"""Working on a task through HTTP: who may not, then what happens."""

from datetime import timedelta
from typing import Any

import pytest

from followup.worklist.models import Escalation, Submission, Task
from followup.worklist.tests.factories import DAY, GOOD, make_patient, make_task
from kernel.models import OutboxEvent
from trail.models import TrailRow

ACTS = [
    ("post", "/start", None),
    ("put", "/draft", {"answers": {}}),
    ("post", "/evaluate", {"answers": {}}),
    ("post", "/attempts", {"channel": "T", "outcome": "reached"}),
    ("post", "/submit", {"answers": GOOD}),
    ("post", "/close", {"outcome": "failed", "reason": "x"}),
]


def events() -> list[tuple[str, dict[str, Any]]]:
    return list(OutboxEvent.objects.order_by("id").values_list("type", "payload"))


def submit(client: Any, task: Task, answers: dict[str, Any], **more: Any) -> Any:
    return client.post(f"/tasks/{task.pk}/submit", {"answers": answers, "conclusion": "", **more})


@pytest.mark.req("S62")
@pytest.mark.parametrize(("method", "act", "body"), ACTS)
def test_who_may_not_work_on_a_task(api, step, method: str, act: str, body: Any) -> None:
    task = make_task(step, staff="doctor")
    path = f"/tasks/{task.pk}{act}"
    headers = {"If-Match": '"1"'}
    expected = {
        ("alpha", None): {401, 403}, ("alpha", "clinician"): {404}, ("alpha", "other_clinician"): {404},
        ("alpha", "supervisor"): {403}, ("alpha", "operations"): {403}, ("alpha", "it"): {403},
        ("alpha", "admin"): {403}, ("beta", "doctor"): {404},
    }  # fmt: skip
    for (tenant, who), statuses in expected.items():
        assert api(tenant, who).send(method, path, body, **headers).status_code in statuses, (tenant, who)
    task.refresh_from_db()
    assert (task.state, task.version) == ("planned", 1)
    assert not TrailRow.objects.filter(object_type="task").exists()


def test_a_task_out_of_sight_is_not_there(api, step) -> None:
    task = make_task(step, staff="doctor")
    for tenant, who in (("alpha", "clinician"), ("beta", "doctor"), ("alpha", "other_supervisor")):
        assert api(tenant, who).get(f"/tasks/{task.pk}").status_code == 404
    assert api("alpha", "doctor").get("/tasks/99999999").status_code == 404
    assert api("alpha", "doctor").get("/tasks/1e3").status_code == 422


@pytest.mark.req("S37")
def test_the_detail_shows_form_history_and_reason(api, step) -> None:
    patient = make_patient()
    earlier = make_task(step, patient=patient, due_on=DAY - timedelta(days=7), occurrence=2, after=9)
    client = api("alpha", "clinician")
    assert submit(client, earlier, GOOD).status_code == 200
    task = make_task(step, patient=patient)
    detail = client.get(f"/tasks/{task.pk}").json()
    assert detail["questionnaire"]["key"] == "ortho_call"
    assert detail["questionnaire"]["document"]["items"][0]["link_id"] == "answered_by"
    assert [one["answers"] for one in detail["previous"]] == [GOOD]
    assert detail["why"] == ["出院诊断为股骨颈骨折", "行手术治疗"]
    assert detail["evaluation"]["missing_required"] == ["answered_by", "wound"]
    assert detail["can"] == {"work": True, "record": True, "unmask": True}
    assert detail["patient"]["name_masked"] == "张*民"
    assert (detail["version"], detail["answers"], detail["attempts"], detail["escalations"]) == (
        1,
        {},
        [],
        [],
    )
    viewed = TrailRow.objects.get(action="worklist.task.viewed")
    assert (viewed.object_id, viewed.detail) == (str(task.pk), {"patient": str(patient.pk)})


@pytest.mark.req("C2")
def test_a_supervisor_looks_and_cannot_work(api, step) -> None:
    task = make_task(step, staff="doctor")
    detail = api("alpha", "supervisor").get(f"/tasks/{task.pk}").json()
    assert detail["can"] == {"work": False, "record": False, "unmask": False}


def test_start_is_once(api, task) -> None:
    client = api("alpha", "clinician")
    for _ in range(2):
        assert client.post(f"/tasks/{task.pk}/start").json()["state"] == "in_progress"
    assert TrailRow.objects.filter(action="worklist.task.started").count() == 1


@pytest.mark.req("S38")
def test_a_draft_is_judged_and_kept_under_its_version(api, task) -> None:
    client, path = api("alpha", "clinician"), f"/tasks/{task.pk}/draft"
    assert client.put(path, {"answers": {}}).status_code == 422
    assert client.put(path, {"answers": {}}, **{"If-Match": "abc"}).status_code == 422
    assert client.put(path, {"answers": []}, **{"If-Match": '"1"'}).status_code == 422
    saved = client.put(path, {"answers": {"wound": "pus"}}, **{"If-Match": '"1"'}).json()
    assert saved["version"] == 2
    assert saved["evaluation"]["level"] == "E3"
    assert saved["evaluation"]["findings"] == [
        {"link_id": "wound", "level": "E3", "prompt": "伤口流脓", "advice": "今天来院"}
    ]
    stale = client.put(path, {"answers": {"wound": "good"}}, **{"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"], stale.json()["version"]) == (412, "version_changed", 2)
    task.refresh_from_db()
    assert (task.answers, task.version, task.state) == ({"wound": "pus"}, 2, "in_progress")
    assert not Escalation.objects.exists()


def test_evaluate_writes_nothing(api, task) -> None:
    evaluation = (
        api("alpha", "clinician").post(f"/tasks/{task.pk}/evaluate", {"answers": {"temp": 99}}).json()
    )
    assert evaluation["errors"][0]["pointer"] == "/temp"
    assert evaluation["complete"] is False
    assert set(evaluation) == {
        "visible", "level", "findings", "errors", "missing_required", "unknown_rules", "score", "band", "complete",
        "can_auto_close",
    }  # fmt: skip
    task.refresh_from_db()
    assert (task.answers, task.version, task.state) == ({}, 1, "planned")


@pytest.mark.req("S38")
def test_answers_that_are_wrong_or_missing_are_not_taken(api, task) -> None:
    response = submit(api("alpha", "clinician"), task, {"temp": 99, "nothing": 1})
    assert (response.status_code, response.json()["code"]) == (422, "answers_not_accepted")
    assert {(e["pointer"], e["code"]) for e in response.json()["errors"]} == {
        ("/answers/temp", "max"), ("/answers/nothing", "unknown_item"), ("/answers/answered_by", "required"),
        ("/answers/wound", "required"),
    }  # fmt: skip
    task.refresh_from_db()
    assert task.state == "planned"
    assert events() == []


@pytest.mark.req("S38")
def test_normal_answers_complete_the_task(api, task) -> None:
    client = api("alpha", "clinician")
    detail = submit(client, task, GOOD, conclusion="恢复良好").json()
    assert (detail["state"], detail["level"], detail["conclusion"]) == ("done", "E0", "恢复良好")
    assert detail["submissions"][0] | {"at": ""} == {
        "revision": 1, "at": "", "by_name": "李医生", "level": "E0", "conclusion": "恢复良好",
    }  # fmt: skip
    task.refresh_from_db()
    assert (task.reached, task.closed_on, task.closed_by_name) == (True, DAY, "李医生")
    assert not Escalation.objects.exists()
    assert events() == [("task.closed", {"task_id": task.pk})]
    again = submit(client, task, GOOD)
    assert (again.status_code, again.json()["code"]) == (409, "task_closed")
    for method, act, body in ACTS:
        if act != "/evaluate":
            status = client.send(method, f"/tasks/{task.pk}{act}", body, **{"If-Match": '"2"'}).status_code
            assert status == 409, act
    assert Submission.objects.count() == 1


def test_too_much_left_open_is_partial(api, task) -> None:
    detail = submit(
        api("alpha", "clinician"), task, {"answered_by": "self", "wound": "good", "pain": 1}
    ).json()
    assert detail["state"] == "partial"


@pytest.mark.req("S38")
@pytest.mark.parametrize(
    ("answer", "level", "due"), [("red", "E2", "2026-11-21T01:30"), ("pus", "E3", "2026-11-20T03:30")]
)
def test_an_abnormal_answer_opens_one_escalation_with_its_clock(
    api, task, answer: str, level: str, due: str
) -> None:
    client = api("alpha", "clinician")
    detail = submit(client, task, {**GOOD, "wound": answer}).json()
    assert (detail["state"], detail["level"]) == ("done", level)
    [alarm] = client.get("/escalations").json()["items"]
    assert detail["escalations"] == [alarm]
    assert alarm["due_at"].startswith(due)
    assert (alarm["state"], alarm["level"], alarm["overdue"], alarm["owner_name"]) == (
        "open",
        level,
        False,
        "李医生",
    )
    assert [p["level"] for p in alarm["prompts"]] == [level]
    escalation = Escalation.objects.get()
    assert events() == [
        ("task.closed", {"task_id": task.pk}), ("escalation.opened", {"escalation_id": escalation.pk}),
    ]  # fmt: skip


@pytest.mark.req("S38")
def test_twice_running_counts_the_round_before(api, step) -> None:
    patient, client = make_patient(), api("alpha", "clinician")
    first = make_task(step, patient=patient, occurrence=2, due_on=DAY - timedelta(days=1))
    assert submit(client, first, {**GOOD, "pain": 5}).json()["level"] == "E0"
    second = make_task(step, patient=patient)
    assert submit(client, second, {**GOOD, "pain": 5}).json()["level"] == "E2"


def test_a_repeated_request_hands_in_once(api, task) -> None:
    client, body = api("alpha", "clinician"), {"answers": {**GOOD, "wound": "red"}, "conclusion": ""}
    answers = [client.post(f"/tasks/{task.pk}/submit", body, **{"Idempotency-Key": "k-1"}) for _ in range(2)]
    assert [a.status_code for a in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert Escalation.objects.count() == Submission.objects.count() == 1


@pytest.mark.req("S34")
@pytest.mark.parametrize("act", ["submit", "close"])
def test_closing_late_needs_a_reason(api, step, act: str) -> None:
    task = make_task(step, due_on=DAY - timedelta(days=9))
    client, path = api("alpha", "clinician"), f"/tasks/{task.pk}/{act}"
    body: dict[str, Any] = {"answers": GOOD} if act == "submit" else {"outcome": "failed", "reason": "未接通"}
    refused = client.post(path, {**body, "late_reason": "  "})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/late_reason")
    assert Submission.objects.count() == 0
    detail = client.post(path, {**body, "late_reason": "节假日"}).json()
    assert detail["overdue"] is False
    task.refresh_from_db()
    assert task.late_reason == "节假日"


@pytest.mark.req("S38")
def test_attempts_are_written_down_and_close_nothing(api, task) -> None:
    client, path = api("alpha", "clinician"), f"/tasks/{task.pk}/attempts"
    for body in (
        {"channel": "X", "outcome": "reached"},
        {"channel": "T", "outcome": "maybe"},
        {"channel": "T"},
        {"channel": "T", "outcome": "busy", "x": 1},
    ):
        assert client.post(path, body).status_code == 422
    for outcome in ("no_answer", "refused", "deceased"):
        detail = client.post(path, {"channel": "T", "outcome": outcome, "note": "备注"}).json()
    assert [a["outcome"] for a in detail["attempts"]] == ["no_answer", "refused", "deceased"]
    assert detail["attempts"][0]["by_name"] == "李医生"
    task.refresh_from_db()
    assert (task.state, task.reached) == ("in_progress", False)
    client.post(path, {"channel": "T", "outcome": "reached"})
    task.refresh_from_db()
    assert task.reached is True


@pytest.mark.req("S38")
@pytest.mark.parametrize("outcome", ["failed", "lost", "exempt"])
def test_closing_without_answers(api, task, outcome: str) -> None:
    client, path = api("alpha", "clinician"), f"/tasks/{task.pk}/close"
    for body in (
        {"outcome": "done", "reason": "x"},
        {"outcome": outcome},
        {"outcome": outcome, "reason": " "},
    ):
        assert client.post(path, body).status_code == 422
    assert client.post(path, {"outcome": outcome, "reason": "多次未接通"}).json()["state"] == outcome
    row = TrailRow.objects.get(action="worklist.task.closed")
    assert row.detail == {"state": outcome, "attempt_days": 0, "attempt_rule_met": False}
    assert events() == [("task.closed", {"task_id": task.pk})]


def test_a_task_without_a_form_needs_a_conclusion(api, step) -> None:
    task = make_task(step, questionnaire_version_id=None)
    client = api("alpha", "clinician")
    assert client.get(f"/tasks/{task.pk}").json()["questionnaire"] is None
    assert submit(client, task, {}).status_code == 422
    assert client.post(f"/tasks/{task.pk}/evaluate", {"answers": {}}).status_code == 422
    assert submit(client, task, {}, conclusion="已面访").json()["state"] == "done"


@pytest.mark.req("S39")
def test_a_cancelled_stay_cancels_what_is_open_and_nothing_else(step) -> None:
    from access.actor import SYSTEM
    from followup.worklist.services import cancel_open_tasks

    patient = make_patient()
    first = make_task(step, patient=patient)
    second = make_task(step, patient=patient, state="in_progress", occurrence=2)
    done = make_task(
        step, patient=patient, state="done", closed_on=DAY, closed_at="2026-11-20T01:00Z", occurrence=3
    )
    other = make_task(step, patient=make_patient("李四"))
    encounter_id = first.encounter_id
    assert cancel_open_tasks(actor=SYSTEM, encounter_ids=[encounter_id], reason="出院已取消") == 2
    assert cancel_open_tasks(actor=SYSTEM, encounter_ids=[encounter_id], reason="出院已取消") == 0
    assert cancel_open_tasks(actor=SYSTEM, reason="x") == 0
    states = dict(Task.objects.values_list("pk", "state"))
    assert states == {first.pk: "cancelled", second.pk: "cancelled", done.pk: "done", other.pk: "planned"}
    assert [kind for kind, _ in events()] == ["task.closed", "task.closed"]


@pytest.mark.req("C3")
def test_follow_ups_are_on_the_timeline(api, task) -> None:
    from followup.worklist.selectors import timeline_entries

    submit(api("alpha", "clinician"), task, {**GOOD, "wound": "red"}, conclusion="预约复诊")
    [entry] = timeline_entries(task.patient_id)
    assert entry | {"at": None} == {
        "at": None, "kind": "follow_up", "title": "骨科术后随访：出院后第7天", "summary": "需处理，预约复诊，李医生",
        "department": "公共卫生科", "ref": str(task.pk), "abnormal": True,
    }  # fmt: skip


def test_detail_costs_a_fixed_number_of_queries(api, task, django_assert_max_num_queries) -> None:
    client = api("alpha", "clinician")
    client.get(f"/tasks/{task.pk}")
    with django_assert_max_num_queries(18):
        assert client.get(f"/tasks/{task.pk}").status_code == 200


@pytest.mark.req("S38")
def test_a_patient_who_breaks_off_leaves_it_partial(api, task) -> None:
    client, half = api("alpha", "clinician"), {"answered_by": "self", "pain": 1}
    assert submit(client, task, half).status_code == 422
    for body in ({"partial": True}, {"partial": True, "reason": " "}, {"reason": "挂断"}, {"partial": "x"}):
        answer = submit(client, task, half, **body)
        assert answer.status_code == 422, body
    wrong = submit(client, task, {**half, "temp": 99}, partial=True, reason="挂断")
    assert [e["pointer"] for e in wrong.json()["errors"]] == ["/answers/temp"]
    detail = submit(client, task, half, partial=True, reason="中途挂断").json()
    assert (detail["state"], detail["close_reason"]) == ("partial", "中途挂断")
    assert Submission.objects.get().answers == half


@pytest.mark.req("S38")
def test_an_abnormal_answer_before_breaking_off_still_opens_an_escalation(api, task) -> None:
    detail = submit(api("alpha", "clinician"), task, {"wound": "pus"}, partial=True, reason="挂断").json()
    assert (detail["state"], detail["level"], len(detail["escalations"])) == ("partial", "E3", 1)


@pytest.mark.req("S38")
def test_breaking_off_after_everything_was_answered_is_done(api, task) -> None:
    assert (
        submit(api("alpha", "clinician"), task, GOOD, partial=True, reason="挂断").json()["state"] == "done"
    )


@pytest.mark.req("S39")
def test_a_paused_task_is_nobodys_work(api, step) -> None:
    paused = make_task(step, state="paused", due_on=DAY - timedelta(days=9))
    client = api("alpha", "clinician")
    for state, found in (("open", 0), ("due", 0), ("overdue", 0), ("done", 0), ("paused", 1), ("all", 1)):
        rows = client.get("/tasks", state=state).json()["items"]
        assert len(rows) == found, state
    assert (rows[0]["state"], rows[0]["overdue"], rows[0]["days_overdue"]) == ("paused", False, 0)
    assert client.get("/tasks/counts").json() == {"due": 0, "overdue": 0, "open": 0, "done_this_month": 0}
    assert client.get("/workbench").json()["today"] == []
    assert client.get(f"/tasks/{paused.pk}").status_code == 200
    for method, act, body in ACTS:
        if act != "/evaluate":
            answer = client.send(method, f"/tasks/{paused.pk}{act}", body, **{"If-Match": '"1"'})
            assert (answer.status_code, answer.json()["code"]) == (409, "task_paused"), act
    paused.refresh_from_db()
    assert (paused.state, paused.version) == ("paused", 1)


@pytest.mark.req("S10", "S20")
@pytest.mark.parametrize(("kind", "said"), [("education", "已宣教"), ("reminder", "已提醒")])
def test_education_and_reminder_steps_are_closed_by_a_word(api, step, kind: str, said: str) -> None:
    from followup.education.tests.factories import make_card

    make_card()
    make_card("unsigned", signed=False)
    step.education, step.text = ["wound_care", "unsigned"], "记得换药"
    step.save()
    task = make_task(step, kind=kind, questionnaire_version_id=None)
    client = api("alpha", "clinician")
    [row] = client.get("/tasks").json()["items"]
    assert (row["kind"], row["step_kind"]) == ("specialty", kind)
    detail = client.get(f"/tasks/{task.pk}").json()
    assert (detail["text"], detail["sections"], detail["questionnaire"]) == ("记得换药", [], None)
    assert detail["education"] == [
        {"key": "wound_care", "title": "伤口护理", "body": ["保持伤口干燥。", "红肿、流脓、发热时请来院。"]}
    ]
    assert client.post(f"/tasks/{task.pk}/submit", {"answers": {"x": 1}}).status_code == 422
    closed = client.post(f"/tasks/{task.pk}/submit", {}).json()
    assert (closed["state"], closed["conclusion"], closed["level"]) == ("done", said, "E0")
    other = make_task(step, kind=kind, questionnaire_version_id=None, occurrence=2)
    assert (
        client.post(f"/tasks/{other.pk}/submit", {"conclusion": "家属已知"}).json()["conclusion"]
        == "家属已知"
    )


def test_used_options_are_choices_only(api, step) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from followup.questionnaires.models import Questionnaire
    from followup.worklist.selectors import used_options
    from followup.worklist.tests.factories import SATISFACTION, make_programme

    other = make_programme("sat", kind="routine", document=SATISFACTION)
    client = api("alpha", "clinician")
    given = {
        "answered_by": "self", "content": "yes", "praise": ["nurse", "doctor"],
        "meds": [{"taken": "y"}, {"taken": "n"}, {}],
    }  # fmt: skip
    assert submit(client, make_task(other), given).status_code == 200
    assert (
        submit(client, make_task(other, occurrence=2), {"answered_by": "family", "content": "no"}).status_code
        == 200
    )
    assert submit(client, make_task(step), {**GOOD, "remark": "王五的电话"}).status_code == 200
    ids = dict(Questionnaire.objects.values_list("key", "pk"))
    with CaptureQueriesContext(connection) as asked:
        used = used_options(ids["satisfaction"])
    assert used == {
        "answered_by": ["family", "self"], "content": ["no", "yes"], "praise": ["doctor", "nurse"],
        "taken": ["n", "y"],
    }  # fmt: skip
    assert len(asked.captured_queries) == 2
    assert used_options(ids["ortho_call"]) == {
        "answered_by": ["self"], "wound": ["good"], "walk": ["yes"], "pain": [], "remark": [], "temp": [],
    }  # fmt: skip
    assert used_options(10**9) == {}


def test_a_body_too_deep_to_read_is_refused(in_alpha: Any, api: Any) -> None:
    nested: Any = {}
    for _ in range(150):
        nested = {"x": nested}
    answer = api("alpha", "clinician").post("/tasks/1/evaluate", {"answers": nested})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "too_deep")
