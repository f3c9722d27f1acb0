"""What other systems' hand-overs got wrong, each as a test that names it."""

from datetime import timedelta
from typing import Any

import pytest

from access.actor import SYSTEM
from community.handover import selectors, services
from community.handover.errors import NotYourTurn, OfferLapsed, OfferMoved
from community.handover.models import HandoverCase, HandoverEvent
from community.handover.tests import kit
from followup.programmes.models import Enrolment
from kernel import clock
from records.contracts import CanonicalEvent, EventKind, MergeData, SourceData
from records.models import Patient, PatientAddress, PatientPhone
from records.services import apply_event
from records.tests import events
from tests.cast import actor_named

pytestmark = [pytest.mark.django_db, pytest.mark.req("D6", "C17")]
OPEN_TASKS = [("d7", "planned", "W41"), ("d30", "planned", "W41")]


def offered() -> tuple[int, int, HandoverCase]:
    """(stay, the sender's case, the receiver's), delivered."""
    _, encounter = kit.discharge()
    out = kit.send(encounter, kit.agree())
    kit.deliver()
    return encounter, out, kit.mirror("beta", out)


def accept(case: HandoverCase) -> HandoverCase:
    with kit.at_home("alpha"):
        services.accept(actor=actor_named("centre"), case_id=case.pk)
        return HandoverCase.objects.get(pk=case.pk)


@pytest.mark.parametrize(("urgency", "hours"), [("normal", 48), ("green", 2)])
def test_the_receiver_is_told_and_the_offer_has_a_clock(two: Any, at: Any, urgency: str, hours: int) -> None:
    """peer trap 1: recipient not told, cannot decline."""
    _, encounter = kit.discharge()
    out = kit.send(encounter, kit.agree(), urgency=urgency)
    with kit.at_home("alpha"):
        assert selectors.count_cases(actor_named("centre"))["inbox_open"] == 0
    kit.deliver()
    incoming = kit.mirror("beta", out)
    assert incoming.accept_by == clock.now() + timedelta(hours=hours)
    with kit.at_home("alpha"):
        centre = actor_named("centre")
        assert selectors.count_cases(centre) == {
            "inbox_open": 1, "inbox_overdue": 0, "outbox_declined": 0, "outbox_open": 0,
        }  # fmt: skip
        assert selectors.get_case(centre, incoming.pk)["can"] == {
            "accept": True, "decline": True, "acknowledge": True, "return": False, "complete": False,
            "recall": False, "reoffer": False,
        }  # fmt: skip
        services.acknowledge(actor=centre, case_id=incoming.pk)
        services.decline(
            actor=centre, case_id=incoming.pk, reason_code="no_capacity", reason="本周团队外出培训"
        )
    assert kit.offer_row(incoming.case_no).state == "declined"


def test_an_offer_that_nobody_takes_expires(two: Any, at: Any) -> None:
    """peer trap 1: without an answer the clock answers, whichever side looks first."""
    for looks_first in ("alpha", "beta"):
        encounter, out, incoming = offered()
        with at("2026-11-23 08:59"), kit.at_home(looks_first):
            assert services.sweep() == 0
        with at("2026-11-23 09:01"):
            with kit.at_home("alpha"), pytest.raises(OfferLapsed):
                services.accept(actor=actor_named("centre"), case_id=incoming.pk)
            with kit.at_home(looks_first):
                assert services.sweep() == 1
            kit.deliver()
            assert kit.offer_row(incoming.case_no).state == "expired"
            mine, theirs = kit.case_of("beta", incoming.case_no), kit.case_of("alpha", incoming.case_no)
            assert (mine.state, mine.reason, theirs.state) == ("expired", "对方未在时限内接收", "expired")
            assert mine.desk_by == clock.now() + timedelta(hours=24)
            assert theirs.desk_by is None
            assert kit.tasks_of("beta", encounter) == OPEN_TASKS
            with kit.at_home("beta"):
                services.acknowledge(actor=actor_named("centre"), case_id=out)
                assert HandoverCase.objects.get(pk=out).desk_by is None


