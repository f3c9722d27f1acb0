from typing import Any

from access.actor import Actor
from followup.screening import selectors
from trail.services import record


def explain(*, actor: Actor, encounter_id: int) -> list[dict[str, Any]]:
    """selectors.explain, and the trail row of having looked. Raises NotFound."""
    rows = selectors.explain(encounter_id=encounter_id)
    record(
        actor_id=actor.id or None, actor_name=actor.name, action="screening.encounter.explained",
        object_type="encounter", object_id=encounter_id,
    )  # fmt: skip
    return rows
