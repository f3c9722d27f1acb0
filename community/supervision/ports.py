"""What supervision needs from the rooms above it; config/wiring.py names who serves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from community.supervision.contracts import TownshipCounts


class IndicatorSource(Protocol):
    """Figures of the bound tenant for the month that begins on `month`; each (institution, township) once."""

    def __call__(self, month: date) -> Sequence[TownshipCounts]: ...


_source: IndicatorSource | None = None
_definitions: Mapping[str, str] | None = None


def connect(*, source: IndicatorSource, definitions: Mapping[str, str]) -> None:
    """`definitions` says in Chinese what each figure counts: the words shown are those of who does the counting."""
    global _source, _definitions
    _source, _definitions = source, definitions


def indicator_source() -> IndicatorSource:
    if _source is None:
        raise LookupError("community.supervision.ports is not wired (config/wiring.py)")
    return _source


def definitions() -> Mapping[str, str]:
    if _definitions is None:
        raise LookupError("community.supervision.ports is not wired (config/wiring.py)")
    return _definitions
