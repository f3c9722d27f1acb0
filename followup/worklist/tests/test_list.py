"""The task list: who sees what, what each filter means, and how many queries it costs."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from followup.worklist.models import Task
from followup.worklist.selectors.rows import list_rows, task_rows
from followup.worklist.selectors.townships import township_name
from followup.worklist.tests import factories
from followup.worklist.tests.factories import DAY, make_patient, make_task
from trail.models import TrailRow


def ids(response: Any) -> list[str]:
    assert response.status_code == 200, response.json()
    return [row["id"] for row in response.json()["items"]]


def test_nobody_and_the_wrong_roles_see_no_list(api, step) -> None:
    assert api("alpha", None).get("/tasks").status_code == 401
    for who in ("it", "admin"):
        for path in (
            "/tasks",
            "/tasks/counts",
            "/workbench",
            "/escalations",
            "/patients/1/follow-ups",
            "/workbench/group",
        ):
            assert api("alpha", who).get(path).status_code == 403, (who, path)


@pytest.mark.req("S62")
def test_each_tier_sees_its_own_containers(api, step) -> None:
    mine, theirs = make_task(step), make_task(step, staff="other_clinician")
    ortho = make_task(step, staff="doctor")
    assert ids(api("alpha", "clinician").get("/tasks")) == [str(mine.pk)]
    assert ids(api("alpha", "other_clinician").get("/tasks")) == [str(theirs.pk)]
    assert ids(api("alpha", "supervisor").get("/tasks")) == [str(ortho.pk)]
    assert ids(api("alpha", "other_supervisor").get("/tasks")) == []
    assert ids(api("alpha", "operations").get("/tasks")) == [str(ortho.pk)]
    assert ids(api("beta", "clinician").get("/tasks")) == []


@pytest.mark.req("S34")
def test_a_row_shows_what_is_promised_and_no_name(api, step) -> None:
    task = make_task(step, due_on=DAY - timedelta(days=4))
    response = api("alpha", "clinician").get("/tasks")
    assert response.json() == {
        "items": [
            {
                "id": str(task.pk), "state": "planned", "overdue": True, "due_on": "2026-11-16",
                "window_start": "2026-11-15", "window_end": "2026-11-18", "days_overdue": 2,
                "programme_name": "骨科术后随访", "step_name": "出院后第7天", "kind": "specialty", "channel": "T",
                "level": None, "step_kind": "follow_up", "lead_id": None, "members": [],
                "patient": {"id": str(task.patient_id), "name_masked": "张*民", "sex": "M", "age": 69},
                "township_name": "问安镇", "ward_name": "问安镇卫生院家医团队", "assignee_name": "李医生",
                "diagnosis": "股骨颈骨折", "discharged_on": "2026-11-09",
                "reason_text": "出院诊断为股骨颈骨折；行手术治疗",
            }
        ],
        "next_cursor": None,
    }  # fmt: skip
    assert "张伟民" not in response.content.decode()
    row = TrailRow.objects.get(action="worklist.task.listed")
    assert row.detail == {"state": "open", "searched": False, "count": 1}


@pytest.mark.req("S34")
def test_states_are_derived_from_the_window(api, step) -> None:
    late = make_task(step, due_on=DAY - timedelta(days=4))
    last_day = make_task(step, due_on=DAY - timedelta(days=2))
    due = make_task(step, due_on=DAY + timedelta(days=1))
    future = make_task(step, due_on=DAY + timedelta(days=2))
    closed = make_task(
        step, state="failed", closed_on=DAY, closed_at="2026-11-20T01:00Z", due_on=DAY - timedelta(days=5)
    )
    make_task(step, state="cancelled", closed_on=DAY, closed_at="2026-11-20T01:00Z")
    client = api("alpha", "clinician")
    expected = {
        "open": [late, last_day, due, future], "overdue": [late], "due": [last_day, due], "done": [closed],
    }  # fmt: skip
    for state, tasks in expected.items():
        assert ids(client.get("/tasks", state=state)) == [str(t.pk) for t in tasks], state
    assert len(ids(client.get("/tasks", state="all"))) == 6
    assert client.get("/tasks/counts").json() == {"due": 2, "overdue": 1, "open": 4, "done_this_month": 0}


@pytest.mark.req("S35")
@pytest.mark.parametrize(
    ("text", "found"), [("张", True), ("张伟", True), ("伟民", False), ("1234", True), ("123x", True), ("9999", False),
                        ("ZY-77", True), ("ZY-7", False), ("%", False), ("_伟", False)],
)  # fmt: skip
def test_search(api, step, text: str, found: bool) -> None:
    patient = make_patient()
    factories.make_encounter(patient, inpatient_no="ZY-77")
    task = make_task(step, patient=patient)
    make_task(step, patient=make_patient("李红", phone="13900005678", id_no_last4="5678"))
    assert ids(api("alpha", "clinician").get("/tasks", q=text)) == ([str(task.pk)] if found else [])
    assert ids(api("alpha", "other_clinician").get("/tasks", q=text)) == []


@pytest.mark.req("S34")
def test_filters_by_programme_ward_and_day(api, step) -> None:
    other = factories.make_programme("other")
    first, second = make_task(step), make_task(other, due_on=DAY + timedelta(days=10))
    client = api("alpha", "clinician")
    assert ids(client.get("/tasks", programme=str(other.version.programme_id))) == [str(second.pk)]
    assert ids(client.get("/tasks", ward=str(first.ward_id))) == [str(first.pk), str(second.pk)]
    assert ids(client.get("/tasks", ward="999999")) == []
    assert ids(client.get("/tasks", due_from="2026-11-21")) == [str(second.pk)]
    assert ids(client.get("/tasks", due_to="2026-11-21")) == [str(first.pk)]


@pytest.mark.parametrize(
    "query",
    [{"state": "x"}, {"ward": "a"}, {"programme": "-1"}, {"due_from": "2026-13-01"}, {"due_to": "tomorrow"},
     {"q": "长" * 41}, {"limit": "0"}, {"limit": "101"}, {"cursor": "AAAA"}, {"page": "2"}, {"due_from": "20261101"},
     {"assignee": "someone"}],
)  # fmt: skip
def test_bad_filters_are_named(api, step, query: dict[str, str]) -> None:
    response = api("alpha", "clinician").get("/tasks", **query)
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == f"?{next(iter(query))}"


def test_pages_follow_each_other_without_gap_or_repeat(api, step) -> None:
    patient = make_patient()
    made = [make_task(step, patient=patient, due_on=DAY + timedelta(days=n // 3)) for n in range(11)]
    closed = [
        make_task(
            step,
            patient=patient,
            state="done",
            closed_on=date(2026, 11, 1 + n // 3),
            closed_at="2026-11-20T01:00Z",
        )
        for n in range(7)
    ]
    client = api("alpha", "clinician")

    def walk(state: str) -> list[str]:
        found: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            page = client.get("/tasks", state=state, limit="3", **cursor).json()
            found += [row["id"] for row in page["items"]]
            if page["next_cursor"] is None:
                return found
            cursor = {"cursor": page["next_cursor"]}

    assert walk("open") == [str(t.pk) for t in made]
    assert walk("done") == [str(t.pk) for t in reversed(closed)]


@pytest.mark.req("C10")
def test_a_page_costs_three_queries_whatever_is_on_it(api, step) -> None:
    for number in range(30):
        make_task(step, patient=make_patient(f"王{number}"))
    assert township_name("420583106000") == "问安镇"
    client = api("alpha", "clinician")
    client.get("/tasks")
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get("/tasks", limit="1")
    with CaptureQueriesContext(connection) as many:
        assert len(ids(client.get("/tasks", limit="30"))) == 30
    asked = [
        q["sql"]
        for q in many.captured_queries
        if "set_config" not in q["sql"] and "SAVEPOINT" not in q["sql"]
    ]
    assert len(asked) == 3, asked  # the account, the page, the trail row
    assert len(few.captured_queries) == len(many.captured_queries)
    assert 'records_patient"."name"' not in asked[1]


@pytest.mark.req("C10")
def test_a_page_shows_what_a_plain_query_of_the_same_tasks_shows(step) -> None:
    other = factories.make_programme("other")
    lead = make_task(step, due_on=DAY + timedelta(days=3))
    for task_step, days in ((other, 5), (step, 4)):
        make_task(task_step, patient=lead.patient, lead=lead, due_on=DAY + timedelta(days=days))
    make_task(other, assignee=None, encounter=None, reason={"why": ["年龄不小于 60 岁"], "step": "d7"})
    closed = {
        "state": "done",
        "closed_on": DAY,
        "closed_at": "2026-11-20T01:00Z",
        "due_on": DAY - timedelta(days=5),
    }
    make_task(step, **closed)
    paged, plain = list_rows(), task_rows()
    for order in (("due_on", "id"), ("-due_on", "-id")):
        rows = list(plain.order_by(*order))
        assert len(rows) == 5
        assert list(paged.order_by(*order)) == rows
        assert list(paged.order_by(*order)[1:3]) == rows[1:3]
    (row,) = paged.filter(pk=lead.pk).order_by("id")
    assert [member["programme_name"] for member in row["with_it"]] == ["骨科术后随访"] * 2
    assert [member["id"] for member in row["with_it"]] == list(
        lead.members.order_by("due_on").values_list("pk", flat=True)
    )
    named = {"assignee__staff_no": "S-clinician", "closed_on": DAY}  # joins a table of its own
    assert list(paged.filter(**named).order_by("id")) == list(plain.filter(**named).order_by("id"))
    assert list(paged.none().order_by("id")) == []


def test_follow_ups_of_a_patient_are_those_in_sight(api, step) -> None:
    patient = make_patient()
    mine = make_task(step, patient=patient)
    make_task(step, patient=patient, staff="doctor")
    path = f"/patients/{patient.pk}/follow-ups"
    assert ids(api("alpha", "clinician").get(path)) == [str(mine.pk)]
    assert api("alpha", "other_clinician").get(path).status_code == 404
    assert api("beta", "clinician").get(path).status_code == 404
    assert api("alpha", "clinician").get("/patients/x/follow-ups").status_code == 422


def test_merged_patients_take_their_tasks_along(step) -> None:
    from followup.worklist.services import merge_patient

    retired, survivor = make_patient(), make_patient("张伟明")
    task = make_task(step, patient=retired)
    for _ in range(2):
        merge_patient(survivor_id=survivor.pk, retired_id=retired.pk)
    assert Task.objects.get(pk=task.pk).patient_id == survivor.pk


def test_a_patient_is_in_sight_through_a_task(step) -> None:
    from followup.worklist.policy import patient_sight
    from tests.cast import actor_named

    task = make_task(step)
    assert list(patient_sight(actor_named("clinician"))) == [{"patient_id": task.patient_id}]
    assert list(patient_sight(actor_named("doctor"))) == []
    assert list(patient_sight(actor_named("admin"))) == []


@pytest.mark.req("C1")
def test_whose_work_it_is(api, step) -> None:
    mine = make_task(step)
    nobodys = make_task(step, assignee=None)
    colleague = make_colleague()
    theirs = make_task(step, assignee=colleague)
    client = api("alpha", "clinician")
    for assignee, found in (
        ("me", [mine]),
        ("none", [nobodys]),
        (str(colleague.pk), [theirs]),
        ("999999", []),
    ):
        assert ids(client.get("/tasks", assignee=assignee)) == [str(t.pk) for t in found], assignee
    assert len(ids(client.get("/tasks", assignee=""))) == 3


def make_colleague() -> Any:
    from organization.models import StaffMember

    first = StaffMember.objects.get(staff_no="S-clinician")
    return StaffMember.objects.create(
        staff_no="S-2",
        name="何护士",
        institution=first.institution,
        department=first.department,
        ward=first.ward,
    )


@pytest.mark.req("C1")
def test_the_head_nurse_sees_the_group(api, step) -> None:
    from access.actor import SYSTEM
    from access.services import assign_role
    from accounts.models import StaffAccount

    colleague = make_colleague()
    make_task(step)
    make_task(step, due_on=DAY - timedelta(days=9))
    make_task(step, due_on=DAY + timedelta(days=9))
    make_task(step, state="paused")
    lead = make_task(step, assignee=colleague)
    make_task(step, assignee=colleague, lead=lead)  # one contact
    make_task(step, assignee=colleague, state="done", closed_on=DAY, closed_at="2026-11-20T01:00Z")
    make_task(
        step, assignee=colleague, state="done", closed_on=date(2026, 10, 31), closed_at="2026-10-31T01:00Z"
    )
    make_task(step, assignee=None)
    make_task(step, staff="other_clinician")
    for who, status in ((None, 401), ("clinician", 403), ("doctor", 403), ("centre", 403), ("admin", 403)):
        assert api("alpha", who).get("/workbench/group").status_code == status, who
    assign_role(actor=SYSTEM, account=StaffAccount.objects.get(username="clinician"), role="head_nurse")
    client = api("alpha", "clinician")
    group = client.get("/workbench/group").json()
    assert [{k: v for k, v in row.items() if k != "staff_id"} for row in group["items"]] == [
        {"staff_name": "何护士", "open": 1, "due": 1, "overdue": 0, "done_this_month": 1},
        {"staff_name": "李医生", "open": 3, "due": 1, "overdue": 1, "done_this_month": 0},
    ]
    assert group["items"][0]["staff_id"] == str(colleague.pk)
    assert group["unassigned"] == {"open": 1, "due": 1, "overdue": 0, "done_this_month": 0}
    assert ids(client.get("/tasks", assignee=group["items"][0]["staff_id"])) == [str(lead.pk)]
    with CaptureQueriesContext(connection) as asked:
        client.get("/workbench/group")
    statements = [q["sql"] for q in asked.captured_queries if "worklist_task" in q["sql"]]
    assert len(statements) == 1


@pytest.mark.req("C1")
def test_supervisors_see_the_groups_that_they_supervise(api, step) -> None:
    make_task(step, staff="doctor")
    for who, names in (("supervisor", ["孙主任"]), ("operations", ["孙主任"]), ("other_supervisor", [])):
        group = api("alpha", who).get("/workbench/group").json()
        assert [row["staff_name"] for row in group["items"]] == names, who
    assert api("beta", "supervisor").get("/workbench/group").json()["items"] == []
