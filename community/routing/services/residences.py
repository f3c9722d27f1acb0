"""Where a person says that a patient lives: a new claim ends the old one of its kind; nothing is edited."""

from datetime import date, timedelta
from typing import Any

from django.db import transaction

from access.actor import Actor
from access.functions import Function
from community.routing.contracts import BY_PERSON, RANKS, VERIFIED
from community.routing.errors import ClaimFromSource
from community.routing.models import ClaimKind, ResidenceClaim, RoutingDecision
from community.routing.selectors.patients import require_sight
from community.routing.selectors.places import home_county
from community.routing.selectors.residences import residences
from community.routing.services.locking import lock_patient
from community.routing.services.settling import settle
from divisions.codes import level_of, pad_code
from divisions.enums import DivisionLevel
from divisions.selectors import get_division
from kernel import clock
from kernel.errors import InvalidInput, NotFound
from trail.services import record

_LONGEST_STAY = timedelta(days=731)


@transaction.atomic
def add_residence(
    *,
    actor: Actor,
    patient_id: int,
    kind: str,
    division_code: str,
    verified: str,
    text: str = "",
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> dict[str, Any]:
    """Somebody who knows says where the patient lives, and how that was verified; work that waits moves with it.

    `valid_from` and `valid_to` are days, both included; a temporary stay needs its last day. Returns the residences as
    the API shows them. Raises NotAllowed, NotFound, InvalidInput.
    """
    actor.require(Function.RESIDENCE_EDIT)
    require_sight(actor, patient_id)
    today = clock.today()
    code = _read_division(division_code, kind)
    _check_days(kind, valid_from, valid_to, today)
    lock_patient(patient_id)
    now = clock.now()
    ResidenceClaim.objects.filter(
        patient_id=patient_id, kind=kind, source__in=BY_PERSON, valid_to=None
    ).update(valid_to=now, end_reason="由新的居住地取代")
    claim = ResidenceClaim.objects.create(
        patient_id=patient_id, source=VERIFIED, kind=kind, rank=RANKS[VERIFIED], text=text.strip(),
        county_code=f"{code[:6]}000000", division_code=code, confidence=1, evidence=[f"by:{actor.name}"],
        reported_at=now, valid_from=valid_from, valid_until=valid_to,
        verified_by=f"{verified.strip()} · {actor.name}",
    )  # fmt: skip
    record(
        actor_id=actor.id, actor_name=actor.name, action="routing.residence.added", object_type="patient",
        object_id=patient_id, claim=claim.pk, kind=kind, division=code,
    )  # fmt: skip
    _decide_again(actor, patient_id)
    return residences(actor, patient_id)


@transaction.atomic
def end_residence(*, actor: Actor, claim_id: int, on: date, reason: str) -> dict[str, Any]:
    """`on` is the last day on which the patient lived there, today at the latest.

    Raises NotAllowed, NotFound, InvalidInput, ClaimFromSource (what a hospital's system sent is corrected there).
    """
    actor.require(Function.RESIDENCE_EDIT)
    found = ResidenceClaim.objects.filter(pk=claim_id).values("patient_id", "source", "reported_at").first()
    if found is None:
        raise NotFound()
    patient_id = found["patient_id"]
    require_sight(actor, patient_id)
    if found["source"] not in BY_PERSON:
        raise ClaimFromSource()
    if on > clock.today():
        raise InvalidInput.at("/on", "in_future", "结束日期不能晚于今天")
    lock_patient(patient_id)
    now = clock.now()
    ended_at = max(min(now, clock.start_of(on + timedelta(days=1))), found["reported_at"])
    ended = ResidenceClaim.objects.filter(pk=claim_id, valid_to=None).update(
        valid_to=ended_at, end_reason=reason.strip()
    )
    if ended:
        record(
            actor_id=actor.id, actor_name=actor.name, action="routing.residence.ended", object_type="patient",
            object_id=patient_id, claim=claim_id,
        )  # fmt: skip
        _decide_again(actor, patient_id)
    return residences(actor, patient_id)


def _decide_again(actor: Actor, patient_id: int) -> None:
    # Whoever was never routed waits for a discharge.
    if RoutingDecision.objects.filter(patient_id=patient_id).exists():
        settle(patient_id, by=(actor.id, actor.name))


def _read_division(text: str, kind: str) -> str:
    try:
        code = pad_code(text)
    except ValueError as error:
        raise InvalidInput.at(
            "/division_code", "invalid_division", "区划代码应为 6、9 或 12 位数字"
        ) from error
    division = get_division(code)
    if division is None or division.valid_to is not None:
        raise InvalidInput.at("/division_code", "unknown_division", "名录中没有这个区划，或已撤销")
    is_home = bool(home_county()) and code.startswith(home_county()[:6])
    lowest = DivisionLevel.TOWNSHIP if is_home and kind != ClaimKind.WORK else DivisionLevel.COUNTY
    if level_of(code) < lowest:
        raise InvalidInput.at(
            "/division_code", "level_too_high", "本县请选择到乡镇（街道）或村（社区），外县请选择到县"
        )
    return code


def _check_days(kind: str, first: date | None, last: date | None, today: date) -> None:
    if kind == ClaimKind.TEMPORARY and last is None:
        raise InvalidInput.at("/valid_to", "required", "暂住需填写结束日期，到期后自动回到原住址")
    if last is None:
        return
    if last < (first or today):
        raise InvalidInput.at("/valid_to", "before_start", "结束日期不能早于开始日期")
    if last < today:
        raise InvalidInput.at("/valid_to", "in_past", "结束日期已过")
    if kind == ClaimKind.TEMPORARY and last - today > _LONGEST_STAY:
        raise InvalidInput.at("/valid_to", "too_far", "暂住最长两年；长期居住请登记为现住址")
