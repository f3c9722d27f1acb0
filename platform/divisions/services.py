"""Writes of the stored divisions: one set-based statement for a list of any size."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction

from divisions.codes import level_of
from divisions.enums import DivisionLevel
from divisions.errors import DivisionImportRefused
from divisions.models import AdminDivision
from divisions.parser.names import short_name
from divisions.parser.packaged import CHINA_COUNTIES, HUBEI, read_seed
from divisions.rules import DivisionRow, kind_of, list_problems
from kernel.errors import FieldError

# Name of a packaged seed -> the file that adds townships and villages to the counties of the mainland.
SEEDS = {"hubei": HUBEI}
SEED_SOURCE = "china-division 2.7.0"
SEED_AS_OF = date(2023, 6, 30)

# Two imports at once would each count the other's rows as new.
_IMPORT_LOCK = 0x6A6C_6469


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, in rows. `ended`: got an end date (a merge or a split names `replaced_by`).

    `unchanged`: same name, still valid (or ended before); its source and date may have been refreshed.
    `kept`: the stored row is from a newer list and stayed.
    `written` is what the database changed; an import repeated changes 0.
    """

    added: int
    renamed: int
    ended: int
    unchanged: int
    kept: int
    written: int


_COUNT = """
WITH given AS (
    SELECT * FROM unnest(%(codes)s::text[], %(names)s::text[], %(valid_to)s::date[])
        AS g(code, name, valid_to)
)
SELECT count(*) FILTER (WHERE d.code IS NULL),
       count(*) FILTER (WHERE d.as_of <= %(as_of)s AND d.name <> g.name),
       count(*) FILTER (WHERE d.as_of <= %(as_of)s AND d.valid_to IS NULL AND g.valid_to IS NOT NULL),
       count(*) FILTER (WHERE d.as_of <= %(as_of)s AND d.name = g.name
                          AND (d.valid_to IS NOT NULL OR g.valid_to IS NULL)),
       count(*) FILTER (WHERE d.as_of > %(as_of)s)
FROM given g LEFT JOIN {table} d ON d.code = g.code
"""

_UPSERT = """
INSERT INTO {table} AS d
    (code, name, short, level, parent_code, kind, valid_from, valid_to, replaced_by, source, as_of)
SELECT g.*, %(source)s, %(as_of)s
FROM unnest(
    %(codes)s::text[], %(names)s::text[], %(shorts)s::text[], %(levels)s::smallint[], %(parents)s::text[],
    %(kinds)s::text[], %(valid_from)s::date[], %(valid_to)s::date[], %(replaced_by)s::text[]
) AS g
ON CONFLICT (code) DO UPDATE SET
    name = excluded.name, short = excluded.short, level = excluded.level, parent_code = excluded.parent_code,
    kind = excluded.kind, valid_from = excluded.valid_from, valid_to = excluded.valid_to,
    replaced_by = excluded.replaced_by, source = excluded.source, as_of = excluded.as_of
WHERE d.as_of <= excluded.as_of AND
    (d.name, d.short, d.level, d.parent_code, d.kind, d.valid_from, d.valid_to, d.replaced_by, d.source,
     d.as_of)
    IS DISTINCT FROM
    (excluded.name, excluded.short, excluded.level, excluded.parent_code, excluded.kind, excluded.valid_from,
     excluded.valid_to, excluded.replaced_by, excluded.source, excluded.as_of)
"""


def import_divisions(*, rows: Iterable[DivisionRow], source: str, as_of: date) -> ImportReport:
    """Adds and renames divisions from a list dated `as_of`; never deletes. An older list overrides nothing.

    Runs where no tenant is bound: tenants may only read. Raises DivisionImportRefused, with the first problems
    named, when the list contradicts itself or the digits.
    """
    given = list(rows)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_IMPORT_LOCK])
        problems = list_problems(given, _known_names(given))
        if problems:
            errors = [FieldError("", "division_row", problem) for problem in problems]
            raise DivisionImportRefused("；".join(problems[:3]), errors=errors)
        parameters: dict[str, Any] = {
            "codes": [row.code for row in given],
            "names": [row.name for row in given],
            "shorts": _short_names(given),
            "levels": [level_of(row.code) for row in given],
            "parents": [row.parent_code for row in given],
            "kinds": [kind_of(row.code).value for row in given],
            "valid_from": [row.valid_from for row in given],
            "valid_to": [row.valid_to for row in given],
            "replaced_by": [row.replaced_by for row in given],
            "source": source,
            "as_of": as_of,
        }
        table = connection.ops.quote_name(AdminDivision._meta.db_table)
        cursor.execute(_COUNT.format(table=table), parameters)
        added, renamed, ended, unchanged, kept = cursor.fetchone()
        cursor.execute(_UPSERT.format(table=table), parameters)
        written = cursor.rowcount
    return ImportReport(added, renamed, ended, unchanged, kept, written)


def import_seed(name: str) -> ImportReport:
    """Loads a packaged seed (a key of SEEDS): the mainland down to counties, then its townships and villages."""
    return import_divisions(rows=read_seed_rows(SEEDS[name]), source=SEED_SOURCE, as_of=SEED_AS_OF)


def read_seed_rows(file_name: str) -> Iterator[DivisionRow]:
    for code, name, parent in read_seed(CHINA_COUNTIES):
        yield DivisionRow(code, name, parent or None)
    for code, name, parent in read_seed(file_name):
        if level_of(code) > DivisionLevel.COUNTY:
            yield DivisionRow(code, name, parent)


def _short_names(rows: list[DivisionRow]) -> list[str]:
    counties = {row.code[:6]: row.name for row in rows if level_of(row.code) == DivisionLevel.COUNTY}
    return [
        short_name(row.name, level_of(row.code), filter(None, [counties.get(row.code[:6])])) for row in rows
    ]


def _known_names(rows: list[DivisionRow]) -> dict[str, str]:
    """Stored names of the codes that a list refers to without holding them."""
    held = {row.code for row in rows}
    wanted = {code for row in rows for code in (row.parent_code, row.replaced_by) if code} - held
    return dict(AdminDivision.objects.filter(code__in=wanted).values_list("code", "name"))
