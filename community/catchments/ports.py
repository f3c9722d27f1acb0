"""What catchments need from the rooms above: figures of the work. config/wiring.py names who serves them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from community.catchments.contracts import Affected, StaffLoad


class WorkFigures(Protocol):
    """Open work of the bound tenant; days include both ends. Whoever has none may be left out of a mapping."""

    def due_by_institution(
        self, institution_ids: Collection[int], first: date, last: date
    ) -> Mapping[int, int]: ...

    def load_of_staff(
        self, staff_ids: Collection[int], first: date, last: date
    ) -> Mapping[int, StaffLoad]: ...

    def affected(self, division_prefixes: Collection[str]) -> Affected:
        """Patients routed to a division whose code begins with one of these 6, 9 or 12 digits."""
        ...


_figures: WorkFigures | None = None


def connect(*, figures: WorkFigures) -> None:
    global _figures
    _figures = figures


def work_figures() -> WorkFigures:
    if _figures is None:
        raise LookupError("community.catchments.ports is not wired (config/wiring.py)")
    return _figures
