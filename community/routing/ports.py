"""What routing needs from the rooms above it; config/wiring.py names who serves it."""

from collections.abc import Callable

# The division code of the county whose people the bound tenant looks after; None or "" where there is none.
HomeCounty = Callable[[], str | None]

_home_county: HomeCounty | None = None


def connect(*, home_county: HomeCounty | None) -> None:
    """Without it, selectors.places asks the tenant that is bound."""
    global _home_county
    _home_county = home_county


def find_home_county() -> HomeCounty | None:
    return _home_county
