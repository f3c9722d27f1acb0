from typing import Any

from access.actor import Actor
from trail.services import record


def note_read(
    actor: Actor, action: str, object_type: str = "", object_id: int | str = "", **detail: Any
) -> None:
    """Reading patient data is in the trail: one row a request."""
    record(
        actor_id=actor.id, actor_name=actor.name, action=f"worklist.{action}", object_type=object_type,
        object_id=object_id, **detail,
    )  # fmt: skip
