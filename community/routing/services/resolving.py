"""What the follow-up centre decides by hand, and what it teaches the parser."""

from typing import Any

from django.db import transaction

from access.actor import Actor
from access.functions import Function
from community.catchments.selectors import institution_for
from community.routing.contracts import BY_PERSON, OPERATOR, RANKS
from community.routing.enums import UNRESOLVED
from community.routing.errors import AliasTaken, AlreadyResolved
from community.routing.models import ClaimKind, CurrentRouting, PlaceAlias, ResidenceClaim, RoutingDecision
from community.routing.selectors.patients import describe_decision
from community.routing.selectors.places import describe_place, gazetteer, home_county
from community.routing.services.locking import lock_patient
from community.routing.services.settling import settle
from divisions.codes import level_of, pad_code
from divisions.enums import DivisionLevel
from divisions.parser import parse_address
from divisions.selectors import get_division
from kernel import clock
from kernel.errors import InvalidInput, NotFound
from kernel.events import publish
from trail.services import record

_LEAST_ALIAS = 3
_MAX_ALIAS = 60


@transaction.atomic
def resolve(*, actor: Actor, decision_id: int, division_code: str, remember_text: str = "") -> dict[str, Any]:
    """Say where a patient of the queue lives; `remember_text` (part of the address) then means that place for all.

    The work that waits moves to the new owner (event patient.rerouted), and others who
    wait with the same name are decided again (event place.taught). Returns the new decision as the API shows it.
    Raises NotAllowed, NotFound, AlreadyResolved, AliasTaken, InvalidInput.
    """
    actor.require(Function.ROUTING_RESOLVE)
    found = RoutingDecision.objects.filter(pk=decision_id).values("patient_id", "address_text").first()
    if found is None:
        raise NotFound()
    patient_id, address_text = found["patient_id"], found["address_text"]
    lock_patient(patient_id)
    current = CurrentRouting.objects.filter(patient_id=patient_id).values("decision_id", "state").first()
    if current is None or current["decision_id"] != decision_id or current["state"] != UNRESOLVED:
        raise AlreadyResolved()
    code = _read_division(division_code)
    alias = _read_alias(remember_text, address_text, code)
    now = clock.now()
    ResidenceClaim.objects.filter(
        patient_id=patient_id, source__in=BY_PERSON, kind=ClaimKind.CURRENT, valid_to=None
    ).update(valid_to=now)
    ResidenceClaim.objects.create(
        patient_id=patient_id, source=OPERATOR, rank=RANKS[OPERATOR], text=address_text,
        county_code=home_county(), division_code=code, confidence=1, evidence=[f"by:{actor.name}"],
        reported_at=now,
    )  # fmt: skip
    taught = (
        PlaceAlias.objects.create(
            text=alias, division_code=code, source="queue", created_by_id=actor.id, created_at=now
        )
        if alias
        else None
    )
    settled = settle(patient_id, by=(actor.id, actor.name))
    record(
        actor_id=actor.id, actor_name=actor.name, action="routing.decision.resolved", object_type="patient",
        object_id=patient_id, decision=settled.decision_id, division=code, remembered=taught is not None,
    )  # fmt: skip
    if taught is not None:
        publish("place.taught", alias_id=taught.pk)
    return describe_decision(settled.decision_id)


def _read_division(text: str) -> str:
    try:
        code = pad_code(text)
    except ValueError as error:
        raise InvalidInput.at("/division_code", "invalid_division", "区划代码应为 9 或 12 位数字") from error
    home = home_county()
    if not home or not code.startswith(home[:6]):
        raise InvalidInput.at("/division_code", "other_county", "只能选择本县的乡镇（街道）或村（社区）")
    if level_of(code) < DivisionLevel.TOWNSHIP:
        raise InvalidInput.at("/division_code", "level_too_high", "请选择到乡镇（街道）或村（社区）")
    division = get_division(code)
    if division is None or division.valid_to is not None:
        raise InvalidInput.at("/division_code", "unknown_division", "名录中没有这个区划，或已撤销")
    if institution_for(code, clock.today()) is None:
        raise InvalidInput.at(
            "/division_code", "no_owner", f"{division.name}没有负责的机构，请先在辖区设置中补齐"
        )
    return code


def _read_alias(text: str, address_text: str, code: str) -> str:
    """The text to remember; empty when there is nothing new to learn. Raises InvalidInput, AliasTaken."""
    alias = text.strip()
    if not alias:
        return ""
    if not _LEAST_ALIAS <= len(alias) <= _MAX_ALIAS:
        raise _refuse("out_of_range", f"要记住的地名应为 {_LEAST_ALIAS} 到 {_MAX_ALIAS} 个字")
    if alias.isnumeric() or not any(char.isalpha() for char in alias):
        raise _refuse("only_digits", "要记住的地名不能只有数字或符号")
    if alias not in address_text:
        raise _refuse("not_in_address", "要记住的地名必须出自这条住址")
    _refuse_official_name(alias)
    known = (
        PlaceAlias.objects.filter(text=alias, ended_at=None).values_list("division_code", flat=True).first()
    )
    if known is None:
        return alias
    if known == code:
        return ""
    place = describe_place(known)
    raise AliasTaken(f"“{alias}”已记为{place['path'] if place else known}，请核对后再选择")


def _refuse_official_name(alias: str) -> None:
    """A name of the lists must keep its meaning: 枝江市 remembered for one village would send the county there."""
    parsed = parse_address(alias, home_county(), gazetteer())
    is_whole = not parsed.rest and not parsed.detail
    says_something = parsed.county is not None or parsed.candidates
    if is_whole and says_something:
        raise _refuse("official_name", f"“{alias}”是区划名录中的名称，不能作为别名")


def _refuse(code: str, message: str) -> InvalidInput:
    return InvalidInput.at("/remember_text", code, message)
