"""Every read of routing."""

from community.routing.selectors.lists import (
    QUEUE_ORDER,
    count_by_age,
    count_unresolved,
    queue,
    shape_queue,
    summary,
    unrouted,
)
from community.routing.selectors.patients import (
    describe_decision,
    history,
    routing_of,
    routing_sight,
    timeline_entries,
    townships_of,
)
from community.routing.selectors.places import list_divisions
from community.routing.selectors.residences import residences

__all__ = [
    "QUEUE_ORDER",
    "count_by_age",
    "count_unresolved",
    "describe_decision",
    "history",
    "list_divisions",
    "queue",
    "residences",
    "routing_of",
    "routing_sight",
    "shape_queue",
    "summary",
    "timeline_entries",
    "townships_of",
    "unrouted",
]
