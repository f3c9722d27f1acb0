"""Two records become one and come apart again."""

from typing import Any

import pytest

from access.actor import SYSTEM
from kernel.errors import NotFound
from kernel.models import OutboxEvent
from records.contracts import MergeData
from records.errors import MergeNotUndoable, UnknownPatient
from records.models import Encounter, LabReport, Patient, PatientIdentifier, PatientMerge
from records.services import undo_merge
from records.tests.events import (
    SYSTEM_NAME,
    admit,
    apply,
    apply_all,
    discharge,
    lab,
    merge,
    person,
    replace,
    the_person,
    update,
    visit,
)
from tests.cast import actor_named
from trail.models import TrailRow

pytestmark = [pytest.mark.req("C11", "S2"), pytest.mark.usefixtures("in_alpha", "today")]


@pytest.fixture
def today(at: Any) -> Any:
    with at("2026-11-22 09:00"):
        yield


@pytest.fixture
def two() -> tuple[Patient, Patient]:
    """The survivor A knows no ID; B has one, a stay, a report, another phone and address."""
    survivor = person(
        "A", "王五", id_no="", phone="13800000011", address="枝江市问安镇四岗村", birth_date=None
    )
    retired = person("B", "王五", phone="13800000022", address="枝江市百里洲镇")
    apply_all(
        admit(patient=survivor, number="ZY-A"),
        discharge(patient=retired, number="ZY-B"),
        lab("2026-11-11 09:00", ("HGB", "130", "N"), patient=retired),
    )
    return the_person("A"), the_person("B")


def state() -> dict[str, Any]:
    """Everything but the clock columns and the revision."""
    tables: dict[str, Any] = {"patients": Patient, "identifiers": PatientIdentifier, "reports": LabReport}
    rows = {name: list(model.objects.order_by("pk").values()) for name, model in tables.items()}
    for row in rows["patients"]:
        del row["updated_at"]
    rows["stays"] = list(Encounter.objects.order_by("pk").values_list("pk", "patient_id", "status"))
    rows["contacts"] = [
        (patient.pk, sorted(patient.phones.values_list("pk")), sorted(patient.addresses.values_list("pk")))
        for patient in Patient.objects.order_by("pk")
    ]
    return rows


def test_the_survivor_takes_everything_and_undoing_gives_it_back(two: tuple[Patient, Patient]) -> None:
    survivor, retired = two
    before = state()
    Encounter.objects.update(revision=1)
    result = apply(merge("2026-11-21 09:00", person("A", "王五", id_no=""), "B"))
    assert (result.patient_id, result.events) == (survivor.pk, ("patient.merged",))
    survivor.refresh_from_db()
    retired.refresh_from_db()
    assert retired.merged_into_id == survivor.pk
    assert set(survivor.encounters.values_list("source_id", flat=True)) == {"ZY-A", "ZY-B"}
    assert (survivor.lab_reports.count(), survivor.id_no_last4) == (1, "001X")
    assert sorted(survivor.phones.values_list("last4", flat=True)) == ["0011", "0022"]
    assert survivor.addresses.get().text == "枝江市问安镇四岗村"
    # Screening meets the moved stay again.
    assert Encounter.objects.get(source_id="ZY-B").revision > 1
    assert Encounter.objects.get(source_id="ZY-A").revision == 1
    payload = OutboxEvent.objects.get(type="patient.merged").payload
    assert payload == {"survivor_id": survivor.pk, "retired_id": retired.pk}
    assert TrailRow.objects.get(action="records.patient.merged").object_id == str(survivor.pk)

    record = PatientMerge.objects.get()
    undo_merge(actor=actor_named("it"), merge_id=record.pk, reason="两人同名")
    after = state()
    assert after == before
    assert OutboxEvent.objects.filter(type="patient.unmerged").get().payload == payload
    row = TrailRow.objects.get(action="records.patient.unmerged")
    assert (row.actor_name, row.reason) == ("冯工", "两人同名")
    with pytest.raises(MergeNotUndoable):
        undo_merge(actor=SYSTEM, merge_id=record.pk, reason="再来一次")


