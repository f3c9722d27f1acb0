"""Pytest plug-in, loaded before Django's settings: the real services that the tests run against.

A given DATABASE_URL (with OWNER_DATABASE_URL), REDIS_URL or S3_ENDPOINT_URL is used as it is; what is missing is
started from infra/embedded in its own folder, so that a test never meets the demo's data.
"""

import os
from pathlib import Path

import pytest

from infra.embedded import stack

ROOT = Path(__file__).resolve().parent.parent


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    if os.environ.get("PYTEST_XDIST_WORKER"):
        return  # the controller has put the addresses into the environment
    os.environ.update(stack.start(ROOT / "var" / "test-services", durable=False))
    os.environ.setdefault("JIELI_PUBLIC_HOSTS", "localhost,127.0.0.1,testserver")
