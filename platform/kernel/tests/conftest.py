"""A tenant without people whose changes are really committed, shared by the tests of jobs, events and schedules."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session")
def committed_tenant(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    from django.db import connections

    from tenants.provisioning.services import drop_tenant_schema, provision_tenant

    with django_db_blocker.unblock():
        tenant = provision_tenant(code="floor", name="底层测试", kind="hospital", hosts=["floor.test"])
    yield tenant
    with django_db_blocker.unblock():
        drop_tenant_schema(tenant.schema_name)
        tenant.delete()
        connections["owner"].close()


@pytest.fixture
def in_committed(committed_tenant: Any, django_db_blocker: Any) -> Iterator[Any]:
    """Bound to the committed tenant, outside any transaction; its queue is emptied afterwards."""
    from django.db import connection

    from kernel.models import IdempotencyRecord, Job, OutboxEvent, Schedule
    from kernel.tenancy import bind_schema

    with django_db_blocker.unblock(), bind_schema(committed_tenant.schema_name):
        Schedule.objects.all().delete()
        assert not connection.in_atomic_block
        yield committed_tenant
        for model in (Job, OutboxEvent, Schedule, IdempotencyRecord):
            model.objects.all().delete()


@pytest.fixture
def handle() -> Iterator[Callable[..., Any]]:
    """`handle("name", function)` wires a handler for this test."""
    from kernel import events, jobs

    names: list[str] = []

    def wire(name: str, function: Callable[..., Any], *, event: str | None = None) -> None:
        names.append(name)
        if event is None:
            jobs.register(name, function)
        else:
            events.subscribe(event, name, function)

    yield wire
    for name in names:
        jobs._handlers.pop(name, None)
        for event in list(events._subscriptions):
            events._subscriptions[event] = [n for n in events._subscriptions[event] if n != name]
            if not events._subscriptions[event]:
                del events._subscriptions[event]


@pytest.fixture
def woken() -> Iterator[list[str]]:
    """The schemas that were woken, in order."""
    from kernel import jobs

    schemas: list[str] = []
    before = jobs._wake
    jobs.set_wake(schemas.append)
    yield schemas
    jobs.set_wake(before)
