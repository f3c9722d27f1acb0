"""One discharge, from the MLLP bytes to what the county sees, by HTTP alone."""

import io
from typing import Any

import pytest
from django.test import Client

from config.demo.history import make_tone
from config.demo.plan import PASSWORD
from kernel import clock
from tests.journeys.conftest import ADDRESS, OTHER_ADDRESS, County
from tests.journeys.messages import make_joint_story

pytestmark = pytest.mark.req(
    "S1", "S12", "S37", "S38", "D1", "D2", "D5", "D6", "C2", "C9", "C17", "C20", "S2"
)


class Person:
    """Somebody at a browser without a screen: logs in with a password, sends the CSRF token."""

    def __init__(self, host: str, username: str, password: str = PASSWORD) -> None:
        self.client = Client(headers={"host": host}, enforce_csrf_checks=True)
        self.client.get("/api/v1/session")
        answer = self.send("POST", "/session", {"username": username, "password": password})
        assert answer.status_code == 200, answer.content
        self.session = answer.json()

    @property
    def token(self) -> str:
        return self.client.cookies["csrftoken"].value

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        import json

        return self.client.generic(
            method, f"/api/v1{path}", json.dumps(body) if body is not None else "",
            content_type="application/json", headers={"X-CSRFToken": self.token, **headers},
        )  # fmt: skip

    def get(self, path: str, **parameters: Any) -> Any:
        answer = self.client.get(f"/api/v1{path}", parameters)
        assert answer.status_code == 200, (path, answer.content)
        return answer.json()

    def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        answer = self.send("POST", path, {} if body is None else body)
        assert answer.status_code == status, (path, answer.content)
        return answer.json() if answer.content else None


def answers_with_oozing_wound() -> dict[str, Any]:
    return {
        "joint": "hip", "op_day": 8, "pain_rest": 2, "pain_walking": 3, "wound": "oozing", "temperature": 36.6,
        "calf": "no", "breath": "no", "anticoagulant": "regular", "bleeding": "no", "dislocation": ["none"],
        "walking": "stick", "distance": 300, "stairs": "rail", "fall": "no", "numbness": "no", "infection": ["none"],
        "answered_by": "self", "consent": "yes", "general_state": "same", "new_symptom": "no", "taking": "regular",
        "side_effect": "no", "revisit_booked": "yes",
    }  # fmt: skip


