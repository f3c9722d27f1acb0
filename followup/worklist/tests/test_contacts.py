"""合并联系: which tasks become one contact, and what is settled together."""

from datetime import timedelta
from typing import Any

import pytest

from access.actor import SYSTEM
from followup.programmes.models import ProgrammeStep
from followup.worklist.models import Escalation, Submission, Task, TaskAttempt
from followup.worklist.services import cancel_open_tasks, detach_member, merge_patient, regroup, start_task
from followup.worklist.services.reassigning import reassign_open_tasks
from followup.worklist.tests.factories import (
    DAY,
    GOOD,
    SATISFACTION,
    make_enrolled_task,
    make_patient,
    make_programme,
)
from kernel.errors import InvalidInput
from kernel.models import OutboxEvent
from organization.models import StaffMember
from tests.cast import actor_named

pytestmark = pytest.mark.req("S20")


@pytest.fixture
def ortho(in_alpha: Any, morning: None) -> ProgrammeStep:
    return make_programme("ortho", merge="same_owner")


@pytest.fixture
def routine(ortho: ProgrammeStep) -> ProgrammeStep:
    return make_programme(
        "satisfaction",
        kind="routine",
        merge="any_owner",
        document=SATISFACTION,
        name="满意度回访",
        owner="centre",
    )


@pytest.fixture
def pair(ortho: ProgrammeStep, routine: ProgrammeStep) -> tuple[Task, Task]:
    """The clinician's follow-up leads, the centre's questions join it."""
    patient = make_patient()
    lead = make_enrolled_task(ortho, patient)
    member = make_enrolled_task(routine, patient, staff="centre", due_on=DAY + timedelta(days=2), channel="S")
    assert regroup(patient_ids=[patient.pk]) == 1
    lead.refresh_from_db(), member.refresh_from_db()
    return lead, member


def leads() -> dict[int, int | None]:
    return dict(Task.objects.order_by("pk").values_list("pk", "lead_id"))


def ids(response: Any) -> list[str]:
    assert response.status_code == 200, response.json()
    return [row["id"] for row in response.json()["items"]]


# --- Which tasks become one contact ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "merge", "staff", "days", "joined"),
    [
        ("routine", "any_owner", "centre", 2, True),
        ("routine", "any_owner", "centre", 5, False),  # the windows no longer share a day
        ("routine", "same_owner", "centre", 2, False),  # another ward
        ("routine", "same_owner", "clinician", 2, True),
        ("routine", "none", "clinician", 2, False),
        ("chronic", "any_owner", "centre", 2, False),  # only what is routine goes to another ward
        ("chronic", "same_owner", "clinician", -3, True),
        ("chronic", "same_owner", "clinician", -4, False),
    ],
)
def test_who_joins(ortho, kind: str, merge: str, staff: str, days: int, joined: bool) -> None:
    other = make_programme("other", kind=kind, merge=merge)
    patient = make_patient()
    lead = make_enrolled_task(ortho, patient)
    task = make_enrolled_task(other, patient, staff=staff, due_on=DAY + timedelta(days=days))
    assert regroup(patient_ids=[patient.pk]) == int(joined)
    assert leads() == {lead.pk: None, task.pk: lead.pk if joined else None}


@pytest.mark.parametrize(("apart", "joined"), [(5, True), (6, False), (-5, True), (-6, False)])
def test_due_days_lie_at_most_five_apart_however_wide_the_windows(
    ortho, routine, apart: int, joined: bool
) -> None:
    patient = make_patient()
    lead = make_enrolled_task(ortho, patient, before=30, after=30)
    task = make_enrolled_task(routine, patient, due_on=DAY + timedelta(days=apart), before=30, after=30)
    regroup(patient_ids=[patient.pk])
    assert leads()[task.pk] == (lead.pk if joined else None)


def test_a_routine_joins_a_specialty_that_does_not_merge_itself(routine) -> None:
    alone, patient = make_programme("cardio", merge="none"), make_patient()
    lead, member = make_enrolled_task(alone, patient), make_enrolled_task(routine, patient, staff="centre")
    regroup(patient_ids=[patient.pk])
    assert leads() == {lead.pk: None, member.pk: lead.pk}


