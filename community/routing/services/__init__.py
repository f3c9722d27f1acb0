"""Every write of routing."""

from community.routing.services.deciding import (
    apply_alias,
    merge_patient,
    reroute_patient,
    route_encounter,
    unmerge_patient,
)
from community.routing.services.overriding import end_override, set_override
from community.routing.services.remapping import remap_slice
from community.routing.services.residences import add_residence, end_residence
from community.routing.services.resolving import resolve
from community.routing.services.sets import SLICE, reroute_many, route_many
from community.routing.services.viewing import (
    record_history_view,
    record_queue_view,
    record_residences_view,
)

__all__ = [
    "SLICE", "add_residence", "apply_alias", "end_override", "end_residence", "merge_patient", "record_history_view",
    "record_queue_view", "record_residences_view", "remap_slice", "reroute_many", "reroute_patient", "resolve",
    "route_encounter", "route_many", "set_override", "unmerge_patient",
]  # fmt: skip