def test_a_refusal_lands_on_the_senders_desk_with_a_new_clock(two: Any, at: Any) -> None:
    """peer trap 2: sender not told of rejection."""
    encounter, out, incoming = offered()
    with at("2026-11-21 11:00"), kit.at_home("alpha"):
        services.decline(
            actor=actor_named("centre"), case_id=incoming.pk, reason_code="wrong_person", reason="已迁出本县"
        )
    with at("2026-11-21 11:05"):
        kit.deliver()
        with kit.at_home("beta"):
            centre = actor_named("centre")
            mine = HandoverCase.objects.get(pk=out)
            assert (mine.state, mine.reason) == ("declined", "患者信息不符：已迁出本县")
            assert mine.desk_by == clock.now() + timedelta(hours=24)
            assert selectors.count_cases(centre)["outbox_declined"] == 1
            assert selectors.get_case(centre, out)["events"][-1]["by_name"] == "周护士"
    assert kit.tasks_of("beta", encounter) == OPEN_TASKS
    with at("2026-11-21 12:00"), kit.at_home("beta"):
        again = services.reoffer(actor=actor_named("doctor"), case_id=out)
        assert HandoverCase.objects.get(pk=out).desk_by is None
        assert HandoverCase.objects.get(pk=again).accept_by == clock.now() + timedelta(hours=48)
        with pytest.raises(OfferMoved):
            services.acknowledge(actor=actor_named("centre"), case_id=out)


def test_the_work_changes_hands_by_an_explicit_act_alone(two: Any, at: Any) -> None:
    """peer trap 3: return bypasses acceptance; adding something silently returns the case."""
    encounter, out, incoming = offered()
    accept(incoming)
    kit.deliver()
    # A further stay, a correction of the old one, a sweep: nothing of it moves the work.
    kit.discharge(mrn="P-more", id_no=kit.ID_NO)
    with at("2026-12-01 10:00"):
        for tenant in ("alpha", "beta"):
            with kit.at_home(tenant):
                services.sweep()
        kit.deliver()
    assert kit.offer_row(incoming.case_no).state == "accepted"
    assert [state for _, state, _ in kit.tasks_of("beta", encounter)] == ["paused", "paused"]
    with kit.at_home("beta"):
        for forbidden in (
            lambda: services.give_back(actor=actor_named("centre"), case_id=out, reason="请退回"),
            lambda: services.complete(actor=actor_named("centre"), case_id=out, conclusion="好"),
        ):
            with pytest.raises(NotYourTurn):
                forbidden()
        with pytest.raises(OfferMoved):
            services.recall(actor=actor_named("centre"), case_id=out, reason="请退回")
    with kit.at_home("alpha"):
        services.give_back(actor=actor_named("centre"), case_id=incoming.pk, reason="患者回市区居住")
        stay = HandoverCase.objects.get(pk=incoming.pk).encounter_id
    kit.deliver()
    assert kit.tasks_of("beta", encounter) == OPEN_TASKS
    assert stay is not None
    assert {state for _, state, _ in kit.tasks_of("alpha", stay)} == {"cancelled"}
    mine = kit.case_of("beta", incoming.case_no)
    assert (mine.state, mine.reason, mine.desk_by) == (
        "returned", "患者回市区居住", clock.now() + timedelta(hours=24),
    )  # fmt: skip
    with kit.at_home("beta"):
        acts = list(HandoverEvent.objects.filter(case_id=out).order_by("id").values_list("act", flat=True))
        again = services.reoffer(actor=actor_named("doctor"), case_id=out)
    assert acts == ["offered", "accepted", "returned"]
    kit.deliver()
    # Back once, it has to be accepted once more before it is theirs again.
    assert [state for _, state, _ in kit.tasks_of("beta", encounter)] == ["planned", "planned"]
    assert {state for _, state, _ in kit.tasks_of("alpha", stay)} == {"cancelled"}
    accept(kit.mirror("beta", again))
    kit.deliver()
    assert [state for _, state, _ in kit.tasks_of("alpha", stay)].count("planned") == 2
    assert {state for _, state, _ in kit.tasks_of("beta", encounter)} == {"paused"}


