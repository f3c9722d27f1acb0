"""合并联系: how a contact is shown, worked on and settled together."""

from datetime import timedelta
from typing import Any

import pytest

from followup.worklist.models import Escalation, Submission, Task, TaskAttempt
from followup.worklist.services import detach_member, regroup, start_task
from followup.worklist.tests.factories import (
    DAY,
    GOOD,
    make_enrolled_task,
    make_patient,
)
from kernel.errors import InvalidInput
from kernel.models import OutboxEvent
from organization.models import StaffMember
from tests.cast import actor_named

pytestmark = pytest.mark.req("S20")


def ids(response: Any) -> list[str]:
    assert response.status_code == 200, response.json()
    return [row["id"] for row in response.json()["items"]]


def test_lists_and_counts_show_the_contact_once(pair, api) -> None:
    lead, member = pair
    client = api("alpha", "clinician")
    [row] = client.get("/tasks").json()["items"]
    assert (row["id"], row["members"]) == (
        str(lead.pk), [{"id": str(member.pk), "programme_name": "满意度回访", "step_name": "出院后第7天"}],
    )  # fmt: skip
    assert client.get("/tasks/counts").json() == {"due": 1, "overdue": 0, "open": 1, "done_this_month": 0}
    workbench = client.get("/workbench").json()
    assert [one["id"] for one in workbench["today"]] == [str(lead.pk)]
    assert (workbench["counts"]["open"], workbench["counts"]["due_today"], workbench["month"]["due"]) == (
        1,
        1,
        2,
    )
    assert ids(api("alpha", "centre").get("/tasks")) == []  # it is the clinician's work now


def test_looking_for_a_person_shows_every_task_and_where_it_belongs(pair, api) -> None:
    lead, member = pair
    client = api("alpha", "clinician")
    for items in (
        client.get("/tasks", q="张").json()["items"],
        client.get(f"/patients/{lead.patient_id}/follow-ups").json()["items"],
    ):
        assert {row["id"]: row["lead_id"] for row in items} == {
            str(lead.pk): None,
            str(member.pk): str(lead.pk),
        }


def test_members_are_seen_by_whoever_sees_the_lead(pair, api) -> None:
    lead, member = pair
    assert api("alpha", "clinician").get(f"/tasks/{member.pk}").status_code == 200
    for who in ("centre", "other_clinician", "supervisor"):
        assert api("alpha", who).get(f"/tasks/{member.pk}").status_code == 404, who
        assert api("alpha", who).get(f"/tasks/{lead.pk}").status_code == 404, who


def test_the_detail_has_a_section_for_each_task(pair, api) -> None:
    lead, member = pair
    client = api("alpha", "clinician")
    detail = client.get(f"/tasks/{lead.pk}").json()
    assert [one["id"] for one in detail["members"]] == [str(member.pk)]
    assert [(one["task_id"], one["questionnaire"]["key"], one["shared"]) for one in detail["sections"]] == [
        (str(lead.pk), "ortho_call", []), (str(member.pk), "satisfaction", ["answered_by"]),
    ]  # fmt: skip
    assert detail["sections"][1]["evaluation"]["missing_required"] == ["answered_by", "content"]
    assert detail["sections"][0]["evaluation"] == detail["evaluation"]
    of_member = client.get(f"/tasks/{member.pk}").json()
    assert (of_member["lead_id"], of_member["questionnaire"]["key"]) == (str(lead.pk), "satisfaction")
    assert of_member["sections"] == detail["sections"]


def test_a_contact_costs_a_fixed_number_of_queries(pair, api, django_assert_max_num_queries) -> None:
    client = api("alpha", "clinician")
    client.get(f"/tasks/{pair[0].pk}")
    with django_assert_max_num_queries(22):
        client.get(f"/tasks/{pair[0].pk}")


FINE = {"content": "yes", "praise": ["nurse"]}


