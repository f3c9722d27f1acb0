"""A tenant of this folder with the whole library running, made once: each test's stays are rolled back."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

EARLIEST = date(2020, 1, 1)


@pytest.fixture(scope="session")
def library_tenant(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    from django.db import connections

    from access.actor import SYSTEM
    from followup.programmes.services import load_library
    from kernel.tenancy import bind_schema
    from tenants.provisioning.services import drop_tenant_schema
    from tests.cast import provision_one

    with django_db_blocker.unblock():
        tenant = provision_one("paths", "路径测试医院")
        with bind_schema(tenant.schema_name):
            load_library(actor=SYSTEM, signer_name="王主任", starts_on=EARLIEST)
        yield tenant
        drop_tenant_schema(tenant.schema_name)
        tenant.delete()
        connections["owner"].close()


@pytest.fixture
def in_library(db: None, library_tenant: Any) -> Iterator[Any]:
    from kernel.tenancy import bind_schema

    with bind_schema(library_tenant.schema_name):
        yield library_tenant
