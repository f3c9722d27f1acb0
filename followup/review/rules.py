"""Pure rules of the review: how a sample is spread, what a scorecard adds up to."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

# Points of a hundred. Whether the contact really took place weighs most.
WEIGHTS: Mapping[str, int] = {"authentic": 40, "content": 30, "attitude": 15, "completeness": 15}
MAX_SIZE = 200
MAX_DEPARTMENTS = 50
MAX_PERIOD_DAYS = 366
MAX_RECTIFICATION_DAYS = 30


def allocate(size: int, strata: Mapping[int, int]) -> dict[int, int]:
    """How many to draw from each stratum (key → number of tasks), in proportion, by largest remainder.

    The parts add up to `size`, or to everything when there is less. Equal remainders go to the larger stratum,
    then to the smaller key, so that the same population always gives the same parts.
    """
    population = sum(strata.values())
    size = min(size, population)
    if size <= 0:
        return dict.fromkeys(strata, 0)
    parts = {key: size * number // population for key, number in strata.items()}
    by_remainder = sorted(strata, key=lambda key: (-(size * strata[key] % population), -strata[key], key))
    for key in by_remainder[: size - sum(parts.values())]:
        parts[key] += 1
    return parts


def compute_total(scores: Mapping[str, int], instant_fail: Collection[str]) -> Decimal:
    """Weighted total of 100 with two decimals; any instant-fail code makes it 0."""
    if instant_fail:
        return Decimal("0.00")
    points = sum(WEIGHTS[name] * scores[name] for name in WEIGHTS)
    return (Decimal(points) / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)


def is_rectification_day(day: date, today: date) -> bool:
    """In the future, and near enough that nobody forgets."""
    return today < day <= today + timedelta(days=MAX_RECTIFICATION_DAYS)


def compute_age(birth_date: date | None, day: date) -> int | None:
    """Full years on `day`."""
    if birth_date is None or birth_date > day:
        return None
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))
