"""Whose work a task is: the staff number of the stay, the ward, the home's clinician, a named person, the centre."""

from datetime import date
from typing import Any

import pytest

from access.actor import SYSTEM
from followup.programmes.models import Enrolment
from followup.screening import services
from followup.screening.tests.factories import make_encounter, mark_patient
from followup.screening.tests.programme_kit import INPATIENT, make_programme
from followup.worklist.models import Task
from organization.models import Institution, StaffMember

OWNERS = ("hospital", "attending", "nurse", "community", "centre", "named")


def steps(**changes: Any) -> list[dict[str, Any]]:
    return [
        {"code": owner, "name": owner, "day": 3, "window": [0, 0], "channel": ["T"], "owner": owner,
         "staff_no": "S-clinician" if owner == "named" else "", **changes}
        for owner in OWNERS
    ]  # fmt: skip


def owners_of(encounter: Any) -> dict[str, tuple[str, str | None, str]]:
    """Ward, assignee and what the reason says of it, by the step's owner."""
    rows = Task.objects.filter(encounter=encounter).select_related("step", "ward", "assignee")
    return {
        t.step.owner: (t.ward.code, t.assignee and t.assignee.staff_no, "；".join(t.reason["why"][3:]))
        for t in rows
    }


@pytest.mark.req("S12")
def test_every_owner_found(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        make_programme("p", INPATIENT, steps=steps())
        encounter = make_encounter(attending_no="S-doctor", nurse_no="S-centre")
        services.run_screening(actor=SYSTEM)
    assert owners_of(encounter) == {
        "hospital": ("W41", None, ""),
        "attending": ("W41", "S-doctor", ""),
        "nurse": ("W41", "S-centre", ""),
        "community": ("D1", None, "居住地尚未确定，由随访中心负责"),
        "centre": ("D1", None, ""),
        "named": ("TEAM", "S-clinician", ""),
    }
    named = Task.objects.get(step__code="named")
    assert (named.institution.code, named.department.code) == ("T1", "PH")


@pytest.mark.req("S12")
def test_every_owner_missing_is_told(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        StaffMember.objects.filter(staff_no__in=["S-doctor", "S-clinician"]).update(is_active=False)
        make_programme("p", INPATIENT, steps=steps())
        unknown = make_encounter(attending_no="S-doctor", nurse_no="")
        nowhere = make_encounter(attending_no="S-centre", nurse_no="S-centre", ward_code=None)
        services.run_screening(actor=SYSTEM)
    assert owners_of(unknown) == {
        "hospital": ("W41", None, ""),
        "attending": ("W41", None, "未找到主管医生的工号，任务归出院病区，未指定责任人"),
        "nurse": ("W41", None, "未找到责任护士的工号，任务归出院病区，未指定责任人"),
        "community": ("D1", None, "居住地尚未确定，由随访中心负责"),
        "centre": ("D1", None, ""),
        "named": ("D1", None, "指定人员已停用或未分配病区，由随访中心负责"),
    }
    nobody = ("D1", None, "出院病区不详，由随访中心负责")
    assert {k: v for k, v in owners_of(nowhere).items() if k in {"hospital", "attending", "nurse"}} == {
        "hospital": nobody, "attending": nobody, "nurse": nobody,
    }  # fmt: skip


@pytest.mark.req("S10", "S20")
def test_education_and_reminders_are_tasks_of_their_kind(in_alpha: Any, at: Any) -> None:
    kinds = [
        {**step, "kind": kind, "text": "请按时复诊"}
        for step, kind in zip(steps()[:3], ("follow_up", "education", "reminder"), strict=True)
    ]
    with at("2026-11-20 09:30"):
        make_programme("p", INPATIENT, steps=kinds)
        make_encounter()
        assert services.run_screening(actor=SYSTEM).tasks_made == 3
    assert sorted(Task.objects.values_list("step__code", "kind")) == [
        ("attending", "education"), ("hospital", "follow_up"), ("nurse", "reminder"),
    ]  # fmt: skip


@pytest.mark.req("S16")
@pytest.mark.parametrize("flag", ["unreachable", "invalid_contact", "refused", "frequent_visits"])
def test_flags_keep_out_as_the_programme_says(in_alpha: Any, at: Any, flag: str) -> None:
    with at("2026-11-20 09:30"):
        make_programme("strict", INPATIENT, exclusions={flag: True})
        make_programme("lenient", INPATIENT, exclusions={flag: False})
        encounter = make_encounter()
        mark_patient(encounter.patient, flags=[(flag, True)])
        services.run_screening(actor=SYSTEM)
    assert list(Enrolment.objects.values_list("programme__key", flat=True)) == ["lenient"]


@pytest.mark.req("S16")
def test_the_deceased_are_never_enrolled(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        make_programme("lenient", INPATIENT, exclusions={})
        mark_patient(make_encounter().patient, flags=[("deceased", True)])
        lifted = make_encounter()
        mark_patient(lifted.patient, flags=[("deceased", False)])
        services.run_screening(actor=SYSTEM)
    assert list(Enrolment.objects.values_list("encounter_id", flat=True)) == [lifted.pk]


@pytest.mark.req("S12")
def test_a_local_line_screens_its_own_discharges(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        clinic = Institution.objects.get(code="T1")
        county = make_programme("p", INPATIENT)
        local = make_programme(
            "p", {"field": "age", "op": "gte", "value": 70}, institution_id=clinic.pk, name="本院"
        )
        assert (county.institution_id, local.institution_id, local.version) == (None, clinic.pk, 2)
        stays = {}
        for name, age in (("hospital", 60), ("young", 60), ("old", 75)):
            stays[name] = make_encounter(age=age, discharged_on=date(2026, 11, 20))
            if name != "hospital":
                stays[name].institution_id = clinic.pk
                stays[name].save()
        services.run_screening(actor=SYSTEM)
        assert services.screen_encounter(encounter_id=stays["young"].pk) == 0
    rows = dict(Enrolment.objects.values_list("encounter_id", "version_id"))
    assert rows == {stays["hospital"].pk: county.pk, stays["old"].pk: local.pk}
