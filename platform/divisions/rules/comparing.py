"""What a list would change against the stored one. Every row of the list counts in exactly one kind."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from divisions.enums import ChangeKind
from divisions.rules.rows import DivisionRow, StoredRow


class Change(NamedTuple):
    """`was`: the stored name (of a kept row, the list's older one); `to`: "code name" of what stands in its place."""

    kind: ChangeKind
    code: str
    name: str
    was: str = ""
    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    counts: Mapping[ChangeKind, int]
    changes: Sequence[Change]


def compare_rows(rows: Sequence[DivisionRow], stored: Mapping[str, StoredRow], *, as_of: date) -> Comparison:
    """`stored` holds whatever the list names. Rows that stay as they are have no Change.

    merged: ended, and what stands in its place was there before or takes in several; split: ended into several;
    ended: any other one that ends. kept: the stored row is from a newer list and stays.
    """
    counts: Counter[ChangeKind] = Counter()
    changes: list[Change] = []
    for change, differs in _compare(rows, stored, as_of):
        counts[change.kind] += 1
        if differs:
            changes.append(change)
    return Comparison({kind: counts[kind] for kind in ChangeKind}, changes)


def _compare(
    rows: Sequence[DivisionRow], stored: Mapping[str, StoredRow], as_of: date
) -> Iterator[tuple[Change, bool]]:
    taken = Counter(row.replaced_by for row in rows if row.replaced_by)
    names = {code: row.name for code, row in stored.items()} | {row.code: row.name for row in rows}
    for row in rows:
        old = stored.get(row.code)
        to = tuple(f"{code} {names.get(code, '')}".rstrip() for code in row.successors)
        if old is None:
            yield Change(ChangeKind.ADDED, row.code, row.name, to=to), True
        elif old.as_of > as_of:
            differs = (old.name, old.valid_to, old.successors) != (row.name, row.valid_to, row.successors)
            yield Change(ChangeKind.KEPT, row.code, old.name, was=row.name), differs
        elif row.valid_to is not None and (old.valid_to is None or old.successors != row.successors):
            yield Change(_kind_of_end(row, stored, taken), row.code, row.name, old.name, to), True
        elif old.valid_to is not None and row.valid_to is None:
            # It comes back under its code: for whoever chooses from the list it is new.
            yield Change(ChangeKind.ADDED, row.code, row.name, was=old.name), True
        elif old.name != row.name:
            yield Change(ChangeKind.RENAMED, row.code, row.name, was=old.name), True
        else:
            yield Change(ChangeKind.UNCHANGED, row.code, row.name), False


def _kind_of_end(row: DivisionRow, stored: Mapping[str, StoredRow], taken: Counter[str]) -> ChangeKind:
    if row.split_into:
        return ChangeKind.SPLIT
    if row.replaced_by and (row.replaced_by in stored or taken[row.replaced_by] > 1):
        return ChangeKind.MERGED
    return ChangeKind.ENDED