def test_the_specialty_leads_before_the_chronic_before_the_routine_then_the_earlier(ortho, routine) -> None:
    chronic = make_programme("copd", kind="chronic", merge="same_owner")
    second = make_programme("stroke", merge="same_owner")
    patient = make_patient()
    a = make_enrolled_task(routine, patient, due_on=DAY - timedelta(days=2))
    b = make_enrolled_task(chronic, patient, due_on=DAY - timedelta(days=1))
    c = make_enrolled_task(ortho, patient, due_on=DAY + timedelta(days=1))
    d = make_enrolled_task(second, patient)
    regroup(patient_ids=[patient.pk])
    assert leads() == {a.pk: d.pk, b.pk: d.pk, c.pk: d.pk, d.pk: None}


def test_a_programme_is_asked_once_a_contact_the_nearest_first(ortho, routine) -> None:
    patient = make_patient()
    lead = make_enrolled_task(ortho, patient)
    far = make_enrolled_task(routine, patient, due_on=DAY - timedelta(days=2), occurrence=1)
    near = make_enrolled_task(routine, patient, due_on=DAY + timedelta(days=1), occurrence=2)
    again = make_enrolled_task(ortho, patient, due_on=DAY + timedelta(days=1), occurrence=2)
    regroup(patient_ids=[patient.pk])
    # The second follow-up of the same programme is a contact of its own, and takes what is left.
    assert leads() == {lead.pk: None, near.pk: lead.pk, far.pk: again.pk, again.pk: None}


def test_what_is_no_planned_follow_up_with_a_form_stays_alone(ortho, routine) -> None:
    patient = make_patient()
    make_enrolled_task(ortho, patient)
    for number, more in enumerate(
        ({"state": "in_progress"}, {"state": "paused"}, {"kind": "education"}, {"questionnaire_version_id": None},
         {"detached": True}, {"state": "done", "closed_on": DAY, "closed_at": "2026-11-20T01:00Z"}),
    ):  # fmt: skip
        make_enrolled_task(routine, patient, occurrence=number + 1, **more)
    assert regroup(patient_ids=[patient.pk]) == 0
    assert set(leads().values()) == {None}


def test_the_same_tasks_always_give_the_same_groups(pair) -> None:
    lead, _ = pair
    before = list(Task.objects.order_by("pk").values())
    assert regroup(patient_ids=[lead.patient_id]) == 0
    assert regroup(enrolments_from=0) == 0
    assert list(Task.objects.order_by("pk").values()) == before
    assert regroup() == regroup(patient_ids=[]) == regroup(enrolments_from=10**12) == 0


def test_new_enrolments_are_grouped_and_others_left(ortho, routine) -> None:
    old, new = make_patient(), make_patient("李四")
    for patient in (old, new):
        make_enrolled_task(ortho, patient)
        newest = make_enrolled_task(routine, patient)
    first_of_new = newest.enrolment_id - 1
    assert regroup(enrolments_from=first_of_new) == 1
    assert set(Task.objects.exclude(lead=None).values_list("patient_id", flat=True)) == {new.pk}


