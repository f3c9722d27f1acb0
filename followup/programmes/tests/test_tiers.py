"""Acting on an enrolment is for whoever follows the patient up; supervising is looking."""

from typing import Any

import pytest

from access.actor import SYSTEM
from access.roles import Place
from access.services import assign_role, grant_place
from accounts.services import create_account
from followup.programmes.models import Enrolment, Programme
from followup.screening.services import screen_encounter
from followup.screening.tests.factories import make_encounter
from followup.screening.tests.programme_kit import INPATIENT, STEPS, make_programme
from kernel.tenancy import bind_schema
from organization.models import Department, Ward
from tests.cast import PASSWORD
from trail.models import TrailRow

pytestmark = pytest.mark.req("S39", "C16")

OWN, SUPERVISED, UNSEEN = "W41", "W31", "D1"


@pytest.fixture
def enrolments(in_alpha: Any, at: Any) -> dict[str, Enrolment]:
    """One of a patient of each ward."""
    with at("2026-11-20 09:30"):
        make_programme("all", INPATIENT, steps=STEPS[:1])
        make_programme("hand", {"field": "age", "op": "gt", "value": 120}, steps=STEPS[:1])
        account = create_account(username="both", name="双岗", password=PASSWORD)
        for role in ("attending_doctor", "ward_supervisor"):
            assign_role(actor=SYSTEM, account=account, role=role)
        ward, department = Ward.objects.get(code=OWN), Department.objects.get(code="0301")
        grant_place(actor=SYSTEM, account=account, place=Place.FOLLOW_UP, container=ward)
        grant_place(actor=SYSTEM, account=account, place=Place.SUPERVISE, container=department)
        found = {}
        for code in (OWN, SUPERVISED, UNSEEN):
            encounter = make_encounter(ward_code=code)
            screen_encounter(encounter_id=encounter.pk)
            found[code] = Enrolment.objects.get(encounter=encounter)
        yield found


def test_only_on_ones_own_patients(enrolments: dict[str, Enrolment], api: Any) -> None:
    client, hand = api("alpha", "both"), Programme.objects.get(key="hand").pk
    for ward, expected in ((SUPERVISED, 403), (UNSEEN, 404), (OWN, 200)):
        pk = enrolments[ward].pk
        assert client.get(f"/enrolments/{pk}").status_code == (404 if expected == 404 else 200)
        for act, body in (
            ("pause", {"reason": "外出务工"}),
            ("resume", {}),
            ("stop", {"reason": "不再需要"}),
        ):
            assert client.post(f"/enrolments/{pk}/{act}", body).status_code == expected, (ward, act)
        body = {
            "programme_id": str(hand), "encounter_id": str(enrolments[ward].encounter_id), "reason": "主任要求"
        }  # fmt: skip
        made = client.post("/enrolments", body).status_code
        assert made == (201 if expected == 200 else expected), ward
    with bind_schema("t_alpha"):
        states = {ward: Enrolment.objects.get(pk=one.pk).state for ward, one in enrolments.items()}
        assert states == {OWN: "stopped", SUPERVISED: "active", UNSEEN: "active"}
        told = TrailRow.objects.filter(object_type="enrolment").values_list("object_id", flat=True)
        assert str(enrolments[SUPERVISED].pk) not in set(told)
