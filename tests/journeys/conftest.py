"""A county of its own for the journeys: demo people, the real listener, the real web server, really committed."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from config.demo.plan import PASSWORD, TENANTS

ADDRESS, OTHER_ADDRESS = "127.0.0.5", "127.0.0.6"


def find_port() -> int:
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        return int(probe.getsockname()[1])


@dataclass
class County:
    tenant: Any
    mllp_port: int
    port: int
    password: str = PASSWORD

    @property
    def url(self) -> str:
        return f"http://{ADDRESS}:{self.port}"

    @property
    def bureau_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def other_url(self) -> str:
        return f"http://{OTHER_ADDRESS}:{self.port}"

    def send(self, *payloads: bytes) -> list[Any]:
        """Over TCP to the listener; the acknowledgements."""
        from integrations.hl7v2.client import MllpClient

        with MllpClient("127.0.0.1", self.mllp_port) as client:
            return list(client.send(payloads))

    def settle(self) -> None:
        """Let the jobs run that the worker would run."""
        from kernel import jobs
        from kernel.tenancy import bind_schema

        with bind_schema(self.tenant.schema_name):
            jobs.drain()

    def refresh(self) -> None:
        from community.supervision.services import refresh_all
        from kernel.tenancy import bind_schema

        with bind_schema(self.tenant.schema_name):
            refresh_all()


@pytest.fixture(scope="session")
def county(django_db_setup: None, django_db_blocker: Any) -> Iterator[County]:
    from django.conf import settings

    from access.actor import SYSTEM
    from config.demo import people
    from followup.programmes.services import load_library
    from integrations.hl7v2.listener import Listener, ListenerOptions
    from kernel import clock
    from kernel.tenancy import bind_schema
    from tenants.provisioning.services import drop_tenant_schema, provision_tenant
    from tenants.registry.middleware import forget_hosts
    from tenants.registry.models import Domain, HealthBureau, Tenant

    plan = replace(TENANTS[0], code="journey", name="枝江市医共体（旅程）", address=ADDRESS)
    settings.JIELI_PUBLIC_HOSTS = ["localhost", "127.0.0.1", "testserver"]
    with django_db_blocker.unblock():
        tenant = provision_tenant(
            code=plan.code, name=plan.name, kind=plan.kind, hosts=[ADDRESS], division_code=plan.division_code,
            bureau=HealthBureau.objects.get(code="zhijiang"), sending_facilities=[plan.hospital.facility_code],
        )  # fmt: skip
        Domain.objects.get_or_create(
            domain=OTHER_ADDRESS, defaults={"tenant": Tenant.objects.get(code="beta"), "is_primary": False}
        )
        forget_hosts()
        with bind_schema(tenant.schema_name):
            people.make_people(plan)
            load_library(actor=SYSTEM, signer_name="鲁大勇", starts_on=clock.today() - timedelta(days=60))
        listener = Listener(ListenerOptions(port=0, default_schema=tenant.schema_name))
        stop_listener = _run_listener(listener)
        port = find_port()
        stop_web = _run_web(port)
        yield County(tenant=tenant, mllp_port=listener.port, port=port)
        stop_web()
        stop_listener()
        Domain.objects.filter(domain=OTHER_ADDRESS).delete()
        drop_tenant_schema(tenant.schema_name)
        tenant.delete()
        forget_hosts()


def _run_listener(listener: Any) -> Any:
    loop = asyncio.new_event_loop()
    ready = threading.Event()

    async def serve() -> None:
        await listener.start()
        ready.set()
        await listener.serve()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    assert ready.wait(10)

    def stop() -> None:
        loop.call_soon_threadsafe(listener.stop)
        thread.join(15)

    return stop


def _run_web(port: int) -> Any:
    import uvicorn
    from django.db import connections

    from config.asgi import application
    from config.server import open_sockets

    # Each request of an ASGI server has a thread of its own: without the pool that the product serves with, a
    # connection that is kept open is one that is lost.
    settings = connections.settings["default"]
    kept, settings["CONN_MAX_AGE"] = settings["CONN_MAX_AGE"], 0
    sockets = open_sockets(["127.0.0.1", ADDRESS, OTHER_ADDRESS], port)
    server = uvicorn.Server(
        uvicorn.Config(application, lifespan="off", log_level="warning", access_log=False)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": sockets}, daemon=True)
    thread.start()
    end = time.monotonic() + 10
    while not server.started and time.monotonic() < end:
        time.sleep(0.02)
    assert server.started

    def stop() -> None:
        server.should_exit = True
        thread.join(15)
        settings["CONN_MAX_AGE"] = kept

    return stop
