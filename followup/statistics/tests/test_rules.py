from datetime import date

import pytest

from followup.statistics.metrics import DEFINITIONS, METRICS, RATES
from followup.statistics.rules import next_month

pytestmark = pytest.mark.req("S64")


@pytest.mark.parametrize(
    ("month", "expected"),
    [
        (date(2026, 1, 1), date(2026, 2, 1)),
        (date(2026, 11, 30), date(2026, 12, 1)),
        (date(2026, 12, 31), date(2027, 1, 1)),
        (date(2028, 2, 29), date(2028, 3, 1)),
    ],
)
def test_the_month_after(month: date, expected: date) -> None:
    assert next_month(month) == expected


def test_every_metric_says_in_words_what_it_counts() -> None:
    assert set(DEFINITIONS) == set(METRICS) | set(RATES)
    assert all(len(text) > 8 for text in DEFINITIONS.values())


def test_a_part_repeats_the_condition_of_its_whole() -> None:
    """So a share can never pass 100 %."""
    for metric in METRICS.values():
        if metric.within is not None:
            assert metric.condition.startswith(METRICS[metric.within].condition), metric.code
