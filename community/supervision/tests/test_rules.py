from datetime import date

import pytest

from community.supervision.rules import compute_rate, format_month, latest_months, parse_month

pytestmark = pytest.mark.req("D6")


@pytest.mark.parametrize(("text", "month"), [("2026-11", date(2026, 11, 1)), ("0001-01", date(1, 1, 1))])
def test_a_month_is_read_and_written(text: str, month: date) -> None:
    assert parse_month(text) == month
    assert format_month(date(2026, 3, 31)) == "2026-03"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026",
        "2026-13",
        "2026-00",
        "2026-1",
        "2026-11-01",
        "202611",
        "0000-01",
        "２０２６-11",
        "2026-11\n",
    ],
)
def test_anything_else_is_no_month(text: str) -> None:
    with pytest.raises(ValueError):
        parse_month(text)


def test_the_latest_months_reach_over_the_new_year() -> None:
    assert latest_months(date(2027, 2, 28), 3) == [date(2027, 2, 1), date(2027, 1, 1), date(2026, 12, 1)]


def test_nothing_to_do_has_no_rate() -> None:
    assert compute_rate(0, 0) is None
    assert (compute_rate(0, 5), compute_rate(1, 3), compute_rate(5, 5)) == (0.0, 0.3333, 1.0)
