"""The dictionary of labels: renamed under If-Match, put out of use and back; and who may act on a patient at all."""

from typing import Any

import pytest

from access.actor import SYSTEM
from access.roles import Place
from access.services import assign_role, grant_place
from accounts.services import create_account
from kernel.models import OutboxEvent
from kernel.tenancy import bind_schema
from organization.models import Department, Ward
from records.models import Encounter, Label, Patient, PatientLabel
from records.tests.events import admit, apply, apply_all, discharge, person, the_person
from tests.cast import PASSWORD
from trail.models import TrailRow

pytestmark = [pytest.mark.req("S16", "C16"), pytest.mark.usefixtures("in_alpha", "today")]


@pytest.fixture
def today(at: Any) -> Any:
    with at("2026-11-22 09:00"):
        yield


@pytest.fixture
def patient(in_alpha: Any, today: Any) -> Patient:
    apply_all(admit(), discharge())
    return the_person()


@pytest.fixture
def label(api: Any) -> dict[str, Any]:
    made: dict[str, Any] = api("alpha", "centre").post("/labels", {"code": "vip", "name": "重点"}).json()
    assert made["version"] == 1
    return made


def test_renaming_keeps_the_code_and_whoever_wears_it(patient: Patient, label: Any, api: Any) -> None:
    centre, path = api("alpha", "centre"), f"/labels/{label['id']}"
    api("alpha", "doctor").put(f"/patients/{patient.pk}/labels", {"codes": ["vip"]})
    done = centre.put(path, {"name": " 重点随访 "}, **{"If-Match": '"1"'})
    assert (done.status_code, done.json()) == (200, {**label, "name": "重点随访", "version": 2})
    worn = api("alpha", "doctor").get(f"/patients/{patient.pk}/labels").json()["items"]
    assert [(row["code"], row["name"]) for row in worn] == [("vip", "重点随访")]
    stale = centre.put(path, {"name": "另一名"}, **{"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"], stale.json()["version"]) == (412, "version_changed", 2)
    for body, headers in (
        ({"name": "x"}, {}),
        ({"name": " "}, {"If-Match": '"2"'}),
        ({}, {"If-Match": '"2"'}),
    ):
        assert centre.put(path, body, **headers).status_code == 422
    with bind_schema("t_alpha"):
        row = TrailRow.objects.get(action="records.label.renamed")
        assert row.detail == {"code": "vip", "before": "重点", "after": "重点随访"}
        assert OutboxEvent.objects.filter(type="label.renamed").count() == 1


def test_out_of_use_nobody_gets_it_and_who_wears_it_keeps_it(patient: Patient, label: Any, api: Any) -> None:
    centre, doctor = api("alpha", "centre"), api("alpha", "doctor")
    doctor.put(f"/patients/{patient.pk}/labels", {"codes": ["vip"]})
    gone = centre.post(f"/labels/{label['id']}/deactivate")
    assert (gone.status_code, gone.json()["is_active"], gone.json()["version"]) == (200, False, 2)
    assert centre.post(f"/labels/{label['id']}/deactivate").json()["code"] == "label_out_of_use"
    assert doctor.put(f"/patients/{patient.pk}/labels", {"codes": ["vip"]}).status_code == 200
    doctor.put(f"/patients/{patient.pk}/labels", {"codes": []})
    refused = doctor.put(f"/patients/{patient.pk}/labels", {"codes": ["vip"]})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "unknown_label")
    assert centre.post(f"/labels/{label['id']}/activate").json()["is_active"] is True
    assert centre.post(f"/labels/{label['id']}/activate").json()["code"] == "label_active"
    assert doctor.put(f"/patients/{patient.pk}/labels", {"codes": ["vip"]}).status_code == 200


def test_who_may_not_touch_the_dictionary(label: Any, api: Any) -> None:
    for tenant, who, status in (
        ("alpha", None, 401), ("alpha", "doctor", 403), ("alpha", "admin", 403), ("beta", "centre", 404),
    ):  # fmt: skip
        client = api(tenant, who)
        assert (
            client.put(f"/labels/{label['id']}", {"name": "x"}, **{"If-Match": '"1"'}).status_code == status
        )
        for act in ("activate", "deactivate"):
            assert client.post(f"/labels/{label['id']}/{act}").status_code == status, (who, act)
    assert api("alpha", "centre").post("/labels/99999999/deactivate").status_code == 404
    with bind_schema("t_alpha"):
        assert Label.objects.get().version == 1


@pytest.fixture
def both_tiers(in_alpha: Any, today: Any) -> str:
    """Follows up on the orthopaedic ward, and supervises cardiology."""
    account = create_account(username="both", name="双岗", password=PASSWORD)
    for role in ("attending_doctor", "ward_supervisor"):
        assign_role(actor=SYSTEM, account=account, role=role)
    grant_place(actor=SYSTEM, account=account, place=Place.FOLLOW_UP, container=Ward.objects.get(code="W41"))
    grant_place(
        actor=SYSTEM, account=account, place=Place.SUPERVISE, container=Department.objects.get(code="0301")
    )
    return "both"


def test_supervising_a_patient_is_not_acting_on_them(both_tiers: str, label: Any, api: Any) -> None:
    """Tier 1 on her own ward's patient; in sight only as supervisor 403; out of sight 404."""
    people = {}
    with bind_schema("t_alpha"):  # the request of the fixture has left nothing bound
        for number, code in (("A", "W41"), ("B", "W31"), ("C", "D1")):
            apply(admit(patient=person(number, f"王{number}", id_no="", phone=""), number=f"ZY-{number}"))
            people[code] = the_person(number).pk
            ward = Ward.objects.select_related("department").get(code=code)
            Encounter.objects.filter(patient_id=people[code]).update(
                ward=ward, department=ward.department, institution_id=ward.department.institution_id
            )
    client = api("alpha", both_tiers)
    acts = [
        ("post", "/patients/{}/flags", {"kind": "frequent_visits", "reason": "常来"}),
        ("put", "/patients/{}/labels", {"codes": ["vip"]}),
        ("post", "/patients/{}/registers", {"register": "diabetes", "since": "2026-01-05"}),
    ]
    for method, path, body in acts:
        codes = {ward: client.send(method, path.format(pk), body).status_code for ward, pk in people.items()}
        assert codes["W41"] in {200, 201}, path
        assert (codes["W31"], codes["D1"]) == (403, 404), path
    assert client.get(f"/patients/{people['W31']}").status_code == 200
    with bind_schema("t_alpha"):
        assert set(PatientLabel.objects.values_list("patient_id", flat=True)) == {people["W41"]}
