"""Sets: the decisions of the single path, in a fixed number of queries, and harmless to repeat."""

import random
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from access.actor import SYSTEM
from community.catchments.models import Absence, CareContract, Catchment
from community.catchments.services import save_catchment
from community.routing import jobs as routing_jobs
from community.routing import selectors
from community.routing.models import CurrentRouting, OwnerChange, ResidenceClaim, RoutingDecision
from community.routing.selectors.waiting import patients_concerned
from community.routing.services import reroute_many, route_encounter, route_many, set_override
from community.routing.tests.factories import (
    WENAN,
    current,
    enter_catchments,
    events,
    make_encounter,
    make_patient,
    report_address,
    route,
)
from kernel import clock
from kernel.events import subscriptions
from kernel.jobs import drain
from kernel.models import Job, OutboxEvent
from kernel.tenancy import bind_schema
from organization.models import Institution, StaffMember, Ward
from records.models import Encounter, Patient, PatientAddress
from tests.cast import actor_named

pytestmark = pytest.mark.req("D2", "C17")

HERE, ISLAND = "湖北省宜昌市枝江市问安镇关庙山村3组", "枝江市百里洲镇八亩滩村2组"
TEXTS = [
    HERE, ISLAND, "枝江市双湖村3组", "不详", "", "湖北省仙桃市干河街道", "问安镇关庙山村", "枝江市安福寺镇",
    "湖北省荆门市钟祥市石牌镇彭墩村 420583195603081234", "市直单位宿舍", "Rm 502, Wuhan",
]  # fmt: skip
_COLUMNS = (
    "state", "rule", "confidence", "evidence", "candidates", "address_text", "division_code", "institution_id",
    "ward_id", "staff_id", "why", "encounter_id", "supersedes_id",
)  # fmt: skip


def member(who: str) -> StaffMember:
    return StaffMember.objects.get(staff_no=f"S-{who}")


def sign(patient: Patient, who: str, **values: Any) -> None:
    staff = member(who)
    CareContract.objects.create(
        patient=patient, ward_id=staff.ward_id, staff=staff, valid_from=clock.today(), created_at=clock.now(), **values
    )  # fmt: skip


def be_away(who: str, deputy: str | None, first: date, last: date | None) -> None:
    Absence.objects.create(
        staff=member(who), from_on=first, to_on=last, reason="leave", created_at=clock.now(),
        deputy=member(deputy) if deputy else None,
    )  # fmt: skip


def make_people(number: int, seed: int = 7) -> list[Encounter]:
    """A mixed population: every text, split fields, registered addresses, contracts, wishes, several stays."""
    chance = random.Random(seed)
    stays = []
    for _ in range(number):
        patient = make_patient(chance.choice(TEXTS))
        if chance.random() < 0.3:
            PatientAddress.objects.filter(patient=patient, kind="current").delete()
            report_address(
                patient, chance.choice(TEXTS), county="枝江市", township=chance.choice(["问安镇", "百里洲镇", ""])
            )  # fmt: skip
        if chance.random() < 0.3:
            report_address(patient, chance.choice(TEXTS), kind="registered")
        if chance.random() < 0.2:
            sign(patient, chance.choice(["clinician", "other_clinician"]))
        stays.append(make_encounter(patient))
        if chance.random() < 0.2:
            stays.append(make_encounter(patient))
    return stays


def outcome() -> dict[int, tuple[Any, ...]]:
    """What was decided last of each patient, without row numbers."""
    rows = RoutingDecision.objects.filter(superseded_by=None)
    claims: dict[int, list[Any]] = {}
    for pk, *claim in ResidenceClaim.objects.filter(valid_to=None).values_list(
        "patient_id", "source", "rank", "text", "division_code", "confidence", "evidence", "candidates"
    ):
        claims.setdefault(pk, []).append(claim)
    columns = [name for name in _COLUMNS if name != "supersedes_id"]
    current_rows = {
        row[0]: row[1:]
        for row in CurrentRouting.objects.values_list(
            "pk", "state", "division_code", "ward_id", "staff_id", "department_id", "recheck_on",
            "routed_encounter_id", "named_staff_id",
        )
    }  # fmt: skip
    return {
        row.patient_id: (
            *(getattr(row, name) for name in columns),
            sorted(claims.get(row.patient_id, []), key=str), current_rows[row.patient_id],
        )
        for row in rows
    }  # fmt: skip