def test_the_new_owner_sees_the_case_the_moment_it_is_theirs(two: Any, api: Any) -> None:
    """peer trap 4: accepted case invisible because the responsible area was left unchanged."""
    _, _, incoming = offered()
    clinician = api("alpha", "clinician")
    assert clinician.get("/tasks", state="all").json()["items"] == []
    assert clinician.get(f"/handover/cases/{incoming.pk}").status_code == 404
    answer = api("alpha", "centre").post(f"/handover/cases/{incoming.pk}/accept")
    assert answer.status_code == 200, answer.content
    patient = answer.json()["patient"]["id"]
    assert answer.json()["owner_name"] == "问安镇卫生院 李医生"
    # Before any job has run.
    rows = clinician.get("/tasks", state="all").json()["items"]
    assert [row["patient"]["id"] for row in rows] == [patient, patient]
    assert clinician.get(f"/patients/{patient}").status_code == 200
    assert clinician.get(f"/handover/cases/{incoming.pk}").json()["state"] == "accepted"
    assert [row["id"] for row in clinician.get("/handover/cases").json()["items"]] == [str(incoming.pk)]
    assert api("alpha", "other_clinician").get("/handover/cases").json()["items"] == []


def _cancel_discharge(encounter: int) -> None:
    from records.models import Encounter

    with kit.at_home("beta"):
        stay = Encounter.objects.get(pk=encounter)
        facility = "HIS-BETA"
        mrn = stay.patient.identifiers.get(kind="medical_record").value
        apply_event(
            actor=SYSTEM, source_system=facility,
            event=CanonicalEvent(
                kind=EventKind.CANCEL_DISCHARGE, source=SourceData(system=facility), control_id="A13",
                occurred_at=clock.now(), patient=events.person(mrn, authority=facility),
                encounter=events.visit(stay.source_id),
            ),
        )  # fmt: skip


def test_a_cancelled_discharge_takes_the_offer_back(two: Any) -> None:
    """peer trap 5: sender deletes before acceptance."""
    encounter, _, incoming = offered()
    _cancel_discharge(encounter)
    kit.deliver()
    for tenant in ("beta", "alpha"):
        case = kit.case_of(tenant, incoming.case_no)
        assert (case.state, case.reason) == ("recalled", "出院已取消")
    assert kit.case_of("beta", incoming.case_no).desk_by == clock.now() + timedelta(hours=24)
    with kit.at_home("alpha"), pytest.raises(OfferMoved):
        services.accept(actor=actor_named("centre"), case_id=incoming.pk)


def test_of_an_accepted_case_the_receiver_is_told(two: Any) -> None:
    """peer trap 5: once accepted, what happens to the record is told and the receiver decides."""
    encounter, _, incoming = offered()
    accept(incoming)
    kit.deliver()
    _cancel_discharge(encounter)
    kit.deliver()
    assert kit.offer_row(incoming.case_no).state == "accepted"
    with kit.at_home("alpha"):
        told = HandoverEvent.objects.filter(case_id=incoming.pk).order_by("-id")[0]
    assert (told.act, told.is_ours, told.reason) == ("notice", False, "出院已取消")


