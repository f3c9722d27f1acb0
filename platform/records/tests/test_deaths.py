"""A death that was told on the phone: proposed, confirmed by somebody else or the source, or rejected."""

from dataclasses import replace
from typing import Any

import pytest

from access.actor import Actor
from kernel.errors import InvalidInput, NotAllowed, NotFound
from kernel.models import OutboxEvent
from records import ports, services
from records.enums import PROPOSED_DEATH
from records.errors import (
    FlagAlreadySet,
    FlagNotProposed,
    FlagProposed,
    ProposerCannotConfirm,
)
from records.models import Patient, PatientFlag, PatientMerge
from records.services import undo_merge
from records.tests.events import (
    Disposition,
    EventKind,
    admit,
    apply,
    apply_all,
    discharge,
    event,
    merge,
    person,
    the_person,
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


def second() -> Actor:
    """Another doctor of the same ward."""
    return replace(actor_named("doctor"), id=10**6, name="钱医生")


def propose(patient: Patient) -> int:
    row = services.propose_death(actor=actor_named("doctor"), patient_id=patient.pk, reason="家属说人已不在")
    assert (row["state"], row["state_name"], row["confirmed_at"]) == ("proposed", "待核实", None)
    return int(row["id"])


def test_confirmed_by_a_second_person(patient: Patient, effects: list[tuple[int, str, bool]]) -> None:
    flag = propose(patient)
    patient.refresh_from_db()
    assert (patient.deceased_at, effects) == (None, [(patient.pk, PROPOSED_DEATH, True)])
    with pytest.raises(ProposerCannotConfirm):
        services.confirm_death(actor=actor_named("doctor"), patient_id=patient.pk, flag_id=flag)
    row = services.confirm_death(actor=second(), patient_id=patient.pk, flag_id=flag)
    assert (row["state"], row["set_by_name"], row["confirmed_by_name"]) == ("confirmed", "孙主任", "钱医生")
    patient.refresh_from_db()
    assert patient.deceased_at == row["confirmed_at"]
    assert effects[1:] == [(patient.pk, "deceased", True)]
    for act in (services.confirm_death, lambda **k: services.reject_death(reason="不是", **k)):
        with pytest.raises(FlagNotProposed):
            act(actor=second(), patient_id=patient.pk, flag_id=flag)
    actions = TrailRow.objects.filter(action__startswith="records.flag.").order_by("pk")
    assert [(row.action, row.actor_name) for row in actions] == [
        ("records.flag.proposed", "孙主任"), ("records.flag.confirmed", "钱医生"),
    ]  # fmt: skip
    assert OutboxEvent.objects.filter(type="patient.marked").count() == 2


def test_rejected_with_a_reason_and_then_free_again(
    patient: Patient, effects: list[tuple[int, str, bool]]
) -> None:
    flag = propose(patient)
    with pytest.raises(InvalidInput):
        services.reject_death(actor=second(), patient_id=patient.pk, flag_id=flag, reason=" ")
    row = services.reject_death(
        actor=actor_named("doctor"), patient_id=patient.pk, flag_id=flag, reason="打错了电话"
    )
    assert (row["state"], row["lift_reason"], row["lifted_by_name"]) == ("rejected", "打错了电话", "孙主任")
    patient.refresh_from_db()
    assert patient.deceased_at is None
    assert effects == [(patient.pk, PROPOSED_DEATH, True), (patient.pk, PROPOSED_DEATH, False)]
    assert propose(patient) != flag


def test_a_proposal_is_neither_set_twice_nor_lifted(patient: Patient) -> None:
    doctor, flag = actor_named("doctor"), propose(patient)
    with pytest.raises(FlagProposed):
        propose(patient)
    with pytest.raises(FlagProposed):
        services.set_flag(actor=second(), patient_id=patient.pk, kind="deceased", reason="有死亡证明")
    with pytest.raises(FlagProposed):
        services.lift_flag(actor=doctor, patient_id=patient.pk, flag_id=flag, reason="标错了")
    services.confirm_death(actor=second(), patient_id=patient.pk, flag_id=flag)
    with pytest.raises(FlagAlreadySet):
        propose(patient)
    services.lift_flag(actor=doctor, patient_id=patient.pk, flag_id=flag, reason="认错了人")
    patient.refresh_from_db()
    assert patient.deceased_at is None


def test_the_hospitals_record_confirms_and_takes_back(
    patient: Patient, effects: list[tuple[int, str, bool]]
) -> None:
    propose(patient)
    effects.clear()
    apply(discharge("2026-11-22 08:00", disposition=Disposition.DIED))
    flag = PatientFlag.objects.get()
    assert (flag.state, flag.origin, flag.confirmed_by_name) == ("confirmed", "source", "系统")
    assert effects == [(patient.pk, "deceased", True)]
    apply(event(EventKind.CANCEL_DISCHARGE, "2026-11-22 08:30", encounter=visit()))
    flag.refresh_from_db()
    assert flag.lifted_at is not None


def test_a_rule_proposes_once_for_the_same_call(patient: Patient) -> None:
    doctor = actor_named("doctor")
    args: dict[str, Any] = {"teller": doctor, "patient_id": patient.pk, "reason": "随访时被告知患者已死亡"}
    assert services.propose_death_by_rule(evidence={"attempt": "7"}, **args) is True
    assert services.propose_death_by_rule(evidence={"attempt": "8"}, **args) is False
    flag = PatientFlag.objects.get()
    with pytest.raises(ProposerCannotConfirm):
        services.confirm_death(actor=doctor, patient_id=patient.pk, flag_id=flag.pk)
    services.reject_death(actor=doctor, patient_id=patient.pk, flag_id=flag.pk, reason="打错了电话")
    assert services.propose_death_by_rule(evidence={"attempt": "7"}, **args) is False
    assert services.propose_death_by_rule(evidence={"attempt": "8"}, **args) is True


def test_who_may_not(patient: Patient) -> None:
    flag = propose(patient)
    for who, error in (("other_clinician", NotFound), ("supervisor", NotAllowed)):
        actor = actor_named(who)
        with pytest.raises(error):
            services.propose_death(actor=actor, patient_id=patient.pk, reason="听说的")
        with pytest.raises(error):
            services.confirm_death(actor=actor, patient_id=patient.pk, flag_id=flag)
        with pytest.raises(error):
            services.reject_death(actor=actor, patient_id=patient.pk, flag_id=flag, reason="不是")
    with pytest.raises(NotFound):
        services.confirm_death(actor=second(), patient_id=patient.pk, flag_id=flag + 1)


def test_a_proposal_of_one_holds_for_the_other_while_they_are_one_person(
    effects: list[tuple[int, str, bool]],
) -> None:
    apply(admit(patient=person("A", "王五", id_no=""), number="ZY-A"))
    apply(admit(patient=person("B", "王五"), number="ZY-B"))
    survivor, retired = the_person("A"), the_person("B")
    PatientFlag.objects.create(
        patient=retired, kind="deceased", state="proposed", set_at=retired.created_at, reason="听说"
    )
    apply(merge("2026-11-22 08:00", person("A", "王五", id_no=""), "B"))
    assert (survivor.pk, PROPOSED_DEATH, True) in effects
    assert (survivor.pk, "deceased", True) not in effects
    effects.clear()
    undo_merge(actor=actor_named("it"), merge_id=PatientMerge.objects.get().pk, reason="两人同名")
    assert (survivor.pk, PROPOSED_DEATH, False) in effects


def test_over_the_api(patient: Patient, api: Any) -> None:
    path = f"/patients/{patient.pk}/flags"
    doctor = api("alpha", "doctor")
    wrong = doctor.post(path, {"kind": "refused", "reason": "听说", "proposed": True})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/proposed")
    made = doctor.post(path, {"kind": "deceased", "reason": "家属告知", "proposed": True})
    assert (made.status_code, made.json()["state"]) == (201, "proposed")
    flag = made.json()["id"]
    assert doctor.get(path).json()["current"] == [made.json()]
    assert doctor.get(f"/patients/{patient.pk}").json()["deceased"] is False
    own = doctor.post(f"{path}/{flag}/confirm")
    assert (own.status_code, own.json()["code"]) == (409, "proposer_cannot_confirm")
    assert doctor.post(f"{path}/{flag}/lift", {"reason": "标错"}).json()["code"] == "flag_proposed"
    for who, status in (("other_clinician", 404), ("supervisor", 403), ("admin", 403)):
        assert api("alpha", who).post(f"{path}/{flag}/confirm").status_code == status, who
        body = {"reason": "不是"}
        assert api("alpha", who).post(f"{path}/{flag}/reject", body).status_code == status, who
    assert doctor.post(f"{path}/{flag}/reject", {}).status_code == 422
    gone = doctor.post(f"{path}/{flag}/reject", {"reason": "本人接听了电话"})
    assert (gone.status_code, gone.json()["state"]) == (200, "rejected")
    assert doctor.get(path).json() == {"current": [], "history": [gone.json()]}
