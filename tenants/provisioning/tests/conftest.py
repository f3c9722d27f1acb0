from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def committing(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Public, outside any transaction: what is done here is really committed, and cleared away by the test."""
    from django.db import connection, connections

    from kernel.tenancy import bind_schema

    with django_db_blocker.unblock(), bind_schema("public"):
        assert not connection.in_atomic_block
        yield
        connections["owner"].close()


@pytest.fixture
def remove_tenants(committing: None) -> Iterator[list[str]]:
    """Codes put into the list are removed afterwards, with schema and role."""
    from tenants.provisioning.services import drop_tenant_schema
    from tenants.registry.models import Tenant

    codes: list[str] = []
    yield codes
    for code in codes:
        drop_tenant_schema(f"t_{code}")
        Tenant.objects.filter(code=code).delete()
