"""Family-doctor contracts."""

from datetime import date
from typing import Any

import pytest

from community.catchments import selectors
from community.catchments.errors import ContractEnded, ContractOverlap
from community.catchments.models import CareContract
from community.catchments.services import end_contract, sign_contract
from community.catchments.tests.kit import staff, team
from kernel import clock
from kernel.errors import InvalidInput, NotAllowed, NotFound
from kernel.models import OutboxEvent
from organization.models import StaffMember, Ward
from records.models import Encounter, Patient
from tests.cast import actor_named

pytestmark = pytest.mark.req("D2", "C17")
NOW = "2026-11-20 09:30"
DAY = date(2026, 11, 20)


def patient_at(ward: Ward, name: str = "金丝雀") -> Patient:
    """Somebody who was looked after there: in the sight of whoever works in that ward."""
    now = clock.now()
    patient = Patient.objects.create(
        name=name, name_masked=f"{name[0]}**", name_initials="jsq", sex="F", birth_date=date(1960, 5, 1),
        created_at=now, updated_at=now,
    )  # fmt: skip
    Encounter.objects.create(
        patient=patient, kind="inpatient", status="discharged", source_system="HIS", source_id=f"V{patient.pk}",
        institution=ward.department.institution, department=ward.department, ward=ward, discharged_on=DAY,
        source_updated_at=now, status_at=now, created_at=now, updated_at=now,
    )  # fmt: skip
    return patient


@pytest.fixture(autouse=True)
def _on_a_day(in_alpha: Any, at: Any) -> Any:
    with at(NOW):
        yield


def sign(patient: Patient, *, by: str = "clinician", code: str = "T1", **values: Any) -> int:
    given: dict[str, Any] = {"valid_from": date(2026, 1, 1), **values}
    return sign_contract(actor=actor_named(by), patient_id=patient.pk, ward_id=team(code).pk, **given)


def test_the_team_enters_its_own_contracts() -> None:
    patient = patient_at(team())
    pk = sign(patient, staff_id=staff("clinician").pk, valid_to=date(2026, 12, 31))
    (contract,) = selectors.contracts_of([patient.pk], DAY)
    assert (contract.patient_id, contract.institution_name, contract.staff_name, contract.valid_to) == (
        patient.pk, "问安镇卫生院", "李医生", date(2026, 12, 31),
    )  # fmt: skip
    assert (contract.ward_id, contract.department_id) == (team().pk, team().department_id)
    assert contract.works
    assert OutboxEvent.objects.get(type="contract.changed").payload == {"patient_ids": [patient.pk]}
    assert selectors.contracts_of([patient.pk], date(2027, 1, 1)) == []
    assert CareContract.objects.get(pk=pk).created_by_name == "李医生"


def test_who_may_not() -> None:
    patient = patient_at(team())
    with pytest.raises(NotFound):
        sign(patient, by="other_clinician", code="T2")
    with pytest.raises(NotAllowed, match="本团队"):
        sign(patient, code="T2")
    for who in ("admin", "operations", "doctor"):
        with pytest.raises(NotAllowed):
            sign(patient, by=who)
    pk = sign(patient)
    with pytest.raises(NotFound):
        end_contract(actor=actor_named("other_clinician"), contract_id=pk, on=DAY, reason="搬迁")


def test_the_centre_enters_contracts_of_any_team_for_whom_it_sees() -> None:
    desk = Ward.objects.get(code="D1")
    assert sign(patient_at(desk), by="centre", code="T2")
    with pytest.raises(NotFound):
        sign(patient_at(team()), by="centre")


def test_one_contract_at_a_time_and_the_other_one_is_named() -> None:
    patient = patient_at(team())
    sign(patient, staff_id=staff("clinician").pk)
    with pytest.raises(
        ContractOverlap, match="问安镇卫生院问安镇卫生院家医团队（李医生）签约（2026-01-01 起至今）"
    ):
        sign(patient, valid_from=DAY)
    end_contract(
        actor=actor_named("clinician"), contract_id=CareContract.objects.get().pk, on=DAY, reason="搬迁"
    )
    assert sign(patient, valid_from=date(2026, 11, 21))
    assert CareContract.objects.filter(end_reason="搬迁", ended_by_name="李医生").count() == 1


def test_days_in_order_and_teams_that_are_none() -> None:
    patient, ortho = patient_at(team()), Ward.objects.get(code="W41")
    with pytest.raises(InvalidInput, match="结束日期不能早于开始日期 2026-01-01"):
        sign(patient, valid_to=date(2025, 12, 31))
    with pytest.raises(InvalidInput, match="没有这个家庭医生团队"):
        sign_contract(actor=actor_named("clinician"), patient_id=patient.pk, ward_id=ortho.pk, valid_from=DAY)
    with pytest.raises(InvalidInput, match="不在团队所属的机构") as refused:
        sign(patient, staff_id=staff("other_clinician").pk)
    assert [e.pointer for e in refused.value.errors] == ["/staff_id"]


def test_an_ended_contract_stays_ended(at: Any) -> None:
    pk, actor = sign(patient_at(team())), actor_named("clinician")
    with pytest.raises(InvalidInput, match="早于开始"):
        end_contract(actor=actor, contract_id=pk, on=date(2025, 1, 1), reason="误录")
    end_contract(actor=actor, contract_id=pk, on=DAY, reason="搬迁")
    with at("2026-11-21 00:00"), pytest.raises(ContractEnded, match="2026-11-20"):
        end_contract(actor=actor, contract_id=pk, on=date(2026, 12, 1), reason="搬迁")


def test_a_doctor_who_left_leaves_the_contract_to_the_team() -> None:
    patient = patient_at(team())
    sign(patient, staff_id=staff("clinician").pk)
    StaffMember.objects.filter(staff_no="S-clinician").update(is_active=False)
    (contract,) = selectors.contracts_of([patient.pk], DAY)
    assert (contract.staff_id, contract.staff_name, contract.works) == (None, "", True)
    Ward.objects.filter(pk=team().pk).update(is_active=False)
    assert not selectors.contracts_of([patient.pk], DAY)[0].works


def test_a_merged_record_brings_its_contract(django_assert_num_queries: Any) -> None:
    old, new = patient_at(team(), "旧丝雀"), patient_at(team(), "金丝雀")
    sign(old)
    Patient.objects.filter(pk=old.pk).update(merged_into=new)
    with django_assert_num_queries(1):
        (contract,) = selectors.contracts_of([new.pk], DAY)
    assert contract.patient_id == new.pk
    with pytest.raises(ContractOverlap):
        sign(new)
