from collections.abc import Callable, Iterator
from typing import Any

import pytest


@pytest.fixture
def at_noon(at: Callable[[str], Any]) -> Iterator[None]:
    """Friday 20 November 2026: the period under review lies in the weeks before."""
    with at("2026-11-20 12:00"):
        yield


@pytest.fixture
def forms(in_alpha: Any, at_noon: None) -> None:
    from followup.review.tests.factories import make_form

    make_form("review_tier2")
    make_form("review_tier3")
