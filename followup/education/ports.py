"""What this room asks of rooms above it (config.wiring)."""

from collections.abc import Callable, Mapping, Sequence

CountProgrammes = Callable[[Sequence[str]], Mapping[str, int]]


def _count_none(keys: Sequence[str]) -> Mapping[str, int]:
    return {}


_count_programmes: CountProgrammes = _count_none


def connect(*, count_programmes: CountProgrammes) -> None:
    """`count_programmes(keys)`: card key → how many programmes name the card in a version that is not retired."""
    global _count_programmes
    _count_programmes = count_programmes


def count_programmes(keys: Sequence[str]) -> Mapping[str, int]:
    return _count_programmes(keys)
