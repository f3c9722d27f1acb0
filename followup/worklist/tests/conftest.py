from collections.abc import Iterator
from typing import Any

import pytest

from followup.worklist.tests import factories


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
