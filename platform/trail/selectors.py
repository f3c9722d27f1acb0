"""Reading back what was written about one object."""

from typing import Any

from trail.models import TrailRow


def rows_of(object_type: str, object_id: int | str, *, prefix: str) -> list[dict[str, Any]]:
    """{at, action, actor_name, reason, detail} of an object's acts whose name begins so, the oldest first."""
    rows = (
        TrailRow.objects.filter(object_type=object_type, object_id=str(object_id), action__startswith=prefix)
        .order_by("id")
        .values("at", "action", "actor_name", "reason", "detail")
    )
    return [dict(row) for row in rows]
