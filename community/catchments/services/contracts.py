"""Family-doctor contracts: one at a time, ended and never deleted."""

from datetime import date

from django.db import transaction
from django.db.models import Q

from access.actor import Actor
from access.functions import Function
from community.catchments.errors import ContractEnded, ContractOverlap
from community.catchments.models import CareContract
from community.catchments.policy import require_team, visible_to
from community.catchments.rules import do_overlap
from community.catchments.services.common import check_order, lock_writes, tell_day
from kernel import clock
from kernel.errors import FieldError, InvalidInput, NotFound
from kernel.events import publish
from organization.enums import WardKind
from organization.selectors import active_staff, open_wards
from records.selectors import require_visible
from trail.services import record


@transaction.atomic
def sign_contract(
    *,
    actor: Actor,
    patient_id: int,
    ward_id: int,
    valid_from: date,
    valid_to: date | None = None,
    staff_id: int | None = None,
    contract_no: str = "",
) -> int:
    """Enter a contract with a care team, or with one of its institution's clinicians. Returns its number.

    Raises NotFound (patient out of sight), NotAllowed (another team's), InvalidInput, ContractOverlap.
    """
    actor.require(Function.CONTRACT_EDIT)
    require_visible(actor, patient_id)
    ward = open_wards([ward_id]).get(ward_id)
    if ward is None or ward.kind != WardKind.CARE_TEAM:
        raise InvalidInput.at("/ward_id", "unknown_team", "没有这个家庭医生团队，或已停用，请重新选择")
    require_team(actor, ward_id)
    if staff_id is not None:
        staff = active_staff([staff_id]).get(staff_id)
        if staff is None:
            raise InvalidInput.at("/staff_id", "unknown_staff", "没有这名工作人员，或已停用，请重新选择")
        if staff.institution_id != ward.institution_id:
            raise InvalidInput.at(
                "/staff_id", "other_institution", "该医生不在团队所属的机构工作，请重新选择"
            )
    check_order(valid_from, valid_to)
    lock_writes()
    _refuse_overlap(patient_id, valid_from, valid_to)
    contract = CareContract.objects.create(
        patient_id=patient_id, ward_id=ward_id, staff_id=staff_id, contract_no=contract_no.strip(),
        valid_from=valid_from, valid_to=valid_to, created_at=clock.now(), created_by_id=actor.id,
        created_by_name=actor.name,
    )  # fmt: skip
    record(
        actor_id=actor.id, actor_name=actor.name, action="catchments.contract.signed", object_type="care_contract",
        object_id=contract.pk, patient=patient_id, ward=ward_id, staff=staff_id, valid_from=tell_day(valid_from),
        valid_to=tell_day(valid_to),
    )  # fmt: skip
    publish("contract.changed", patient_ids=[patient_id])
    return contract.pk


@transaction.atomic
def end_contract(*, actor: Actor, contract_id: int, on: date, reason: str) -> int:
    """`on` is the last day. Raises NotFound (out of sight), NotAllowed, InvalidInput, ContractEnded."""
    actor.require(Function.CONTRACT_EDIT)
    lock_writes()
    contract = visible_to(actor, CareContract.objects.filter(pk=contract_id)).first()
    if contract is None:
        raise NotFound()
    require_team(actor, contract.ward_id)
    if contract.valid_to is not None and contract.valid_to < clock.today():
        raise ContractEnded(f"这份签约已在 {contract.valid_to} 终止")
    check_order(contract.valid_from, on, "/on")
    if contract.valid_to is not None and on > contract.valid_to:
        raise InvalidInput.at(
            "/on", "after_end", f"这份签约本来就在 {contract.valid_to} 到期，请填更早的日期"
        )
    contract.valid_to, contract.end_reason, contract.ended_by_name = on, reason.strip(), actor.name
    contract.save(update_fields=["valid_to", "end_reason", "ended_by_name"])
    record(
        actor_id=actor.id, actor_name=actor.name, action="catchments.contract.ended", object_type="care_contract",
        object_id=contract.pk, reason=contract.end_reason, patient=contract.patient_id, last_day=tell_day(on),
    )  # fmt: skip
    publish("contract.changed", patient_ids=[contract.patient_id])
    return contract_id


def _refuse_overlap(patient_id: int, first: date, last: date | None) -> None:
    contracts = CareContract.objects.filter(
        Q(patient_id=patient_id) | Q(patient__merged_into_id=patient_id)
    ).select_related("ward__department__institution", "staff")
    for other in contracts:
        if do_overlap((first, last), (other.valid_from, other.valid_to)):
            doctor = f"（{other.staff.name}）" if other.staff is not None else ""
            until = f"至 {other.valid_to}" if other.valid_to is not None else "起至今"
            message = (
                f"患者已与{other.ward.department.institution.name}{other.ward.name}{doctor}签约"
                f"（{other.valid_from} {until}），请先终止原签约"
            )
            raise ContractOverlap(message, errors=[FieldError("/valid_from", ContractOverlap.code, message)])


def record_contract_list(*, actor: Actor, rows: int) -> None:
    """Reading who is under contract leaves a trail row."""
    record(actor_id=actor.id, actor_name=actor.name, action="catchments.contracts.viewed", rows=rows)
