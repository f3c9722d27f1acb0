from datetime import date
from typing import Any

import pytest

from access.actor import SYSTEM
from followup.programmes.models import Enrolment
from followup.programmes.services import load_library
from followup.screening import services
from followup.screening.models import ScreeningRun
from followup.screening.tests.factories import make_encounter
from followup.screening.tests.programme_kit import INPATIENT, make_programme
from kernel import jobs
from kernel.tenancy import bind_schema
from organization.models import Ward

HEART = {"all": [INPATIENT, {"field": "diagnosis", "op": "stem_in", "value": ["I21"]}]}


def work_off(tenant: Any) -> None:
    with bind_schema(tenant.schema_name):
        jobs.drain()


def test_without_a_centre_nothing_is_begun(in_alpha: Any, api: Any) -> None:
    Ward.objects.filter(kind="call_desk").update(is_active=False)
    answer = api("alpha", "admin").post("/screening/runs")
    assert (answer.status_code, answer.json()["code"]) == (409, "follow_up_centre_missing")
    with bind_schema(in_alpha.schema_name):
        assert ScreeningRun.objects.count() == 0
        Ward.objects.filter(kind="call_desk").update(is_active=True)


def test_who_may_not(in_alpha: Any, api: Any) -> None:
    assert api("alpha").get("/screening/runs").status_code == 401
    for who in ("clinician", "doctor", "operations", "it", "centre"):
        client = api("alpha", who)
        assert client.get("/screening/runs").status_code == 403
        assert client.post("/screening/runs").status_code == 403
        assert client.get("/screening/runs/1").status_code == 403
    with bind_schema(in_alpha.schema_name):  # a request leaves nothing bound
        assert ScreeningRun.objects.count() == 0


@pytest.mark.req("S12")
def test_run_now_and_the_list_of_runs(in_alpha: Any, api: Any, at: Any) -> None:
    client = api("alpha", "admin")
    with at("2026-11-20 09:30"):
        make_programme("heart", HEART)
        make_encounter(diagnoses=["I219"])
        answer = client.post("/screening/runs")
        assert answer.status_code == 202
        started = answer.json()
        assert (started["finished_at"], started["enrolled"], started["tasks_made"]) == (None, 0, 0)
        assert client.get(f"/screening/runs/{started['id']}").json() == started
        work_off(in_alpha)
    run = client.get(f"/screening/runs/{started['id']}").json()
    assert (run["trigger"], run["programmes"], run["enrolled"], run["tasks_made"]) == ("manual", 1, 1, 3)
    assert (run["started_by_name"], run["finished_at"] is None) == ("管理员", False)
    again = client.post("/screening/runs").json()["id"]
    work_off(in_alpha)
    assert client.get(f"/screening/runs/{again}").json()["enrolled"] == 0
    body = client.get("/screening/runs", limit=1).json()
    assert [r["enrolled"] for r in body["items"]] == [0]
    body = client.get("/screening/runs", limit=1, cursor=body["next_cursor"]).json()
    assert (body["items"], body["next_cursor"]) == ([run], None)
    assert api("beta", "admin").get("/screening/runs").json() == {"items": [], "next_cursor": None}
    assert client.post("/screening/runs", {"all": True}).status_code == 422
    assert client.get("/screening/runs/99999999").status_code == 404
    assert api("beta", "admin").get(f"/screening/runs/{again}").status_code == 404
    assert client.get("/screening/runs?programme=1").status_code == 422


@pytest.mark.req("S12")
def test_the_shipped_library_screens(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        load_library(actor=SYSTEM, signer_name="王主任", starts_on=date(2026, 11, 1))
        joint = make_encounter(diagnoses=["M171"], operations=[("8154", date(2026, 11, 12))])
        pressure = make_encounter(diagnoses=["J440", "I10"])
        services.run_screening(actor=SYSTEM)

    def keys(encounter: Any) -> set[str]:
        return set(Enrolment.objects.filter(encounter=encounter).values_list("programme__key", flat=True))

    assert {"joint_replacement", "inpatient_satisfaction"} <= keys(joint)
    assert {"hypertension", "inpatient_satisfaction"} <= keys(pressure)
