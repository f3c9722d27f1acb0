"""What divisions needs from the rooms above it; config/wiring.py names who serves it."""

from collections.abc import Callable
from typing import Any, Protocol


class Importer(Protocol):
    """Whoever gives a list: access, where actors are made, lies above this room."""

    @property
    def id(self) -> int: ...

    @property
    def name(self) -> str: ...

    def require(self, function: str) -> None:
        """Raises NotAllowed."""


_importer_of: Callable[[Any], Importer] | None = None
_find_county: Callable[[int], str] | None = None
_list_schemas: Callable[[], list[str]] | None = None


def connect(
    *,
    importer_of: Callable[[Any], Importer],
    find_county: Callable[[int], str],
    list_schemas: Callable[[], list[str]],
) -> None:
    """`importer_of(request)`; `find_county(account id)` gives the 12 digits of the county that the account's tenant
    or bureau keeps the list of, empty for none; `list_schemas()` the tenants that hear of a change."""
    global _importer_of, _find_county, _list_schemas
    _importer_of, _find_county, _list_schemas = importer_of, find_county, list_schemas


def importer_of(request: Any) -> Importer:
    if _importer_of is None:
        raise LookupError("divisions.ports is not wired (config/wiring.py)")
    return _importer_of(request)


def find_county(account_id: int) -> str:
    if _find_county is None:
        raise LookupError("divisions.ports is not wired (config/wiring.py)")
    return _find_county(account_id)


def list_schemas() -> list[str]:
    if _list_schemas is None:
        raise LookupError("divisions.ports is not wired (config/wiring.py)")
    return _list_schemas()
