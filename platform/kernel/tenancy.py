"""Binding code outside a request to one tenant. The only two ways in: the middleware, and these."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections
from django_tenants.utils import schema_context

from kernel.postgres.base import PUBLIC, DatabaseWrapper


@contextmanager
def bind_schema(schema: str) -> Iterator[None]:
    """Bind schema and role for a job, command or listener; restores what was bound before."""
    if not schema:
        raise RuntimeError("no schema given: a job runs for one tenant or not at all")
    with schema_context(schema):
        yield


def backend(alias: str = "default") -> DatabaseWrapper:
    """The connection as our own backend: Django's types know nothing of schemas."""
    wrapper: Any = connections[alias]
    return wrapper


def bound_schema() -> str:
    return str(backend().schema_name)


def is_tenant_bound() -> bool:
    return bound_schema() != PUBLIC