def submit(client: Any, lead: Task, members: Any, answers: Any = GOOD, **more: Any) -> Any:
    return client.post(f"/tasks/{lead.pk}/submit", {"answers": answers, "members": members, **more})


def test_submitting_settles_all_with_a_submission_and_an_alarm_each(pair, api) -> None:
    lead, member = pair
    client = api("alpha", "clinician")
    answer = submit(
        client,
        lead,
        {str(member.pk): {**FINE, "content": "no"}},
        {**GOOD, "wound": "red"},
        conclusion="已告知",
    )
    assert answer.status_code == 200, answer.json()
    rows = {task.pk: task for task in Task.objects.all()}
    for task in rows.values():
        assert (task.state, task.level, task.reached, task.closed_on, task.closed_by_name, task.conclusion) == (
            "done", "E2", True, DAY, "李医生", "已告知",
        )  # fmt: skip
    assert rows[member.pk].lead_id == lead.pk
    # Asked once: the member has the answer of the lead.
    answers = dict(Submission.objects.values_list("task_id", "answers"))
    assert answers[member.pk] == {**FINE, "content": "no", "answered_by": "self"}
    assert sorted(Escalation.objects.values_list("task_id", "ward_id")) == [
        (lead.pk, lead.ward_id), (member.pk, lead.ward_id),
    ]  # fmt: skip
    events = list(OutboxEvent.objects.filter(type="task.closed").values_list("payload", flat=True))
    assert sorted(one["task_id"] for one in events) == [lead.pk, member.pk]
    assert len(answer.json()["escalations"]) == 2
    assert ids(client.get("/tasks", state="done")) == [str(lead.pk)]
    assert regroup(patient_ids=[lead.patient_id]) == 0
    assert submit(client, lead, {}).json()["code"] == "task_closed"


def test_submitting_a_member_submits_the_contact(pair, api) -> None:
    _, member = pair
    answer = submit(api("alpha", "clinician"), member, {str(member.pk): FINE})
    assert answer.status_code == 200
    assert set(Task.objects.values_list("state", flat=True)) == {"done"}


def test_faults_point_into_the_body_and_nothing_is_half_saved(pair, api) -> None:
    lead, member = pair
    client = api("alpha", "clinician")
    answer = submit(client, lead, {str(member.pk): {"content": "maybe"}}, {**GOOD, "temp": 99})
    assert answer.json()["code"] == "answers_not_accepted"
    pointers = {error["pointer"] for error in answer.json()["errors"]}
    assert {"/answers/temp", f"/members/{member.pk}/content"} <= pointers
    assert [e["pointer"] for e in submit(client, lead, {}).json()["errors"]] == [
        f"/members/{member.pk}/content"
    ]
    stranger = submit(client, lead, {str(member.pk): FINE, "999999": {}})
    assert (stranger.status_code, stranger.json()["errors"][0]["pointer"]) == (422, "/members/999999")
    wrong = submit(client, lead, {str(member.pk): []})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, f"/members/{member.pk}")
    assert submit(client, lead, []).status_code == 422
    assert set(Task.objects.values_list("state", flat=True)) == {"planned"}
    assert not Submission.objects.exists()


