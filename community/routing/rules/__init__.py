"""Pure rules of routing: reading addresses, deciding, and saying why."""

from community.routing.rules.deciding import decide
from community.routing.rules.readings import path_of, places_of, read_addresses, spoken_name
from community.routing.rules.residence import AUTO_FROM, ROUTED_FROM

__all__ = ["AUTO_FROM", "ROUTED_FROM", "decide", "path_of", "places_of", "read_addresses", "spoken_name"]
