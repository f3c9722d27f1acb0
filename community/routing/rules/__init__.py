"""Pure rules of routing: reading addresses, deciding, and saying why."""

from community.routing.rules.deciding import AUTO_FROM, ROUTED_FROM, decide
from community.routing.rules.readings import places_of, read_addresses, spoken_name

__all__ = ["AUTO_FROM", "ROUTED_FROM", "decide", "places_of", "read_addresses", "spoken_name"]
