from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.review.enums import InstantFail
from followup.review.rules import WEIGHTS, allocate, compute_total, is_rectification_day

pytestmark = pytest.mark.req("C2", "C9")


@pytest.mark.parametrize(
    ("size", "strata", "expected"),
    [
        (10, {1: 50, 2: 30, 3: 20}, {1: 5, 2: 3, 3: 2}),
        (10, {1: 60, 2: 30, 3: 10}, {1: 6, 2: 3, 3: 1}),
        (7, {1: 5, 2: 3, 3: 2}, {1: 4, 2: 2, 3: 1}),  # 3.5, 2.1, 1.4: the largest remainder rounds up
        (5, {1: 10, 2: 10}, {1: 3, 2: 2}),  # equal in all: the smaller key
        (1, {1: 1, 2: 3}, {1: 0, 2: 1}),
        (3, {9: 1, 4: 1, 7: 1, 2: 1}, {9: 0, 4: 1, 7: 1, 2: 1}),
        (100, {1: 2, 2: 3}, {1: 2, 2: 3}),
        (0, {1: 2}, {1: 0}),
        (4, {}, {}),
    ],
)
def test_a_sample_is_spread_in_proportion(
    size: int, strata: dict[int, int], expected: dict[int, int]
) -> None:
    assert allocate(size, strata) == expected


@given(
    size=st.integers(0, 300),
    strata=st.dictionaries(st.integers(0, 10**9), st.integers(1, 5000), max_size=40),
)
def test_parts_add_up_and_stay_near_their_share(size: int, strata: dict[int, int]) -> None:
    parts = allocate(size, strata)
    population = sum(strata.values())
    drawn = min(size, population)
    assert sum(parts.values()) == drawn
    assert parts == allocate(size, dict(reversed(strata.items())))
    for key, number in strata.items():
        assert 0 <= parts[key] <= number
        assert abs(parts[key] * population - drawn * number) < population


@pytest.mark.parametrize(
    ("scores", "total"),
    [
        ((100, 100, 100, 100), "100.00"),
        ((0, 0, 0, 0), "0.00"),
        ((100, 0, 0, 0), "40.00"),
        ((0, 100, 0, 0), "30.00"),
        ((0, 0, 100, 0), "15.00"),
        ((0, 0, 0, 100), "15.00"),
        ((90, 85, 77, 61), "82.20"),
        ((1, 1, 1, 2), "1.15"),
    ],
)
def test_the_scorecard_is_weighted(scores: tuple[int, ...], total: str) -> None:
    assert compute_total(dict(zip(WEIGHTS, scores, strict=True)), []) == Decimal(total)
    assert sum(WEIGHTS.values()) == 100


@pytest.mark.parametrize("code", InstantFail.values)
def test_an_instant_fail_outweighs_every_score(code: str) -> None:
    assert compute_total(dict.fromkeys(WEIGHTS, 100), [code]) == Decimal("0.00")


@pytest.mark.parametrize(
    ("day", "allowed"),
    [
        (date(2026, 11, 19), False),
        (date(2026, 11, 20), False),
        (date(2026, 11, 21), True),
        (date(2026, 12, 20), True),
        (date(2026, 12, 21), False),
    ],
)
def test_a_rectification_day_lies_ahead_and_near(day: date, allowed: bool) -> None:
    assert is_rectification_day(day, date(2026, 11, 20)) is allowed
