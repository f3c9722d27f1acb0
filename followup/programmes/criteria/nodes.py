"""The parsed form: immutable nodes whose values are already normalised."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Leaf:
    """One test. Code fields carry `prefixes` (normalised, ranges written out); `value` is what was typed.

    Lists and ranges are tuples, dates are `date`; of lab it is (code, number | (low, high) | None).
    """

    field: str
    op: str
    value: Any
    prefixes: tuple[str, ...] = ()
    within_days: int | None = None


@dataclass(frozen=True, slots=True)
class AllOf:
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    item: Node


Node = Leaf | AllOf | AnyOf | Not


def leaves_of(node: Node, *, positive_only: bool = False) -> Iterator[Leaf]:
    """Leaves in reading order; `positive_only` leaves out what stands below a `not`."""
    if isinstance(node, Leaf):
        yield node
    elif isinstance(node, Not):
        if not positive_only:
            yield from leaves_of(node.item)
    else:
        for item in node.items:
            yield from leaves_of(item, positive_only=positive_only)
