"""The database's own walls, tried from inside: what a binding reads, and what it is refused."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import DatabaseError, connection, transaction

from kernel.postgres.base import PUBLIC, tenant_role
from kernel.tenancy import bind_schema
from tests.isolation.world import World

# Unqualified, so that the search path decides whose they are: every one has the tenant's mark in its text.
_MARKED = "SELECT name FROM programmes_programme"
_PUBLIC_WRITES = (
    "UPDATE public.divisions_admindivision SET name = 'x'",
    "INSERT INTO public.kernel_outboxevent (type, payload, occurred_at) VALUES ('x', '{}', now())",
    "CREATE TABLE public.stray (id bigint)",
)
_PUBLIC_READS = ("accounts_staffaccount", "django_session", "registry_tenant", "trail_trailrow", "kernel_job")


def find_wall_faults(worlds: Mapping[str, World]) -> Iterator[str]:
    """Every way through a wall, in both directions, as a sentence; nothing where the walls stand."""
    for world in worlds.values():
        others = [other for other in worlds.values() if other is not world]
        with bind_schema(world.schema):
            yield from _find_binding_faults(world, others)
            for other in others:
                yield from _find_ways_to(world, other)
            yield from _find_ways_into_public(world)
        with bind_schema(PUBLIC):
            if _read(f"SELECT count(*) FROM {world.schema}.records_patient") is not None:
                yield f"with no tenant bound, {world.schema} can be read"


def _find_binding_faults(world: World, others: list[World]) -> Iterator[str]:
    role = tenant_role(connection.settings_dict["NAME"], world.schema)
    bound = _read("SELECT current_user, current_setting('search_path')")
    wanted = [(role, f'"{world.schema}","{PUBLIC}"')]
    if bound != wanted:
        yield f"bound to {world.schema}: role and path are {bound}, not {wanted}"
    names = [str(row[0]) for row in _read(_MARKED) or []]
    if not names or any(world.words.mark not in name for name in names):
        yield f"bound to {world.schema}: the programmes read are {names}"
    for other in others:
        if any(other.words.mark in name for name in names):
            yield f"bound to {world.schema}: rows of {other.schema}"


def _find_ways_to(world: World, other: World) -> Iterator[str]:
    for statement in (
        f"SELECT count(*) FROM {other.schema}.records_patient",
        f"SET LOCAL search_path TO {other.schema}; SELECT count(*) FROM records_patient",
        f"UPDATE {other.schema}.worklist_task SET conclusion = 'x'",
        f"INSERT INTO {other.schema}.routing_placealias (text, division_code, source, created_at)"
        " VALUES ('x', '', '', now())",
        f"SELECT nextval('{other.schema}.records_patient_id_seq')",
        f"CREATE TABLE {other.schema}.stray (id bigint)",
    ):
        if _read(statement) is not None:
            yield f"bound to {world.schema}: {statement}"


def _find_ways_into_public(world: World) -> Iterator[str]:
    for statement in (*_PUBLIC_WRITES, *(f"SELECT * FROM public.{table}" for table in _PUBLIC_READS)):
        if _read(statement) is not None:
            yield f"bound to {world.schema}: {statement}"


def _read(statement: str) -> list[Any] | None:
    """The rows ([] where there are none); None when the database refuses. What it changes is rolled back."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(statement)
                rows = cursor.fetchall() if cursor.description else []
            transaction.set_rollback(True)
    except DatabaseError:
        return None
    return rows
