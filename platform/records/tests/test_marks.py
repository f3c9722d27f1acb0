"""Flags, labels and registers: who sets them, what they leave behind, and what they do in the same transaction."""

from typing import Any

import pytest

from access.actor import SYSTEM
from kernel.errors import InvalidInput, NotFound
from kernel.models import OutboxEvent
from kernel.tenancy import bind_schema
from records import ports, services
from records.errors import AlreadyOnRegister, FlagAlreadyLifted, FlagAlreadySet
from records.models import Encounter, Patient, PatientFlag, PatientLabel, PatientMerge, RegisterEntry
from records.services import undo_merge
from records.tests.events import (
    Disposition,
    EventKind,
    StaffData,
    admit,
    apply,
    apply_all,
    discharge,
    event,
    left,
    merge,
    person,
    replace,
    the_person,
    the_stay,
    update,
    visit,
)
from tests.cast import actor_named
from trail.models import TrailRow

pytestmark = [pytest.mark.req("S16", "S39"), pytest.mark.usefixtures("in_alpha", "today")]


@pytest.fixture
def today(at: Any) -> Any:
    with at("2026-11-22 09:00"):
        yield


@pytest.fixture
def patient(in_alpha: Any, today: Any) -> Patient:
    apply_all(admit(), discharge())
    return the_person()


@pytest.fixture
def effects(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str, bool]]:
    seen: list[tuple[int, str, bool]] = []
    monkeypatch.setattr(
        ports, "_flag_effects", {"test": lambda _, pk, kind, is_set: seen.append((pk, kind, is_set))}
    )
    return seen


def marked() -> int:
    return OutboxEvent.objects.filter(type="patient.marked").count()


def put(patient: Patient, kind: str, reason: str = "家属来电告知") -> dict[str, Any]:
    return services.set_flag(actor=actor_named("doctor"), patient_id=patient.pk, kind=kind, reason=reason)


def test_a_flag_set_by_hand_acts_at_once_and_stays_as_history(
    patient: Patient, effects: list[tuple[int, str, bool]]
) -> None:
    row = put(patient, "refused")
    assert (row["kind_name"], row["origin"], row["set_by_name"], row["lifted_at"]) == (
        "拒绝随访", "manual", "孙主任", None,
    )  # fmt: skip
    assert (effects, marked()) == ([(patient.pk, "refused", True)], 1)
    with pytest.raises(FlagAlreadySet):
        put(patient, "refused")
    put(patient, "unreachable")  # two flags at once
    lifted = services.lift_flag(
        actor=actor_named("doctor"), patient_id=patient.pk, flag_id=int(row["id"]), reason="患者改变主意"
    )
    assert (lifted["lift_reason"], lifted["lifted_by_name"]) == ("患者改变主意", "孙主任")
    assert effects[1:] == [(patient.pk, "unreachable", True), (patient.pk, "refused", False)]
    with pytest.raises(FlagAlreadyLifted):
        services.lift_flag(
            actor=actor_named("doctor"), patient_id=patient.pk, flag_id=int(row["id"]), reason="再撤一次"
        )
    put(patient, "refused")
    assert PatientFlag.objects.filter(patient=patient, lifted_at=None).count() == 2
    actions = TrailRow.objects.filter(action__startswith="records.flag.").order_by("pk")
    assert [(r.action, r.detail["kind"]) for r in actions] == [
        ("records.flag.set", "refused"), ("records.flag.set", "unreachable"),
        ("records.flag.lifted", "refused"), ("records.flag.set", "refused"),
    ]  # fmt: skip


