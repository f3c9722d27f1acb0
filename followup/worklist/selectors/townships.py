"""Names of townships, kept per county: divisions change once a year, and a list must not ask for each row."""

import time

from divisions.selectors import children_of

_TTL_SECONDS = 3600.0
_MAX_COUNTIES = 4000
_counties: dict[str, tuple[float, dict[str, str]]] = {}


def township_name(code: str) -> str | None:
    """Of a township's or village's 12 digits; one query per county and hour."""
    if len(code) != 12:
        return None
    county = f"{code[:6]}000000"
    kept = _counties.get(county)
    if kept is None or kept[0] < time.monotonic():
        names = dict(children_of(county).values_list("code", "name"))
        if len(_counties) >= _MAX_COUNTIES:
            _counties.clear()
        kept = _counties[county] = (time.monotonic() + _TTL_SECONDS, names)
    return kept[1].get(f"{code[:9]}000")
