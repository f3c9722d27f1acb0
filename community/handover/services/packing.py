"""Making a packet: what the agreement lets cross of one stay, and what stands against sending it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from access.actor import Actor
from community.handover import gate, ports
from community.handover.enums import IN_USE, AgreementState, ConsentBasis, Kind
from community.handover.exchange.contracts import AgreementFact
from community.handover.models import HandoverWork
from community.handover.rules import FIELDS, RESULT_FIELDS
from kernel import clock
from kernel.crypto import lookup_hash
from kernel.errors import InvalidInput, NotFound
from records.contracts import StayFact
from records.selectors import find_stay, require_visible
from tenants.registry.contracts import TenantRef


@dataclass(frozen=True, slots=True)
class Check:
    code: str
    message: str
    blocking: bool = True


@dataclass(slots=True)
class Packing:
    """`packet` is what is sent, to the byte: its digest is the preview's and the offer's."""

    me: TenantRef
    agreement: AgreementFact
    stay: StayFact
    kind: str
    enrolment_ids: list[int]
    packet: dict[str, Any]
    left_out: list[dict[str, str]]
    available: list[dict[str, Any]]
    checks: list[Check] = field(default_factory=list)

    @property
    def digest(self) -> str:
        return hashlib.sha256(orjson.dumps(self.packet, option=orjson.OPT_SORT_KEYS)).hexdigest()

    @property
    def keys(self) -> list[str]:
        return [key for key in FIELDS if key in self.packet["facts"]]


def pack(
    *,
    actor: Actor,
    agreement: AgreementFact,
    encounter_id: int,
    enrolment_ids: Sequence[int],
    kind: str | None,
) -> Packing:
    """Raises NotFound for a stay out of sight, InvalidInput for enrolments that are not its own."""
    stay = find_stay(encounter_id)
    if stay is None:
        raise NotFound()
    require_visible(actor, stay.patient_id)
    me = gate.own_tenant()
    work = ports.case_work()
    available = work.enrolments_of(encounter_id)
    known = {row["id"] for row in available}
    if not set(enrolment_ids) <= known:
        raise InvalidInput.at("/enrolment_ids", "not_of_stay", "只能选择该次就诊进行中的入组")
    chosen = kind or (agreement.kinds[0] if agreement.kinds else Kind.DISCHARGE)
    if chosen not in Kind.values:
        raise InvalidInput.at("/kind", "unknown_value", f"转交类型应为：{'、'.join(Kind.values)}")
    wanted = [key for key in agreement.fields if key not in RESULT_FIELDS]
    ids = sorted(set(enrolment_ids))
    facts = work.build_packet_facts(encounter_id, ids, wanted)
    # The whitelist is applied here too: whatever the port answers, only agreed fields are put in.
    facts = {key: facts[key] for key in wanted if facts.get(key) not in (None, "", [], {})}
    packing = Packing(
        me=me, agreement=agreement, stay=stay, kind=chosen, enrolment_ids=ids,
        packet={
            "kind": str(chosen),
            "person_ref": lookup_hash(f"handover-person:{stay.patient_id}"),
            "encounter_ref": lookup_hash(f"handover-encounter:{encounter_id}"),
            "facts": facts,
        },
        left_out=_left_out(agreement, facts), available=available,
    )  # fmt: skip
    packing.checks = _check(packing)
    return packing


def _left_out(agreement: AgreementFact, facts: dict[str, Any]) -> list[dict[str, str]]:
    rows = []
    for key, each in FIELDS.items():
        if each.is_result or key in facts:
            continue
        reason = "病案中没有" if key in agreement.fields else "协议未约定"
        rows.append({"key": key, "name": each.name, "reason": reason})
    return rows


def _check(packing: Packing) -> list[Check]:
    agreement, me, stay, today = packing.agreement, packing.me, packing.stay, clock.today()
    checks: list[Check] = []
    if agreement.from_tenant != me.code:
        checks.append(Check("not_sender", "按此协议，转交由对方机构发出"))
    if agreement.state != AgreementState.ACTIVE:
        label = AgreementState(agreement.state).label
        checks.append(Check("agreement_not_active", f"协议当前为“{label}”，不能按此协议转交"))
    elif not agreement.valid_from <= today <= agreement.valid_to:
        checks.append(
            Check(
                "agreement_not_valid",
                f"协议有效期为 {agreement.valid_from} 至 {agreement.valid_to}，今天不在其中",
            )
        )
    if packing.kind not in agreement.kinds:
        checks.append(Check("kind_not_agreed", f"协议未约定“{Kind(packing.kind).label}”，请换一份协议"))
    if me.status != IN_USE:
        checks.append(Check("tenant_suspended", "本机构已停用，不能转交"))
    if gate.status_of(agreement.to_tenant) != IN_USE:
        checks.append(Check("tenant_suspended", "对方机构已停用，不能转交"))
    if stay.is_dead:
        checks.append(Check("patient_deceased", "患者已死亡，不能转交"))
    elif packing.kind == Kind.DISCHARGE and stay.discharged_on is None:
        checks.append(Check("not_discharged", "该次就诊尚未出院，出院后才能转交"))
    for name in ("patient.name", "encounter.period"):
        if name not in packing.packet["facts"]:
            checks.append(Check("field_missing", f"病案中缺少“{FIELDS[name].name}”，对方无法建档"))
    if _is_open(packing):
        checks.append(Check("already_offered", "该次就诊的这项随访已在转交中，请先处理原转交"))
    if packing.available and not packing.enrolment_ids:
        checks.append(
            Check(
                "nothing_chosen",
                "未选择随访路径：对方将按自己的规则入组，本机构的随访照常进行",
                blocking=False,
            )
        )
    if agreement.consent_basis == ConsentBasis.SEPARATE:
        checks.append(Check("consent_needed", "协议要求患者单独同意，发送时请登记", blocking=False))
    return checks


def _is_open(packing: Packing) -> bool:
    rows = HandoverWork.objects.filter(
        encounter_id=packing.stay.encounter_id, enrolment_id__in=packing.enrolment_ids or [0], is_open=True
    )
    return rows.exists()
