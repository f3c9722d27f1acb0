"""Reads of the stored divisions. Ended ones are left out unless a code is asked for by name."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet

from divisions.codes import level_of, pad_code, parent_of
from divisions.enums import DivisionLevel
from divisions.models import AdminDivision
from divisions.parser import Gazetteer
from divisions.parser.gazetteer import Row
from divisions.rules import StoredRow
from kernel.errors import InvalidInput, NotFound

_STORED = (
    "code", "name", "parent_code", "valid_from", "valid_to", "replaced_by", "split_into", "source", "as_of"
)  # fmt: skip


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


def stored_rows(*, county: str | None = None, codes: Iterable[str] = ()) -> dict[str, StoredRow]:
    """By code, ended ones too: all of a county (12 digits), and the codes given. One query."""
    wanted = Q(code__in=list(codes))
    if county is not None:
        wanted |= Q(code__gte=county, code__lte=county[:6].ljust(12, "9"))
    rows = AdminDivision.objects.filter(wanted).order_by("code").values(*_STORED)
    return {row["code"]: StoredRow(**{**row, "split_into": tuple(row["split_into"] or ())}) for row in rows}


def county_tree(code: str) -> dict[str, Any]:
    """A county with its present townships and villages, by code; `as_of` and `source` of the newest row.

    One query. Raises InvalidInput for what is no code of a county, NotFound for one that is not stored.
    """
    try:
        county = pad_code(code)
        # 东莞 441900: a prefecture that is its own county.
        if level_of(county) not in (DivisionLevel.PREFECTURE, DivisionLevel.COUNTY):
            raise ValueError(code)
    except ValueError as error:
        raise InvalidInput.at("?county", "invalid_division", "县代码应为 6 或 12 位数字") from error
    found = AdminDivision.objects.filter(
        code__gte=county, code__lte=county[:6].ljust(12, "9"), valid_to__isnull=True
    )
    rows: list[Any] = list(
        found.order_by("code").values("code", "name", "kind", "level", "parent_code", "as_of", "source")
    )
    if not rows or rows[0]["code"] != county:
        raise NotFound()
    villages: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if row["level"] == DivisionLevel.VILLAGE:
            villages.setdefault(row["parent_code"], []).append(_unit(row))
    newest = max(rows, key=lambda row: row["as_of"])
    return {
        "county": _unit(rows[0]),
        "townships": [
            {**_unit(row), "villages": villages.get(row["code"], [])}
            for row in rows
            if row["level"] == DivisionLevel.TOWNSHIP
        ],
        "as_of": newest["as_of"],
        "source": newest["source"],
    }


def _unit(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("code", "name", "kind")}