def test_the_set_decides_what_the_single_path_decides(in_alpha: Any, at: Any) -> None:
    """Over every vector's text and a random population with contracts, absences and several stays."""
    with at("2026-11-20 09:30"):
        enter_catchments()
        be_away("clinician", None, date(2026, 11, 1), None)
        be_away("other_clinician", "clinician", date(2026, 11, 20), date(2026, 11, 22))
        stays = make_people(60)
        with transaction.atomic():
            for stay in sorted(stays, key=lambda each: each.pk):
                route_encounter(encounter_id=stay.pk, patient_id=stay.patient_id)
            single = outcome()
            told = {(e["encounter_id"], e["patient_id"]) for e in events("patient.routed")}
            transaction.set_rollback(True)
        assert not RoutingDecision.objects.exists()
        assert route_many(encounter_ids=[stay.pk for stay in stays]) == len(stays)
    # The stay that a single decision was first made for is the first one, a set's the last.
    drop = _COLUMNS.index("encounter_id")

    def plain(found: dict[int, tuple[Any, ...]]) -> dict[int, tuple[Any, ...]]:
        return {pk: row[:drop] + row[drop + 1 :] for pk, row in found.items()}

    assert plain(outcome()) == plain(single)
    assert len(single) == 60
    assert {row[0] for row in single.values()} == {"auto", "auto_flagged", "unresolved", "outside"}
    assert {(e["encounter_id"], e["patient_id"]) for e in events("patient.routed")} == told


def test_the_number_of_queries_does_not_depend_on_the_number_of_discharges(in_alpha: Any) -> None:
    enter_catchments()
    be_away("clinician", "other_clinician", clock.today(), None)
    few, many = make_people(12, seed=1), make_people(60, seed=2)
    counts = []
    for stays in (few, many):
        with CaptureQueriesContext(connection) as seen:
            route_many(encounter_ids=[stay.pk for stay in stays])
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 22


def test_a_repeat_leaves_no_row_and_screening_hears_each_discharge_with_its_jobs(in_alpha: Any) -> None:
    enter_catchments()
    stays = [make_encounter(make_patient(text)) for text in TEXTS[:5]]
    ids = [stay.pk for stay in stays]
    route_many(encounter_ids=[*ids, 10**12])
    decisions = RoutingDecision.objects.count()
    assert (decisions, CurrentRouting.objects.count()) == (5, 5)
    handlers = subscriptions().get("patient.routed", ())
    assert Job.objects.filter(name__in=handlers).count() == 5 * len(handlers)
    event = OutboxEvent.objects.filter(type="patient.routed").order_by("pk").last()
    assert event is not None
    job = Job.objects.get(key=f"event:{event.pk}:{handlers[0]}")
    assert (job.args, job.state, job.attempts) == (event.payload, "queued", 0)
    route_many(encounter_ids=ids)
    assert RoutingDecision.objects.count() == decisions
    assert OutboxEvent.objects.filter(type="patient.routed").count() == 10


def test_two_stays_of_one_patient_are_one_decision_and_two_events(in_alpha: Any) -> None:
    enter_catchments()
    patient = make_patient(HERE)
    first, second = make_encounter(patient), make_encounter(patient)
    assert route_many(encounter_ids=[second.pk, first.pk]) == 2
    assert RoutingDecision.objects.get().encounter_id == second.pk
    assert [e["encounter_id"] for e in events("patient.routed")] == [first.pk, second.pk]


def test_a_merged_record_in_a_set_is_its_survivor(in_alpha: Any) -> None:
    enter_catchments()
    survivor, retired, other = make_patient(HERE), make_patient("不详"), make_patient(ISLAND)
    Patient.objects.filter(pk=retired.pk).update(merged_into=survivor)
    stays = [make_encounter(retired), make_encounter(other)]
    route_many(encounter_ids=[stay.pk for stay in stays])
    assert {row.pk for row in CurrentRouting.objects.all()} == {survivor.pk, other.pk}
    assert {e["patient_id"] for e in events("patient.routed")} == {survivor.pk, other.pk}


