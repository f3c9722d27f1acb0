from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from psycopg import sql

Statement = tuple[sql.Composed, dict[str, Any]]

# Whatever the criteria say, nobody phones the family of a patient who has died.
ALIVE: Final = sql.SQL("p.deceased_at IS NULL AND e.disposition <> 'death'")


@dataclass(frozen=True, slots=True)
class Desk:
    """The follow-up centre's desk: owns what nobody else can."""

    institution_id: int
    department_id: int
    ward_id: int


@dataclass(frozen=True, slots=True)
class Scope:
    """Which encounters: all that changed since `revision`, or one; discharged on or after `earliest`.

    `earliest` is the first day of any of the programmes: one that goes live today reads today's discharges, not the
    archive. `ids` is a slice of a long run: above the first, up to the second.
    """

    earliest: date
    revision: int = 0
    encounter_id: int | None = None
    ids: tuple[int, int] | None = None

    def condition(self, facts: str | None = None) -> sql.SQL:
        """Over `e`. `facts`: the encounter column of a joined table, which then is read for the slice alone; `e` is
        looked up by it, and a second range on `e.id` would have the planner count the slice's share twice."""
        which = ""
        if self.encounter_id is not None:
            which = "e.id = %(encounter_id)s AND "
        elif self.ids is not None:
            column = facts or "e.id"
            which = f"{column} > %(after_id)s AND {column} <= %(to_id)s AND "
        if self.revision > 0:
            which += "e.revision >= %(revision)s AND "
        return sql.SQL(which + "e.status = 'discharged' AND e.discharged_on >= %(earliest)s")

    def slice_of_encounters(self) -> sql.SQL:
        """Over `e`, for joins behind the hits, which lie in the slice: or every slice would read the whole table."""
        return sql.SQL("e.id > %(after_id)s AND e.id <= %(to_id)s AND " if self.ids is not None else "")

    def values(self) -> dict[str, Any]:
        after, to = self.ids or (None, None)
        return {
            "revision": self.revision,
            "encounter_id": self.encounter_id,
            "earliest": self.earliest,
            "after_id": after,
            "to_id": to,
        }
