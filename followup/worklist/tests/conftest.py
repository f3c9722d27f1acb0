from collections.abc import Callable, Iterator
from typing import Any

import pytest

from followup.worklist.tests import factories
from kernel.tenancy import bind_schema
from tests.cast import ApiClient


class BoundClient(ApiClient):
    """A request leaves no tenant bound; these tests look at alpha's rows afterwards."""

    def get(self, path: str, **params: Any) -> Any:
        with bind_schema("t_alpha"):
            return super().get(path, **params)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        with bind_schema("t_alpha"):
            return super().send(method, path, body, **headers)

    def upload(self, path: str, **files: Any) -> Any:
        with bind_schema("t_alpha"):
            return super().upload(path, **files)


@pytest.fixture
def api(db: None) -> Callable[..., BoundClient]:
    return BoundClient


@pytest.fixture
def morning(at: Any) -> Iterator[None]:
    """Friday 2026-11-20, 09:30 in Asia/Shanghai."""
    with at("2026-11-20 09:30"):
        yield


@pytest.fixture
def step(in_alpha: Any, morning: None) -> Any:
    return factories.make_programme()


@pytest.fixture
def task(step: Any) -> Any:
    return factories.make_task(step)