def test_discharges_that_came_without_an_event_are_found_and_routed(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        enter_catchments()
        missed = [make_encounter(make_patient(text)) for text in (HERE, ISLAND)]
        told = make_patient(HERE)
        route(told)
    with at("2026-11-20 09:35"):
        assert routing_jobs.route_waiting() == 0  # their events may still be under way
    with at("2026-11-20 09:41"):
        again = make_encounter(told)  # a second stay of somebody who is routed already
        assert routing_jobs.route_waiting() == 2
        assert {stay.pk for stay in missed} <= {e["encounter_id"] for e in events("patient.routed")}
        assert routing_jobs.route_waiting() == 0
    with at("2026-11-20 09:52"):
        assert routing_jobs.route_waiting() == 1
        assert events("patient.routed")[-1]["encounter_id"] == again.pk
        assert routing_jobs.route_waiting() == 0


def test_slices_hand_on_the_rest(in_alpha: Any, monkeypatch: Any) -> None:
    enter_catchments()
    stays = [make_encounter(make_patient(HERE)) for _ in range(5)]
    Encounter.objects.update(updated_at=clock.now() - timedelta(hours=1))
    monkeypatch.setattr(routing_jobs, "SLICE", 2)
    Job.objects.all().delete()
    assert routing_jobs.route_waiting() == 2
    Job.objects.exclude(name="routing.route_waiting").delete()
    while job := Job.objects.filter(name="routing.route_waiting", state="queued").first():
        job.delete()
        routing_jobs.route_waiting()
    assert CurrentRouting.objects.count() == len(stays)
    hospital = Institution.objects.get(code="T2")
    Catchment.objects.filter(institution__code="T1").update(valid_to=clock.today() - timedelta(days=1))
    save_catchment(actor=SYSTEM, institution_id=hospital.pk, division_code=WENAN, valid_from=clock.today())
    Job.objects.all().delete()
    routing_jobs.reroute(division_codes=[WENAN])
    assert OwnerChange.objects.count() == 2
    last = CurrentRouting.objects.order_by("pk").values_list("pk", flat=True)[1]
    assert Job.objects.get(name="routing.reroute").args == {
        "division_codes": [WENAN], "patient_ids": [], "staff_ids": [], "due_on": None, "after_id": last,
    }  # fmt: skip
    Job.objects.exclude(name="routing.reroute").delete()
    drain()
    assert CurrentRouting.objects.filter(institution=hospital).count() == 5
    assert len(events("patient.rerouted")) == 5


def test_who_is_concerned(in_alpha: Any) -> None:
    enter_catchments()
    here, there, waiting = make_patient(HERE), make_patient(ISLAND), make_patient("不详")
    for each in (here, there, waiting):
        route(each)

    def concerned(**which: Any) -> list[int]:
        return patients_concerned(**which, limit=10)

    assert concerned(division_codes=[WENAN]) == [here.pk]
    assert concerned(division_codes=["420583106205"]) == [here.pk]
    assert concerned(division_codes=["420583"]) == [here.pk, there.pk]
    assert concerned(division_codes=["420583106206"]) == []
    assert concerned(patient_ids=[there.pk, 10**12]) == [there.pk]
    assert concerned(staff_ids=[member("clinician").pk]) == [here.pk]
    assert concerned() == []


# the roster, contracts and the day ------------------------------------------------------------------------------


def test_a_deputy_stands_in_and_the_named_one_comes_back(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        enter_catchments()
        patient = make_patient(HERE)
        route(patient)
        be_away("clinician", "other_clinician", date(2026, 11, 21), date(2026, 11, 22))
        routing_jobs.reroute(staff_ids=[member("clinician").pk], long=False)
        assert (current(patient).staff, current(patient).recheck_on) == (
            member("clinician"), date(2026, 11, 21),
        )  # fmt: skip
    with at("2026-11-21 00:05"):
        assert routing_jobs.recheck_daily() == 1
        routing = current(patient)
        assert (routing.staff, routing.named_staff) == (member("other_clinician"), member("clinician"))
        assert routing.institution.code == "T2"
        assert "李医生不在岗" in routing.decision.why
        assert routing_jobs.recheck_daily() == 0
    with at("2026-11-23 00:05"):
        assert routing_jobs.recheck_daily() == 1
        routing = current(patient)
        assert (routing.staff, routing.named_staff, routing.recheck_on) == (
            member("clinician"), None, None,
        )  # fmt: skip
    assert [row.from_staff for row in OwnerChange.objects.order_by("pk")] == [
        member("clinician"), member("other_clinician"),
    ]  # fmt: skip


def test_a_contract_moves_the_patient_and_its_end_moves_back(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        enter_catchments()
        patient = make_patient(HERE)
        route(patient)
        sign(patient, "other_clinician", valid_to=date(2026, 11, 25))
        assert routing_jobs.reroute(patient_ids=[patient.pk]) == 1
        routing = current(patient)
        assert (routing.decision.rule, routing.institution.code) == ("contract", "T2")
        assert routing.division_code == "420583106205"
    with at("2026-11-26 00:05"):
        assert routing_jobs.recheck_daily() == 1
        assert current(patient).institution.code == "T1"


def test_a_wish_stops_at_the_next_decision_and_by_the_daily_job(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        enter_catchments()
        patient = make_patient(HERE)
        route(patient)
        team = Ward.objects.get(code="TEAM", department__institution__code="T2")
        set_override(
            actor=actor_named("clinician"), patient_id=patient.pk, ward_id=team.pk, asked_by="patient",
            institution_id=team.department.institution_id, reason="女儿在洲上", expires_on=date(2026, 11, 22),
        )  # fmt: skip
        assert (current(patient).decision.rule, current(patient).ward) == ("override", team)
    with at("2026-11-22 23:59"):
        assert routing_jobs.recheck_daily() == 0
    with at("2026-11-23 00:05"):
        assert routing_jobs.recheck_daily() == 1
        assert current(patient).institution.code == "T1"


def test_the_former_owner_sees_the_patient_for_fourteen_days(in_alpha: Any, at: Any, settings: Any) -> None:
    """peer trap 4: the new owner sees the case from the same transaction on; the old one until the last day."""
    assert settings.ROUTING_KEEP_DAYS == 14
    with at("2026-11-20 09:30"):
        enter_catchments()
        patient = make_patient(HERE)
        route(patient)
        report_address(patient, ISLAND)
        reroute_many(patient_ids=[patient.pk])
        assert OwnerChange.objects.get().sight_until == date(2026, 12, 4)

    def sees(who: str) -> bool:
        return patient.pk in {row["patient_id"] for row in selectors.routing_sight(actor_named(who))}

    for moment, former in (
        ("2026-11-20 09:31", True),
        ("2026-12-04 23:59", True),
        ("2026-12-05 00:00", False),
    ):
        with at(moment):
            assert (sees("other_clinician"), sees("clinician")) == (True, former), moment
            assert not sees("centre")
    with at("2026-11-21 09:30"):
        (note, *_) = selectors.residences(actor_named("clinician"), patient.pk)["handovers"]
        assert note == selectors.residences(actor_named("other_clinician"), patient.pk)["handovers"][0]
    assert (note["from_institution_name"], note["to_institution_name"]) == ("问安镇卫生院", "百里洲镇卫生院")
    assert (note["from_staff_name"], note["to_staff_name"]) == ("李医生", "赵医生")
    assert "责任移交" in selectors.timeline_entries(patient.pk)[-1]["title"]


def test_peer_trap_3_ownership_changes_only_by_a_logged_decision(in_alpha: Any) -> None:
    """peer trap 3: every change of owner is one event, one decision and one note; a repeat makes none."""
    enter_catchments()
    patient = make_patient(HERE)
    route(patient)
    for text in (ISLAND, HERE, "不详", ISLAND):
        report_address(patient, text)
        reroute_many(patient_ids=[patient.pk])
        reroute_many(patient_ids=[patient.pk])
    assert len(events("patient.rerouted")) == OwnerChange.objects.count() == 4
    assert RoutingDecision.objects.filter(patient=patient).count() == 5


def test_another_tenant_is_untouched(in_alpha: Any) -> None:
    enter_catchments()
    stay = make_encounter(make_patient(HERE))
    route_many(encounter_ids=[stay.pk])
    assert current(stay.patient).ward.code == "TEAM"
    with bind_schema("t_beta"):
        assert not RoutingDecision.objects.exists()
        assert not OutboxEvent.objects.filter(type="patient.routed").exists()
