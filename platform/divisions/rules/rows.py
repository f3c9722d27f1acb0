"""The lines of a list as it is given, the stored division beside it, and what is wrong with a line."""

from datetime import date
from typing import NamedTuple


class DivisionRow(NamedTuple):
    """One line of a list to import. `code` and `parent_code` have 12 digits.

    An ended division names the one that stands in its place (`replaced_by`), or those it was split into
    (`split_into`), never both. `type_text` is the kind as the list writes it, `line` the line of the file (0: none).
    """

    code: str
    name: str
    parent_code: str | None
    valid_from: date | None = None
    valid_to: date | None = None
    replaced_by: str | None = None
    split_into: tuple[str, ...] = ()
    type_text: str = ""
    line: int = 0

    @property
    def successors(self) -> tuple[str, ...]:
        return (self.replaced_by,) if self.replaced_by else self.split_into


class StoredRow(NamedTuple):
    """A division as it is stored, in the columns that a list can change."""

    code: str
    name: str
    parent_code: str | None
    valid_from: date | None
    valid_to: date | None
    replaced_by: str | None
    split_into: tuple[str, ...]
    source: str
    as_of: date

    @property
    def successors(self) -> tuple[str, ...]:
        return (self.replaced_by,) if self.replaced_by else self.split_into


class Problem(NamedTuple):
    """What is wrong with a line and how to mend it, in Chinese. `pointer`: /lines/<line>/<column> of the file."""

    line: int
    pointer: str
    code: str
    message: str


def problem_at(line: int, column: str, code: str, message: str) -> Problem:
    return Problem(line, f"/lines/{line}/{column}" if column else f"/lines/{line}", code, message)
