from collections.abc import Iterator
from typing import Any

import pytest

from community.handover.tests import kit


@pytest.fixture
def two(alpha: Any, beta: Any, at: Any) -> Iterator[None]:
    """Both tenants ready, on the day after the discharge."""
    with at("2026-11-21 09:00"):
        kit.prepare()
        yield
