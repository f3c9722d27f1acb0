"""Every write of routing."""

from community.routing.services.deciding import (
    apply_alias,
    merge_patient,
    reroute_patient,
    route_encounter,
    unmerge_patient,
)
from community.routing.services.resolving import resolve
from community.routing.services.viewing import record_history_view, record_queue_view

__all__ = [
    "apply_alias",
    "merge_patient",
    "record_history_view",
    "record_queue_view",
    "reroute_patient",
    "resolve",
    "route_encounter",
    "unmerge_patient",
]
