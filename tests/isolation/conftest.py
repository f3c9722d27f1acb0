"""One world for all tests of a module: the story is told once, in a transaction that is rolled back at its end."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction

from kernel.clock import SHANGHAI, FixedClock, use_clock
from tests.isolation.caller import Caller
from tests.isolation.story import build_world
from tests.isolation.world import World, lift_sequences

NOW = datetime(2026, 11, 20, 10, tzinfo=SHANGHAI)


@contextmanager
def _rolled_back() -> Iterator[None]:
    with transaction.atomic():
        try:
            yield
        finally:
            transaction.set_rollback(True)


@pytest.fixture(scope="module")
def caller(django_db_setup: None, django_db_blocker: Any) -> Iterator[Caller]:
    """Both worlds, and clients for everybody of the cast in each."""
    from django.db import connections

    from integrations.intake import ports
    from tests.isolation.letters import FORMAT, read_again

    # Thousands of refusals are meant: their log lines would cost more than the requests.
    logging.getLogger("django.request").setLevel(logging.ERROR)
    owner = connections["owner"].settings_dict
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    with django_db_blocker.unblock():
        lift_sequences({name: owner[key] for name, key in names.items()}, "t_beta")
        with use_clock(FixedClock(NOW)), _rolled_back():
            ports.register_reader(FORMAT, read_again)
            try:
                yield Caller({tenant: build_world(tenant) for tenant in ("alpha", "beta")})
            finally:
                ports._readers.pop(FORMAT, None)
                logging.getLogger("django.request").setLevel(logging.NOTSET)


@pytest.fixture(scope="module")
def worlds(caller: Caller) -> dict[str, World]:
    return dict(caller.worlds)
