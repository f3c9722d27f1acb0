"""Reads of the stored divisions. Ended ones are left out unless a code is asked for by name."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from divisions.codes import level_of, pad_code, parent_of
from divisions.enums import DivisionLevel
from divisions.models import AdminDivision
from divisions.parser import Gazetteer
from divisions.parser.gazetteer import Row


def get_division(code: str) -> AdminDivision | None:
    """The division of a code of 2 to 12 digits, ended or not. Raises ValueError for a malformed code."""
    return AdminDivision.objects.filter(code=pad_code(code)).first()


def children_of(code: str | None) -> QuerySet[AdminDivision]:
    """Present divisions directly below; provinces for None."""
    parent = pad_code(code) if code is not None else None
    return AdminDivision.objects.filter(parent_code=parent, valid_to__isnull=True)


def divisions_inside(code: str) -> QuerySet[AdminDivision]:
    """The division itself and every present one below it, by code."""
    code12 = pad_code(code)
    prefix = code12[: {1: 2, 2: 4, 3: 6, 4: 9, 5: 12}[level_of(code12)]]
    # A range, not LIKE: the primary key serves it under any collation.
    return AdminDivision.objects.filter(
        code__gte=code12, code__lte=prefix.ljust(12, "9"), valid_to__isnull=True
    )


def path_codes(code: str) -> tuple[str, ...]:
    """Codes from the province down to the division itself."""
    step: str | None = pad_code(code)
    codes: list[str] = []
    while step is not None:
        codes.insert(0, step)
        step = parent_of(step)
    return tuple(codes)


def path_names(code: str) -> tuple[str, ...]:
    """Names from the province down; levels that are not stored are left out."""
    return tuple(
        AdminDivision.objects.filter(code__in=path_codes(code))
        .order_by("code")
        .values_list("name", flat=True)
    )


def build_gazetteer(county_codes: Iterable[str]) -> Gazetteer:
    """A gazetteer of the stored lists: every county, and the townships and villages of the counties given.

    Two queries. Keep the result: it is read-only and stays right until the next import.
    """
    inside = Q(pk__in=())
    for code in county_codes:
        prefix = pad_code(code)[:6]
        inside |= Q(code__gte=prefix + "000001", code__lte=prefix + "999999")
    present = AdminDivision.objects.filter(valid_to__isnull=True).order_by("code")
    upper: list[Row] = list(present.filter(level__lte=DivisionLevel.COUNTY).values_list("code", "name"))
    below: list[Row] = list(present.filter(inside).values_list("code", "name"))
    return Gazetteer(upper + below)