def test_many_patients_are_grouped_the_same_and_the_planner_is_left_as_it_was(
    ortho, routine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import connection

    from followup.worklist.services import contacts

    monkeypatch.setattr(contacts, "_FEW", 0)
    expected = {}
    for number in range(3):
        patient = make_patient(f"王{number}")
        lead = make_enrolled_task(ortho, patient)
        expected |= {lead.pk: None, make_enrolled_task(routine, patient, staff="centre").pk: lead.pk}
    assert regroup(enrolments_from=0) == 3
    assert leads() == expected
    with connection.cursor() as cursor:
        cursor.execute("SHOW enable_nestloop")
        assert cursor.fetchone() == ("on",)


# --- Place ------------------------------------------------------------------------------------------


def test_a_member_stands_at_its_leads_place_and_gets_its_own_back(pair) -> None:
    lead, member = pair
    centre = StaffMember.objects.get(staff_no="S-centre")
    assert (member.ward_id, member.department_id, member.institution_id, member.assignee_id, member.channel) == (
        lead.ward_id, lead.department_id, lead.institution_id, lead.assignee_id, "T",
    )  # fmt: skip
    assert (member.own_ward_id, member.own_assignee_id, member.own_channel) == (
        centre.ward_id,
        centre.pk,
        "S",
    )
    Task.objects.filter(pk=lead.pk).update(state="paused")
    assert regroup(patient_ids=[lead.patient_id]) == 1
    member.refresh_from_db()
    assert (member.lead_id, member.ward_id, member.assignee_id, member.channel) == (
        None,
        centre.ward_id,
        centre.pk,
        "S",
    )
    assert (member.own_ward_id, member.own_assignee_id, member.own_channel) == (None, None, "")


@pytest.mark.parametrize("state", ["paused", "cancelled"])
def test_a_member_that_is_paused_or_cancelled_leaves(pair, state: str) -> None:
    lead, member = pair
    Task.objects.filter(pk=member.pk).update(state=state)
    regroup(patient_ids=[lead.patient_id])
    member.refresh_from_db()
    assert (member.lead_id, member.own_ward_id, member.state) == (None, None, state)


def test_routing_moves_the_lead_and_its_members_follow(pair) -> None:
    lead, member = pair
    new = StaffMember.objects.select_related("ward__department").get(staff_no="S-other_clinician")
    place = {
        "institution_id": new.ward.department.institution_id, "department_id": new.ward.department_id,
        "ward_id": new.ward_id, "staff_id": new.pk, "township_code": "420583108000",
    }  # fmt: skip
    assert reassign_open_tasks(patient_id=lead.patient_id, **place) == 1
    assert reassign_open_tasks(patient_id=lead.patient_id, **place) == 0
    rows = Task.objects.filter(patient_id=lead.patient_id).values_list("ward_id", "assignee_id")
    assert list(rows) == [(new.ward_id, new.pk)] * 2
    assert Task.objects.get(pk=member.pk).own_ward_id == StaffMember.objects.get(staff_no="S-centre").ward_id


def test_routing_moves_a_members_own_place(ortho) -> None:
    """A community task that joins the hospital's: what moves is where it would go back to."""
    patient = make_patient()
    routine = make_programme("phone", kind="routine", merge="any_owner", owner="community")
    hospital = make_programme("heart", merge="same_owner", owner="hospital")
    lead = make_enrolled_task(hospital, patient, staff="doctor")
    member = make_enrolled_task(routine, patient, staff="clinician")
    regroup(patient_ids=[patient.pk])
    new = StaffMember.objects.select_related("ward__department").get(staff_no="S-other_clinician")
    moved = reassign_open_tasks(
        patient_id=patient.pk, institution_id=new.ward.department.institution_id, ward_id=new.ward_id,
        department_id=new.ward.department_id, staff_id=new.pk, township_code="420583108000",
    )  # fmt: skip
    member.refresh_from_db()
    assert (moved, member.lead_id, member.ward_id, member.own_ward_id) == (
        1,
        lead.pk,
        lead.ward_id,
        new.ward_id,
    )


def test_merged_patients_are_grouped_together(ortho, routine) -> None:
    retired, survivor = make_patient(), make_patient("张伟明")
    member, lead = make_enrolled_task(routine, retired), make_enrolled_task(ortho, survivor)
    merge_patient(survivor_id=survivor.pk, retired_id=retired.pk)
    assert leads() == {lead.pk: None, member.pk: lead.pk}


def test_cancelling_the_lead_leads_the_members_anew(ortho, routine) -> None:
    chronic, patient = make_programme("copd", kind="chronic", merge="same_owner"), make_patient()
    lead, second = make_enrolled_task(ortho, patient), make_enrolled_task(chronic, patient)
    third = make_enrolled_task(routine, patient)
    regroup(patient_ids=[patient.pk])
    cancel_open_tasks(actor=SYSTEM, enrolment_ids=[lead.enrolment_id], reason="出院已取消")
    assert leads() == {lead.pk: None, second.pk: None, third.pk: second.pk}


def test_a_contact_that_was_begun_goes_on_under_its_first_member(ortho, routine, api) -> None:
    chronic, patient = make_programme("copd", kind="chronic", merge="same_owner"), make_patient()
    lead, second = make_enrolled_task(ortho, patient), make_enrolled_task(chronic, patient)
    third = make_enrolled_task(routine, patient, staff="centre")
    regroup(patient_ids=[patient.pk])
    client = api("alpha", "clinician")
    client.post(f"/tasks/{lead.pk}/attempts", {"channel": "T", "outcome": "busy"})
    assert regroup(patient_ids=[patient.pk]) == 0
    cancel_open_tasks(actor=SYSTEM, enrolment_ids=[lead.enrolment_id], reason="x")
    assert leads() == {lead.pk: None, second.pk: None, third.pk: second.pk}
    assert TaskAttempt.objects.get().task_id == second.pk
    third.refresh_from_db()
    assert (third.state, third.ward_id) == ("in_progress", second.ward_id)


def test_paused_tasks_are_cancelled_with_the_stay(ortho) -> None:
    task = make_enrolled_task(ortho, make_patient(), state="paused")
    assert cancel_open_tasks(actor=SYSTEM, encounter_ids=[task.encounter_id], reason="x") == 1


# --- Lists ------------------------------------------------------------------------------------------


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


# --- Work -------------------------------------------------------------------------------------------

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
