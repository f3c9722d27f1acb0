"""What the digits of a code say about its kind, and what a list must satisfy before it is stored."""

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from divisions.codes import level_of, parent_of
from divisions.enums import DivisionKind, DivisionLevel

MAX_REPORTED_PROBLEMS = 20


class DivisionRow(NamedTuple):
    """One line of a list to import. `code` and `parent_code` have 12 digits."""

    code: str
    name: str
    parent_code: str | None
    valid_from: date | None = None
    valid_to: date | None = None
    replaced_by: str | None = None


# Upper bounds of digits 7-9 and 10-12, measured over the 2023 list (docs: standards 1.1). 600-999 are not in use.
_TOWNSHIP_KINDS = (
    (99, DivisionKind.SUBDISTRICT),
    (199, DivisionKind.TOWN),
    (399, DivisionKind.TOWNSHIP),
    (599, DivisionKind.FARM),
)
_VILLAGE_KINDS = (
    (199, DivisionKind.COMMUNITY),
    (399, DivisionKind.VILLAGE),
    (499, DivisionKind.COMMUNITY_LIKE),
    (599, DivisionKind.VILLAGE_LIKE),
)
_UPPER_KINDS = {1: DivisionKind.PROVINCE, 2: DivisionKind.PREFECTURE, 3: DivisionKind.COUNTY}


def kind_of(code12: str) -> DivisionKind:
    """The kind by the digits. Raises ValueError for a range that the standard leaves unused."""
    level = level_of(code12)
    if level in _UPPER_KINDS:
        return _UPPER_KINDS[level]
    bounds, digits = (
        (_TOWNSHIP_KINDS, code12[6:9]) if level == DivisionLevel.TOWNSHIP else (_VILLAGE_KINDS, code12[9:])
    )
    for upper, kind in bounds:
        if int(digits) <= upper:
            return kind
    raise ValueError(f"digits outside the ranges in use: {code12}")


def list_problems(rows: Sequence[DivisionRow], known: Mapping[str, str]) -> list[str]:
    """What is wrong with a list, in Chinese, at most MAX_REPORTED_PROBLEMS. `known`: stored code -> name.

    (county, township, village) names are a key in the whole 2023 list, so a name twice under one parent is a slip
    of whoever wrote the list.
    """
    return list(itertools.islice(_problems(rows, known), MAX_REPORTED_PROBLEMS))


def _problems(rows: Sequence[DivisionRow], known: Mapping[str, str]) -> Iterator[str]:
    codes = {row.code for row in rows}
    for code, times in Counter(row.code for row in rows).items():
        if times > 1:
            yield f"代码 {code} 出现 {times} 次"
    names = Counter((row.parent_code, row.name) for row in rows if row.valid_to is None)
    for (parent, name), times in names.items():
        if times > 1:
            yield f"{parent or '全国'} 之下名称“{name}”出现 {times} 次"
    for row in rows:
        if len(row.code) != 12 or not (row.code.isascii() and row.code.isdigit()):
            yield f"代码 {row.code} 不是 12 位数字"
            continue
        if not row.name.strip():
            yield f"代码 {row.code} 没有名称"
        if row.parent_code != parent_of(row.code):
            yield f"代码 {row.code} 的上级应为 {parent_of(row.code)}，清单写的是 {row.parent_code}"
        elif row.parent_code and row.parent_code not in codes and row.parent_code not in known:
            yield f"代码 {row.code} 的上级 {row.parent_code} 不存在"
        if row.replaced_by and row.replaced_by not in codes and row.replaced_by not in known:
            yield f"代码 {row.code} 的替代代码 {row.replaced_by} 不存在"
        try:
            kind_of(row.code)
        except ValueError:
            yield f"代码 {row.code} 的类别号段不存在"
