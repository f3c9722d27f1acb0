"""What accounts needs from rooms above it; config/wiring.py names who serves it."""

from collections.abc import Callable
from typing import Any, TypedDict


class Workplace(TypedDict):
    """Where a person works, for the head of every page."""

    institution_name: str | None
    department_name: str | None
    ward_names: list[str]


def _nowhere(account_id: int) -> Workplace:
    return {"institution_name": None, "department_name": None, "ward_names": []}


_find_workplace: Callable[[int], Workplace] = _nowhere
_describe_actor: Callable[[Any], dict[str, list[str]]] | None = None


def connect(
    *, find_workplace: Callable[[int], Workplace], describe_actor: Callable[[Any], dict[str, list[str]]]
) -> None:
    """`describe_actor(account)` gives role codes, role names and functions: access lies above accounts."""
    global _find_workplace, _describe_actor
    _find_workplace, _describe_actor = find_workplace, describe_actor


def find_workplace(account_id: int) -> Workplace:
    return _find_workplace(account_id)


def describe_actor(account: Any) -> dict[str, list[str]]:
    if _describe_actor is None:
        raise LookupError("accounts.ports is not wired (config/wiring.py)")
    return _describe_actor(account)
