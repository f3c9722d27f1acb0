"""Fixtures of every room: one database per worker, two tenants made once, each test rolled back.

The cast is always the same (docs/notes/spine.md, 4): alpha is the county community, beta another tenant.
"""

import os
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import psycopg
import pytest
from psycopg import sql


def _owner_parameters(dbname: object) -> dict[str, Any]:
    from django.conf import settings

    owner = settings.DATABASES["owner"]
    return {
        "dbname": dbname, "user": owner["USER"], "password": owner["PASSWORD"],
        "host": owner["HOST"], "port": owner["PORT"],
    }  # fmt: skip


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> Iterator[None]:
    """A database of this worker's own, with public migrated and tenants alpha and beta provisioned for real."""
    from django.conf import settings
    from django.db import connections

    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    maintenance = settings.DATABASES["owner"]["NAME"]
    name = f"test_jieli_{worker}_{uuid.uuid4().hex[:6]}"
    with psycopg.connect(**_owner_parameters(maintenance), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    settings.CACHES["default"]["KEY_PREFIX"] = name
    for alias in ("default", "owner"):
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name
        settings.DATABASES[alias]["NAME"] = name
    with django_db_blocker.unblock():
        from kernel import jobs
        from tests.cast import provision_cast

        jobs.set_wake(None)  # nobody works beside the tests: they drain the queue themselves

        provision_cast()
    yield
    with django_db_blocker.unblock():
        for alias in ("default", "owner"):
            connections[alias].close()
    with psycopg.connect(**_owner_parameters(maintenance), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        roles = connection.execute(
            "SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s)", [f"{name}__"]
        )
        for (role,) in roles.fetchall():
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


@pytest.fixture
def alpha(db: None) -> Any:
    from tests.cast import get_tenant

    return get_tenant("alpha")


@pytest.fixture
def beta(db: None) -> Any:
    from tests.cast import get_tenant

    return get_tenant("beta")


@pytest.fixture
def in_alpha(alpha: Any) -> Iterator[Any]:
    from kernel.tenancy import bind_schema

    with bind_schema(alpha.schema_name):
        yield alpha


@pytest.fixture
def in_beta(beta: Any) -> Iterator[Any]:
    from kernel.tenancy import bind_schema

    with bind_schema(beta.schema_name):
        yield beta


@pytest.fixture
def at() -> Callable[[str], Any]:
    """`with at("2026-11-20 09:30"):` everything inside sees that Shanghai instant."""
    from kernel.clock import SHANGHAI, FixedClock, use_clock

    return lambda text: use_clock(FixedClock(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)))


@pytest.fixture
def api(db: None) -> Callable[..., Any]:
    """`api("alpha", "clinician")` is a logged-in HTTP client on that tenant's host (None: nobody)."""
    from tests.cast import ApiClient

    return ApiClient


@pytest.fixture
def scratch_tenant(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """A tenant of its own whose changes are really committed (threads, listeners, crashes); dropped afterwards."""
    from django.db import connections

    from kernel.tenancy import bind_schema
    from tenants.provisioning.services import drop_tenant_schema
    from tests.cast import provision_one

    code = f"s{uuid.uuid4().hex[:8]}"
    with django_db_blocker.unblock():
        tenant = provision_one(code, f"临时机构{code}")
        with bind_schema(tenant.schema_name):
            yield tenant
        drop_tenant_schema(tenant.schema_name)
        tenant.delete()
        connections["owner"].close()
