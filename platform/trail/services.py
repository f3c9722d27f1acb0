"""Writing the trail, in the transaction of what it tells: if the row cannot be written, the act does not happen."""

from typing import Any

from kernel import clock
from kernel.context import current_request
from trail.models import TrailRow


def record(
    *,
    actor_id: int | None,
    actor_name: str,
    action: str,
    object_type: str = "",
    object_id: int | str = "",
    reason: str = "",
    **detail: Any,
) -> None:
    """One act, one row. `action` is dotted and past tense (worklist.task.submitted); no identifier in `detail`."""
    context = current_request.get()
    TrailRow.objects.create(
        at=clock.now(),
        actor_id=actor_id,
        actor_name=actor_name,
        action=action,
        object_type=object_type,
        object_id=str(object_id),
        reason=reason[:300],
        detail=detail,
        request_id=context.request_id,
        address=context.address,
    )