def test_a_merge_takes_the_offer_back_and_the_case_follows_the_person(two: Any) -> None:
    """peer trap 5: the record that was offered is another one now."""
    retired, encounter = kit.discharge(mrn="OLD", id_no="")
    survivor, _ = kit.discharge(mrn="NEW", id_no="", name="张三丰")
    out = kit.send(encounter, kit.agree())
    kit.deliver()
    with kit.at_home("beta"):
        apply_event(
            actor=SYSTEM, source_system="HIS-BETA",
            event=CanonicalEvent(
                kind=EventKind.MERGE, source=SourceData(system="HIS-BETA"), control_id="A40",
                occurred_at=clock.now(), patient=events.person("NEW", "张三丰", id_no="", authority="HIS-BETA"),
                merge=MergeData("OLD", "HIS-BETA"),
            ),
        )  # fmt: skip
    kit.deliver()
    with kit.at_home("beta"):
        mine = HandoverCase.objects.get(pk=out)
    assert (mine.state, mine.patient_id) == ("recalled", survivor)
    assert mine.reason == "患者档案已合并，请核对后重新发出"
    assert kit.mirror("beta", out).state == "recalled"
    assert retired != survivor


def test_somebody_without_a_clinician_goes_to_the_desk(two: Any) -> None:
    """peer trap 6: no officer in the district."""
    _, encounter = kit.discharge(address="湖北省宜昌市夷陵区黄花镇中岭村")
    out = kit.send(encounter, kit.agree())
    kit.deliver()
    case = accept(kit.mirror("beta", out))
    assert case.encounter_id is not None
    assert {ward for _, _, ward in kit.tasks_of("alpha", case.encounter_id)} == {"D1"}


FEW = ("patient.name", "patient.sex", "encounter.period", "diagnoses", "result.level")


def test_only_agreed_fields_cross(two: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """peer trap 7: external registration copied along."""
    from followup.transfers import services as transfers

    whole = transfers.TransferWork.build_packet_facts
    # A careless port that answers everything there is.
    monkeypatch.setattr(
        transfers.TransferWork,
        "build_packet_facts",
        lambda self, e, ids, fields: whole(self, e, ids, kit.ALL_FIELDS),
    )
    _, encounter = kit.discharge()
    agreement = kit.agree(fields=FEW)
    with kit.at_home("beta"):
        seen = services.preview(
            actor=actor_named("doctor"), encounter_id=encounter, agreement_id=agreement,
            enrolment_ids=kit.enrolments("beta", encounter),
        )  # fmt: skip
    assert [row["key"] for row in seen["packet"]] == list(FEW[:4])
    assert {row["key"]: row["reason"] for row in seen["left_out"]}["patient.id_no"] == "协议未约定"
    out = kit.send(encounter, agreement, digest=seen["digest"])
    kit.deliver()
    incoming = kit.mirror("beta", out)
    assert incoming.digest == seen["digest"]
    with kit.at_home("alpha"):
        from community.handover.services.cases import packet_of

        assert sorted(packet_of(incoming)["facts"]) == sorted(FEW[:4])
        services.accept(actor=actor_named("centre"), case_id=incoming.pk)
        person = Patient.objects.get(pk=HandoverCase.objects.get(pk=incoming.pk).patient_id)
        assert (person.id_no_hash, person.birth_date) == ("", None)
        assert not PatientPhone.objects.filter(patient=person).exists()
        assert not PatientAddress.objects.filter(patient=person).exists()
        assert Enrolment.objects.filter(patient=person).count() == 1
    assert kit.offer_row(incoming.case_no).fields == list(FEW[:4])


def test_results_flow_back_in_agreed_fields_only(two: Any) -> None:
    """peer trap 7: the way back has its own whitelist."""
    from followup.worklist.models import Task
    from followup.worklist.services import submit_task

    _, encounter = kit.discharge()
    out = kit.send(encounter, kit.agree(fields=FEW))
    kit.deliver()
    case = accept(kit.mirror("beta", out))
    with kit.at_home("alpha"):
        task = Task.objects.get(encounter=case.encounter_id, step__code="d7")
        submit_task(actor=actor_named("centre"), task_id=task.pk, answers={}, conclusion="本人的私事")
    kit.deliver()
    with kit.at_home("beta"):
        result = selectors.get_case(actor_named("doctor"), out)["results"][0]
    assert (result["level"], result["conclusion"], result["attempts"], result["answers"]) == (
        "E0",
        None,
        [],
        [],
    )
