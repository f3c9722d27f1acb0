"""Results on their way back to whoever sent the person: of the agreed fields, as they come about."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from access.actor import SYSTEM
from community.handover import gate
from community.handover.enums import Act, Direction, OfferState
from community.handover.models import HandoverCase, HandoverEvent, HandoverWork
from community.handover.services import cases

# Field of the agreement → name of a result's part. What a result is about needs no field: it says no more than that
# there was work to do.
_PARTS = {
    "result.level": "level", "result.conclusion": "conclusion", "result.attempts": "attempts",
    "result.answers": "answers",
}  # fmt: skip
_ALWAYS = ("ref", "step", "due_on", "state", "closed_on")


def narrow(result: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    """Only what the agreement lets go back."""
    agreed = [part for key, part in _PARTS.items() if key in keys]
    return {name: result[name] for name in (*_ALWAYS, *agreed) if name in result}


@transaction.atomic
def send_result(*, enrolment_id: int, result: Mapping[str, Any]) -> bool:
    """Seal a result for the sender of the accepted case that the enrolment belongs to; False where there is none, or
    where this result has been sent."""
    found = (
        HandoverWork.objects.filter(enrolment_id=enrolment_id, is_open=True, case__direction=Direction.IN)
        .values_list("case_id", "case__offer_id")
        .first()
    )
    if found is None:
        return False
    case_id, offer_id = found
    offer = gate.lock_offer(offer_id)
    case = HandoverCase.objects.select_for_update().get(pk=case_id)
    ref = str(result["ref"])
    if offer.fact.state != OfferState.ACCEPTED or HandoverEvent.objects.filter(case=case, ref=ref).exists():
        return False
    told = narrow(result, case.result_keys)
    envelope_id = cases.tell(offer, Act.RESULT, actor=SYSTEM, content={"result": told})
    cases.add_event(
        case, Act.RESULT, ours=True, by_name=SYSTEM.name, envelope_id=envelope_id, detail=told, ref=ref
    )
    cases.note(SYSTEM, "result_sent", case, step=str(told.get("step", "")))
    return True
