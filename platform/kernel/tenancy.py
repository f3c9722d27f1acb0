"""Binding code outside a request to one tenant. The only two ways in: the middleware, and these."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django_tenants.utils import schema_context

from kernel.postgres.base import PUBLIC


@contextmanager
def bind_schema(schema: str) -> Iterator[None]:
    """Bind schema and role for a job, command or listener; restores what was bound before."""
    if not schema:
        raise RuntimeError("no schema given: a job runs for one tenant or not at all")
    with schema_context(schema):
        yield


def bound_schema() -> str:
    return str(connection.schema_name)


def is_tenant_bound() -> bool:
    return bound_schema() != PUBLIC