def test_one_discharge_travels_the_whole_way(county: County) -> None:
    now = clock.now().astimezone(clock.SHANGHAI)
    story = make_joint_story(now, number=11, days_ago=14)
    messages = [story.admission("API-1"), story.discharge("API-2")]
    assert [ack.code for ack in county.send(*messages)] == ["AA", "AA"]
    county.settle()

    # The clinician near home has the second-week task, with its reason, and nobody else's patient.
    clinician = Person(ADDRESS, "xiangzhen")
    mine = [
        t for t in clinician.get("/tasks", state="open")["items"] if t["patient"]["name_masked"] == "钟*力"
    ]
    assert len(mine) >= 1
    task = clinician.get(f"/tasks/{mine[0]['id']}")
    assert task["ward_name"] == "问安镇家庭医生团队"
    assert any("关节" in sentence for sentence in task["why"])
    assert "问安镇" in task["routing_why"]
    assert task["patient"]["id_no_masked"].startswith("420***")
    timeline = clinician.get(f"/patients/{task['patient']['id']}/timeline")["items"]
    assert {"inpatient", "operation"} <= {item["kind"] for item in timeline}

    # It is worked: an attempt, a draft, a recording, the answers; the wound raises an escalation with a clock.
    task_id = task["id"]
    started = clinician.post(f"/tasks/{task_id}/start")
    clinician.post(f"/tasks/{task_id}/attempts", {"channel": "T", "outcome": "reached", "note": ""})
    version = clinician.get(f"/tasks/{task_id}")["version"]
    draft = clinician.send(
        "PUT", f"/tasks/{task_id}/draft", {"answers": {"joint": "hip"}}, **{"If-Match": f'"{version}"'}
    )
    assert draft.status_code == 200, draft.content
    stale = clinician.send("PUT", f"/tasks/{task_id}/draft", {"answers": {}}, **{"If-Match": f'"{version}"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "version_changed")
    assert started["state"] == "in_progress"
    import random

    sound = io.BytesIO(make_tone(random.Random(1), 2.0))
    sound.name = "call.wav"
    uploaded = clinician.client.post(
        f"/api/v1/tasks/{task_id}/recordings", {"file": sound}, headers={"X-CSRFToken": clinician.token}
    )
    assert uploaded.status_code == 201, uploaded.content
    link = clinician.post(f"/recordings/{uploaded.json()['id']}/link")
    stranger = Client(headers={"host": ADDRESS})
    piece = stranger.get(link["url"], headers={"range": "bytes=0-3"})
    assert (piece.status_code, b"".join(piece.streaming_content)) == (206, b"RIFF")
    body = {"answers": answers_with_oozing_wound(), "conclusion": "伤口渗液，已联系骨科，嘱当日复诊。"}
    if task["overdue"]:
        body["late_reason"] = "系统上线补录"
    done = clinician.post(f"/tasks/{task_id}/submit", body)
    assert (done["state"], done["level"]) == ("done", "E3")
    alarms = [e for e in clinician.get("/escalations", state="open")["items"] if e["task_id"] == task_id]
    assert [(e["level"], e["state"]) for e in alarms] == [("E3", "open")]
    clinician.post(f"/escalations/{alarms[0]['id']}/acknowledge")
    clinician.post(f"/escalations/{alarms[0]['id']}/close", {"outcome": "revisit", "note": "已到院换药"})

    # The operations centre draws across departments and institutions, and scores what the clinician did.
    operations = Person(ADDRESS, "yunying")
    tree = operations.get("/organization/tree")["items"]
    departments = [d["id"] for i in tree for d in i["departments"] if d["name"] == "公共卫生科"]
    today = clock.today().isoformat()
    drawn = operations.post(
        "/review/draws",
        {"tier": 3, "department_ids": departments, "period_from": today, "period_to": today, "size": 5,
         "stratify": "none"},
        status=201,
    )  # fmt: skip
    items = operations.get(f"/review/draws/{drawn['id']}")["items"]
    item = operations.get(f"/review/items/{items[0]['id']}")
    assert item["original"] is None
    own = {"reached": "yes", "really_called": "yes", "content_true": "same", "attitude": "good", "guidance": "yes",
           "misconduct": ["none"], "tier2_agrees": "not_reviewed"}  # fmt: skip
    shown = operations.post(f"/review/items/{items[0]['id']}/answers", {"answers": own})
    assert shown["original"]["conclusion"] == body["conclusion"]
    scored = operations.post(
        f"/review/items/{items[0]['id']}/score",
        {"scores": {"authentic": 100, "content": 90, "attitude": 100, "completeness": 80}, "instant_fail": [],
         "finding": "记录完整", "rectification": False},
    )  # fmt: skip
    assert scored["item"]["state"] == "scored"

    # The county sees it, without a name.
    county.refresh()
    bureau = Person("127.0.0.1", "bureau", "Ceshi-2026")
    month = clock.today().isoformat()[:7]
    overview = bureau.get("/supervision/overview", month=month)
    rows = [
        r for r in overview["townships"] if r["tenant_code"] == "journey" and r["township_name"] == "问安镇"
    ]
    assert sum(row["tasks_done"] for row in rows) >= 1, [list(r.values()) for r in overview["townships"]]
    assert sum(row["abnormal"] for row in rows) >= 1
    assert "钟" not in str(overview)

    # A user of the other tenant sees none of it, and a replay changes nothing.
    other = Person(OTHER_ADDRESS, "centre", "Ceshi-2026")
    assert other.get("/tasks", state="all")["items"] == []
    assert other.send("GET", f"/tasks/{task_id}").status_code == 404
    assert other.get("/patients", q="钟接力")["items"] == []
    before = clinician.get("/tasks/counts")
    assert [ack.code for ack in county.send(*messages)] == ["AA", "AA"]
    county.settle()
    assert clinician.get("/tasks/counts") == before
