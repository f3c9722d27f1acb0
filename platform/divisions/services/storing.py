"""Writes of the stored divisions: one set-based statement for a list of any size."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction

from divisions import selectors
from divisions.codes import level_of
from divisions.enums import ChangeKind, DivisionLevel
from divisions.errors import DivisionImportRefused
from divisions.models import AdminDivision
from divisions.parser.names import short_name
from divisions.parser.packaged import CHINA_COUNTIES, HUBEI, read_seed
from divisions.rules import DivisionRow, check_rows, compare_rows, kind_of
from kernel import clock
from kernel.errors import FieldError

# Name of a packaged seed -> the file that adds townships and villages to the counties of the mainland.
SEEDS = {"hubei": HUBEI}
SEED_SOURCE = "china-division 2.7.0"
SEED_AS_OF = date(2023, 6, 30)

# Two imports at once would each count the other's rows as new.
_IMPORT_LOCK = 0x6A6C_6469


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did: rows of the list by what they are to the stored ones (rules.compare_rows).

    `written` is what the database changed, sources and dates that were refreshed included; an import repeated
    changes 0.
    """

    counts: dict[ChangeKind, int]
    written: int


_UPSERT = """
INSERT INTO {table} AS d
    (code, name, short, level, parent_code, kind, valid_from, valid_to, replaced_by, split_into, source, as_of)
SELECT code, name, short, level, parent_code, kind, valid_from, valid_to, replaced_by,
       string_to_array(split_into, ','), %(source)s, %(as_of)s
FROM unnest(
    %(codes)s::text[], %(names)s::text[], %(shorts)s::text[], %(levels)s::smallint[], %(parents)s::text[],
    %(kinds)s::text[], %(valid_from)s::date[], %(valid_to)s::date[], %(replaced_by)s::text[], %(split_into)s::text[]
) AS g (code, name, short, level, parent_code, kind, valid_from, valid_to, replaced_by, split_into)
ON CONFLICT (code) DO UPDATE SET
    name = excluded.name, short = excluded.short, level = excluded.level, parent_code = excluded.parent_code,
    kind = excluded.kind, valid_from = excluded.valid_from, valid_to = excluded.valid_to,
    replaced_by = excluded.replaced_by, split_into = excluded.split_into, source = excluded.source,
    as_of = excluded.as_of
WHERE d.as_of <= excluded.as_of AND
    (d.name, d.short, d.level, d.parent_code, d.kind, d.valid_from, d.valid_to, d.replaced_by,
     d.split_into, d.source, d.as_of)
    IS DISTINCT FROM
    (excluded.name, excluded.short, excluded.level, excluded.parent_code, excluded.kind, excluded.valid_from,
     excluded.valid_to, excluded.replaced_by, excluded.split_into, excluded.source, excluded.as_of)
"""


def import_divisions(*, rows: Iterable[DivisionRow], source: str, as_of: date) -> ImportReport:
    """Adds and renames divisions from a list dated `as_of`; never deletes. An older list overrides nothing.

    Runs where no tenant is bound: tenants may only read. Raises DivisionImportRefused, with the first problems
    named, when the list contradicts itself or the digits.
    """
    given = list(rows)
    with transaction.atomic():
        hold_list()
        stored = selectors.stored_rows(codes=codes_named(given))
        problems = check_rows(given, stored, as_of=as_of, today=clock.today())
        if problems:
            errors = [FieldError(each.pointer, each.code, each.message) for each in problems]
            detail = "；".join(each.message for each in problems[:3])
            raise DivisionImportRefused(detail, errors=errors)
        counts = dict(compare_rows(given, stored, as_of=as_of).counts)
        return ImportReport(counts, write_rows(given, source=source, as_of=as_of))


def hold_list() -> None:
    """One import at a time, until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_IMPORT_LOCK])


def codes_named(rows: Iterable[DivisionRow]) -> set[str]:
    """Codes that a list holds or refers to."""
    return {code for row in rows for code in (row.code, row.parent_code, *row.successors) if code}


def write_rows(rows: Sequence[DivisionRow], *, source: str, as_of: date) -> int:
    """Rows that passed rules.check_rows, where public is bound; how many the database changed. Stored rows that are
    newer than `as_of` stay."""
    values: dict[str, Any] = {
        "codes": [row.code for row in rows],
        "names": [row.name for row in rows],
        "shorts": _short_names(rows),
        "levels": [level_of(row.code) for row in rows],
        "parents": [row.parent_code for row in rows],
        "kinds": [kind_of(row.code).value for row in rows],
        "valid_from": [row.valid_from for row in rows],
        "valid_to": [row.valid_to for row in rows],
        "replaced_by": [row.replaced_by for row in rows],
        "split_into": [",".join(row.split_into) or None for row in rows],
        "source": source,
        "as_of": as_of,
    }
    table = connection.ops.quote_name(AdminDivision._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT.format(table=table), values)
        return int(cursor.rowcount)


def import_seed(name: str) -> ImportReport:
    """Loads a packaged seed (a key of SEEDS): the mainland down to counties, then its townships and villages."""
    return import_divisions(rows=read_seed_rows(SEEDS[name]), source=SEED_SOURCE, as_of=SEED_AS_OF)


def read_seed_rows(file_name: str) -> Iterator[DivisionRow]:
    for code, name, parent in read_seed(CHINA_COUNTIES):
        yield DivisionRow(code, name, parent or None)
    for code, name, parent in read_seed(file_name):
        if level_of(code) > DivisionLevel.COUNTY:
            yield DivisionRow(code, name, parent)


def _short_names(rows: Sequence[DivisionRow]) -> list[str]:
    counties = {row.code[:6]: row.name for row in rows if level_of(row.code) == DivisionLevel.COUNTY}
    missing = {row.code[:6] for row in rows if level_of(row.code) > DivisionLevel.COUNTY} - set(counties)
    for code, name in AdminDivision.objects.filter(
        code__in=[prefix.ljust(12, "0") for prefix in missing]
    ).values_list("code", "name"):
        counties[code[:6]] = name
    return [
        short_name(row.name, level_of(row.code), filter(None, [counties.get(row.code[:6])])) for row in rows
    ]