def test_a_draft_keeps_the_answers_of_all(pair, api) -> None:
    lead, member = pair
    client, path = api("alpha", "clinician"), f"/tasks/{lead.pk}/draft"
    body = {"answers": {"answered_by": "self"}, "members": {str(member.pk): {"content": "no"}}}
    saved = client.put(path, body, **{"If-Match": '"1"'}).json()
    assert [(one["task_id"], one["version"], one["evaluation"]["level"]) for one in saved["sections"]] == [
        (str(lead.pk), 2, "E0"), (str(member.pk), 2, "E2"),
    ]  # fmt: skip
    rows = dict(Task.objects.values_list("pk", "answers"))
    assert rows == {lead.pk: {"answered_by": "self"}, member.pk: {"content": "no", "answered_by": "self"}}
    assert set(Task.objects.values_list("state", flat=True)) == {"in_progress"}
    stale = client.put(path, body, **{"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["version"]) == (412, 2)
    # What is not sent again keeps its draft.
    client.put(path, {"answers": {"answered_by": "family"}}, **{"If-Match": '"2"'})
    assert Task.objects.get(pk=member.pk).answers == {"content": "no", "answered_by": "family"}
    strange = client.put(path, {"answers": {}, "members": {"1": {}}}, **{"If-Match": '"3"'})
    assert (strange.status_code, strange.json()["errors"][0]["pointer"]) == (422, "/members/1")


def test_attempts_are_the_leads_and_count_for_all(pair, api) -> None:
    lead, member = pair
    client = api("alpha", "clinician")
    for task in (lead, member):
        assert (
            client.post(f"/tasks/{task.pk}/attempts", {"channel": "T", "outcome": "reached"}).status_code
            == 200
        )
    assert list(TaskAttempt.objects.values_list("task_id", flat=True)) == [lead.pk, lead.pk]
    assert list(Task.objects.values_list("state", "reached")) == [("in_progress", True)] * 2
    assert len(client.get(f"/tasks/{member.pk}").json()["attempts"]) == 2


@pytest.mark.parametrize("outcome", ["failed", "lost", "exempt"])
def test_closing_closes_all(pair, api, outcome: str) -> None:
    client = api("alpha", "clinician")
    assert (
        client.post(f"/tasks/{pair[0].pk}/close", {"outcome": outcome, "reason": "多次未接"}).status_code
        == 200
    )
    rows = Task.objects.values_list("state", "close_reason", "closed_on", "closed_by_name")
    assert list(rows) == [(outcome, "多次未接", DAY, "李医生")] * 2
    assert OutboxEvent.objects.filter(type="task.closed").count() == 2


def test_a_late_member_needs_the_reason_too(ortho, routine, api) -> None:
    patient = make_patient()
    lead = make_enrolled_task(ortho, patient, after=3)
    member = make_enrolled_task(routine, patient, due_on=DAY - timedelta(days=2), after=1)
    regroup(patient_ids=[patient.pk])
    client = api("alpha", "clinician")
    refused = submit(client, lead, {str(member.pk): FINE})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/late_reason")
    assert submit(client, lead, {str(member.pk): FINE}, late_reason="节假日").status_code == 200
    assert dict(Task.objects.values_list("pk", "late_reason")) == {lead.pk: "", member.pk: "节假日"}


def test_starting_starts_all_once(pair, api) -> None:
    lead, member = pair
    actor = actor_named("clinician")
    start_task(actor=actor, task_id=member.pk)
    assert set(Task.objects.values_list("state", flat=True)) == {"in_progress"}
    assert regroup(patient_ids=[lead.patient_id]) == 0


def test_taking_a_task_out_of_the_contact(pair, api) -> None:
    lead, member = pair
    path = f"/tasks/{lead.pk}/detach"
    for who, status in (("centre", 404), ("other_clinician", 404), ("admin", 403)):
        assert api("alpha", who).post(path, {"member_id": str(member.pk)}).status_code == status, who
    client = api("alpha", "clinician")
    for wrong in ({"member_id": str(lead.pk)}, {"member_id": "999999"}, {"member_id": "x"}, {}):
        assert client.post(path, wrong).status_code == 422, wrong
    assert client.post(path, {"member_id": str(member.pk)}).json()["members"] == []
    member.refresh_from_db()
    assert (member.lead_id, member.detached, member.channel) == (None, True, "S")
    assert member.ward_id == StaffMember.objects.get(staff_no="S-centre").ward_id
    assert regroup(patient_ids=[lead.patient_id]) == 0  # it stays out
    assert ids(api("alpha", "centre").get("/tasks")) == [str(member.pk)]
    with pytest.raises(InvalidInput):
        detach_member(actor=actor_named("clinician"), task_id=lead.pk, member_id=member.pk)