def test_an_effect_that_fails_leaves_no_flag(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr(ports, "_flag_effects", {"test": fail})
    with pytest.raises(RuntimeError, match="killed"):
        put(patient, "deceased")
    patient.refresh_from_db()
    assert (PatientFlag.objects.count(), patient.deceased_at, marked()) == (0, None, 0)
    assert not TrailRow.objects.filter(action="records.flag.set").exists()


def test_a_death_by_hand_is_the_death_until_it_is_taken_back(patient: Patient) -> None:
    row = put(patient, "deceased")
    patient.refresh_from_db()
    assert patient.deceased_at == row["set_at"]
    services.lift_flag(
        actor=actor_named("doctor"), patient_id=patient.pk, flag_id=int(row["id"]), reason="误标"
    )
    patient.refresh_from_db()
    assert patient.deceased_at is None


def test_the_source_flags_a_death_and_takes_it_back(effects: list[tuple[int, str, bool]]) -> None:
    apply_all(admit(), discharge(disposition=Disposition.DIED))
    patient = the_person()
    flag = PatientFlag.objects.get()
    assert (flag.kind, flag.origin, flag.set_by_name) == ("deceased", "source", "系统")
    died_at = patient.deceased_at
    assert died_at is not None
    apply(discharge(disposition=Disposition.DIED))  # a replay adds nothing
    assert PatientFlag.objects.count() == 1
    apply(event(EventKind.CANCEL_DISCHARGE, "2026-11-21 09:00", encounter=visit()))
    flag.refresh_from_db()
    assert (flag.lifted_at is not None, flag.lift_reason) == (True, "来源系统撤销了死亡记录")
    assert effects == [(patient.pk, "deceased", True), (patient.pk, "deceased", False)]


def test_a_person_known_to_be_dead_is_flagged_from_the_first_message() -> None:
    apply(admit(patient=replace(person(), is_deceased=True)))
    assert PatientFlag.objects.get().kind == "deceased"


def test_a_death_told_of_a_known_person_is_told_to_the_others(patient: Patient) -> None:
    result = apply(update("2026-11-21 09:00", replace(person(), is_deceased=True), encounter=left()))
    assert "patient.deceased" in result.events
    assert PatientFlag.objects.get().origin == "source"


def test_a_rule_flags_once_and_never_a_death(patient: Patient) -> None:
    evidence = {"attempts": 3}
    args: dict[str, Any] = {"patient_id": patient.pk, "reason": "三次空号", "evidence": evidence}
    assert services.set_flag_by_rule(kind="invalid_contact", **args) is True
    assert services.set_flag_by_rule(kind="invalid_contact", **args) is False
    flag = PatientFlag.objects.get()
    assert (flag.origin, flag.evidence, flag.set_by_id) == ("rule", evidence, None)
    with pytest.raises(ValueError, match="dead"):
        services.set_flag_by_rule(kind="deceased", **args)


def test_labels_are_worn_and_taken_off(patient: Patient) -> None:
    centre, doctor = actor_named("centre"), actor_named("doctor")
    for code in ("vip", "poor"):
        services.save_label(actor=centre, code=code, name=f"标签{code}")
    worn = services.set_labels(actor=doctor, patient_id=patient.pk, codes=["vip", "poor", "vip"])
    assert [row["code"] for row in worn] == ["poor", "vip"]
    assert [
        row["code"] for row in services.set_labels(actor=doctor, patient_id=patient.pk, codes=["vip"])
    ] == ["vip"]
    assert marked() == 2
    services.set_labels(actor=doctor, patient_id=patient.pk, codes=["vip"])
    assert marked() == 2  # nothing changed, nobody is told
    assert PatientLabel.objects.filter(removed_at=None).count() == 1
    assert PatientLabel.objects.count() == 2
    with pytest.raises(InvalidInput) as refused:
        services.set_labels(actor=doctor, patient_id=patient.pk, codes=["vip", "nope"])
    assert [fault.pointer for fault in refused.value.errors] == ["/codes/1"]


def test_a_register_is_entered_and_left(patient: Patient) -> None:
    from datetime import date

    doctor = actor_named("doctor")
    args: dict[str, Any] = {"actor": doctor, "patient_id": patient.pk, "register": "diabetes"}
    entered = services.save_register(**args, since=date(2026, 1, 5))
    assert (entered["register_name"], entered["until"]) == ("2 型糖尿病", None)
    with pytest.raises(AlreadyOnRegister):
        services.save_register(**args, since=date(2026, 2, 5))
    ended = services.save_register(**args, since=date(2026, 1, 5), until=date(2026, 11, 1))
    assert (ended["id"], ended["until"]) == (entered["id"], date(2026, 11, 1))
    with pytest.raises(InvalidInput):
        services.save_register(**args, since=date(2026, 11, 23))
    assert RegisterEntry.objects.count() == 1


def test_marks_follow_a_merge_and_come_back(effects: list[tuple[int, str, bool]]) -> None:
    a = person("A", "王五", id_no="", phone="13800000011", address="枝江市问安镇四岗村")
    b = person("B", "王五", phone="13800000022", address="枝江市百里洲镇")
    apply_all(discharge(patient=a, number="ZY-A"), discharge(patient=b, number="ZY-B"))
    survivor, retired = the_person("A"), the_person("B")
    services.save_label(actor=actor_named("centre"), code="vip", name="重点")
    for patient, kinds in ((survivor, ["refused"]), (retired, ["refused", "unreachable"])):
        for kind in kinds:
            put(patient, kind)
        services.set_labels(actor=actor_named("doctor"), patient_id=patient.pk, codes=["vip"])
    effects.clear()
    apply(merge("2026-11-21 09:00", person("A", "王五", id_no=""), "B"))
    in_force = PatientFlag.objects.filter(patient=survivor, lifted_at=None)
    assert sorted(in_force.values_list("kind", flat=True)) == ["refused", "unreachable"]
    assert effects == [(survivor.pk, "unreachable", True)]
    undo_merge(actor=SYSTEM, merge_id=PatientMerge.objects.get().pk, reason="两个人")
    assert sorted(PatientFlag.objects.values_list("patient_id", "kind")) == [
        (survivor.pk, "refused"), (retired.pk, "refused"), (retired.pk, "unreachable"),
    ]  # fmt: skip
    assert effects[1:] == [(survivor.pk, "unreachable", False)]
    assert PatientLabel.objects.filter(patient=retired).count() == 1


def test_the_nurse_of_a_stay_is_kept_and_a_change_is_told(patient: Patient) -> None:
    nurse = StaffData("HL007", "刘护士")
    assert apply(update("2026-11-21 09:00", encounter=left(nurse=nurse))).events == ("encounter.changed",)
    assert (the_stay().nurse_no, the_stay().nurse_name) == ("HL007", "刘护士")
    apply(update("2026-11-21 10:00", encounter=left()))  # a message without the segment takes nothing back
    assert Encounter.objects.get().nurse_no == "HL007"


@pytest.mark.usefixtures("patient")
def test_flags_over_the_api(api: Any) -> None:
    pk = the_person().pk
    doctor = api("alpha", "doctor")
    created = doctor.post(f"/patients/{pk}/flags", {"kind": "invalid_contact", "reason": "三个号码都是空号"})
    assert created.status_code == 201
    flag = created.json()
    assert (flag["kind"], flag["evidence"]) == ("invalid_contact", {})
    assert doctor.get(f"/patients/{pk}/flags").json() == {"current": [flag], "history": []}
    assert doctor.get(f"/patients/{pk}").json()["flags"] == [flag]
    again = doctor.post(f"/patients/{pk}/flags", {"kind": "invalid_contact", "reason": "再标一次"})
    assert (again.status_code, again.json()["code"]) == (409, "flag_already_set")
    lift = doctor.post(f"/patients/{pk}/flags/{flag['id']}/lift", {"reason": "找到新号码"})
    assert lift.status_code == 200
    body = doctor.get(f"/patients/{pk}/flags").json()
    assert (body["current"], [row["id"] for row in body["history"]]) == ([], [flag["id"]])
    for bad in ({"kind": "dead", "reason": "不对"}, {"kind": "refused"}, {"kind": "refused", "reason": " "}):
        assert doctor.post(f"/patients/{pk}/flags", bad).status_code == 422


@pytest.mark.usefixtures("patient")
def test_marks_are_for_those_who_see_the_patient_and_may(api: Any) -> None:
    pk = the_person().pk
    body = {"kind": "refused", "reason": "本人拒绝"}
    assert api("alpha", "other_clinician").post(f"/patients/{pk}/flags", body).status_code == 404
    assert api("alpha", "supervisor").post(f"/patients/{pk}/flags", body).status_code == 403
    assert api("alpha", "supervisor").get(f"/patients/{pk}/flags").status_code == 200
    assert api("alpha", "it").get(f"/patients/{pk}/flags").status_code == 403
    assert api("alpha", "doctor").post("/labels", {"code": "vip", "name": "重点"}).status_code == 403
    centre = api("alpha", "centre")
    assert centre.post("/labels", {"code": "vip", "name": "重点"}).status_code == 201
    assert centre.post("/labels", {"code": "vip", "name": "重点"}).json()["code"] == "label_exists"
    assert centre.post("/labels", {"code": "V P", "name": "重点"}).status_code == 422
    doctor = api("alpha", "doctor")
    assert [row["code"] for row in doctor.get("/labels").json()["items"]] == ["vip"]
    worn = doctor.put(f"/patients/{pk}/labels", {"codes": ["vip"]}).json()["items"]
    assert [(row["code"], row["name"]) for row in worn] == [("vip", "重点")]
    entry = {"register": "diabetes", "since": "2026-01-05"}
    assert doctor.post(f"/patients/{pk}/registers", entry).status_code == 201
    detail = doctor.get(f"/patients/{pk}").json()
    assert [row["register"] for row in detail["registers"]] == ["diabetes"]
    assert [row["code"] for row in detail["labels"]] == ["vip"]
    with bind_schema("t_alpha"):
        assert OutboxEvent.objects.filter(type="patient.marked").count() == 2


def test_out_of_sight_is_not_found(patient: Patient) -> None:
    with pytest.raises(NotFound):
        services.set_flag(
            actor=actor_named("other_clinician"), patient_id=patient.pk, kind="refused", reason="没有"
        )
