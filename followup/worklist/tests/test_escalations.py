from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from followup.worklist.models import Escalation
from followup.worklist.tests.factories import GOOD, make_patient, make_task
from trail.models import TrailRow


@pytest.fixture
def alarm(api, task) -> Escalation:
    body = {"answers": {**GOOD, "wound": "pus"}, "conclusion": "请来院"}
    assert api("alpha", "clinician").post(f"/tasks/{task.pk}/submit", body).status_code == 200
    return Escalation.objects.get()


@pytest.mark.req("S38")
@pytest.mark.parametrize(
    ("act", "body"), [("acknowledge", {}), ("close", {"outcome": "advised", "note": ""})]
)
def test_who_may_not_handle_it(api, step, alarm, act: str, body: Any) -> None:
    path = f"/escalations/{alarm.pk}/{act}"
    for tenant, who, status in (
        ("alpha", "other_clinician", 404), ("alpha", "doctor", 404), ("beta", "clinician", 404),
        ("alpha", "supervisor", 403), ("alpha", "admin", 403),
    ):  # fmt: skip
        assert api(tenant, who).post(path, body).status_code == status, (tenant, who)
    alarm.refresh_from_db()
    assert alarm.state == "open"


@pytest.mark.req("S38")
def test_it_is_taken_on_and_ends_with_an_outcome(api, alarm, at) -> None:
    client, path = api("alpha", "clinician"), f"/escalations/{alarm.pk}"
    for _ in range(2):
        assert client.post(f"{path}/acknowledge").json()["state"] == "acknowledged"
    for body in ({}, {"outcome": "ok"}, {"outcome": "advised", "note": "长" * 501}):
        assert client.post(f"{path}/close", body).status_code == 422
    with at("2026-11-20 10:30"):
        closed = client.post(f"{path}/close", {"outcome": "revisit", "note": "今日来院换药"}).json()
    assert (closed["state"], closed["outcome"], closed["note"]) == ("closed", "revisit", "今日来院换药")
    assert closed["overdue"] is False
    again = client.post(f"{path}/close", {"outcome": "lost"})
    assert (again.status_code, again.json()["code"]) == (409, "escalation_closed")
    assert client.post(f"{path}/acknowledge").status_code == 409
    row = TrailRow.objects.get(action="worklist.escalation.closed")
    assert row.detail == {"level": "E3", "outcome": "revisit", "in_time": True}
    assert TrailRow.objects.filter(action="worklist.escalation.acknowledged").count() == 1


def test_lists_by_state_and_clock(api, alarm, at) -> None:
    client = api("alpha", "clinician")
    with at("2026-11-20 11:31"):
        [row] = client.get("/escalations").json()["items"]
        assert (row["id"], row["overdue"]) == (str(alarm.pk), True)
    assert client.get("/escalations", state="closed").json() == {"items": [], "next_cursor": None}
    assert len(client.get("/escalations", state="all").json()["items"]) == 1
    assert api("alpha", "other_clinician").get("/escalations").json()["items"] == []
    assert client.get("/escalations", state="x").status_code == 422
    client.post(f"/escalations/{alarm.pk}/close", {"outcome": "false_alarm"})
    assert client.get("/escalations").json()["items"] == []
    assert len(client.get("/escalations", state="closed").json()["items"]) == 1


@pytest.mark.req("S33")
def test_the_workbench_in_six_queries(api, step, alarm) -> None:
    for number in range(12):
        make_task(step, patient=make_patient(f"王{number}"))
    client = api("alpha", "clinician")
    client.get("/workbench")
    with CaptureQueriesContext(connection) as captured:
        response = client.get("/workbench")
    asked = [
        q["sql"]
        for q in captured.captured_queries
        if "set_config" not in q["sql"] and "SAVEPOINT" not in q["sql"]
    ]
    assert len(asked) <= 6, asked
    bench = response.json()
    assert bench["counts"] == {
        "due_today": 12,
        "overdue": 0,
        "open": 12,
        "escalations_open": 1,
        "unrouted": None,
    }
    assert len(bench["today"]) == 10
    assert [row["id"] for row in bench["escalations"]] == [str(alarm.pk)]
    month = bench["month"]
    assert (month["due"], month["done"], month["done_in_window"]) == (13, 1, 1)
    assert (month["rate_done"], month["rate_on_time"]) == (0.0769, 0.0769)
    assert len(month["days"]) == 20
    assert month["days"][-1] == {"day": "2026-11-20", "done": 1}
    assert api("alpha", "other_clinician").get("/workbench").json()["month"]["rate_done"] is None
    assert api("alpha", "centre").get("/workbench").json()["counts"]["unrouted"] == 0
