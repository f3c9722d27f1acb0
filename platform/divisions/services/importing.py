"""A county's own list: previewed, then applied as it was previewed, or discarded.

The rows lie in public, which a tenant's role may not write: the acts are authorised and trailed where the actor is,
and written with public bound, in one transaction.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import orjson
from django.db import transaction

from divisions import selectors
from divisions.enums import ChangeKind, ImportState
from divisions.errors import ImportClosed, ImportHasProblems, ListMoved
from divisions.models import DivisionImport
from divisions.policy import own_county, visible_to
from divisions.ports import Importer, list_schemas
from divisions.rules import DivisionRow, StoredRow, check_rows, compare_rows, read_list
from divisions.selectors.imports import describe_import
from divisions.services.storing import codes_named, hold_list, write_rows
from kernel import clock, events
from kernel.errors import NotFound
from kernel.postgres.base import PUBLIC
from kernel.tenancy import bind_schema, bound_schema
from trail.services import record

CHANGED = "divisions.changed"
# What the patients of a division can notice: a new name is only words, but words are what addresses are read by.
_HEARD = {ChangeKind.ADDED, ChangeKind.RENAMED, ChangeKind.MERGED, ChangeKind.SPLIT, ChangeKind.ENDED}


@transaction.atomic
def preview_import(
    *, actor: Importer, raw: bytes, file_name: str, source: str, as_of: date
) -> dict[str, Any]:
    """Reads, checks and compares a list of the actor's county; nothing of it takes effect.

    The actor's preview before it is discarded. Raises NotAllowed and NoOwnCounty; what is wrong with the list comes
    back as `problems`.
    """
    county = own_county(actor)
    schema = bound_schema()
    rows, problems = read_list(raw)
    with bind_schema(PUBLIC):
        stored = selectors.stored_rows(county=county, codes=codes_named(rows))
        # Rules on half a list would find faults that are none.
        problems = problems or check_rows(rows, stored, as_of=as_of, today=clock.today(), county=county)
        _open_of(county, schema, actor).update(
            state=ImportState.DISCARDED, closed_at=clock.now(), closed_by_name=actor.name, rows=[]
        )
        made = DivisionImport.objects.create(
            county_code=county,
            state=ImportState.PREVIEWED,
            fingerprint="" if problems else fingerprint_of(rows, stored, source, as_of),
            file_name=file_name[:120],
            file_sha256=hashlib.sha256(raw).hexdigest(),
            source=source,
            as_of=as_of,
            rows=[] if problems else _pack(rows),
            report=_report([] if problems else rows, stored, county, as_of),
            problems=[problem._asdict() for problem in problems],
            made_in=schema,
            made_by=actor.id,
            made_by_name=actor.name,
            made_at=clock.now(),
        )
    record(
        actor_id=actor.id, actor_name=actor.name, action="divisions.import.previewed", object_type="division_import",
        object_id=made.pk, sha256=made.file_sha256, counts=made.report["counts"], problems=len(problems),
    )  # fmt: skip
    return describe_import(made)


@transaction.atomic
def apply_import(*, actor: Importer, import_id: int, fingerprint: str) -> dict[str, Any]:
    """Stores the list of a preview. Every tenant in use hears of the divisions that changed.

    Raises NotAllowed, NoOwnCounty, NotFound, ImportClosed, ImportHasProblems, and ListMoved when the fingerprint is
    not that of the preview or the stored county is no longer what it was compared with.
    """
    with bind_schema(PUBLIC):
        hold_list()
    made = _lock_open(actor, import_id)
    if made.problems:
        raise ImportHasProblems()
    rows = _unpack(made.rows)
    with bind_schema(PUBLIC):
        stored = selectors.stored_rows(county=made.county_code, codes=codes_named(rows))
        present = fingerprint_of(rows, stored, made.source, made.as_of)
        if fingerprint != made.fingerprint or present != made.fingerprint:
            raise ListMoved()
        changes = compare_rows(rows, stored, as_of=made.as_of).changes
        written = write_rows(rows, source=made.source, as_of=made.as_of)
        _close(made, ImportState.APPLIED, actor)
    record(
        actor_id=actor.id, actor_name=actor.name, action="divisions.import.applied", object_type="division_import",
        object_id=made.pk, sha256=made.file_sha256, counts=made.report["counts"], written=written,
    )  # fmt: skip
    if codes := [change.code for change in changes if change.kind in _HEARD]:
        _announce(codes)
    return describe_import(made)


@transaction.atomic
def discard_import(*, actor: Importer, import_id: int) -> dict[str, Any]:
    """Raises NotAllowed, NoOwnCounty, NotFound and ImportClosed."""
    made = _lock_open(actor, import_id)
    with bind_schema(PUBLIC):
        _close(made, ImportState.DISCARDED, actor)
    record(
        actor_id=actor.id, actor_name=actor.name, action="divisions.import.discarded", object_type="division_import",
        object_id=made.pk, sha256=made.file_sha256,
    )  # fmt: skip
    return describe_import(made)


def _open_of(county: str, schema: str, actor: Importer) -> Any:
    return DivisionImport.objects.filter(
        county_code=county, state=ImportState.PREVIEWED, made_in=schema, made_by=actor.id
    )


def _lock_open(actor: Importer, import_id: int) -> DivisionImport:
    found = visible_to(actor, DivisionImport.objects.select_for_update().filter(pk=import_id))
    with bind_schema(PUBLIC):
        made: DivisionImport | None = found.first()
    if made is None:
        raise NotFound()
    if made.state != ImportState.PREVIEWED:
        raise ImportClosed()
    return made


def _close(made: DivisionImport, state: ImportState, actor: Importer) -> None:
    made.state, made.closed_by_name, made.closed_at, made.rows = state, actor.name, clock.now(), []
    made.save(update_fields=["state", "closed_by_name", "closed_at", "rows"])


def _announce(codes: Sequence[str]) -> None:
    """The lists are everybody's: a patient of any tenant may live there. Each event is written under the role of the
    tenant that hears it; nothing of it is read."""
    for schema in list_schemas():
        with bind_schema(schema):
            events.publish(CHANGED, codes=list(codes))


def _report(
    rows: Sequence[DivisionRow], stored: Mapping[str, StoredRow], county: str, as_of: date
) -> dict[str, Any]:
    comparison = compare_rows(rows, stored, as_of=as_of)
    given = {row.code for row in rows}
    absent = sum(
        row.valid_to is None and row.code != county and row.code[:6] == county[:6] and row.code not in given
        for row in stored.values()
    )
    return {
        "counts": {kind.value: number for kind, number in comparison.counts.items()},
        "absent": absent if rows else 0,
        "rows": [{**change._asdict(), "kind": change.kind.value} for change in comparison.changes],
    }


def fingerprint_of(
    rows: Sequence[DivisionRow], stored: Mapping[str, StoredRow], source: str, as_of: date
) -> str:
    """Of the list and of all that it was compared with: equal only when applying does what the preview said."""
    content = [source, as_of, _pack(rows), [list(row) for row in stored.values()]]
    return hashlib.sha256(orjson.dumps(content)).hexdigest()


def _pack(rows: Sequence[DivisionRow]) -> list[Any]:
    return json.loads(orjson.dumps([list(row) for row in rows]))  # type: ignore[no-any-return]


def _unpack(packed: Sequence[Sequence[Any]]) -> list[DivisionRow]:
    return [
        DivisionRow(
            code,
            name,
            parent,
            _day(valid_from),
            _day(valid_to),
            replaced_by,
            tuple(split_into),
            type_text,
            line,
        )
        for code, name, parent, valid_from, valid_to, replaced_by, split_into, type_text, line in packed
    ]


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