def test_a_message_under_the_retired_number_finds_the_survivor(two: tuple[Patient, Patient]) -> None:
    survivor, _ = two
    apply(merge("2026-11-21 09:00", person("A", "王五", id_no=""), "B"))
    late = apply(update("2026-11-21 10:00", person("B", "王五"), encounter=visit("ZY-C")))
    assert late.patient_id == survivor.pk
    assert PatientIdentifier.objects.get(value="B").is_active is False


def test_merging_again_changes_nothing(two: tuple[Patient, Patient]) -> None:
    given = merge("2026-11-21 09:00", person("A", "王五", id_no=""), "B")
    apply(given)
    before = state()
    assert apply(given).events == ()
    assert state() == before
    assert PatientMerge.objects.count() == 1


def test_a_chain_is_undone_from_its_end(two: tuple[Patient, Patient]) -> None:
    apply(admit(patient=person("C", "王五", id_no="", phone="", address=""), number="ZY-C"))
    apply(merge("2026-11-21 09:00", person("A", "王五", id_no=""), "B"))
    apply(merge("2026-11-21 10:00", person("C", "王五", id_no=""), "A"))
    first, second = PatientMerge.objects.order_by("pk")
    assert the_person("B").pk == second.survivor_id
    with pytest.raises(MergeNotUndoable, match="先撤销后一次"):
        undo_merge(actor=SYSTEM, merge_id=first.pk, reason="误合并")
    undo_merge(actor=SYSTEM, merge_id=second.pk, reason="误合并")
    undo_merge(actor=SYSTEM, merge_id=first.pk, reason="误合并")
    assert Patient.objects.exclude(merged_into=None).count() == 0
    assert {p.encounters.get().source_id for p in Patient.objects.all()} == {"ZY-A", "ZY-B", "ZY-C"}


def test_what_came_since_stays_with_the_survivor(two: tuple[Patient, Patient]) -> None:
    survivor, retired = two
    apply(merge("2026-11-21 09:00", person("A", "王五", id_no=""), "B"))
    apply(update("2026-11-21 10:00", person("B", "王五"), encounter=visit("ZY-C")))
    undo_merge(actor=SYSTEM, merge_id=PatientMerge.objects.get().pk, reason="误合并")
    assert Encounter.objects.get(source_id="ZY-C").patient_id == survivor.pk
    assert Encounter.objects.get(source_id="ZY-B").patient_id == retired.pk


def test_where_one_of_the_two_is_not_known() -> None:
    apply(admit())
    # The retired number was never seen: it will find the survivor from now on.
    assert apply(merge("2026-11-21 09:00", person(), "OLD")).events == ()
    assert the_person("OLD").pk == the_person("P001").pk
    # The surviving number was never seen: the person gets it.
    assert apply(merge("2026-11-21 10:00", person("NEW", id_no=""), "P001")).events == ()
    assert the_person("NEW").pk == the_person("P001").pk
    assert Patient.objects.count() == 1
    # Neither was seen: made from PID, if that names somebody.
    made = apply(merge("2026-11-21 11:00", person("X", "赵六", id_no="", phone="", address=""), "Y"))
    assert (the_person("X").pk, the_person("Y").pk) == (made.patient_id, made.patient_id)
    with pytest.raises(UnknownPatient):
        apply(merge("2026-11-21 12:00", person("V", "", id_no=""), "W"))


def test_a_merge_of_accounts_leaves_the_person() -> None:
    apply(admit())
    given = merge("2026-11-21 09:00", person(), "P001")
    account = replace(given, merge=MergeData("P001", SYSTEM_NAME, retired_visit_no="ZY000"))
    assert apply(account).events == ()
    assert the_person().merged_into_id is None


def test_an_unknown_merge_is_not_found() -> None:
    with pytest.raises(NotFound):
        undo_merge(actor=SYSTEM, merge_id=10**9, reason="x")
