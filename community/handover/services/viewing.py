"""Looking into a case leaves a row in the trail: a packet is patient data."""

from access.actor import Actor
from community.handover import selectors
from trail.services import record


def view_case(*, actor: Actor, case_id: int) -> dict[str, object]:
    """selectors.get_case, and the trail row. Raises NotFound."""
    case = selectors.get_case(actor, case_id)
    record(
        actor_id=actor.id or None, actor_name=actor.name, action="handover.case.viewed",
        object_type="handover_case", object_id=case_id,
    )  # fmt: skip
    return case
